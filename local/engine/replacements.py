"""Which inputs force a replacement, from the table in replacements.txt."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

__all__ = ["REPLACEMENTS", "Replacement", "replacing_inputs"]


@dataclass(frozen=True)
class Replacement:
    """The inputs of one resource type that AWS cannot change, and the file that says so."""

    source: str
    inputs: frozenset[str]


def _read(table: str) -> dict[str, Replacement]:
    rows = (line.split() for line in table.splitlines() if line and not line.startswith("#"))
    return {type_: Replacement(source, frozenset(inputs)) for type_, source, *inputs in rows}


REPLACEMENTS = _read(Path(__file__).with_name("replacements.txt").read_text(encoding="utf-8"))
"""By resource type."""


def replacing_inputs(type_: str, declared: Iterable[str]) -> frozenset[str]:
    """The inputs that force a replacement: `declared` ones for a type that the table lacks."""
    known = REPLACEMENTS.get(type_)
    return known.inputs if known else frozenset(declared)
