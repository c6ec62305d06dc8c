"""`python -m ops.signing_key`: the pair of keys of a stage whose delivery is signed.

The private half goes to the account's parameter store, encrypted, and nowhere else: neither a file
nor Pulumi's state ever holds it. The public half is a setting of the stage.
"""

from __future__ import annotations

import sys
from base64 import b64encode
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

import stagefile
from ops.preflight import session_of
from pipeline.address import signing_key_parameter

__all__ = ["new_pair", "store"]

_ROOT = Path(__file__).resolve().parents[1]
_BITS = 2048
"""CloudFront takes no other RSA key."""


def new_pair() -> tuple[str, str]:
    """A new private key as PEM, and its public half: DER in base 64."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), b64encode(public).decode()


def store(ssm: Any, stage: str) -> str:
    """Make a pair and store its private half; returns the public one."""
    private, public = new_pair()
    ssm.put_parameter(
        Name=signing_key_parameter(stage, public),
        Description="Signs the cookies that open the pictures of this stage",
        Type="SecureString",
        Value=private,
    )
    return public


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(stage: Annotated[str, typer.Argument(help="The stage, like prod.")]) -> None:
    """Make the pair of keys for `delivery: signed`, and print the settings that use it.

    Running it again makes another pair, to which the next deployment changes over.
    """
    try:
        settings = stagefile.settings(_ROOT, stage)
        public = store(session_of(settings).client("ssm"), stage)
    except (stagefile.StageFileError, BotoCoreError, ClientError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    typer.echo(f"stored the private key in {signing_key_parameter(stage, public)}; now run")
    typer.echo(f"    pulumi config set delivery signed --stack {stage}")
    typer.echo(f"    pulumi config set signingKey {public} --stack {stage}")
    typer.echo(f"    make up STAGE={stage}")


if __name__ == "__main__":
    sys.exit(app())
