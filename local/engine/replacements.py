"""Which inputs force a replacement, from the table in replacements.txt."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["REPLACEMENTS", "Replacement"]


@dataclass(frozen=True)
class Replacement:
    """The inputs of one resource type that AWS cannot change, and the file that says so."""

    source: str
    inputs: frozenset[str]
    first: frozenset[str] = frozenset()
    """Those without a say in the id: the old resource has to go first."""


def _read(table: str) -> dict[str, Replacement]:
    rows = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return {
        type_: Replacement(
            source,
            frozenset(key.rstrip("!") for key in keys),
            frozenset(key.rstrip("!") for key in keys if key.endswith("!")),
        )
        for type_, source, *keys in rows
    }


REPLACEMENTS = _read(Path(__file__).with_name("replacements.txt").read_text(encoding="utf-8"))
"""By resource type."""
