"""From events to a function, through a queue that loses none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, lambda_, sqs

from components.function import Function
from components.policy import Statement, document

__all__ = ["Route", "RouteArgs", "Source", "scheduled"]

# A message is tried so often before it goes to the dead-letter queue. AWS asks for at least 5, so
# that a throttled function does not send good messages there.
TRIES = 5

# SQS keeps nothing longer, and counts a dead letter's age from when its message first came. What
# a queue has kept for too long is gone without a word, so no queue here keeps for less.
LONGEST_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which events, and where they are said: those that match a pattern, or one at each hour."""

    #: An EventBridge event pattern.
    pattern: Mapping[str, Any] = field(default_factory=dict)
    #: When to say "Scheduled Event" on the default bus instead: `cron(...)` in UTC, or `rate(...)`.
    schedule: str | None = None
    #: Name of the bus; None is the account's default bus, where AWS services speak.
    bus: pulumi.Input[str] | None = None


def scheduled(schedule: str) -> dict[str, Source]:
    """The source `scheduled`, or none where `schedule` is empty."""
    return {"scheduled": Source(schedule=schedule)} if schedule else {}


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """What a route joins."""

    target: Function
    #: One rule each, under this name.
    sources: Mapping[str, Source]
    #: How many messages the function gets at once, at most 10.
    batch_size: int
    #: How many copies of the function may work on the queue at once, 2 to 1000.
    max_concurrency: int


class Route(pulumi.ComponentResource):
    """Events to a queue to a function, with partial batch answers and one dead-letter queue.

    A message that the function fails on five times, and an event that EventBridge could not put
    into the queue, both end in the dead-letter queue. What nobody has dealt with 14 days after it
    came is lost. Nothing flows before the function holds all rights that it was granted.
    """

    label: str
    queue_url: pulumi.Output[str]
    dead_letters_url: pulumi.Output[str]

    def __init__(
        self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Route", name, None, opts)
        self.label = name

        dead_letters = self._dead_letters()
        queue = self._queue(args, dead_letters)
        consumer = self._consume(args, queue)
        rules = self._rules(args)
        policies = [
            self._let_rules_send(self.label, rules, queue),
            self._let_rules_send(f"{self.label}-dead-letters", rules, dead_letters),
        ]
        self._send(args, rules, queue, dead_letters, [*policies, consumer])
        self.queue_url = queue.url
        self.dead_letters_url = dead_letters.url

        self.register_outputs(
            {"queue_url": self.queue_url, "dead_letters_url": self.dead_letters_url}
        )

    def _dead_letters(self) -> sqs.Queue:
        return sqs.Queue(
            f"{self.label}-dead-letters",
            message_retention_seconds=LONGEST_RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _queue(self, args: RouteArgs, dead_letters: sqs.Queue) -> sqs.Queue:
        return sqs.Queue(
            self.label,
            # AWS: six times the function's timeout, so that throttled tries do not overlap.
            visibility_timeout_seconds=6 * args.target.timeout_seconds,
            message_retention_seconds=LONGEST_RETENTION_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": TRIES}
            ),
            # SQS's own key: EventBridge cannot use the AWS-managed KMS key.
            sqs_managed_sse_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _consume(self, args: RouteArgs, queue: sqs.Queue) -> lambda_.EventSourceMapping:
        args.target.allow(
            "consume-queue",
            Statement(
                actions=["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                resources=[queue.arn],
            ),
        )
        return lambda_.EventSourceMapping(
            f"{self.label}-consumer",
            event_source_arn=queue.arn,
            function_name=args.target.name,
            batch_size=args.batch_size,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.max_concurrency
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.target.grants),
        )

    def _rules(self, args: RouteArgs) -> dict[str, cloudwatch.EventRule]:
        return {
            name: cloudwatch.EventRule(
                f"{self.label}-{name}",
                event_bus_name=source.bus,
                event_pattern=pulumi.Output.json_dumps(source.pattern) if source.pattern else None,
                schedule_expression=source.schedule,
                opts=pulumi.ResourceOptions(parent=self),
            )
            for name, source in args.sources.items()
        }

    def _let_rules_send(
        self, label: str, rules: Mapping[str, cloudwatch.EventRule], queue: sqs.Queue
    ) -> sqs.QueuePolicy:
        return sqs.QueuePolicy(
            f"{label}-policy",
            queue_url=queue.url,
            policy=document(
                Statement(
                    service="events.amazonaws.com",
                    actions=["sqs:SendMessage"],
                    resources=[queue.arn],
                    when={"ArnEquals": {"aws:SourceArn": [rule.arn for rule in rules.values()]}},
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _send(
        self,
        args: RouteArgs,
        rules: Mapping[str, cloudwatch.EventRule],
        queue: sqs.Queue,
        dead_letters: sqs.Queue,
        ready: list[pulumi.Resource],
    ) -> None:
        for name, rule in rules.items():
            cloudwatch.EventTarget(
                f"{self.label}-{name}-target",
                rule=rule.name,
                event_bus_name=args.sources[name].bus,
                arn=queue.arn,
                dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead_letters.arn),
                opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
            )
