"""The base image that the functions' images start from."""

import os

from local.docker.engine import Engine, EngineError, Say

__all__ = ["AWS_BASE", "base_image"]

AWS_BASE = "public.ecr.aws/lambda/python:3.13"
"""The base in the Dockerfiles, unless a build names another."""

_PULL_SECONDS = 300


def base_image(engine: Engine, say: Say) -> str:
    """The image named by BASE_IMAGE if that is set, else AWS's, pulled if the engine lacks it.

    Raises:
        EngineError: it cannot be pulled; the message has the fix.
    """
    if named := os.environ.get("BASE_IMAGE"):
        return named
    if not engine.has(AWS_BASE):
        say(f"pulling {AWS_BASE}")
        try:
            engine.run("pull", "--quiet", AWS_BASE, timeout_seconds=_PULL_SECONDS)
        except EngineError as error:
            raise EngineError(
                f"{AWS_BASE} cannot be pulled: set BASE_IMAGE to a mirror of it; on Debian, "
                "python -m proofs.docker makes a compatible image and prints its name"
            ) from error
    return AWS_BASE
