"""What is added to the Distributed Map of the local AWS, seen through its API."""

import gzip
import json
import time
from operator import itemgetter
from typing import Any
from uuid import uuid4

import pytest

from local.aws import LocalAws

ROLE = "arn:aws:iam::000000000000:role/none"
LISTING = {
    "Resource": "arn:aws:states:::s3:listObjectsV2",
    "ReaderConfig": {"MaxItemsPath": "$.limit"},
    "Parameters": {"Bucket.$": "$.bucket", "Prefix.$": "$.prefix"},
}
MANIFEST = {
    "Resource": "arn:aws:states:::s3:getObject",
    "ReaderConfig": {"InputType": "MANIFEST", "MaxItemsPath": "$.limit"},
    "Parameters": {"Bucket.$": "$.bucket", "Key.$": "$.manifest"},
}
KEEP = {"Type": "Pass", "End": True}
REFUSE = {"Type": "Fail", "Error": "Refused", "Cause": "not today"}


@pytest.fixture
def bucket(aws: LocalAws) -> str:
    name = f"bucket-{uuid4().hex}"
    aws.client("s3").create_bucket(
        Bucket=name, CreateBucketConfiguration={"LocationConstraint": aws.region}
    )
    return name


def mapped(
    aws: LocalAws, reader: dict[str, Any], child: dict[str, Any], given: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """The output of an execution with batches of two, and its results by status."""
    client, s3 = aws.client("stepfunctions"), aws.client("s3")
    definition = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "ItemReader": reader,
                "ItemBatcher": {"MaxItemsPerBatch": 2, "BatchInput": {"name.$": "$.name"}},
                "ToleratedFailurePercentage": 100,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                    "StartAt": "Child",
                    "States": {"Child": child},
                },
                "ResultWriter": {
                    "Resource": "arn:aws:states:::s3:putObject",
                    "Parameters": {"Bucket.$": "$.bucket", "Prefix": "results"},
                },
                "ResultPath": "$.results",
                "End": True,
            }
        },
    }
    machine = client.create_state_machine(
        name=f"machine-{uuid4().hex}", definition=json.dumps(definition), roleArn=ROLE
    )
    started = client.start_execution(
        stateMachineArn=machine["stateMachineArn"], input=json.dumps(given)
    )
    deadline = time.monotonic() + 30
    while (run := client.describe_execution(executionArn=started["executionArn"]))[
        "status"
    ] == "RUNNING":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert run["status"] == "SUCCEEDED", run
    output = json.loads(run["output"])
    place = output["results"]["ResultWriterDetails"]
    manifest = json.loads(s3.get_object(**place)["Body"].read())
    assert manifest["MapRunArn"] == output["results"]["MapRunArn"]
    results = {
        status: [
            each
            for file in files
            for each in json.loads(
                s3.get_object(Bucket=place["Bucket"], Key=file["Key"])["Body"].read()
            )
        ]
        for status, files in manifest["ResultFiles"].items()
    }
    return output, results


def test_a_listing_is_handed_over_in_batches_and_the_input_is_kept(
    aws: LocalAws, bucket: str
) -> None:
    for name in ("b/1", "a/1", "a/2", "a/3"):
        aws.client("s3").put_object(Bucket=bucket, Key=name, Body=b"x")
    given = {"bucket": bucket, "prefix": "a/", "limit": 10, "name": "all"}

    output, results = mapped(aws, LISTING, KEEP, given)

    batches = [json.loads(each["Output"]) for each in results.pop("SUCCEEDED")]
    assert results == {"FAILED": [], "PENDING": []}
    assert sorted([item["Key"] for item in each["Items"]] for each in batches) == [
        ["a/1", "a/2"],
        ["a/3"],
    ]
    assert [each["BatchInput"] for each in batches] == [{"name": "all"}] * 2
    assert {name: output[name] for name in given} == given


def test_a_batch_that_fails_is_among_the_results_with_its_reason(
    aws: LocalAws, bucket: str
) -> None:
    aws.client("s3").put_object(Bucket=bucket, Key="a/1", Body=b"x")

    _, results = mapped(
        aws, LISTING, REFUSE, {"bucket": bucket, "prefix": "a/", "limit": 10, "name": "all"}
    )

    [failed] = results["FAILED"]
    assert (failed["Status"], failed["Error"], failed["Cause"]) == (
        "FAILED",
        "Refused",
        "not today",
    )
    assert [item["Key"] for item in json.loads(failed["Input"])["Items"]] == ["a/1"]
    assert results["SUCCEEDED"] == []


def test_the_manifest_of_an_inventory_stands_for_its_rows(aws: LocalAws, bucket: str) -> None:
    s3 = aws.client("s3")
    rows = ["bucket,a%2Fone+two.jpg,5", "bucket,b.jpg,6", 'bucket,"c,d.jpg",7']
    for number, lines in enumerate((rows[:2], rows[2:])):
        data = gzip.compress("".join(f"{each}\n" for each in lines).encode())
        s3.put_object(Bucket=bucket, Key=f"data/{number}.csv.gz", Body=data)
    manifest = {
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": f"data/{number}.csv.gz"} for number in range(2)],
    }
    s3.put_object(Bucket=bucket, Key="manifest.json", Body=json.dumps(manifest).encode())
    given = {"bucket": bucket, "manifest": "manifest.json", "limit": 3, "name": "all"}

    _, results = mapped(aws, MANIFEST, KEEP, given)
    _, fewer = mapped(aws, MANIFEST, KEEP, {**given, "limit": 1})

    found = [item for each in results["SUCCEEDED"] for item in json.loads(each["Output"])["Items"]]
    assert sorted(found, key=itemgetter("Size")) == [
        {"Bucket": "bucket", "Key": "a%2Fone+two.jpg", "Size": "5"},
        {"Bucket": "bucket", "Key": "b.jpg", "Size": "6"},
        {"Bucket": "bucket", "Key": "c,d.jpg", "Size": "7"},
    ]
    [one] = fewer["SUCCEEDED"]
    assert [item["Size"] for item in json.loads(one["Output"])["Items"]] == ["5"]


def test_nothing_to_read_leaves_no_results(aws: LocalAws, bucket: str) -> None:
    _, results = mapped(
        aws, LISTING, KEEP, {"bucket": bucket, "prefix": "a/", "limit": 10, "name": "all"}
    )

    assert results == {"SUCCEEDED": [], "FAILED": [], "PENDING": []}
