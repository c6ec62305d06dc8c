from __future__ import annotations

import pytest

from components.route import Route, RouteArgs, Source, scheduled
from proofs.recorder import Graph, run
from tests.components.parts import children, worker

ALERTS = "arn:aws:sns:eu-west-1:123456789012:alerts"


@pytest.fixture
def graph() -> Graph:
    def program() -> None:
        sources = {
            "rained": Source(pattern={"source": ["sky"]}),
            "shone": Source(pattern={"source": ["sun"]}, bus="weather"),
            "struck": Source(schedule="rate(1 hour)"),
        }
        args = RouteArgs(
            target=worker(), sources=sources, batch_size=4, max_concurrency=9, alerts=ALERTS
        )
        Route("to", args)

    return run(program)


def test_a_route_is_two_queues_and_what_leads_in_and_out(graph: Graph) -> None:
    assert children(graph, "Route", "to") == [
        ("cloudwatch.EventRule", "to-rained"),
        ("cloudwatch.EventRule", "to-shone"),
        ("cloudwatch.EventRule", "to-struck"),
        ("cloudwatch.EventTarget", "to-rained-target"),
        ("cloudwatch.EventTarget", "to-shone-target"),
        ("cloudwatch.EventTarget", "to-struck-target"),
        ("cloudwatch.MetricAlarm", "to-dead-letters-alarm"),
        ("lambda.EventSourceMapping", "to-consumer"),
        ("sqs.Queue", "to"),
        ("sqs.Queue", "to-dead-letters"),
        ("sqs.QueuePolicy", "to-dead-letters-policy"),
        ("sqs.QueuePolicy", "to-policy"),
    ]


def test_a_route_hands_out_both_queues(graph: Graph) -> None:
    base = "https://sqs.eu-west-1.amazonaws.com/123456789012"

    assert graph.resource("Route", "to").outputs == {
        "queue_url": f"{base}/to-0a1b2c",
        "dead_letters_url": f"{base}/to-dead-letters-0a1b2c",
        "feed": "to-consumer-0a1b2c",
    }


def test_a_message_is_delivered_ten_times_and_kept_for_two_weeks_in_all(graph: Graph) -> None:
    queue = graph.resource("sqs.Queue", "to")
    dead_letters = graph.resource("sqs.Queue", "to-dead-letters")

    assert queue.document("redrivePolicy") == {
        "deadLetterTargetArn": dead_letters.outputs["arn"],
        "maxReceiveCount": 10,
    }
    assert queue.inputs["visibilityTimeoutSeconds"] == 60
    assert queue.inputs["messageRetentionSeconds"] == 14 * 24 * 3600
    assert dead_letters.inputs["messageRetentionSeconds"] == 14 * 24 * 3600
    assert queue.inputs["sqsManagedSseEnabled"] is True
    assert dead_letters.inputs["sqsManagedSseEnabled"] is True


def test_the_function_takes_batches_and_answers_for_each_message(graph: Graph) -> None:
    assert graph.resource("lambda.EventSourceMapping", "to-consumer").inputs == {
        "eventSourceArn": "arn:aws:sqs:eu-west-1:123456789012:to-0a1b2c",
        "functionName": "work-0a1b2c",
        "batchSize": 4,
        "functionResponseTypes": ["ReportBatchItemFailures"],
        "scalingConfig": {"maximumConcurrency": 9},
    }


def test_the_function_may_take_messages_from_this_queue(graph: Graph) -> None:
    policy = graph.resource("iam.RolePolicy", "work-consume-to-queue")

    assert policy.document("policy")["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
            "Resource": ["arn:aws:sqs:eu-west-1:123456789012:to-0a1b2c"],
        }
    ]


def test_a_rule_and_its_target_are_on_the_bus_of_the_source(graph: Graph) -> None:
    rained = graph.resource("cloudwatch.EventRule", "to-rained").inputs
    shone = graph.resource("cloudwatch.EventRule", "to-shone").inputs
    struck = graph.resource("cloudwatch.EventRule", "to-struck").inputs

    assert rained == {"eventPattern": '{"source": ["sky"]}'}
    assert shone == {"eventPattern": '{"source": ["sun"]}', "eventBusName": "weather"}
    assert struck == {"scheduleExpression": "rate(1 hour)"}
    assert graph.resource("cloudwatch.EventTarget", "to-shone-target").inputs == {
        "rule": "to-shone-0a1b2c",
        "eventBusName": "weather",
        "targetId": "queue",
        "arn": "arn:aws:sqs:eu-west-1:123456789012:to-0a1b2c",
        "deadLetterConfig": {"arn": "arn:aws:sqs:eu-west-1:123456789012:to-dead-letters-0a1b2c"},
    }


def test_a_dead_letter_raises_an_alarm_on_the_topic_for_operators(graph: Graph) -> None:
    alarm = dict(graph.resource("cloudwatch.MetricAlarm", "to-dead-letters-alarm").inputs)

    assert alarm.pop("alarmDescription") == "to has dead letters: python -m ops status shows them"
    assert alarm == {
        "namespace": "AWS/SQS",
        "metricName": "ApproximateNumberOfMessagesVisible",
        "dimensions": {"QueueName": "to-dead-letters-0a1b2c"},
        "statistic": "Maximum",
        "period": 300,
        "evaluationPeriods": 1,
        "threshold": 0,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        "alarmActions": [ALERTS],
    }


def test_a_schedule_is_a_source_unless_it_is_empty() -> None:
    assert scheduled("rate(1 day)") == {"scheduled": Source(schedule="rate(1 day)")}
    assert scheduled("") == {}
