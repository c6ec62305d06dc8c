"""The pair of keys of a stage whose delivery is signed."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from ops.signing_key import store
from pipeline.address import signing_key_parameter
from settings import PUBLIC_KEY


class FakeParameters:
    """A parameter store that keeps what it gets."""

    def __init__(self) -> None:
        self.stored: list[dict[str, Any]] = []

    def put_parameter(self, **given: Any) -> None:
        self.stored.append(given)


def test_the_private_half_is_stored_encrypted_under_the_name_of_the_public_one() -> None:
    ssm = FakeParameters()
    public = store(ssm, "prod")
    [stored] = ssm.stored
    assert (stored["Name"], stored["Type"]) == (
        signing_key_parameter("prod", public),
        "SecureString",
    )
    key = load_pem_private_key(stored["Value"].encode(), None)
    assert isinstance(key, RSAPrivateKey)
    assert key.key_size == 2048


def test_the_public_half_is_what_the_setting_takes() -> None:
    assert PUBLIC_KEY.fullmatch(store(FakeParameters(), "prod"))
