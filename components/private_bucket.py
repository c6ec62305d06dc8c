"""A bucket that only its grantees can reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import pulumi
from pulumi_aws import s3

from components.function import Function
from components.policy import Statement, account_of, document
from components.route import Source

__all__ = ["PrivateBucket", "PrivateBucketArgs"]

# Parts of an upload that was never finished are invisible in listings, and billed.
ABANDONED_UPLOAD_DAYS = 7

# S3's reason in the event of an object that it copied.
COPY = "CopyObject"


@dataclass(frozen=True, kw_only=True)
class PrivateBucketArgs:
    """What a private bucket is made of."""

    protect: bool
    """Deletion of the bucket is refused. Without it, destroy takes its objects along."""
    recoverable_days: int | None = None
    """Days that overwritten and deleted objects stay recoverable; None keeps no versions."""
    announced: bool = False
    """Publish an event about every object on the default bus."""
    policy_by_grant: bool = False
    """Its policy, of which a bucket has one, is written by `grant` or
    `grant_read_to_distribution`."""
    expire_days: int | None = None
    """Days after which objects are deleted; None keeps them."""
    expire_earlier: Mapping[str, int] = field(default_factory=dict)
    """The same of what lies under a prefix, by prefix."""


class PrivateBucket(pulumi.ComponentResource):
    """An S3 bucket without ACLs or public access, encrypted with S3's own keys, TLS only.

    S3 returns 409 when two settings of one bucket change at once, so each waits for the one before.
    """

    label: str
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    regional_domain_name: pulumi.Output[str]
    origin: pulumi.Output[str]
    """What a browser knows it by, for the requests that are signed for it."""

    def __init__(
        self, name: str, args: PrivateBucketArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:PrivateBucket", name, None, opts)
        self.label = name

        bucket = s3.Bucket(
            name,
            force_destroy=not args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.name = bucket.bucket
        self.arn = bucket.arn
        self.regional_domain_name = bucket.bucket_regional_domain_name
        self.origin = pulumi.Output.concat("https://", self.regional_domain_name)
        self._last: pulumi.Resource = bucket

        self._close()
        self._encrypt()
        if args.recoverable_days is not None:
            self._keep_versions()
        self._expire(args)
        if not args.policy_by_grant:
            self._write_policy()
        if args.announced:
            self._announce()

        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "regional_domain_name": self.regional_domain_name,
            }
        )

    def created(self, under: str) -> Source:
        """Every object uploaded under the prefix `under`, except empty ones.

        The S3 console creates a "folder" as an empty object.
        """
        return self._written(under, [{"anything-but": [COPY]}])

    def copied(self, under: str) -> Source:
        """Every object that S3 copied to a key under the prefix `under`, except empty ones.

        A copy of more than 5 GB is not among them: it is written in parts, as an upload is.
        """
        return self._written(under, [COPY])

    def emptied(self, under: str) -> Source:
        """Every empty object written under the prefix `under`, perhaps over one that was not.

        The console's folders are among them: a pattern can match a key by its beginning or by its
        end, not by both.
        """
        return self._announcement("Object Created", under, {"size": [0]})

    def unarchived(self, under: str) -> Source:
        """Every archived object under the prefix `under` that can be read again for some days."""
        return self._announcement("Object Restore Completed", under, {})

    def deleted(self, under: str) -> Source:
        """Every object deleted under the prefix `under`, by a caller or by a lifecycle rule."""
        return self._announcement("Object Deleted", under, {})

    def grant_read(self, grantee: Function, under: str) -> None:
        """Let `grantee` read the current objects under the prefix `under`."""
        self._grant_read(grantee, under, ["s3:GetObject"])

    def grant_read_versions(self, grantee: Function, under: str) -> None:
        """Let `grantee` read the objects under the prefix `under` in any version."""
        self._grant_read(grantee, under, ["s3:GetObject", "s3:GetObjectVersion"])

    def grant_write(self, grantee: Function, under: str) -> None:
        """Let `grantee` write objects under the prefix `under`, and read none."""
        grantee.allow(
            f"write-{self.label}",
            Statement(actions=["s3:PutObject"], resources=[self._objects(under)]),
        )

    def grant_upload(self, grantee: Function, under: str) -> None:
        """Let `grantee` write objects under the prefix `under`, whole or in parts, by itself or by
        requests that it signs for others."""
        grantee.allow(
            f"upload-{self.label}",
            Statement(
                actions=[
                    "s3:PutObject",
                    "s3:AbortMultipartUpload",
                    "s3:ListMultipartUploadParts",
                ],
                resources=[self._objects(under)],
            ),
        )

    def grant_erase(self, grantee: Function, under: str) -> None:
        """Let `grantee` delete objects under the prefix `under`, bring deleted ones back by their
        versions, and delete every version for good."""
        grantee.allow(
            f"erase-{self.label}",
            Statement(
                actions=["s3:DeleteObject", "s3:DeleteObjectVersion"],
                resources=[self._objects(under)],
            ),
            Statement(
                actions=["s3:ListBucketVersions"],
                resources=[self.arn],
                when={"StringLike": {"s3:prefix": f"{under}*"}},
            ),
        )

    def grant_remove(self, grantee: Function, under: str) -> None:
        """Let `grantee` find and delete objects under the prefix `under`, and read none."""
        grantee.allow(
            f"remove-{self.label}",
            Statement(actions=["s3:DeleteObject"], resources=[self._objects(under)]),
            Statement(
                actions=["s3:ListBucket"],
                resources=[self.arn],
                when={"StringLike": {"s3:prefix": f"{under}*"}},
            ),
        )

    def grant_delete(self, grantee: Function, under: str) -> None:
        """Let `grantee` delete objects under the prefix `under` whose keys it knows."""
        grantee.allow(
            f"delete-{self.label}",
            Statement(actions=["s3:DeleteObject"], resources=[self._objects(under)]),
        )

    def grant_read_delete(self, grantee: Function, under: str) -> None:
        """Let `grantee` read and delete objects under the prefix `under` whose keys it knows."""
        grantee.allow(
            f"read-delete-{self.label}",
            Statement(
                actions=["s3:GetObject", "s3:DeleteObject"], resources=[self._objects(under)]
            ),
        )

    def grant_read_remove(self, grantee: Function, under: str) -> None:
        """Let `grantee` list, read and delete objects under the prefix `under`."""
        grantee.allow(
            f"read-remove-{self.label}",
            Statement(
                actions=["s3:GetObject", "s3:DeleteObject"], resources=[self._objects(under)]
            ),
            # On the whole bucket: a read names no prefix, and without this right S3 returns 403 for
            # a missing object.
            Statement(actions=["s3:ListBucket"], resources=[self.arn]),
        )

    def listing(self, under: str) -> Statement:
        """The right to list the objects under the prefix `under`."""
        return Statement(
            actions=["s3:ListBucket"],
            resources=[self.arn],
            when={"StringLike": {"s3:prefix": f"{under}*"}},
        )

    def writing(self, under: str) -> Statement:
        """The right to write objects under the prefix `under`, whole or in parts."""
        return Statement(
            actions=[
                "s3:PutObject",
                "s3:GetObject",
                "s3:ListMultipartUploadParts",
                "s3:AbortMultipartUpload",
            ],
            resources=[self._objects(under)],
        )

    def reading(self, under: str) -> Statement:
        """The right to read the objects under the prefix `under`."""
        return Statement(actions=["s3:GetObject"], resources=[self._objects(under)])

    def receiving_inventories(
        self, of: PrivateBucket, under: str, arn: pulumi.Input[str]
    ) -> Statement:
        """S3's right to write inventories of the bucket `of` under the prefix `under`; `arn` is of
        anything in the same account, which a bucket's does not name."""
        return Statement(
            service="s3.amazonaws.com",
            actions=["s3:PutObject"],
            resources=[self._objects(under)],
            when={
                "StringEquals": {"aws:SourceAccount": account_of(arn)},
                "ArnLike": {"aws:SourceArn": [of.arn]},
            },
        )

    def keep_inventory(
        self, name: str, under: str, kept: PrivateBucket, kept_under: str, frequency: str
    ) -> None:
        """Have S3 list what is now under the prefix `under`, `Daily` or `Weekly`, into the bucket
        `kept`, whose policy must allow that."""
        self._last = s3.Inventory(
            f"{self.label}-inventory",
            bucket=self.name,
            name=name,
            included_object_versions="Current",
            filter=s3.InventoryFilterArgs(prefix=under),
            optional_fields=["Size", "LastModifiedDate", "ETag"],
            schedule=s3.InventoryScheduleArgs(frequency=frequency),
            destination=s3.InventoryDestinationArgs(
                bucket=s3.InventoryDestinationBucketArgs(
                    bucket_arn=kept.arn,
                    format="CSV",
                    prefix=kept_under.rstrip("/"),
                    encryption=s3.InventoryDestinationBucketEncryptionArgs(
                        sse_s3=s3.InventoryDestinationBucketEncryptionSseS3Args()  # type: ignore[no-untyped-call]
                    ),
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[self._last, kept]),
        )

    def allow_uploads_from(self, origins: Sequence[pulumi.Input[str]]) -> None:
        """Let web pages of these origins upload with presigned requests, whole or in parts.

        Not among the arguments, as a page's origin may be that of something that is made after the
        bucket.
        """
        self._last = s3.BucketCorsConfiguration(
            f"{self.label}-cors",
            bucket=self.name,
            cors_rules=[
                s3.BucketCorsConfigurationCorsRuleArgs(
                    allowed_origins=list(origins),
                    allowed_methods=["PUT", "POST"],
                    # Any header that a presigned request was signed with: checksums, metadata.
                    allowed_headers=["*"],
                    expose_headers=["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
                    max_age_seconds=3600,
                )
            ],
            opts=self._next(),
        )

    def grant(self, *statements: Statement) -> None:
        """Write the bucket's policy with these statements about services."""
        self._write_policy(*statements)

    def grant_read_to_distribution(self, distribution_arn: pulumi.Input[str], under: str) -> None:
        """Let one CloudFront distribution read the objects under the prefix `under`.

        It may not list them, so a missing one is a 403.
        """
        self._write_policy(
            Statement(
                service="cloudfront.amazonaws.com",
                actions=["s3:GetObject"],
                resources=[self._objects(under)],
                when={"StringEquals": {"AWS:SourceArn": distribution_arn}},
            )
        )

    def _close(self) -> None:
        self._last = s3.BucketPublicAccessBlock(
            f"{self.label}-access",
            bucket=self.name,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self._next(),
        )
        self._last = s3.BucketOwnershipControls(
            f"{self.label}-ownership",
            bucket=self.name,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=self._next(),
        )

    def _encrypt(self) -> None:
        self._last = s3.BucketServerSideEncryptionConfiguration(
            f"{self.label}-encryption",
            bucket=self.name,
            rules=[
                s3.BucketServerSideEncryptionConfigurationRuleArgs(
                    apply_server_side_encryption_by_default=s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="AES256"
                    ),
                    # No function could read an object encrypted with its uploader's own key.
                    blocked_encryption_types=["SSE-C"],
                )
            ],
            opts=self._next(),
        )

    def _keep_versions(self) -> None:
        self._last = s3.BucketVersioning(
            f"{self.label}-versioning",
            bucket=self.name,
            versioning_configuration=s3.BucketVersioningVersioningConfigurationArgs(
                status="Enabled"
            ),
            opts=self._next(),
        )

    def _expire(self, args: PrivateBucketArgs) -> None:
        rules = [
            s3.BucketLifecycleConfigurationRuleArgs(
                id="abandoned-uploads",
                status="Enabled",
                filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                abort_incomplete_multipart_upload=s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
                    days_after_initiation=ABANDONED_UPLOAD_DAYS
                ),
            )
        ]
        if args.expire_days is not None:
            rules.append(
                s3.BucketLifecycleConfigurationRuleArgs(
                    id="expired-objects",
                    status="Enabled",
                    filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(
                        days=args.expire_days
                    ),
                )
            )
        rules += [
            s3.BucketLifecycleConfigurationRuleArgs(
                id=f"expired-{prefix.rstrip('/')}",
                status="Enabled",
                filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=prefix),
                expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
            )
            for prefix, days in args.expire_earlier.items()
        ]
        if args.recoverable_days is not None:
            rules.append(
                s3.BucketLifecycleConfigurationRuleArgs(
                    id="superseded-versions",
                    status="Enabled",
                    filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                    noncurrent_version_expiration=s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(
                        noncurrent_days=args.recoverable_days
                    ),
                    expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(
                        expired_object_delete_marker=True
                    ),
                )
            )
        self._last = s3.BucketLifecycleConfiguration(
            f"{self.label}-lifecycle", bucket=self.name, rules=rules, opts=self._next()
        )

    def _write_policy(self, *grants: Statement) -> None:
        tls_only = Statement(
            effect="Deny",
            everyone=True,
            actions=["s3:*"],  # no call of any kind may travel unencrypted
            resources=[self.arn, self._objects()],
            when={"Bool": {"aws:SecureTransport": "false"}},
        )
        self._last = s3.BucketPolicy(
            f"{self.label}-policy",
            bucket=self.name,
            policy=document(tls_only, *grants),
            opts=self._next(),
        )

    def _announce(self) -> None:
        self._last = s3.BucketNotification(
            f"{self.label}-events", bucket=self.name, eventbridge=True, opts=self._next()
        )

    def _next(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[self._last])

    def _written(self, under: str, reason: list[object]) -> Source:
        some = {"size": [{"numeric": [">", 0]}]}
        return self._announcement("Object Created", under, some, {"reason": reason})

    def _announcement(
        self,
        kind: str,
        under: str,
        size: Mapping[str, object],
        detail: Mapping[str, object] = MappingProxyType({}),
    ) -> Source:
        return Source(
            pattern={
                "source": ["aws.s3"],
                "detail-type": [kind],
                "detail": {
                    "bucket": {"name": [self.name]},
                    "object": {"key": [{"prefix": under}], **size},
                    **detail,
                },
            }
        )

    def _grant_read(self, grantee: Function, under: str, actions: list[str]) -> None:
        grantee.allow(
            f"read-{self.label}",
            Statement(actions=actions, resources=[self._objects(under)]),
            # Without it S3 returns 403 for a missing object, which looks like a missing right.
            Statement(actions=["s3:ListBucket"], resources=[self.arn]),
        )

    def _objects(self, under: str = "") -> pulumi.Output[str]:
        return pulumi.Output.concat(self.arn, f"/{under}*")
