"""Functions in their containers: the seam's other side from `local.engine.images.Archives`."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from local.children import ROOT
from local.docker.builds import build, push
from local.docker.engine import Engine
from local.engine.images import Build, ImageError

__all__ = ["Containers"]


@dataclass(frozen=True)
class Containers:
    """Images built by Docker, pushed to the local AWS's own registry, run by their digest there."""

    engine: Engine
    registry: str
    """The local AWS as the engine reaches it, `127.0.0.1:<port>`."""

    _pushing: Lock = field(default_factory=Lock, repr=False, compare=False)

    def build(self, build_: Build) -> str:
        """Build and push; `127.0.0.1:<port>/<repository>@sha256:...`, in a manifest Lambda takes.

        Raises `EngineError` and `ManifestError`.
        """
        name = build_.name.partition("/")[2].partition(":")[0]
        repository = f"{self.registry}/{name}"
        image = build(self.engine, ROOT, build_, f"{repository}:latest")
        # One after the other: what the first has pushed, the base above all, the next ones mount.
        with self._pushing:
            return push(self.engine, image, repository, build_.platform)

    def package(self, image: str) -> dict[str, Any]:
        """The image itself, which must be named by its digest."""
        if not image.startswith(f"{self.registry}/") or "@sha256:" not in image:
            raise ImageError(f"image_uri must be the digest of an image pushed here, got {image}")
        return {"PackageType": "Image", "Code": {"ImageUri": image}}

    def forget(self) -> None:
        """Take the names of everything pushed to this registry, which is gone, off the engine."""
        # What was pushed under a tag that has moved on since has a digest only.
        name = '{{.Repository}}{{if eq .Tag "<none>"}}@{{.Digest}}{{else}}:{{.Tag}}{{end}}'
        listed = self.engine.run(
            *("image", "ls", "--digests", "--format", name),
            *("--filter", f"reference={self.registry}/*"),
        )
        for image in sorted(set(listed.splitlines())):
            self.engine.run("image", "rm", image)
