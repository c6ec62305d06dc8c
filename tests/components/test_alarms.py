"""An alarm per watch, and one for those that something explains."""

from __future__ import annotations

import pytest

from components.alarms import Alarms, AlarmsArgs, Watch
from components.metric import Metric
from proofs.recorder import Graph, run
from tests.components.parts import children

ERRORS = Metric(
    namespace="AWS/Lambda", name="Errors", statistic="Sum", dimensions={"FunctionName": "work"}
)


def watch(name: str, *, explained: bool = False) -> Watch:
    return Watch(name=name, metric=ERRORS, above=2, advice="look", explained=explained)


@pytest.fixture
def graph() -> Graph:
    def program() -> None:
        watches = [watch("crash"), watch("late", explained=True), watch("slow", explained=True)]
        args = AlarmsArgs(topic="arn:topic", watches=watches, explanation=watch("paused"))
        Alarms("alarms", args)

    return run(program)


def test_each_watch_has_an_alarm(graph: Graph) -> None:
    assert children(graph, "Alarms", "alarms") == [
        ("cloudwatch.CompositeAlarm", "alarms-unexplained"),
        ("cloudwatch.MetricAlarm", "crash-alarm"),
        ("cloudwatch.MetricAlarm", "late-alarm"),
        ("cloudwatch.MetricAlarm", "paused-alarm"),
        ("cloudwatch.MetricAlarm", "slow-alarm"),
    ]
    assert graph.resource("cloudwatch.MetricAlarm", "crash-alarm").inputs == {
        "alarmDescription": "look",
        "namespace": "AWS/Lambda",
        "metricName": "Errors",
        "dimensions": {"FunctionName": "work"},
        "statistic": "Sum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 2,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": ["arn:topic"],
    }


def test_what_a_pause_may_explain_is_reported_by_the_composite_alone(graph: Graph) -> None:
    acting = {
        each.name
        for kind in ("cloudwatch.MetricAlarm", "cloudwatch.CompositeAlarm")
        for each in graph.of_kind(kind)
        if "alarmActions" in each.inputs
    }
    assert acting == {"crash-alarm", "paused-alarm", "alarms-unexplained"}
    composite = graph.resource("cloudwatch.CompositeAlarm", "alarms-unexplained")
    assert composite.inputs["alarmRule"] == (
        '(ALARM("late-alarm-0a1b2c") OR ALARM("slow-alarm-0a1b2c")) '
        'AND NOT ALARM("paused-alarm-0a1b2c")'
    )
