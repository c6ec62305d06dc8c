"""Files of the program, kept in a bucket for its functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.private_bucket import PrivateBucket

__all__ = ["Objects", "ObjectsArgs"]


@dataclass(frozen=True, kw_only=True)
class ObjectsArgs:
    """Where files go, and which."""

    bucket: PrivateBucket
    under: str
    """What every key begins with."""
    files: Mapping[str, str]
    """The file of each key, relative to the program. The key names the content: other content has
    another key, and is there before the old one goes."""
    content_type: str


class Objects(pulumi.ComponentResource):
    """Files as objects under one prefix of a bucket."""

    def __init__(
        self, name: str, args: ObjectsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Objects", name, None, opts)
        for key, path in sorted(args.files.items()):
            s3.BucketObjectv2(
                f"{name}-{key.removeprefix(args.under)}",
                bucket=args.bucket.name,
                key=key,
                source=pulumi.FileAsset(path),
                content_type=args.content_type,
                cache_control="private, no-store",
                # An object takes ten tags at most; a stack's own may be more.
                override_provider=s3.BucketObjectv2OverrideProviderArgs(
                    default_tags=s3.BucketObjectv2OverrideProviderDefaultTagsArgs(tags={})
                ),
                opts=pulumi.ResourceOptions(parent=self, depends_on=[args.bucket]),
            )
        self.register_outputs({"bucket": args.bucket.name})
