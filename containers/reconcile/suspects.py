"""What a comparison suspects, one picture at a time, before anything is repaired."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

from pipeline.address import image_of, parse_rendition
from pipeline.inventory import Listed
from pipeline.item import Item, Malformed
from reconcile.findings import Files, Finding, expected_files, orphans

__all__ = [
    "Suspect",
    "count_files",
    "first_file",
    "incomplete",
    "malformed",
    "of_files",
    "pictures",
    "unlisted",
    "unplaced",
    "unreadable",
]


@dataclass(frozen=True)
class Suspect:
    """A finding, and what its repair has to know."""

    finding: Finding
    item: Item | None
    contents: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """Every key under `contents`, or of each stray preview."""
    owner: str = ""
    """Whose looks or vectors these are, where no item claims them."""

    @property
    def is_lone(self) -> bool:
        """Whether these are files, looks or vectors without an item."""
        alone = ("orphaned", "stray", "unclaimed", "adrift")
        return self.item is None and self.finding.kind in alone


def pictures(listed: Iterable[Listed]) -> Iterator[tuple[Files, str]]:
    """The files of each picture, and its last key; keys of another form are skipped."""
    for image, entries in groupby(listed, lambda entry: image_of(entry.key) or ""):
        files = Files(image_id=image, keys={}, written={})
        last = ""
        for entry in entries:
            last = entry.key
            if parsed := parse_rendition(entry.key):
                content = parsed.content_id
                files.keys.setdefault(content, set()).add(entry.key)
                files.written[content] = max(
                    entry.modified, files.written.get(content, entry.modified)
                )
        if last and files.keys:
            yield files, last


def of_files(item: Item | None, files: Files, before: datetime) -> list[Suspect]:
    """What is wrong with a picture's files, except that the first one which its item lists is
    missing: that also holds for pictures without any file."""
    suspects: list[Suspect] = []
    if contents := orphans(item, files, before):
        detail = f"{', '.join(contents)}: {count_files(files, contents)} files"
        key = item.key if item else None
        finding = Finding(kind="orphaned", image_id=files.image_id, key=key, detail=detail)
        keys = tuple(key for each in contents for key in sorted(files.keys[each]))
        suspects.append(Suspect(finding, item, contents=contents, files=keys))
    listed = files.all_keys
    first, *others = _expected_before(item, before) or [""]
    missing = [key for key in others if key not in listed]
    if item and missing and first in listed:
        suspects.append(Suspect(incomplete(item, missing), item))
    return suspects


def first_file(item: Item | None, before: datetime) -> str | None:
    """The key of the file to look for, so that a picture is found even if all its files are gone;
    None if the item lists none, or changed after `before`."""
    expected = _expected_before(item, before)
    return expected[0] if expected else None


def incomplete(item: Item, missing: Sequence[str]) -> Finding:
    """The finding that these files of the item do not exist."""
    return Finding(
        kind="incomplete",
        image_id=item.image_id,
        key=item.key,
        detail=f"missing: {', '.join(missing)}",
    )


def unreadable(finding: Finding) -> Finding:
    """The finding, of an original that S3 does not describe."""
    return replace(finding, kind="unreadable", detail="S3 denies access to the original")


def unlisted(item: Item) -> Finding:
    """The finding that no look of the item is listed."""
    detail = f"{item.status}: {item.content}"
    return Finding(kind="unlisted", image_id=item.image_id, key=item.key, detail=detail)


def unplaced(item: Item, models: Sequence[str]) -> Finding:
    """The finding that these models' vectors of the item are missing."""
    detail = f"{item.status}: {item.content} by {', '.join(models)}"
    return Finding(kind="unplaced", image_id=item.image_id, key=item.key, detail=detail)


def malformed(item: Malformed) -> Finding:
    """The finding that the item cannot be read."""
    return Finding(kind="malformed", image_id=item.image_id, key=item.key, detail=item.problem)


def count_files(files: Files, contents: Iterable[str] | None = None) -> int:
    """How many files there are, of these contents if any are given."""
    return sum(len(files.keys[content]) for content in contents or files.keys)


def _expected_before(item: Item | None, before: datetime) -> list[str]:
    if item is None or not item.settled or datetime.fromisoformat(item.updated_at) >= before:
        return []
    return expected_files(item)
