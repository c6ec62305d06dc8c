"""Real payloads: what S3 and the functions say through EventBridge, and what SQS hands over.

Each file is one event, as EventBridge delivers it; `sqs-batch.json` is what Lambda is called with.
"""

import copy
import json
from pathlib import Path
from typing import Any

__all__ = ["NAMES", "batch", "sample"]

_FOLDER = Path(__file__).parent

NAMES = tuple(sorted(file.stem for file in _FOLDER.glob("*.json") if file.stem != "sqs-batch"))
"""Every sample event."""


def sample(name: str) -> dict[str, Any]:
    """The event of that file."""
    event: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return event


def batch(*bodies: object, attempt: int = 1) -> dict[str, Any]:
    """A batch of one message for each body, `m0` the first's id; what is no text becomes JSON."""
    envelope = sample("sqs-batch")
    (record,) = envelope["Records"]
    envelope["Records"] = []
    for number, body in enumerate(bodies):
        message = copy.deepcopy(record)
        message["messageId"] = f"m{number}"
        message["body"] = body if isinstance(body, str) else json.dumps(body)
        message["attributes"]["ApproximateReceiveCount"] = str(attempt)
        envelope["Records"].append(message)
    return envelope
