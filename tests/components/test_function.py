from __future__ import annotations

import pytest

from components.policy import Statement
from proofs.recorder import Graph, run
from tests.components.parts import children, given, worker


@pytest.fixture
def graph() -> Graph:
    def program() -> None:
        worker()

    return run(program)


def test_a_function_has_a_role_a_log_and_the_right_to_write_it(graph: Graph) -> None:
    assert children(graph, "Function", "work") == [
        ("cloudwatch.LogGroup", "work-logs"),
        ("iam.Role", "work-role"),
        ("iam.RolePolicy", "work-write-logs"),
        ("lambda.Function", "work"),
    ]


def test_a_function_hands_out_its_name_its_arn_and_its_log(graph: Graph) -> None:
    assert graph.resource("Function", "work").outputs == {
        "name": "work-0a1b2c",
        "arn": "arn:aws:lambda:eu-west-1:123456789012:function:work-0a1b2c",
        "log_group": "work-logs-0a1b2c",
    }


def test_a_function_is_what_its_arguments_say(graph: Graph) -> None:
    assert graph.resource("lambda.Function", "work").inputs == {
        "packageType": "Image",
        "imageUri": graph.resource("ContainerImage", "work").outputs["uri"],
        "architectures": ["arm64"],
        "role": "arn:aws:iam::123456789012:role/work-role-0a1b2c",
        "memorySize": 128,
        "timeout": 10,
        "environment": {
            "variables": {
                "COLOUR": "red",
                "POWERTOOLS_SERVICE_NAME": "work",
                "POWERTOOLS_METRICS_NAMESPACE": "darkroom-test",
            }
        },
        "loggingConfig": {"logFormat": "Text", "logGroup": "work-logs-0a1b2c"},
    }


def test_only_lambda_may_take_the_role(graph: Graph) -> None:
    assert graph.resource("iam.Role", "work-role").document("assumeRolePolicy") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["sts:AssumeRole"],
            }
        ],
    }


def test_a_function_may_write_its_log_but_not_make_it_again(graph: Graph) -> None:
    assert graph.resource("cloudwatch.LogGroup", "work-logs").inputs["retentionInDays"] == 7
    policy = graph.resource("iam.RolePolicy", "work-write-logs")
    assert policy.document("policy")["Statement"] == [
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": ["arn:aws:logs:eu-west-1:123456789012:log-group:work-logs-0a1b2c:*"],
        }
    ]


def test_a_right_is_a_policy_of_its_purpose() -> None:
    statement = Statement(actions=["a:B"], resources=["arn:c"], when={"StringEquals": {"d:e": "f"}})

    assert given(lambda work: work.allow("do-that", statement)) == (
        "work-do-that",
        [
            {
                "Effect": "Allow",
                "Action": ["a:B"],
                "Resource": ["arn:c"],
                "Condition": {"StringEquals": {"d:e": "f"}},
            }
        ],
    )


def test_a_function_knows_every_right_it_was_given() -> None:
    rights: list[str] = []

    def program() -> None:
        work = worker()
        work.allow("do-that", Statement(actions=["a:B"], resources=["arn:c"]))
        rights.extend(each._name for each in work.grants)

    run(program)

    assert rights == ["work-write-logs", "work-do-that"]
