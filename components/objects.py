"""What the program keeps in a bucket for its functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import s3

from components.function import Function
from components.policy import Statement
from components.private_bucket import PrivateBucket

__all__ = ["Objects", "ObjectsArgs"]


@dataclass(frozen=True, kw_only=True)
class ObjectsArgs:
    """Where files go, and which."""

    bucket: PrivateBucket
    under: str
    """What every key begins with."""
    files: Mapping[str, pulumi.Asset]
    """What is kept under each key. The key names the content: other content has another key, and is
    there before the old one goes."""


class Objects(pulumi.ComponentResource):
    """Assets as objects under one prefix of a bucket."""

    def __init__(
        self, name: str, args: ObjectsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Objects", name, None, opts)
        self._label, self._bucket, self._under = name, args.bucket, args.under
        objects = [
            s3.BucketObjectv2(
                f"{name}-{key.removeprefix(args.under)}",
                bucket=args.bucket.name,
                key=key,
                source=asset,
                content_type="application/octet-stream",
                cache_control="private, no-store",
                # An object takes ten tags at most; a stack's own may be more.
                override_provider=s3.BucketObjectv2OverrideProviderArgs(
                    default_tags=s3.BucketObjectv2OverrideProviderDefaultTagsArgs(tags={})
                ),
                # Not after all of the bucket's parts: its policy waits for CloudFront, which may
                # wait for a function that reads these.
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, asset in sorted(args.files.items())
        ]
        self._there = pulumi.Output.all(*(each.id for each in objects))
        self.register_outputs({"bucket": args.bucket.name})

    def grant_read(self, grantee: Function) -> None:
        """Let `grantee` read the objects, whose keys it has to know."""
        objects = pulumi.Output.concat(self._bucket.arn, f"/{self._under}*")
        grantee.allow(
            f"read-{self._label}", Statement(actions=["s3:GetObject"], resources=[objects])
        )

    def once_there(self, value: str) -> pulumi.Output[str]:
        """`value`, for whatever must not read the files before all of them are there."""
        return self._there.apply(lambda _: value)
