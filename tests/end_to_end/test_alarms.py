"""Each alarm fires by its fault, and its notice comes; what a pause explains is muted."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.journal import HeardNotice, Journal
from local.pictures import Pictures
from local.state import RunningStack
from tests.end_to_end.journeys import Queues, eventually, upload

pytestmark = pytest.mark.operations


def alarm(stack: RunningStack, name: str) -> dict[str, Any]:
    """An alarm by the end of its logical name."""
    found = stack.aws.client("cloudwatch").describe_alarms(
        AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    [wanted] = [
        each
        for each in (*found["MetricAlarms"], *found["CompositeAlarms"])
        if f"-{name}" in each["AlarmName"]
    ]
    return dict(wanted)


def state(stack: RunningStack, name: str) -> str:
    return str(alarm(stack, name)["StateValue"])


def heard(stack: RunningStack, name: str) -> list[HeardNotice]:
    """The notices of an alarm."""
    full = alarm(stack, name)["AlarmName"]
    return [
        notice
        for notice in Journal(stack.journal).notices()
        if notice.text.startswith("{") and json.loads(notice.text).get("AlarmName") == full
    ]


def fires(stack: RunningStack, name: str, fault: Callable[[], object]) -> None:
    assert state(stack, name) in ("OK", "INSUFFICIENT_DATA")
    fault()
    eventually(lambda: heard(stack, name), 60)
    assert state(stack, name) == "ALARM"


def log(stack: RunningStack, function: str, line: str) -> None:
    """Add a line to a function's log, as Lambda would."""
    logs, group = stack.aws.client("logs"), stack.outputs["logs"][function]
    stream = f"fault-{time.time_ns()}"
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": int(time.time() * 1000), "message": line}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def metric(stack: RunningStack, function: str, name: str, value: float) -> str:
    """A line in the embedded metric format."""
    metrics = {"Namespace": f"darkroom-{stack.stage}", "Dimensions": [["service"]]}
    return json.dumps(
        {
            "_aws": {
                "Timestamp": int(time.time() * 1000),
                "CloudWatchMetrics": [{**metrics, "Metrics": [{"Name": name}]}],
            },
            "service": function,
            name: [value],
        }
    )


@contextmanager
def limit(stack: RunningStack, name: str, threshold: float) -> Iterator[None]:
    """Give an alarm another threshold, as nobody waits for half an hour here."""
    kept = (
        *("AlarmName", "AlarmDescription", "Namespace", "MetricName", "Dimensions"),
        *("Statistic", "Period", "EvaluationPeriods", "ComparisonOperator"),
        *("TreatMissingData", "AlarmActions"),
    )
    found = alarm(stack, name)
    same = {key: found[key] for key in kept}
    cloudwatch = stack.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(**same, Threshold=threshold)
    yield
    cloudwatch.put_metric_alarm(**same, Threshold=found["Threshold"])


def test_a_dead_letter_raises_its_alarm_and_the_alarm_ends_with_it(
    stack: RunningStack, queues: Queues
) -> None:
    sqs, url = stack.aws.client("sqs"), stack.outputs["dead_letters"]["notify"]
    sqs.purge_queue(QueueUrl=url)
    eventually(lambda: state(stack, "notify-dead-letters-alarm") == "OK", 60)
    fires(
        stack,
        "notify-dead-letters-alarm",
        lambda: sqs.send_message(QueueUrl=url, MessageBody="nonsense"),
    )
    sqs.purge_queue(QueueUrl=url)
    eventually(lambda: state(stack, "notify-dead-letters-alarm") == "OK", 60)


def test_a_function_that_crashes_raises_its_alarm(stack: RunningStack) -> None:
    function, client = stack.outputs["functions"]["retire"], stack.aws.client("lambda")
    # Lambda hands over a batch; this is none.
    fires(
        stack,
        "retire-errors-alarm",
        lambda: client.invoke(FunctionName=function, Payload=json.dumps({"Records": None})),
    )


@pytest.mark.parametrize(
    ("name", "function", "line"),
    [
        ("retire-duration-alarm", "retire", "REPORT RequestId: x\tDuration: 59000.00 ms\tBilled"),
        ("notify-errors-alarm", "notify", "2026-01-01T00:00:00Z x Task timed out after 60.00 s"),
        ("api-5xx-alarm", "api", '{"message":"request","status":500}'),
    ],
)
def test_what_a_function_logs_raises_its_alarm(
    stack: RunningStack, name: str, function: str, line: str
) -> None:
    fires(stack, name, lambda: log(stack, function, line))


def test_findings_raise_their_alarm(stack: RunningStack) -> None:
    fires(
        stack,
        "findings-alarm",
        lambda: log(stack, "reconcile", metric(stack, "reconcile", "Findings", 3)),
    )


@pytest.mark.parametrize(
    ("name", "namespace", "metric_name", "value"),
    [
        ("bounces-alarm", "AWS/SES", "Reputation.BounceRate", 0.06),
        ("resize-throttles-alarm", "AWS/Lambda", "Throttles", 1),
    ],
)
def test_what_aws_measures_raises_its_alarm(
    stack: RunningStack, name: str, namespace: str, metric_name: str, value: float
) -> None:
    dimensions = alarm(stack, name)["Dimensions"]
    fires(
        stack,
        name,
        lambda: stack.aws.client("cloudwatch").put_metric_data(
            Namespace=namespace,
            MetricData=[{"MetricName": metric_name, "Value": value, "Dimensions": dimensions}],
        ),
    )


def test_waiting_messages_raise_one_alarm_unless_a_pause_explains_them(
    stack: RunningStack, queues: Queues, pictures: Pictures
) -> None:
    client, mapping = stack.aws.client("lambda"), queues.feed("rekognition")
    with limit(stack, "rekognition-oldest-alarm", 1):
        log(stack, "budget", metric(stack, "budget", "Paused", 1))
        eventually(lambda: heard(stack, "paused-alarm"), 60)
        client.update_event_source_mapping(UUID=mapping, Enabled=False)
        picture = pictures.upload(b"no picture", "a.jpg", "uploads/alarms/waits.jpg")
        eventually(lambda: state(stack, "rekognition-oldest-alarm") == "ALARM", 60)
        assert state(stack, "alarms-unexplained") != "ALARM"

        cloudwatch = stack.aws.client("cloudwatch")
        paused = alarm(stack, "paused-alarm")["AlarmName"]
        cloudwatch.set_alarm_state(AlarmName=paused, StateValue="OK", StateReason="resumed")
        eventually(lambda: heard(stack, "alarms-unexplained"), 60)
        client.update_event_source_mapping(UUID=mapping, Enabled=True)
        assert picture.key == "uploads/alarms/waits.jpg"


def test_what_the_functions_measure_is_read_from_their_logs(
    stack: RunningStack, pictures: Pictures
) -> None:
    from local.metrics import Metrics

    upload(pictures, "uploads/alarms/measured.jpg")
    metrics = Metrics(stack)
    metrics.look()
    namespace, service = f"darkroom-{stack.stage}", {"service": "notify"}
    assert sum(p.value for p in metrics.points(namespace, "Ready", service, 0)) >= 1
    assert all(0 < p.value < 180 for p in metrics.points(namespace, "SecondsToReady", service, 0))
