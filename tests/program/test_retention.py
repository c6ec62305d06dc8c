"""Data survives for as long as docs/aws.md promises."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from aws.s3 import CACHE_CONTROL
from pipeline.claims import COUNTED
from pipeline.lifecycle import TOMBSTONE, tombstone
from proofs.recorder import ROOT, Graph, record

PAGE = (ROOT / "docs" / "aws.md").read_text()
[TABLE] = re.findall(r"(?<=<!-- retention -->\n).*?(?=<!-- /retention -->)", PAGE, re.DOTALL)


def survives(data: str) -> str:
    """The last cell of the row whose first begins so."""
    rows: list[str] = TABLE.splitlines()
    [row] = [line for line in rows if line.startswith(f"| {data}")]
    return row.split("|")[3].strip()


@pytest.fixture
def long_lived() -> Graph:
    return record("prod", {"retentionDays": 400, "onDemandDailyUsd": 5})


def test_versions_and_logs_survive_the_retention_days(long_lived: Graph) -> None:
    lifecycle = long_lived.resource("s3.BucketLifecycleConfiguration", "originals-lifecycle")
    [versions] = [
        rule["noncurrentVersionExpiration"]["noncurrentDays"]
        for rule in lifecycle.inputs["rules"]
        if "noncurrentVersionExpiration" in rule
    ]
    logs = {each.inputs["retentionInDays"] for each in long_lived.of_kind("cloudwatch.LogGroup")}

    assert (versions, logs) == (400, {400})
    assert survives("overwritten and deleted originals") == "`retentionDays`"
    assert survives("logs") == "`retentionDays`"


def test_backups_survive_the_retention_days_or_35(long_lived: Graph) -> None:
    recovery = long_lived.resource("dynamodb.Table", "catalog").inputs["pointInTimeRecovery"]

    assert survives("backups of the tables") == "`retentionDays`, at most 35"
    assert recovery == {"enabled": True, "recoveryPeriodInDays": 35}


def test_messages_parts_of_uploads_and_tombstones_survive_for_a_fixed_time(
    long_lived: Graph,
) -> None:
    queues = {e.inputs["messageRetentionSeconds"] for e in long_lived.of_kind("sqs.Queue")}
    parts = {
        rule["abortIncompleteMultipartUpload"]["daysAfterInitiation"]
        for lifecycle in long_lived.of_kind("s3.BucketLifecycleConfiguration")
        for rule in lifecycle.inputs["rules"]
        if "abortIncompleteMultipartUpload" in rule
    }

    assert survives("events and dead letters") == "14 days"
    assert queues == {14 * 24 * 3600}
    assert survives("parts of unfinished uploads") == "7 days"
    assert parts == {7}
    assert survives("what is known of a picture") == (
        "`retentionDays` and 2 days after its deletion, "
        f"at least {TOMBSTONE.days}, then up to 2 more"
    )
    assert tombstone(400) == timedelta(days=402)
    for function in ("resize", "rekognition", "retire"):
        lambda_ = long_lived.resource("lambda.Function", function)
        assert lambda_.inputs["environment"]["variables"]["RETENTION_DAYS"] == "400"


def test_access_logs_survive_the_retention_days() -> None:
    graph = record("prod", {"retentionDays": 400, "accessLogs": True})
    lifecycle = graph.resource("s3.BucketLifecycleConfiguration", "access-logs-lifecycle")
    days = [
        rule["expiration"]["days"] for rule in lifecycle.inputs["rules"] if "expiration" in rule
    ]

    assert survives("access logs") == "`retentionDays`"
    assert days == [400]


def test_inventories_survive_for_a_month_and_what_lies_beside_them_for_three(
    long_lived: Graph,
) -> None:
    lifecycle = long_lived.resource("s3.BucketLifecycleConfiguration", "exports-lifecycle")
    days = {
        rule["filter"]["prefix"]: rule["expiration"]["days"]
        for rule in lifecycle.inputs["rules"]
        if "expiration" in rule
    }

    assert survives("inventories of the originals") == "30 days"
    assert survives("nightly exports of the catalog") == "90 days"
    assert days == {"": 90, "inventory/": 30}


def test_what_was_made_on_demand_is_counted_for_400_days() -> None:
    period = survives("which sizes of a picture were made on demand, if `onDemandDailyUsd` is set")
    assert period == "400 days after the last was asked for"
    assert timedelta(days=400) == COUNTED


def test_a_browser_keeps_its_copy_for_a_day() -> None:
    assert survives("viewers' own copies") == "1 day after they were loaded"
    assert "max-age=86400," in CACHE_CONTROL


def test_every_store_of_the_program_has_a_row(long_lived: Graph) -> None:
    stores = [*long_lived.of_kind("s3.Bucket"), *long_lived.of_kind("dynamodb.Table")]

    assert [each.name for each in stores if f"`{each.name}`" not in TABLE] == []
