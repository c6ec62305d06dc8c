"""What the Distributed Map of MiniStack leaves out.

MiniStack 1.5.33 reads the items of a Distributed Map and runs each as a child, but forms no
batches, writes no results, and takes the manifest of an inventory for its only item. All of that is
added here, for definitions in JSONPath. Different from AWS: a
child that waits for its next attempt when the execution is stopped makes that attempt, and waits a
minute at most; a batch is limited by its number of items alone.
"""

import csv
import gzip
import json
from collections.abc import Iterator
from typing import Any

from ministack.services import s3
from ministack.services import stepfunctions as states

__all__ = ["install"]

_LEFT_OUT = ("ItemReader", "ItemBatcher", "ResultWriter", "ResultPath", "ResultSelector")

_inner = states._run_distributed_map


def install() -> None:
    """Replace MiniStack's Distributed Map, once."""
    states._run_distributed_map = _run


def _run(
    state: dict[str, Any],
    given: Any,
    effective: Any,
    processor: dict[str, Any],
    execution: dict[str, Any],
    context: dict[str, Any],
) -> tuple[Any, str | None]:
    """Like the function that it replaces; returns the state's output and what comes next."""
    items = _items(state["ItemReader"], effective, context)
    batches = list(_batches(state["ItemBatcher"], items, effective, context))
    plain = {name: value for name, value in state.items() if name not in _LEFT_OUT}
    known = set(states._map_runs)
    _, following = _inner(
        {**plain, "ItemsPath": "$.batches"},
        given,
        {"batches": batches},
        processor,
        execution,
        context,
    )
    [run] = [
        each
        for arn, each in states._map_runs.items()
        if arn not in known and each["executionArn"] == execution["executionArn"]
    ]
    result = _written(state["ResultWriter"], run, effective, context)
    return states._apply_result_path(state, given, result), following


def _items(reader: dict[str, Any], effective: Any, context: dict[str, Any]) -> list[Any]:
    config = reader["ReaderConfig"]
    if config.get("InputType") != "MANIFEST":
        read: list[Any] = states._read_map_items(reader, effective, context)
        return read
    place = states._resolve_params_obj(reader["Parameters"], effective, context)
    manifest = json.loads(states._s3_object_text(place["Bucket"], place["Key"]))
    columns = [each.strip() for each in manifest["fileSchema"].split(",")]
    rows = [
        dict(zip(columns, row, strict=True))
        for file in manifest["files"]
        for row in csv.reader(_lines(place["Bucket"], file["key"]))
    ]
    most = states._resolve_path_or_ctx(config["MaxItemsPath"], effective, context)
    return rows[: int(most)]


def _lines(bucket: str, key: str) -> list[str]:
    status, _, body = s3._get_object(bucket, key, {}, {})
    if status != 200:
        raise states._ExecutionError("States.ItemReaderFailed", f"{key} cannot be read")
    return gzip.decompress(body).decode().splitlines()


def _batches(
    batcher: dict[str, Any], items: list[Any], effective: Any, context: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    size = batcher["MaxItemsPerBatch"]
    shared = states._resolve_params_obj(batcher.get("BatchInput", {}), effective, context)
    for first in range(0, len(items), size):
        yield {"BatchInput": shared, "Items": items[first : first + size]}


def _written(
    writer: dict[str, Any], run: dict[str, Any], effective: Any, context: dict[str, Any]
) -> dict[str, Any]:
    """Write the children's results, as AWS lays them out; returns the state's result."""
    place = states._resolve_params_obj(writer["Parameters"], effective, context)
    bucket, folder = place["Bucket"], f"{place['Prefix']}/{run['mapRunArn'].rpartition(':')[2]}"
    children = [
        each for each in states._executions.values() if each.get("mapRunArn") == run["mapRunArn"]
    ]
    files: dict[str, list[dict[str, Any]]] = {}
    for status in ("SUCCEEDED", "FAILED", "PENDING"):
        ended = [_ended(each) for each in children if each["status"] == status]
        body, key = json.dumps(ended).encode(), f"{folder}/{status}_0.json"
        files[status] = [{"Key": key, "Size": len(body)}] if ended else []
        if ended:
            s3._put_object(bucket, key, body, {})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run["mapRunArn"], "ResultFiles": files}
    s3._put_object(bucket, f"{folder}/manifest.json", json.dumps(manifest).encode(), {})
    return {
        "MapRunArn": run["mapRunArn"],
        "ResultWriterDetails": {"Bucket": bucket, "Key": f"{folder}/manifest.json"},
    }


def _ended(child: dict[str, Any]) -> dict[str, Any]:
    names = {"executionArn": "ExecutionArn", "input": "Input", "name": "Name", "status": "Status"}
    more = {"output": "Output", "error": "Error", "cause": "Cause"}
    return {
        **{name: child[field] for field, name in names.items()},
        **{name: child[field] for field, name in more.items() if child.get(field)},
    }
