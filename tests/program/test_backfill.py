"""The state machine of a backfill, and the function that it calls."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from pagebuild import tool
from proofs.recorder import ROOT, Graph, record
from tests.program.test_stages import allow, rights

ACCOUNT = "eu-west-1:123456789012"
QUEUE = f"arn:aws:sqs:{ACCOUNT}"
MACHINE = f"arn:aws:states:{ACCOUNT}:stateMachine:backfill-0a1b2c"
EXECUTION = f"arn:aws:states:{ACCOUNT}:execution:backfill-0a1b2c"
READERS = ("Listing", "Inventory")
VALIDATOR = ROOT / "gallery/node_modules/asl-validator/dist/bin/asl-validator.js"
ADMIT = f"arn:aws:lambda:{ACCOUNT}:function:admit-0a1b2c"


@pytest.fixture(scope="module")
def dev() -> Graph:
    return record("dev")


@pytest.fixture(scope="module")
def states(dev: Graph) -> dict[str, Any]:
    found = dev.resource("sfn.StateMachine", "backfill").document("definition")
    assert isinstance(found, dict)
    return found


def test_admit_may_read_and_publish_and_count_what_waits(dev: Graph) -> None:
    table = f"arn:aws:dynamodb:{ACCOUNT}:table"
    count = ["sqs:GetQueueAttributes"]
    assert rights(dev, "admit") == {
        "admit-read-originals": [
            allow(["s3:GetObject"], "arn:aws:s3:::originals-0a1b2c/uploads/*"),
            allow(["s3:ListBucket"], "arn:aws:s3:::originals-0a1b2c"),
        ],
        "admit-read-many-catalog": [allow(["dynamodb:BatchGetItem"], f"{table}/catalog-0a1b2c")],
        "admit-query-spending": [allow(["dynamodb:Query"], f"{table}/spending-0a1b2c")],
        "admit-tally-backfills": [
            allow(["dynamodb:GetItem", "dynamodb:UpdateItem"], f"{table}/backfills-0a1b2c")
        ],
        "admit-put-pipeline": [
            allow(["events:PutEvents"], f"arn:aws:events:{ACCOUNT}:event-bus/pipeline-0a1b2c")
        ],
        "admit-publish-notices": [allow(["sns:Publish"], f"arn:aws:sns:{ACCOUNT}:notices-0a1b2c")],
        **{
            f"admit-measure-{name}-bulk": [allow(count, f"{QUEUE}:{name}-bulk-0a1b2c")]
            for name in ("rekognition", "resize", "notify")
        },
    }


def test_the_state_machine_may_list_uploads_read_inventories_call_admit_and_write_results(
    dev: Graph,
) -> None:
    def of(policy: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = dev.resource("iam.RolePolicy", policy).document("policy")[
            "Statement"
        ]
        return found

    listing = {
        **allow(["s3:ListBucket"], "arn:aws:s3:::originals-0a1b2c"),
        "Condition": {"StringLike": {"s3:prefix": "uploads/*"}},
    }
    writing = [
        "s3:PutObject",
        "s3:GetObject",
        "s3:ListMultipartUploadParts",
        "s3:AbortMultipartUpload",
    ]
    assert of("backfill-work") == [
        allow(["lambda:InvokeFunction"], ADMIT),
        listing,
        allow(["s3:GetObject"], "arn:aws:s3:::exports-0a1b2c/inventory/*"),
        allow(writing, "arn:aws:s3:::exports-0a1b2c/backfills/*"),
    ]
    assert of("backfill-maps") == [
        allow(["states:StartExecution"], MACHINE),
        allow(["states:DescribeExecution", "states:StopExecution"], f"{EXECUTION}:*"),
    ]


def validated(states: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    """What asl-validator finds in a definition."""
    return subprocess.run(  # noqa: S603 - a tool of the lock
        [tool("node"), VALIDATOR, "--json-definition", json.dumps(states)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_definition_is_in_the_states_language(states: dict[str, Any]) -> None:
    assert validated(states).returncode == 0, validated(states).stderr
    broken = json.loads(json.dumps(states).replace('"Default": "Listing"', '"Default": "Lists"'))
    assert validated(broken).returncode == 1
    assert "Missing 'StartAt'|'Next'|'Default' target: Lists" in validated(broken).stderr


def test_every_state_leads_to_one_that_exists_and_to_an_end(states: dict[str, Any]) -> None:
    processors = [states["States"][each]["ItemProcessor"] for each in READERS]
    for machine in (states, *processors):
        known, seen, waiting = machine["States"], set(), [machine["StartAt"]]
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            state = known[name]
            after = [state.get("Next"), state.get("Default")]
            after += [each["Next"] for each in state.get("Choices", [])]
            waiting += [each for each in after if each]
            assert state.get("End") or any(after), name
        assert seen == known.keys()


def test_an_execution_with_a_manifest_reads_it_and_every_other_one_lists_the_bucket(
    states: dict[str, Any],
) -> None:
    chosen = states["States"][states["StartAt"]]
    [by_manifest] = chosen["Choices"]
    assert by_manifest == {"Variable": "$.manifest", "IsPresent": True, "Next": "Inventory"}
    assert chosen["Default"] == "Listing"
    assert states["States"]["Listing"]["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "ReaderConfig": {"MaxItemsPath": "$.limit"},
        "Parameters": {"Bucket.$": "$.bucket", "Prefix.$": "$.prefix"},
    }
    assert states["States"]["Inventory"]["ItemReader"] == {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "MANIFEST", "MaxItemsPath": "$.limit"},
        "Parameters": {"Bucket": "exports-0a1b2c", "Key.$": "$.manifest"},
    }


@pytest.mark.parametrize("reader", READERS)
def test_what_is_read_is_admitted_in_batches_by_children_that_may_wait(
    states: dict[str, Any], reader: str
) -> None:
    pictures = states["States"][reader]
    assert pictures["ItemBatcher"]["MaxItemsPerBatch"] == 100
    assert pictures["ToleratedFailurePercentage"] == 100
    processor = pictures["ItemProcessor"]
    assert processor["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    task = processor["States"][processor["StartAt"]]
    assert task["Parameters"] == {"FunctionName": ADMIT, "Payload.$": "$"}


@pytest.mark.parametrize("frequency", ["daily", "weekly"])
def test_s3_keeps_an_inventory_of_the_originals_where_only_it_may_write_it(frequency: str) -> None:
    graph = record("dev", {"inventory": frequency})
    inventory = graph.resource("s3.Inventory", "originals-inventory").inputs
    assert inventory == {
        "bucket": "originals-0a1b2c",
        "name": "current-versions",
        "includedObjectVersions": "Current",
        "filter": {"prefix": "uploads/"},
        "optionalFields": ["Size", "LastModifiedDate", "ETag"],
        "schedule": {"frequency": frequency.capitalize()},
        "destination": {
            "bucket": {
                "bucketArn": "arn:aws:s3:::exports-0a1b2c",
                "format": "CSV",
                "prefix": "inventory",
                "encryption": {"sseS3": {}},
            }
        },
    }
    _, writing = graph.resource("s3.BucketPolicy", "exports-policy").document("policy")["Statement"]
    assert writing == {
        **allow(["s3:PutObject"], "arn:aws:s3:::exports-0a1b2c/inventory/*"),
        "Principal": {"Service": "s3.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": ["arn:aws:s3:::originals-0a1b2c"]},
        },
    }


def test_s3_keeps_none_unless_it_is_asked_to(dev: Graph) -> None:
    assert dev.of_kind("s3.Inventory") == []
    [_] = dev.resource("s3.BucketPolicy", "exports-policy").document("policy")["Statement"]


def test_admit_knows_the_queues_of_bulk_work(dev: Graph) -> None:
    variables = dev.resource("lambda.Function", "admit").inputs["environment"]["variables"]
    assert [each.rpartition("/")[2] for each in variables["QUEUES"].split(",")] == [
        "rekognition-bulk-0a1b2c",
        "resize-bulk-0a1b2c",
        "notify-bulk-0a1b2c",
    ]
