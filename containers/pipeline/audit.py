"""The audit trail: what people did that others must be able to trace. Entries are only added."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, get_args

__all__ = ["KINDS", "Entry", "Kind", "Trail"]

Kind = Literal["verdict", "download", "deletion", "removal", "role", "repair"]
"""A verdict; a download of an original; the permanent deletion of one picture; of everything of one
person; a change of who may do what; what an operator had the pipeline do again."""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """Something that somebody did. `at` is ISO 8601 in UTC, `by` a person's id or an operator.

    `detail` has what the kind needs, in plain values; of a deletion it is the receipt.
    """

    at: str
    kind: Kind
    by: str
    subject: str
    """What it was done to: an image id, a person's id, or the name of a function or a bucket."""
    detail: Mapping[str, Any] = field(default_factory=dict)


class Trail(Protocol):
    """Where the entries are kept."""

    def append(self, entry: Entry) -> None:
        """Add the entry. The same entry twice is one."""

    def entries(self, *, since: datetime, until: datetime) -> Iterator[Entry]:
        """The entries of a period, the newest first."""
