"""AWS Systems Manager: parameters."""

from aws.clients import client

__all__ = ["parameter"]


def parameter(name: str) -> str:
    """The value of a parameter, decrypted."""
    found = client("ssm").get_parameter(Name=name, WithDecryption=True)
    value: str = found["Parameter"]["Value"]
    return value
