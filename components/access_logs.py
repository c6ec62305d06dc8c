"""Access logs: who requested which object, of buckets and of a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, s3

from components.delivery import Delivery
from components.policy import Statement, account_of
from components.private_bucket import PrivateBucket, PrivateBucketArgs

__all__ = ["AccessLogs", "AccessLogsArgs"]

# CloudFront is a global service; its logs are delivered from here, to a bucket in any Region.
CLOUDFRONT_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class AccessLogsArgs:
    """Whose requests are logged."""

    buckets: Sequence[PrivateBucket]
    delivery: Delivery
    retention_days: int
    """Days that the logs are kept."""
    protect: bool
    """Deletion of the logs is refused."""


class AccessLogs(pulumi.ComponentResource):
    """A private bucket that receives the access logs of buckets and of one distribution.

    Both are delivered within hours, on a best-effort basis. Addresses of viewers are in them.
    """

    name: pulumi.Output[str]

    def __init__(
        self, name: str, args: AccessLogsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:AccessLogs", name, None, opts)
        self._label = name

        self._bucket = PrivateBucket(
            name,
            PrivateBucketArgs(
                protect=args.protect, expire_days=args.retention_days, policy_by_grant=True
            ),
            pulumi.ResourceOptions(parent=self),
        )
        self.name = self._bucket.name
        self._bucket.grant(*self._writers(args))
        for bucket in args.buckets:
            self._log_bucket(bucket)
        self._log_delivery(args.delivery)

        self.register_outputs({"name": self.name})

    def _writers(self, args: AccessLogsArgs) -> list[Statement]:
        account = account_of(args.delivery.arn)
        own = {"StringEquals": {"aws:SourceAccount": account}}
        sources = pulumi.Output.concat(
            "arn:aws:logs:", CLOUDFRONT_REGION, ":", account, ":delivery-source:*"
        )
        return [
            Statement(
                service="logging.s3.amazonaws.com",
                actions=["s3:PutObject"],
                resources=[pulumi.Output.concat(self._bucket.arn, "/s3/*")],
                when={**own, "ArnLike": {"aws:SourceArn": [each.arn for each in args.buckets]}},
            ),
            Statement(
                service="delivery.logs.amazonaws.com",
                actions=["s3:PutObject"],
                resources=[
                    pulumi.Output.concat(self._bucket.arn, "/AWSLogs/", account, "/CloudFront/*")
                ],
                when={**own, "ArnLike": {"aws:SourceArn": [sources]}},
            ),
        ]

    def _log_bucket(self, bucket: PrivateBucket) -> None:
        s3.BucketLogging(
            f"{bucket.label}-access-log",
            bucket=bucket.name,
            target_bucket=self.name,
            target_prefix=f"s3/{bucket.label}/",
            opts=self._when_writable(),
        )

    def _log_delivery(self, delivery: Delivery) -> None:
        source = cloudwatch.LogDeliverySource(
            f"{self._label}-source",
            region=CLOUDFRONT_REGION,
            log_type="ACCESS_LOGS",
            resource_arn=delivery.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        destination = cloudwatch.LogDeliveryDestination(
            f"{self._label}-target",
            region=CLOUDFRONT_REGION,
            output_format="w3c",
            delivery_destination_configuration=cloudwatch.LogDeliveryDestinationDeliveryDestinationConfigurationArgs(
                destination_resource_arn=self._bucket.arn
            ),
            opts=self._when_writable(),
        )
        cloudwatch.LogDelivery(
            f"{self._label}-delivery",
            region=CLOUDFRONT_REGION,
            delivery_source_name=source.name,
            delivery_destination_arn=destination.arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _when_writable(self) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=[self._bucket])
