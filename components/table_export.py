"""Copies of a table in a bucket, which outlive the table's own backups."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi_aws import iam, scheduler

from components.policy import Statement, document
from components.private_bucket import PrivateBucket
from components.role import service_role
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

        role = service_role(self._label, "scheduler.amazonaws.com", args.roles_boundary, self)
        rights = self._allow(role, args)
        self._schedule(role, rights, args)

        self.register_outputs({})

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
