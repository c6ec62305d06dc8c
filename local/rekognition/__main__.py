"""`python -m local.rekognition`: serves the stand-in on this machine."""

from __future__ import annotations

import logging
import os
import socket
from typing import Annotated

import typer
import uvicorn
from rich.console import Console

from local.rekognition.aws import LocalAws
from local.rekognition.models import ModelsError, prepare_models
from local.rekognition.server import create_app
from local.rekognition.sight import Meaning, Sight
from local.rekognition.throttle import Throttle

HOST = "127.0.0.1"
# Each picture in progress costs memory, and a stack on one machine never has more than this.
MOST_WORKERS = 4

app = typer.Typer(add_completion=False, no_args_is_help=False)


@app.command()
def serve(
    s3_endpoint: Annotated[
        str, typer.Option(help="The local AWS: S3 for the pictures, IAM for the rights.")
    ],
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 picks a free one.")] = 0,
    tps: Annotated[
        float | None,
        typer.Option(min=0.1, help="Return ThrottlingException beyond this rate, per operation."),
    ] = None,
    models: Annotated[
        bool, typer.Option("--models/--no-models", help="Use the models, or only measure pixels.")
    ] = True,
) -> None:
    """Serve a Rekognition stand-in; prints its address once it accepts requests."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    sight, meaning = _open_models() if models else (None, None)
    aws = LocalAws(s3_endpoint)
    application = create_app(
        objects=aws,
        rights=aws,
        sight=sight,
        meaning=meaning,
        throttle=Throttle(tps),
        workers=min(MOST_WORKERS, os.cpu_count() or 1),
    )
    # asyncio sets TCP_NODELAY only if the protocol is named. Without it the kernel delays each
    # response's body by 40 ms.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
    except OSError as error:
        typer.echo(f"port {port} must be free, got: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    listening.listen(128)
    address = f"http://{HOST}:{listening.getsockname()[1]}"
    typer.echo(f"rekognition {address} models {'on' if models else 'off'}")
    uvicorn.Server(
        uvicorn.Config(application, log_level="warning", access_log=False, lifespan="off")
    ).run(sockets=[listening])


def _open_models() -> tuple[Sight, Meaning]:
    # Here, so that onnxruntime is not loaded without models.
    from local.rekognition.meaning import Meanings
    from local.rekognition.vision import Models

    try:
        folder = prepare_models(Console(stderr=True))
        return Models(folder), Meanings(folder)
    except ModelsError as error:
        typer.echo(f"{error}; --no-models serves without them", err=True)
        raise typer.Exit(1) from error


if __name__ == "__main__":
    app()
