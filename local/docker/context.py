"""The hash of a build context by which Pulumi's Docker provider decides to rebuild an image."""

import hashlib
import stat
from pathlib import Path

from local.engine.images import ignore_patterns, included

__all__ = ["context_hash"]


def context_hash(context: Path, dockerfile: Path) -> str:
    """The `context` input that the provider (pulumi-docker 5.2) derives and compares, in hex.

    It is the SHA-256 of, for the Dockerfile and then for every file that its ignore file leaves
    in, ordered by path: the path, the mode as Go prints it, the SHA-256 of the content, a zero
    byte. Modes therefore matter; times and owners do not. Symbolic links are not supported: no
    context here has any.
    """
    digest = hashlib.sha256()
    _add(digest, "Dockerfile", "-" * 10, dockerfile)
    for file in included(context, ignore_patterns(dockerfile, context)):
        mode = stat.filemode(file.stat().st_mode)
        _add(digest, file.relative_to(context).as_posix(), mode, file)
    return digest.hexdigest()


def _add(digest: "hashlib._Hash", name: str, mode: str, file: Path) -> None:
    content = hashlib.sha256(file.read_bytes()).digest()
    digest.update(name.encode() + mode.encode() + content + b"\0")
