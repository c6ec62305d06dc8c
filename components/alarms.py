"""Alarms that reach people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import cloudwatch

from components.metric import Metric

__all__ = ["Alarms", "AlarmsArgs", "Watch"]

PERIOD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Watch:
    """A metric, and above what it needs somebody."""

    name: str
    metric: Metric
    above: float
    advice: str
    """What happened, and what an operator does about it."""
    explained: bool = False
    """What the alarm is about also happens on purpose, as `AlarmsArgs.explanation` reports."""


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """What is watched, and who hears of it."""

    topic: pulumi.Input[str]
    """ARN of the topic that alarms are reported to."""
    watches: Sequence[Watch]
    explanation: Watch
    """While this alarm is on, those that it explains are muted."""


class Alarms(pulumi.ComponentResource):
    """An alarm per watch, over five minutes; a metric without values is in order.

    The alarms that the explanation may explain have no action of their own. One composite alarm
    reports them, unless the explanation holds.
    """

    def __init__(
        self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Alarms", name, None, opts)
        self._label = name

        explanation = self._alarm(args.explanation, args.topic)
        explained = [self._alarm(each, None) for each in args.watches if each.explained]
        for each in args.watches:
            if not each.explained:
                self._alarm(each, args.topic)
        self._unexplained(explained, explanation, args.topic)

        self.register_outputs({})

    def _alarm(self, watch: Watch, topic: pulumi.Input[str] | None) -> cloudwatch.MetricAlarm:
        metric = watch.metric
        return cloudwatch.MetricAlarm(
            f"{watch.name}-alarm",
            alarm_description=watch.advice,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=dict(metric.dimensions) or None,
            statistic=metric.statistic,
            period=PERIOD_SECONDS,
            evaluation_periods=1,
            threshold=watch.above,
            comparison_operator="GreaterThanThreshold",
            treat_missing_data="notBreaching",
            alarm_actions=[topic] if topic is not None else None,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _unexplained(
        self,
        alarms: Sequence[cloudwatch.MetricAlarm],
        explanation: cloudwatch.MetricAlarm,
        topic: pulumi.Input[str],
    ) -> None:
        any_of = pulumi.Output.all(*(each.name for each in alarms)).apply(
            lambda names: " OR ".join(f'ALARM("{name}")' for name in names)
        )
        cloudwatch.CompositeAlarm(
            f"{self._label}-unexplained",
            # It has no autonaming.
            alarm_name=f"{pulumi.get_project()}-{pulumi.get_stack()}-{self._label}-unexplained",
            alarm_description="pictures wait, and no pause explains it: python -m ops status",
            alarm_rule=pulumi.Output.concat(
                "(", any_of, ') AND NOT ALARM("', explanation.name, '")'
            ),
            alarm_actions=[topic],
            opts=pulumi.ResourceOptions(parent=self),
        )
