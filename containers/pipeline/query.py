"""The language of the search field: words, and conditions that a picture must meet.

    two dogs label:beach -label:person camera:X100V text:"no entry" after:2026-05 before:2026-07-15

Words say what the picture is about. A condition is a name, a colon and a value, in quotes if it has
spaces; a minus before it excludes what it describes. Whatever is neither is a word, so that
everything that people type means something; only a date that is none is refused.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from pipeline.item import Item
from pipeline.listing import Row, row_of

__all__ = ["Found", "Match", "Query", "QueryError", "normalised", "parse", "rank"]

_EVER = "9999-12-31"

_MATCHES = 5
"""Matches of a picture that are told, at most."""

_LONGEST = 80
"""Characters of each, at most."""

_PART = re.compile(
    r"""
    (?P<minus>-?)
    (?:(?P<name>[A-Za-z]+):)?
    (?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))
    """,
    re.VERBOSE,
)

_QUOTES = str.maketrans(dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))
"""What keyboards of telephones and of other languages put in place of straight quotes."""

_DATE = re.compile(r"[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?")

_WORD = re.compile(r"\w+")


class QueryError(ValueError):
    """The query has a date that is none."""


@dataclass(frozen=True)
class Match:
    """What of a picture has words of a search literally: a label, a line of text in it, or its
    description."""

    kind: Literal["label", "text", "description"]
    value: str


@dataclass(frozen=True, kw_only=True)
class Query:
    """What was searched for. Labels, cameras and texts are `normalised`.

    All labels and all texts must be there, and one of the cameras.
    """

    words: str = ""
    """What the picture is about, as it was typed."""
    phrases: frozenset[str] = frozenset()
    """Those of the words that were in quotes."""
    labels: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    not_labels: frozenset[str] = frozenset()
    not_cameras: frozenset[str] = frozenset()
    not_texts: frozenset[str] = frozenset()
    after: str = ""
    """The first moment, such as `2026-05`: a day, month or year is whole."""
    before: str = _EVER
    """The first moment that is too late."""

    def match(self, item: Item) -> bool:
        """Whether the picture meets every condition. Words are none."""
        lines = _lines(item)
        return (
            self.may_match(row_of(item))
            and all(_any_has(lines, each) for each in self.texts)
            and not any(_any_has(lines, each) for each in self.not_texts)
        )

    def may_match(self, row: Row) -> bool:
        """Whether the picture meets the conditions that lists have an answer to: all but texts."""
        labels = {normalised(each) for each in row.labels}
        camera = normalised(row.camera or "")
        return (
            self.after <= row.shown_at < self.before
            and self.labels <= labels
            and not self.not_labels & labels
            and (not self.cameras or any(_has(camera, each) for each in self.cameras))
            and not any(_has(camera, each) for each in self.not_cameras)
        )

    def exact(self, item: Item) -> int:
        """How many of the words the picture has literally: those that name a label of it, and those
        of a phrase, or of all words together, that can be read in it or in its alt text."""
        has = " ".join(each for _, words in self._literal(item) for each in words)
        return len(set(has.split()))

    def why(self, item: Item) -> list[Match]:
        """What has the words that `exact` counts: labels, the most telling first, then lines of
        text, then the description. None of a picture that is only similar.

        At most five, each of at most 80 characters: of a longer one the part with the words.
        """
        told = (
            Match(each.kind, _excerpt(each.value, words[0])) for each, words in self._literal(item)
        )
        return list(islice(dict.fromkeys(told), _MATCHES))

    def _literal(self, item: Item) -> Iterator[tuple[Match, list[str]]]:
        """What has words literally, whole, each with the words that it has."""
        words = normalised(self.words)
        for label in item.telling_labels:
            if (name := normalised(label["name"])) and _has(words, name):
                yield Match("label", label["name"]), [name]
        phrases = [each for each in dict.fromkeys((words, *sorted(self.phrases))) if each]
        texts = [Match("text", each["text"]) for each in item.text]
        if item.alt and item.alt.by != "analysis":
            texts.append(Match("description", item.alt.text))
        for text in texts:
            line = normalised(text.value)
            if has := [each for each in phrases if _has(line, each)]:
                yield text, has


@dataclass(frozen=True, kw_only=True)
class Found:
    """A picture that a search found, and how similar it is to what was searched for, -1 to 1."""

    item: Item
    similarity: float


def parse(text: str) -> Query:
    """What the text of the search field asks for. Raises `QueryError`."""
    words: list[str] = []
    phrases: set[str] = set()
    values: dict[str, set[str]] = {}
    after, before = "", _EVER
    for part in _PART.finditer(text.translate(_QUOTES)):
        name = (part["name"] or "").lower()
        value = part["plain"] if part["quoted"] is None else part["quoted"]
        if name in ("label", "camera", "text") and (known := normalised(value)):
            values.setdefault(part["minus"] + name, set()).add(known)
        elif name == "after" and not part["minus"]:
            after = max(after, _date(name, value))
        elif name == "before" and not part["minus"]:
            before = min(before, _date(name, value))
        elif part["quoted"] is not None and not name:
            words.append(value.strip())
            phrases.add(normalised(value))
        else:
            words.append(part[0])
    return Query(
        words=" ".join(filter(None, words)),
        phrases=frozenset(filter(None, phrases)),
        labels=frozenset(values.get("label", ())),
        cameras=frozenset(values.get("camera", ())),
        texts=frozenset(values.get("text", ())),
        not_labels=frozenset(values.get("-label", ())),
        not_cameras=frozenset(values.get("-camera", ())),
        not_texts=frozenset(values.get("-text", ())),
        after=after,
        before=before,
    )


def rank(query: Query, found: Iterable[Found]) -> list[Found]:
    """The pictures that meet the conditions: first those that have most of the words literally,
    then the most similar.

    No similarity is too small. On photographs, some of what was meant scored lower than most of
    what was not, so a limit would hide the former or show the latter.
    """
    wanted = [each for each in found if query.match(each.item)]
    newest = sorted(wanted, key=lambda each: (each.item.shown_at, each.item.image_id), reverse=True)
    return sorted(newest, key=lambda each: (-query.exact(each.item), -each.similarity))


def normalised(text: str) -> str:
    """The words of the text alone, in small letters and compatible characters."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _date(name: str, value: str) -> str:
    if not _DATE.fullmatch(value):
        got = value or "nothing"
        raise QueryError(f"{name} must be a day, month or year, such as 2026-05, got {got}")
    return value


def _lines(item: Item) -> list[str]:
    return [normalised(each["text"]) for each in item.text]


def _any_has(lines: Iterable[str], words: str) -> bool:
    return any(_has(line, words) for line in lines)


def _has(line: str, words: str) -> bool:
    """Whether the line has these words, whole and next to each other."""
    return f" {words} " in f" {line} "


def _excerpt(text: str, words: str) -> str:
    """The text, on one line; of a long one its beginning, or if that lacks the words, the part
    from them on."""
    line = " ".join(text.split())
    begin = _begin(line)
    if begin == line or _has(normalised(begin), words):
        return begin
    # No later part has the words any more.
    parts = line.split(" ")
    lost = bisect_left(
        range(len(parts)), True, key=lambda at: not _has(normalised(" ".join(parts[at:])), words)
    )
    return "\u2026" + _begin(" ".join(parts[max(0, lost - 1) :]), _LONGEST - 1)


def _begin(line: str, most: int = _LONGEST) -> str:
    """As many whole words of the line as fit."""
    if len(line) <= most:
        return line
    return line[: most - 1].rsplit(" ", 1)[0] + "\u2026"
