"""Copies of a table in a bucket, which outlive the table's own backups."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, scheduler

from components.function import ROLE_PATH
from components.policy import Statement, document
from components.private_bucket import PrivateBucket
from components.table import Table

__all__ = ["TableExport", "TableExportArgs"]


@dataclass(frozen=True, kw_only=True)
class TableExportArgs:
    """What is exported, and when."""

    table: Table
    """It must have backups of single seconds, from which DynamoDB exports."""
    bucket: PrivateBucket
    schedule: str
    """`cron(...)` in UTC, or `rate(...)`."""
    roles_boundary: str = ""
    """ARN of the policy that bounds its role, which is then made under a path of its own."""


class TableExport(pulumi.ComponentResource):
    """A schedule on which DynamoDB exports a table as JSON, without a function in between and
    without reading the table."""

    def __init__(
        self, name: str, args: TableExportArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:TableExport", name, None, opts)
        self._label = f"{name}-export"

        role = self._role(args.roles_boundary)
        rights = self._allow(role, args)
        self._schedule(role, rights, args)

        self.register_outputs({})

    def _role(self, boundary: str) -> iam.Role:
        return iam.Role(
            f"{self._label}-role",
            path=ROLE_PATH if boundary else None,
            permissions_boundary=boundary or None,
            assume_role_policy=document(
                Statement(service="scheduler.amazonaws.com", actions=["sts:AssumeRole"])
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _allow(self, role: iam.Role, args: TableExportArgs) -> iam.RolePolicy:
        return iam.RolePolicy(
            f"{self._label}-rights",
            role=role.name,
            policy=document(
                Statement(
                    actions=["dynamodb:ExportTableToPointInTime"], resources=[args.table.arn]
                ),
                # DynamoDB writes with the rights of its caller.
                Statement(
                    actions=["s3:PutObject", "s3:AbortMultipartUpload"],
                    resources=[pulumi.Output.concat(args.bucket.arn, "/*")],
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _schedule(self, role: iam.Role, rights: iam.RolePolicy, args: TableExportArgs) -> None:
        scheduler.Schedule(
            self._label,
            schedule_expression=args.schedule,
            flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            target=scheduler.ScheduleTargetArgs(
                arn="arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
                role_arn=role.arn,
                input=pulumi.Output.json_dumps(
                    {"TableArn": args.table.arn, "S3Bucket": args.bucket.name}
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[rights]),
        )
