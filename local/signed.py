"""Verifies signed cookies, as CloudFront does where a distribution trusts a group of keys.

MiniStack keeps the keys and the group, and lets every request through. This reads both from there.
A signed address, which carries the same three values in its query, is not known here: nothing in
the program makes one.
"""

import json
import re
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from local.aws import LocalAws
from local.http import Request
from pipeline.address import RENDITIONS

__all__ = ["Keys", "SignedCookies", "trusted_keys"]

Keys = Mapping[str, RSAPublicKey]
"""By the id that a cookie names its key by."""

_KEY, _POLICY, _SIGNATURE = (
    f"CloudFront-{name}" for name in ("Key-Pair-Id", "Policy", "Signature")
)

_KEPT_SECONDS = 2.0
"""How late a change by `make apply` may be noticed."""

_OF_COOKIES = str.maketrans("-_~", "+=/")


@dataclass
class SignedCookies:
    """Decides whether a distribution lets a request for one of its pictures in."""

    url: str
    """The distribution's own address, which the policies name, without a slash at its end."""
    keys: Callable[[], Keys | None]
    """The keys that the distribution trusts, or None if it is open."""
    clock: Callable[[], float] = time.time
    _known: tuple[float, Keys | None] | None = field(default=None, init=False)

    def __call__(self, request: Request) -> str | None:
        """Why the request is refused, or None if it is let in."""
        keys = self._keys()
        if keys is None:
            return None
        cookies = _cookies(request.header("cookie"))
        if missing := [name for name in (_KEY, _POLICY, _SIGNATURE) if name not in cookies]:
            return f"the request must have the cookie {missing[0]}"
        key = keys.get(cookies[_KEY])
        if key is None:
            return "the cookies must be of a key that the distribution trusts"
        try:
            policy = _decoded(cookies[_POLICY])
            key.verify(_decoded(cookies[_SIGNATURE]), policy, PKCS1v15(), SHA1())  # noqa: S303 - CloudFront's own choice
            [statement] = json.loads(policy)["Statement"]
            return self._broken_rule(statement, f"{self.url}{request.target}")
        except InvalidSignature:
            return "the policy must be signed by the key that the cookies name"
        except (LookupError, TypeError, ValueError):
            return "the policy must be one of CloudFront's"

    def _keys(self) -> Keys | None:
        now = time.monotonic()
        if self._known is None or now - self._known[0] > _KEPT_SECONDS:
            self._known = (now, self.keys())
        return self._known[1]

    def _broken_rule(self, statement: Mapping[str, Any], url: str) -> str | None:
        """The part of a signed policy that the request breaks."""
        if not _pattern(statement["Resource"]).fullmatch(url):
            return "the policy must be of this path"
        condition = dict(statement["Condition"])
        now = self.clock()
        if now >= condition.pop("DateLessThan")["AWS:EpochTime"]:
            return "the policy must not have expired"
        if now <= condition.pop("DateGreaterThan", {"AWS:EpochTime": 0})["AWS:EpochTime"]:
            return "the policy must have begun"
        return f"the policy must have no condition {', '.join(condition)}" if condition else None


def trusted_keys(aws: LocalAws, distribution_id: str) -> Keys | None:
    """The keys that a distribution trusts for its renditions, or None if they are open."""
    cloudfront = aws.client("cloudfront")
    config = cloudfront.get_distribution_config(Id=distribution_id)["DistributionConfig"]
    behaviors = config["CacheBehaviors"]["Items"]
    [renditions] = [each for each in behaviors if each["PathPattern"] == f"/{RENDITIONS}*"]
    groups = renditions.get("TrustedKeyGroups", {})
    if not groups.get("Enabled"):
        return None
    ids = [
        key_id
        for group in groups["Items"]
        for key_id in cloudfront.get_key_group(Id=group)["KeyGroup"]["KeyGroupConfig"]["Items"]
    ]
    return {key_id: _public(cloudfront, key_id) for key_id in ids}


def _public(cloudfront: Any, key_id: str) -> RSAPublicKey:
    config = cloudfront.get_public_key(Id=key_id)["PublicKey"]["PublicKeyConfig"]
    key = load_pem_public_key(config["EncodedKey"].encode())
    if not isinstance(key, RSAPublicKey):
        raise TypeError(f"public key {key_id} must be an RSA key, got {type(key).__name__}")
    return key


def _cookies(header: str) -> dict[str, str]:
    """The cookies of a request; of a name that is repeated the first, whose path is longest."""
    pairs = (each.strip().partition("=") for each in re.split("[;,]", header))
    return {name: value for name, _, value in reversed([*pairs])}


def _decoded(text: str) -> bytes:
    return b64decode(text.translate(_OF_COOKIES), validate=True)


def _pattern(resource: str) -> re.Pattern[str]:
    """The addresses that a policy's resource names; `*` is any text, `?` any character."""
    escaped = re.escape(resource).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(escaped, re.DOTALL)
