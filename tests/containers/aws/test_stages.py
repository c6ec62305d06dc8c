"""The doors to AWS for all stages at once. That MiniStack takes the calls is for the engine's
proofs to show."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from botocore.stub import Stubber

from aws.clients import client
from aws.cost_explorer import AwsCosts
from aws.leftovers import AwsRemover
from pipeline.stages import NotRemovedError

DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:darkroom-pr-7-backfill"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:darkroom-pr-7-resize-1"


@pytest.fixture(autouse=True)
def _region(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    client.cache_clear()
    yield
    client.cache_clear()


def costs(*amounts: tuple[str, str]) -> dict[str, object]:
    groups = [
        {"Keys": [f"stage${stage}"], "Metrics": {"UnblendedCost": {"Amount": amount}}}
        for stage, amount in amounts
    ]
    return {"ResultsByTime": [{"Groups": groups}]}


def test_costs_are_summed_over_months_and_pages() -> None:
    with Stubber(client("ce", "us-east-1")) as stub:
        stub.add_response("get_cost_and_usage", {**costs(("pr-7", "1.5")), "NextPageToken": "n"})
        stub.add_response("get_cost_and_usage", costs(("pr-7", "0.25"), ("dev", "3"), ("", "9")))

        found = AwsCosts().by_stage("darkroom", date(2027, 1, 1), date(2027, 2, 3))

    assert found == {"pr-7": 1.75, "dev": 3.0, "": 9.0}


def test_what_is_gone_counts_as_removed() -> None:
    with Stubber(client("sqs")) as stub:
        stub.add_client_error("get_queue_url", "AWS.SimpleQueueService.NonExistentQueue")

        assert AwsRemover().remove(QUEUE)


def test_a_state_machine_is_removed() -> None:
    with Stubber(client("stepfunctions")) as stub:
        stub.add_response("delete_state_machine", {}, {"stateMachineArn": MACHINE})

        assert AwsRemover().remove(MACHINE)
        stub.assert_no_pending_responses()


def test_a_refusal_is_reported() -> None:
    with Stubber(client("sqs")) as stub:
        stub.add_client_error("get_queue_url", "AccessDenied", "no")

        with pytest.raises(NotRemovedError, match="AccessDenied"):
            AwsRemover().remove(QUEUE)


def test_a_kind_without_a_rule_is_reported() -> None:
    with pytest.raises(NotRemovedError, match=r"^no rule for kms: delete it by hand$"):
        AwsRemover().remove("arn:aws:kms:eu-west-1:123456789012:key/1")


def test_a_mistake_in_our_own_call_is_no_refusal() -> None:
    with pytest.raises(ValueError, match="not enough values to unpack"):
        AwsRemover().remove("darkroom-pr-7")
