"""Recorded events, as the queues hand them to the functions."""

import json
from typing import Any

from local.children import ROOT

__all__ = ["batch", "sample"]


def sample(detail_type: str) -> dict[str, Any]:
    """The recorded event of this type."""
    for file in sorted((ROOT / "tests/events").glob("*.json")):
        event: dict[str, Any] = json.loads(file.read_text())
        if event.get("detail-type") == detail_type:
            return event
    raise LookupError(f"tests/events must hold an event of type {detail_type}")


def batch(*events: object) -> dict[str, Any]:
    """`events` as the queue hands them to a function; each one's id is its place, from "0"."""
    return {
        "Records": [
            {
                "messageId": str(place),
                "body": json.dumps(event),
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            for place, event in enumerate(events)
        ]
    }
