"""A Lambda function made from a container image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch, iam, lambda_

from components.container_image import ContainerImage
from components.metric import Metric, Statistic
from components.policy import Statement, document
from components.role import service_role

__all__ = ["Function", "FunctionArgs"]


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What a function is made of."""

    image: ContainerImage
    memory_mb: int
    """Lambda gives one processor at 1769 MB and less, in proportion, below."""
    timeout_seconds: int
    environment: Mapping[str, pulumi.Input[str]]
    retention_days: int
    """Days that its logs are kept."""
    roles_boundary: str = ""
    """ARN of the policy that bounds its role, which is then made under a path of its own."""
    traced: bool = False
    """X-Ray records its invocations and what they cause."""
    reserved_concurrency: int | None = None
    """Executions at a time, at most, which no other function of the account can take."""
    feeds_itself: bool = False
    """It sends itself events through a queue, on purpose, and stops by itself. Without this Lambda
    ends such a loop after about 16 rounds."""


class Function(pulumi.ComponentResource):
    """A container-image Lambda function with a role and a log group of its own.

    It starts with the right to write its log and no other. Further rights are granted with `allow`,
    and a source of events waits for `grants`.
    """

    label: str
    timeout_seconds: int
    feeds_itself: bool
    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    log_group: pulumi.Output[str]
    grants: list[pulumi.Resource]
    """Every right granted so far, and Lambda's leave to feed itself."""

    def __init__(
        self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Function", name, None, opts)
        self.label = name
        self.timeout_seconds = args.timeout_seconds
        self.feeds_itself = args.feeds_itself
        self.grants = []

        self._role = service_role(name, "lambda.amazonaws.com", args.roles_boundary, self)
        logs = self._logs(args)
        if args.traced:
            self._trace()
        function = self._function(args, logs)
        self.name = function.name
        self.arn = function.arn
        self.log_group = logs.name
        if args.feeds_itself:
            self._feed_itself()

        self.register_outputs({"name": self.name, "arn": self.arn, "log_group": self.log_group})

    def metric(self, name: str, statistic: Statistic) -> Metric:
        """One of Lambda's metrics of the function."""
        return Metric(
            namespace="AWS/Lambda",
            name=name,
            statistic=statistic,
            dimensions={"FunctionName": self.name},
        )

    def own(self, name: str, statistic: Statistic) -> Metric:
        """One of the metrics that the function writes into its log."""
        return Metric(
            namespace=_namespace(),
            name=name,
            statistic=statistic,
            dimensions={"service": self.label},
        )

    def allow(self, purpose: str, *statements: Statement) -> None:
        """Give the function's role the rights in `statements`, as one policy for one purpose."""
        self.grants.append(
            iam.RolePolicy(
                f"{self.label}-{purpose}",
                role=self._role.name,
                policy=document(*statements),
                opts=pulumi.ResourceOptions(parent=self),
            )
        )

    def _feed_itself(self) -> None:
        self.grants.append(
            lambda_.FunctionRecursionConfig(
                f"{self.label}-recursion",
                function_name=self.name,
                recursive_loop="Allow",
                opts=pulumi.ResourceOptions(parent=self),
            )
        )

    def _trace(self) -> None:
        # X-Ray's actions know no resources.
        self.allow(
            "trace",
            Statement(
                actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"]
            ),
        )

    def _logs(self, args: FunctionArgs) -> cloudwatch.LogGroup:
        logs = cloudwatch.LogGroup(
            f"{self.label}-logs",
            retention_in_days=args.retention_days,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # Not logs:CreateLogGroup: with it, a late line would recreate a group that was destroyed.
        self.allow(
            "write-logs",
            Statement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[pulumi.Output.concat(logs.arn, ":*")],
            ),
        )
        return logs

    def _function(self, args: FunctionArgs, logs: cloudwatch.LogGroup) -> lambda_.Function:
        return lambda_.Function(
            self.label,
            package_type="Image",
            image_uri=args.image.uri,
            architectures=[args.image.architecture],
            role=self._role.arn,
            memory_size=args.memory_mb,
            timeout=args.timeout_seconds,
            environment=lambda_.FunctionEnvironmentArgs(
                variables={
                    **args.environment,
                    "POWERTOOLS_SERVICE_NAME": self.label,
                    "POWERTOOLS_METRICS_NAMESPACE": _namespace(),
                }
            ),
            logging_config=lambda_.FunctionLoggingConfigArgs(
                # The functions write JSON lines themselves.
                log_format="Text",
                log_group=logs.name,
            ),
            tracing_config=(
                lambda_.FunctionTracingConfigArgs(mode="Active") if args.traced else None
            ),
            reserved_concurrent_executions=args.reserved_concurrency,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self.grants, args.image]),
        )


def _namespace() -> str:
    """Of the metrics of this stack's own."""
    return f"{pulumi.get_project()}-{pulumi.get_stack()}"
