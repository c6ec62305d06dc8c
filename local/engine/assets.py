"""Files among a resource's inputs, in the form in which they cross the wire."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime import rpc

__all__ = ["content", "digest", "is_asset", "on_the_wire", "with_digests"]

_SIGNATURES = (rpc._special_asset_sig, rpc._special_archive_sig)
_SIGNATURE = rpc._special_sig_key


def is_asset(value: Any) -> bool:
    """Whether an input is a file, a folder or an archive."""
    return isinstance(value, Mapping) and value.get(_SIGNATURE) in _SIGNATURES


def on_the_wire(value: pulumi.Asset | pulumi.Archive) -> dict[str, Any]:
    """The SDK's object as the engine hands it to a provider."""
    match value:
        case pulumi.AssetArchive(assets=parts):
            wired = {name: on_the_wire(part) for name, part in parts.items()}
            return {_SIGNATURE: rpc._special_archive_sig, "assets": wired}
        case pulumi.FileArchive(path=path):
            return {_SIGNATURE: rpc._special_archive_sig, "path": str(path)}
        case pulumi.FileAsset(path=path):
            return {_SIGNATURE: rpc._special_asset_sig, "path": str(path)}
        case pulumi.StringAsset(text=text):
            return {_SIGNATURE: rpc._special_asset_sig, "text": text}
        case _:
            raise ValueError("a file must be on this machine, got a remote one")


def content(root: Path, asset: Mapping[str, Any]) -> bytes:
    """The bytes of a file or a text; a path is relative to `root`."""
    if "text" in asset:
        return str(asset["text"]).encode()
    return (root / str(asset["path"])).read_bytes()


def digest(root: Path, asset: Mapping[str, Any]) -> str:
    """A digest of what an asset holds: bytes, or a folder's names and their bytes."""
    if "assets" in asset:
        parts = [f"{name} {digest(root, part)}" for name, part in sorted(asset["assets"].items())]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    if "path" in asset and (folder := root / str(asset["path"])).is_dir():
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        parts = [
            f"{file.relative_to(folder).as_posix()} {hashlib.sha256(file.read_bytes()).hexdigest()}"
            for file in files
        ]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return hashlib.sha256(content(root, asset)).hexdigest()


def with_digests(root: Path, values: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs, each asset with the digest of its content as `hash`."""
    return {key: _with_digest(root, value) for key, value in values.items()}


def _with_digest(root: Path, value: Any) -> Any:
    if is_asset(value):
        return {**value, "hash": digest(root, value)}
    if isinstance(value, Mapping):
        return with_digests(root, value)
    if isinstance(value, list):
        return [_with_digest(root, item) for item in value]
    return value
