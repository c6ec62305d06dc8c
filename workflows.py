"""The state machine of a backfill, in the Amazon States Language.

Its input: `backfill`, its name; `bucket` and `prefix`, what is listed, or `manifest`, the key of
the inventory that is read in place of a listing; `since` and `before`, the times between which the
objects were written, the first perhaps empty; `limit`, how many at most; `stale`, which results are
made again where they are stale: none to process what the catalog lacks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from components.function import Function
from components.policy import Statement
from components.private_bucket import PrivateBucket

__all__ = ["RESULTS", "backfill", "backfill_rights"]

BATCH = 100
"""BatchGetItem reads no more items at once."""

AT_ONCE = 4
"""Batches at once: enough to look at 100 million pictures that are up to date within a day."""

RESULTS = "backfills/"
"""The prefix of the results in their bucket."""

_FAULTS = {
    "ErrorEquals": ["States.ALL"],
    "IntervalSeconds": 2,
    "BackoffRate": 2,
    "MaxAttempts": 8,
    "JitterStrategy": "FULL",
}


def backfill(admit: Function, results: PrivateBucket) -> Mapping[str, Any]:
    """Hand a bucket's listing, or its inventory in `results`, to `admit`, a batch at a time, and
    let it finish.

    A batch that fails for good ends nothing: it is among the results.
    """
    listing = {
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "ReaderConfig": {"MaxItemsPath": "$.limit"},
        "Parameters": {"Bucket.$": "$.bucket", "Prefix.$": "$.prefix"},
    }
    inventory = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "MANIFEST", "MaxItemsPath": "$.limit"},
        "Parameters": {"Bucket": results.name, "Key.$": "$.manifest"},
    }
    return {
        "Comment": "Processes what a bucket holds and the catalog lacks.",
        "StartAt": "Is there an inventory",
        "States": {
            "Is there an inventory": {
                "Type": "Choice",
                "Choices": [{"Variable": "$.manifest", "IsPresent": True, "Next": "Inventory"}],
                "Default": "Listing",
            },
            "Listing": _read(listing, "Listing", "Admit listed objects", admit, results),
            "Inventory": _read(inventory, "Inventory", "Admit inventoried ones", admit, results),
            **_called("Finish", admit, {"Payload": {"finished.$": "$.backfill"}}),
        },
    }


def backfill_rights(
    admit: Function,
    listed: PrivateBucket,
    under: str,
    results: PrivateBucket,
    inventories: str,
) -> list[Statement]:
    """What the state machine needs for that: of `listed`, what lies under the prefix `under`; of
    `results`, what lies under the prefix `inventories`."""
    return [
        Statement(actions=["lambda:InvokeFunction"], resources=[admit.arn]),
        listed.listing(under),
        results.reading(inventories),
        results.writing(RESULTS),
    ]


def _read(
    reader: Mapping[str, Any], label: str, task: str, admit: Function, results: PrivateBucket
) -> dict[str, Any]:
    """The state that hands to `admit` what the reader reads. Its own states begin with `task`, as
    no two states of a state machine may have one name."""
    return {
        "Type": "Map",
        "Label": label,
        "ItemReader": reader,
        "ItemBatcher": {
            "MaxItemsPerBatch": BATCH,
            "BatchInput": {
                "backfill.$": "$.backfill",
                "since.$": "$.since",
                "before.$": "$.before",
                "stale.$": "$.stale",
            },
        },
        "MaxConcurrency": AT_ONCE,
        "ToleratedFailurePercentage": 100,
        "ItemProcessor": {
            # An express child ends after five minutes, and a batch may wait for days.
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
            "StartAt": task,
            "States": _called(task, admit, {"Payload.$": "$"}),
        },
        "ResultWriter": {
            "Resource": "arn:aws:states:::s3:putObject",
            "Parameters": {"Bucket": results.name, "Prefix": RESULTS.rstrip("/")},
        },
        "ResultPath": "$.results",
        "Next": "Finish",
    }


def _called(name: str, function: Function, parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The states that call the function until it returns 0 as `wait`; their output is what it
    returned then."""
    return {
        name: {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Parameters": {"FunctionName": function.arn, **parameters},
            "ResultSelector": {"returned.$": "$.Payload"},
            "ResultPath": "$.last",
            "Retry": [_FAULTS],
            "Next": f"Has {name} ended",
        },
        f"Has {name} ended": {
            "Type": "Choice",
            "Choices": [
                {
                    "Variable": "$.last.returned.wait",
                    "NumericGreaterThan": 0,
                    "Next": f"Wait before {name}",
                }
            ],
            "Default": f"{name} has ended",
        },
        f"Wait before {name}": {
            "Type": "Wait",
            "SecondsPath": "$.last.returned.wait",
            "Next": name,
        },
        f"{name} has ended": {"Type": "Pass", "InputPath": "$.last.returned", "End": True},
    }
