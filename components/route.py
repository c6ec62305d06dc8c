"""Events to a function, by way of a queue that loses none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
from pulumi_aws import cloudwatch, lambda_, sqs

from components.function import Function
from components.metric import Metric
from components.policy import Statement, beside, document

__all__ = ["Route", "RouteArgs", "Source", "scheduled"]

# Deliveries of a message before it goes to the dead-letter queue. A delivery that Lambda throttles
# counts, and a new account runs ten functions at once in all: with AWS's minimum of 5, a burst of
# uploads would end there although nothing is wrong with them.
MOST_DELIVERIES = 10

# SQS keeps nothing for longer. It counts a dead letter's age from the arrival of its message and
# deletes it silently when that is over, so no queue here has a shorter period.
LONGEST_RETENTION_SECONDS = 1_209_600


@dataclass(frozen=True, kw_only=True)
class Source:
    """Which events, and on which bus: those that match a pattern, or one at each scheduled time."""

    pattern: Mapping[str, Any] = field(default_factory=dict)
    """An EventBridge event pattern."""
    schedule: str | None = None
    """When to publish a "Scheduled Event" instead: `cron(...)` in UTC, or `rate(...)`."""
    bus: pulumi.Input[str] | None = None
    """Name of the bus; None is the account's default bus, on which AWS services publish."""


def scheduled(schedule: str) -> dict[str, Source]:
    """The source `scheduled`, or none where `schedule` is empty."""
    return {"scheduled": Source(schedule=schedule)} if schedule else {}


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """What a route connects."""

    target: Function
    sources: Mapping[str, Source]
    """One rule each, under this name."""
    batch_size: int
    """How many messages the function gets at once, at most 10 without a batch window."""
    max_concurrency: int
    """How many executions of the function may work on the queue at once, 2 to 1000."""
    alerts: pulumi.Input[str]
    """ARN of the topic that dead letters raise an alarm on."""
    batch_window_seconds: int = 0
    """How long messages are collected for a batch, at most 300."""
    after: Sequence[Route] = ()
    """Routes that take what this one leaves out. They are made first, so that an update that moves
    events to another route loses none."""


class Route(pulumi.ComponentResource):
    """Events to a queue to a function, with partial batch responses and one dead-letter queue.

    A function may have several; the name of each begins with the function's.
    A message that fails ten times, and an event that EventBridge cannot deliver to the queue, end
    in the dead-letter queue, which has an alarm. After 14 days a message is lost. No event is
    delivered before the function holds all rights that it was granted.
    """

    label: str
    queue_url: pulumi.Output[str]
    dead_letters_url: pulumi.Output[str]
    feed: pulumi.Output[str]
    """Id of what takes messages from the queue to the function."""
    dead: Metric
    """How many dead letters there are."""
    waiting: Metric
    """How many messages wait."""
    oldest: Metric
    """Since how many seconds the oldest of them does."""

    def __init__(
        self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Route", name, None, opts)
        self.label = name

        dead_letters = self._dead_letters()
        self._alert(args, dead_letters)
        queue = self._queue(args, dead_letters)
        consumer = self._consume(args, queue)
        rules = self._rules(args)
        policies = [
            self._let_rules_send(self.label, queue),
            self._let_rules_send(f"{self.label}-dead-letters", dead_letters),
        ]
        self._send(args, rules, queue, dead_letters, [*policies, consumer])
        self.queue_url = queue.url
        self._queue_arn = queue.arn
        self.dead_letters_url = dead_letters.url
        self.feed = consumer.uuid
        self._feed_arn = consumer.arn
        self.dead = _visible(dead_letters)
        self.waiting = _visible(queue)
        self.oldest = _of_queue(queue, "ApproximateAgeOfOldestMessage")

        self.register_outputs(
            {
                "queue_url": self.queue_url,
                "dead_letters_url": self.dead_letters_url,
                "feed": self.feed,
            }
        )

    def grant_pause(self, grantee: Function) -> None:
        """Let `grantee` stop and start the delivery of messages to the function."""
        grantee.allow(
            f"pause-{self.label}",
            Statement(
                actions=["lambda:UpdateEventSourceMapping"],
                resources=[self._feed_arn],
            ),
        )

    def grant_measure(self, grantee: Function) -> None:
        """Let `grantee` count the messages that wait for the function."""
        grantee.allow(
            f"measure-{self.label}",
            Statement(actions=["sqs:GetQueueAttributes"], resources=[self._queue_arn]),
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
            # AWS asks for six times the function's timeout and the batch window: throttled
            # deliveries must not overlap.
            visibility_timeout_seconds=6 * args.target.timeout_seconds + args.batch_window_seconds,
            message_retention_seconds=LONGEST_RETENTION_SECONDS,
            redrive_policy=pulumi.Output.json_dumps(
                {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": MOST_DELIVERIES}
            ),
            # SQS's own key: EventBridge cannot use the AWS-managed KMS key.
            sqs_managed_sse_enabled=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _consume(self, args: RouteArgs, queue: sqs.Queue) -> lambda_.EventSourceMapping:
        beyond = self.label.removeprefix(args.target.label).removeprefix("-")
        args.target.allow(
            f"consume-{beyond}-queue" if beyond else "consume-queue",
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
            maximum_batching_window_in_seconds=args.batch_window_seconds or None,
            function_response_types=["ReportBatchItemFailures"],
            scaling_config=lambda_.EventSourceMappingScalingConfigArgs(
                maximum_concurrency=args.max_concurrency
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=args.target.grants,
                # A queue that was paused stays so: a deployment must not resume it by accident.
                ignore_changes=["enabled"],
            ),
        )

    def _rules(self, args: RouteArgs) -> dict[str, cloudwatch.EventRule]:
        return {
            name: cloudwatch.EventRule(
                f"{self.label}-{name}",
                event_bus_name=source.bus,
                event_pattern=pulumi.Output.json_dumps(source.pattern) if source.pattern else None,
                schedule_expression=source.schedule,
                opts=pulumi.ResourceOptions(parent=self, depends_on=args.after),
            )
            for name, source in args.sources.items()
        }

    def _alert(self, args: RouteArgs, dead_letters: sqs.Queue) -> None:
        cloudwatch.MetricAlarm(
            f"{self.label}-dead-letters-alarm",
            alarm_description=f"{self.label} has dead letters: python -m ops status shows them",
            namespace="AWS/SQS",
            metric_name="ApproximateNumberOfMessagesVisible",
            dimensions={"QueueName": dead_letters.name},
            statistic="Maximum",
            period=300,
            evaluation_periods=1,
            threshold=0,
            comparison_operator="GreaterThanThreshold",
            # SQS reports nothing about a queue that has been empty for hours.
            treat_missing_data="notBreaching",
            alarm_actions=[args.alerts],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _let_rules_send(self, label: str, queue: sqs.Queue) -> sqs.QueuePolicy:
        """Let this route's rules send to the queue, those of any earlier or later deployment too.

        An update that replaces a rule changes policies before it deletes the old rule. A policy
        that named the new rules alone would deny the old one's events for that while.
        """
        # As autonaming in Pulumi.yaml makes them; those on a custom bus have its name in front.
        names = f"{pulumi.get_project()}-{pulumi.get_stack()}-{self.label}-*"
        rules = [beside(queue.arn, "events", f"rule/{each}") for each in (names, f"*/{names}")]
        return sqs.QueuePolicy(
            f"{label}-policy",
            queue_url=queue.url,
            policy=document(
                Statement(
                    service="events.amazonaws.com",
                    actions=["sqs:SendMessage"],
                    resources=[queue.arn],
                    when={"ArnLike": {"aws:SourceArn": rules}},
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
                # Unique in its rule, which has no other target. EventBridge allows 64 characters,
                # the provider's generated ids are longer.
                target_id="queue",
                arn=queue.arn,
                dead_letter_config=cloudwatch.EventTargetDeadLetterConfigArgs(arn=dead_letters.arn),
                opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
            )


def _visible(queue: sqs.Queue) -> Metric:
    return _of_queue(queue, "ApproximateNumberOfMessagesVisible")


def _of_queue(queue: sqs.Queue, name: str) -> Metric:
    return Metric(
        namespace="AWS/SQS",
        name=name,
        statistic="Maximum",
        dimensions={"QueueName": queue.name},
    )
