"""Builds what the program registers with Pulumi's Docker provider, and pushes it to a registry."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from local.docker.engine import Engine, EngineError
from local.docker.manifest import check_manifest, read_manifest
from local.engine.images import Build

__all__ = ["build", "can_run", "push", "requested"]

DIGEST = re.compile(r"@sha256:[0-9a-f]{64}$")


def requested(name: str, inputs: Mapping[str, Any]) -> Build:
    """The build that a registered `docker:index/image:Image` asks for, from its inputs."""
    wanted = inputs["build"]
    return Build(
        name=name,
        context=wanted["context"],
        dockerfile=wanted["dockerfile"],
        platform=wanted["platform"],
        arguments=dict(wanted["args"]),
    )


def build(engine: Engine, root: Path, wanted: Build, tag: str, *, fresh: bool = False) -> str:
    """Build as the provider would and return the image's id; paths are relative to `root`.

    `fresh` ignores the engine's cache.

    Raises:
        EngineError: the build failed; the message has its last lines.
    """
    arguments = [
        part
        for name, value in sorted(wanted.arguments.items())
        for part in ("--build-arg", f"{name}={value}")
    ]
    engine.run(
        *("build", "--quiet", "--platform", wanted.platform, *arguments),
        *("--file", str(root / wanted.dockerfile), "--tag", tag),
        *(("--no-cache",) if fresh else ()),
        str(root / wanted.context),
    )
    return engine.run("image", "inspect", "--format", "{{.Id}}", tag)


def push(engine: Engine, image: str, repository: str, platform: str) -> str:
    """Push `image` to `<server>/<name>` over plain HTTP; its `<server>/<name>@sha256:...`.

    Raises:
        EngineError: the push failed.
        ManifestError: Lambda would refuse what was pushed on `platform`.
    """
    tagged = f"{repository}:latest"
    engine.run("tag", image, tagged)
    engine.run("push", "--quiet", tagged)
    references = engine.run(
        "image", "inspect", "--format", "{{range .RepoDigests}}{{println .}}{{end}}", tagged
    )
    pinned = [each for each in references.splitlines() if each.startswith(f"{repository}@")]
    if len(pinned) != 1 or not DIGEST.search(pinned[0]):
        raise EngineError(f"a pushed image must have one digest in {repository}, got {references}")
    check_manifest(*read_manifest(f"http://{repository.partition('/')[0]}", pinned[0]), platform)
    return pinned[0]


def can_run(engine: Engine, platform: str) -> bool:
    """Whether the engine runs images of `platform` itself, without an emulated processor."""
    return platform == f"linux/{engine.architecture}"
