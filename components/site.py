"""The files of a web page, in the bucket that a distribution serves it from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import pulumi
from pulumi_aws import s3

from components.private_bucket import PrivateBucket

__all__ = ["Site", "SiteArgs", "content_policy"]

INDEX = "index.html"
CONFIG = "config.json"

HASHED = "assets/"
"""Where a build puts the files whose names have a hash of their content."""

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
"""Exact, as browsers are told to sniff nothing. What the system knows differs between machines."""

FOREVER = "public, max-age=31536000, immutable"
CHECKED = "no-cache"
"""Kept, and used only after asking whether it has changed."""


def content_policy(
    images: Sequence[pulumi.Input[str]], calls: Sequence[pulumi.Input[str]]
) -> pulumi.Output[str]:
    """The content security policy of a page that loads only what is its own, but pictures also from
    the origins `images`, and that also calls the origins `calls`."""
    return pulumi.Output.concat(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:",
        *_listed(images),
        "; connect-src 'self'",
        *_listed(calls),
        "; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    )


def _listed(origins: Sequence[pulumi.Input[str]]) -> list[pulumi.Input[str]]:
    return [part for origin in origins for part in (" ", origin)]


@dataclass(frozen=True, kw_only=True)
class SiteArgs:
    """A page's files and where they go."""

    bucket: PrivateBucket
    files: Mapping[str, str]
    """The file of each key, relative to the program."""
    config: Mapping[str, Any]
    """What the page must know of its stack, as JSON under `config.json`. It may hold outputs."""


class Site(pulumi.ComponentResource):
    """A page's files as objects: those named by their content for ever, others checked each time.

    `index.html` is written after everything that it may refer to. Files named by their content
    outlive the build that they belong to, for the pages that are still open; they go with the
    bucket.
    """

    def __init__(
        self, name: str, args: SiteArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Site", name, None, opts)
        self._label = name
        self._bucket = args.bucket

        objects = [
            self._file(key, path) for key, path in sorted(args.files.items()) if key != INDEX
        ]
        objects.append(self._config(args.config))
        self._file(INDEX, args.files[INDEX], after=objects)

        self.register_outputs({"bucket": args.bucket.name})

    def _file(
        self, key: str, path: str, after: Sequence[pulumi.Resource] = ()
    ) -> s3.BucketObjectv2:
        hashed = key.startswith(HASHED)
        return s3.BucketObjectv2(
            f"{self._label}-{key}",
            bucket=self._bucket.name,
            key=key,
            # The engine compares the bytes of an asset, so that no hash is needed beside it.
            source=pulumi.FileAsset(path),
            content_type=_content_type(key),
            cache_control=FOREVER if hashed else CHECKED,
            override_provider=_untagged(),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[self._bucket, *after], retain_on_delete=hashed
            ),
        )

    def _config(self, config: Mapping[str, Any]) -> s3.BucketObjectv2:
        return s3.BucketObjectv2(
            f"{self._label}-{CONFIG}",
            bucket=self._bucket.name,
            key=CONFIG,
            content=pulumi.Output.json_dumps(dict(config), indent=2),
            content_type=_content_type(CONFIG),
            cache_control=CHECKED,
            override_provider=_untagged(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._bucket]),
        )


def _content_type(key: str) -> str:
    suffix = PurePosixPath(key).suffix
    if suffix not in CONTENT_TYPES:
        raise pulumi.RunError(
            f"{key} must end with one of {', '.join(CONTENT_TYPES)}, got {suffix or 'nothing'}"
        )
    return CONTENT_TYPES[suffix]


def _untagged() -> s3.BucketObjectv2OverrideProviderArgs:
    """An object takes ten tags at most; a stack's own may be more."""
    return s3.BucketObjectv2OverrideProviderArgs(
        default_tags=s3.BucketObjectv2OverrideProviderDefaultTagsArgs(tags={})
    )
