"""Passes: the cookies with which a browser fetches pictures where delivery is signed.

CloudFront verifies them by itself, so a pass cannot be taken back: it is short, and a page that
stays open gets another with each new access token.
"""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from json import dumps
from typing import TYPE_CHECKING

from pipeline.clock import Clock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["LASTS", "Pass", "Passes"]

LASTS = timedelta(minutes=30)
"""Twice as long as an access token, so that a page that renews both together has no gap."""

_IN_COOKIES = str.maketrans("+=/", "-_~")
"""CloudFront's own form of base 64."""


@dataclass(frozen=True)
class Pass:
    """Cookies by name, and when CloudFront stops taking them."""

    cookies: Mapping[str, str]
    until: datetime


@dataclass(frozen=True)
class Passes:
    """Issues passes for everything under one address."""

    address: str
    """Where the pictures are, with a slash at its end."""
    key_id: str
    private_key: Callable[[], str]
    """PEM; called when the first pass is issued."""
    clock: Clock

    def issue(self) -> Pass:
        """A pass that is good from now on."""
        until = (self.clock() + LASTS).replace(microsecond=0)
        condition = {"DateLessThan": {"AWS:EpochTime": int(until.timestamp())}}
        statement = {"Resource": f"{self.address}*", "Condition": condition}
        policy = dumps({"Statement": [statement]}, separators=(",", ":")).encode()
        return Pass(
            {
                "CloudFront-Policy": _encoded(policy),
                "CloudFront-Signature": _encoded(self._sign(policy)),
                "CloudFront-Key-Pair-Id": self.key_id,
            },
            until,
        )

    def _sign(self, policy: bytes) -> bytes:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA1

        # CloudFront verifies RSA signatures over SHA-1 alone.
        return self._key.sign(policy, PKCS1v15(), SHA1())  # noqa: S303 - see above

    @cached_property
    def _key(self) -> "RSAPrivateKey":
        # Here, as most stacks sign nothing and the import takes a fifth of a cold start.
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        key = load_pem_private_key(self.private_key().encode(), None)
        if not isinstance(key, RSAPrivateKey):
            raise TypeError(f"the signing key must be an RSA key, got {type(key).__name__}")
        return key


def _encoded(value: bytes) -> str:
    return b64encode(value).decode().translate(_IN_COOKIES)
