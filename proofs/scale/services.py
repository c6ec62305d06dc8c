"""What one picture takes on AWS: seconds in each function, and dollars by service.

The processor times and counts are those of docs/cost.md, which `python -m proofs.cost` measures on
a picture of 12 megapixels; no number is typed twice.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from proofs.recorder import ROOT

__all__ = ["CALL_SECONDS", "REKOGNITION_SECONDS", "Services", "read"]

REKOGNITION_SECONDS = 0.7
"""One call of Rekognition: the assumption that docs/cost.md states."""

CALL_SECONDS = 0.012
"""One call of S3, DynamoDB, EventBridge or SNS from a function in the same Region; an assumption,
as nothing here can measure it."""

_CALLS = {"rekognition": 9, "resize": 16, "notify": 4, "retire": 6}
"""Calls of AWS in an invocation besides Rekognition's, for one message."""

_REPEATED_CALLS = 3
"""Of an invocation that finds its work done."""

_OWN_SECONDS = {"notify": 0.004, "retire": 0.006}
"""Processor time of functions that decode nothing."""

_LINE = re.compile(r"^\| ([^|]+?) \| ([^|]+?) \| ([0-9.]+) \|$", re.MULTILINE)
_MS = re.compile(r"^([0-9]+) ms")


@dataclass(frozen=True)
class Services:
    """One picture on AWS."""

    seconds: Mapping[str, float]
    """Of one message in each function, without Rekognition's own time."""
    repeat_seconds: float
    operations: int
    """Calls of Rekognition, one of each operation."""
    usd: Mapping[str, float]
    """Of one picture, by what is billed."""
    write_units: float
    """DynamoDB write units of one picture in the table and all its indexes."""
    compared: Mapping[str, tuple[float, float]]
    """Requests per million pictures that `reconcile` makes, and their dollars."""

    @property
    def picture_usd(self) -> float:
        """Everything that is billed for one picture."""
        return sum(self.usd.values())


def read(page: Path = ROOT / "docs" / "cost.md") -> Services:
    """Read the cost page. Raises `LookupError` if a line that the model needs is missing."""
    text = page.read_text(encoding="utf-8")
    upload, _, compared = text.partition("## Comparing what is stored")
    lines = {name: (amount, float(usd)) for name, amount, usd in _LINE.findall(upload)}
    analysing = lines["Lambda, `rekognition`"][0]
    found = re.search(r"with (\d+) calls", analysing)
    if not found:
        raise LookupError(f"the calls to Rekognition must be named, got {analysing!r}")
    operations = int(found[1])
    own = {
        "rekognition": _seconds(analysing) - operations * REKOGNITION_SECONDS,
        "resize": _seconds(lines["Lambda, `resize`"][0]),
        **_OWN_SECONDS,
    }
    return Services(
        seconds={name: own[name] + CALL_SECONDS * calls for name, calls in _CALLS.items()},
        repeat_seconds=CALL_SECONDS * _REPEATED_CALLS,
        operations=operations,
        usd={name: usd / 1000 for name, (_, usd) in lines.items()},
        write_units=float(lines["DynamoDB write unit"][0]),
        compared={
            name: (float(amount.replace(",", "")), float(usd))
            for name, amount, usd in _LINE.findall(compared.partition("## What people cost")[0])
        },
    )


def _seconds(amount: str) -> float:
    found = _MS.match(amount)
    if not found:
        raise LookupError(f"the amount must begin with milliseconds, got {amount!r}")
    return int(found[1]) / 1000
