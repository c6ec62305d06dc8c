"""Functions in containers; `local.engine.images.Archives` is the alternative without Docker."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Any

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
        """Build, push and return `127.0.0.1:<port>/<repository>@sha256:...`.

        Raises `EngineError` and `ManifestError`.
        """
        name = build_.name.partition("/")[2].partition(":")[0]
        repository = f"{self.registry}/{name}"
        image = build(self.engine, build_.root, build_, f"{repository}:latest")
        # One at a time: later pushes mount the layers, the base above all, of earlier ones.
        with self._pushing:
            return push(self.engine, image, repository, build_.platform)

    def package(self, image: str) -> dict[str, Any]:
        """The image itself, which must be named by its digest."""
        if not image.startswith(f"{self.registry}/") or "@sha256:" not in image:
            raise ImageError(f"image_uri must be the digest of an image pushed here, got {image}")
        return {"PackageType": "Image", "Code": {"ImageUri": image}}

    def forget(self) -> None:
        """Untag everything that was pushed to this registry, which no longer exists."""
        # An image whose tag has since moved has only a digest.
        name = '{{.Repository}}{{if eq .Tag "<none>"}}@{{.Digest}}{{else}}:{{.Tag}}{{end}}'
        listed = self.engine.run(
            *("image", "ls", "--digests", "--format", name),
            *("--filter", f"reference={self.registry}/*"),
        )
        for image in sorted(set(listed.splitlines())):
            self.engine.run("image", "rm", image)
