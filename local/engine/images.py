"""Container images without a container engine: a build context kept as an archive.

A function's image holds its build context, filtered by the Dockerfile's own ignore file, and its
`CMD` names the handler. That is all the local executor needs, so "building" is packing, and the
digest of the archive stands for the image's.
"""

import hashlib
import io
import json
import posixpath
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from local.children import ROOT


class ImageError(ValueError):
    """A Dockerfile or build context that cannot become a local function."""


@dataclass(frozen=True)
class Build:
    """What `pulumi_docker.Image` was asked to build; paths are relative to `root`."""

    name: str
    context: str
    dockerfile: str
    platform: str
    arguments: dict[str, str]
    root: Path = ROOT


class Images(Protocol):
    """Builds images, and turns a built one into a function's package."""

    def build(self, build: Build) -> str:
        """The digest reference (`repository@sha256:...`) of the image, which is kept."""

    def package(self, image: str) -> dict[str, Any]:
        """What Lambda's `CreateFunction` needs to run an image that `build` returned.

        Raises `ImageError` for any other.
        """


@dataclass(frozen=True)
class Archives:
    """Images as Zip archives of their build contexts, kept in `folder` by digest."""

    folder: Path
    runtime: str

    def build(self, build: Build) -> str:
        """Pack the context; the handler is the Dockerfile's last `CMD`."""
        dockerfile, context = build.root / build.dockerfile, build.root / build.context
        archive = pack(context, ignore_patterns(dockerfile, context))
        handler = handler_of(dockerfile.read_text(encoding="utf-8"))
        digest = hashlib.sha256(archive + handler.encode()).hexdigest()
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{digest}.zip").write_bytes(archive)
        (self.folder / f"{digest}.handler").write_text(handler, encoding="utf-8")
        return f"{build.name.partition(':')[0]}@sha256:{digest}"

    def package(self, image: str) -> dict[str, Any]:
        """The archive behind a digest reference, to be run by Python of `runtime`."""
        _, _, digest = image.partition("@sha256:")
        archive = self.folder / f"{digest}.zip"
        if not digest or not archive.is_file():
            raise ImageError(f"image_uri must be the digest of an image built here, got {image}")
        return {
            "PackageType": "Zip",
            "Runtime": self.runtime,
            "Handler": (self.folder / f"{digest}.handler").read_text(encoding="utf-8"),
            "Code": {"ZipFile": archive.read_bytes()},
        }


def context_digest(context: Path, dockerfile: Path) -> str:
    """A digest of everything that a build reads: the Dockerfile and the files of its context."""
    digest = hashlib.sha256(dockerfile.read_bytes())
    for file in included(context, ignore_patterns(dockerfile, context)):
        content = hashlib.sha256(file.read_bytes()).hexdigest()
        digest.update(f"{file.relative_to(context).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def handler_of(dockerfile: str) -> str:
    """The handler that a Dockerfile's last `CMD` names, in exec form and with one word."""
    commands = re.findall(r"^CMD\s+(.+)$", dockerfile, re.MULTILINE)
    if not commands:
        raise ImageError("a function's Dockerfile must have a CMD")
    try:
        words = json.loads(commands[-1])
    except json.JSONDecodeError as error:
        raise ImageError(f"CMD must be in exec form, got {commands[-1]}") from error
    if not isinstance(words, list) or len(words) != 1 or "." not in str(words[0]):
        raise ImageError(f"CMD must name one handler, module.function, got {commands[-1]}")
    return str(words[0])


def ignore_patterns(dockerfile: Path, context: Path) -> list[str]:
    """The patterns of `<Dockerfile>.dockerignore`, else of the context's `.dockerignore`."""
    own = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    for file in (own, context / ".dockerignore"):
        if file.is_file():
            lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
            return [line for line in lines if line and not line.startswith("#")]
    return []


def pack(context: Path, patterns: Iterable[str]) -> bytes:
    """A Zip of the files in `context` that `patterns` leave in; one tree gives one archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in included(context, patterns):
            entry = zipfile.ZipInfo(file.relative_to(context).as_posix())
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(entry, file.read_bytes())
        if not archive.namelist():
            raise ImageError(f"build context {context.name} must hold a file that is not ignored")
    return packed.getvalue()


def included(context: Path, patterns: Iterable[str]) -> list[Path]:
    """The files under `context` that `patterns` leave in, folder by folder, sorted by name."""
    rules = [_rule(pattern) for pattern in patterns]
    return [
        file
        for file in sorted(context.rglob("*"))
        if file.is_file() and not _ignored(file.relative_to(context).as_posix(), rules)
    ]


def _ignored(name: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    """Docker's rule: the last pattern that matches the path or a folder above it decides."""
    ignored = False
    for ignores, expression in rules:
        if ignores != ignored and any(expression.fullmatch(path) for path in _with_parents(name)):
            ignored = ignores
    return ignored


def _with_parents(name: str) -> Iterator[str]:
    while name:
        yield name
        name = posixpath.dirname(name)


def _rule(pattern: str) -> tuple[bool, re.Pattern[str]]:
    ignores = not pattern.startswith("!")
    cleaned = posixpath.normpath(pattern.removeprefix("!").strip()).lstrip("/")
    expression, rest = "", cleaned
    while rest:
        if rest.startswith("**/"):
            expression, rest = expression + "(?:.*/)?", rest[3:]
        elif rest.startswith("**"):
            expression, rest = expression + ".*", rest[2:]
        elif rest[0] == "*":
            expression, rest = expression + "[^/]*", rest[1:]
        elif rest[0] == "?":
            expression, rest = expression + "[^/]", rest[1:]
        elif rest[0] == "[" and "]" in rest:
            end = rest.index("]") + 1
            expression, rest = expression + rest[:end], rest[end:]
        else:
            expression, rest = expression + re.escape(rest[0]), rest[1:]
    return ignores, re.compile(expression, re.DOTALL)
