"""How good a ranking is: the queries of queries.toml, and the measures of what is found."""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

__all__ = ["EXAMPLE", "NOTHING", "TOP", "Asked", "Score", "first_right", "read_queries", "score"]

QUERIES = Path(__file__).with_name("queries.toml")

TOP = 5
"""How many results people see at a glance."""

EXAMPLE, NOTHING = "example", "nothing"
"""The kinds of query that name a photograph, and that no photograph is right for."""


@dataclass(frozen=True)
class Asked:
    """A query, and the names of the photographs that are right."""

    kind: str
    text: str
    """What is typed, or the name of the photograph that others like it are searched for."""
    right: frozenset[str]


@dataclass(frozen=True)
class Score:
    """What came out for some queries, each of which has something right."""

    queries: int
    first: int
    """Queries whose first result is right."""
    top: int
    """Queries with a right one among the first five."""
    mrr: Fraction
    """The mean of 1 / the place of the first right one, or of 0 where none is found (Voorhees,
    TREC-8, 1999)."""

    @property
    def cells(self) -> tuple[int, int, str]:
        """Those of a table, without the number of queries."""
        return self.first, self.top, f"{float(self.mrr):.2f}"


def read_queries() -> list[Asked]:
    """The queries, by kind."""
    kinds = tomllib.loads(QUERIES.read_text(encoding="utf-8"))
    return [
        Asked(kind, text, frozenset(right))
        for kind, queries in kinds.items()
        for text, right in queries.items()
    ]


def first_right(found: Sequence[str], right: Collection[str]) -> int | None:
    """The place of the first right one, from 1; None if none is found."""
    return next((place for place, name in enumerate(found, 1) if name in right), None)


def score(places: Sequence[int | None]) -> Score:
    """The measures, by the place of the first right one of each query; there is at least one."""
    found = [place for place in places if place]
    return Score(
        queries=len(places),
        first=found.count(1),
        top=sum(place <= TOP for place in found),
        mrr=sum((Fraction(1, place) for place in found), Fraction()) / len(places),
    )
