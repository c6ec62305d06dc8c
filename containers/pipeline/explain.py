"""What happened to one picture, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pipeline.item import Item, PersonsVerdict

__all__ = ["HEADLINES", "Line", "Outcome", "because", "story"]

Outcome = Literal["ready", "held", "rejected", "failed"]
"""An end state that people are notified of."""

HEADLINES: Mapping[str, str] = {
    "ready": "is ready",
    "held": "is held for review",
    "rejected": "was rejected",
    "failed": "could not be processed",
}
"""Each outcome, as said of a picture."""

_BOUNDS = {"min": "below", "max": "above"}
_ENDED = {
    "deleted": "deleted: the original is gone",
    "cleaned": "cleaned: no file is left that is not shown any more",
}


@dataclass(frozen=True)
class Line:
    """Something that happened, and when; `at` is ISO 8601, empty for what holds now."""

    at: str
    words: str


def story(item: Item, *, gate: str, logs: Mapping[str, str]) -> list[Line]:
    """The picture's timeline in words, and in the last lines how it stands now.

    `logs` has each function's log group: that of one that a picture waits for is named.

    A tombstone keeps the timeline and none of the facts, so its lines say what happened alone.
    """
    if item.deleted:
        lines = [Line(entry["at"], _remembered(entry)) for entry in item.timeline]
        return [*lines, *(Line("", words) for words in _now(item, gate, logs))]
    failed = [entry["at"] for entry in item.timeline if entry["stage"] == "failed"]
    lines = [
        # Of two stages that failed the item keeps the failure of one.
        Line(entry["at"], words)
        for entry in item.timeline
        if entry["at"] not in failed[:-1]
        for words in _happened(item, entry)
    ]
    return [*lines, *(Line("", words) for words in _now(item, gate, logs))]


def because(reason: Mapping[str, Any]) -> str:
    """One reason of a verdict: `sharpness 31.2 is below 40`, `Alcohol 61.5 % reaches 50 %`.

    A block reads like a reviewer's decision, so that nobody learns that others have the file.
    """
    if reason["rule"] in ("review", "blocked"):
        note = reason.get("note")
        return f"a reviewer decided so: {note}" if note else "a reviewer decided so"
    if reason["rule"] == "duplicates":
        return f"picture {reason['other']} is the same file"
    value, limit = f"{reason['value']:g}", f"{reason['limit']:g}"
    subject, _, rule = str(reason["rule"]).partition(".")
    bound, _, measure = rule.partition("_")
    if subject == "quality" and bound in _BOUNDS:
        return f"{measure} {value} is {_BOUNDS[bound]} {limit}"
    if subject == "moderation":
        return f"{reason['name']} {value} % reaches {limit} %"
    return f"{reason['rule']}: {value}, limit {limit}"


def _remembered(entry: Mapping[str, Any]) -> str:
    match entry["stage"]:
        case "notified":
            return "notice sent"
        case "deleted" | "cleaned":
            return _ENDED[entry["stage"]]
        case other:
            return f"{other}{_took(entry)}"


def _happened(item: Item, entry: Mapping[str, Any]) -> Iterator[str]:
    took = _took(entry)
    match entry["stage"]:
        case "received":
            yield f"received {item.key}, {item.bytes:,} bytes"
        case "analysed":
            yield f"analysed{took}: {_seen(item)}{_noted(entry)}"
            if item.verdict:
                yield _judged(item)
        case "rendered":
            yield f"rendered{took}: {_rendered(item)}"
        case "failed" if item.failure:
            failure = item.failure
            yield f"failed{took} in {failure.stage}: {failure.message} ({failure.code})"
        case "notified":
            sent = [
                HEADLINES[outcome]
                for outcome, notice in (item.notices or {}).items()
                if notice.get("at") == entry["at"]
            ]
            yield f"notice sent: it {' and '.join(sent)}" if sent else "notice sent"
        case "cleaned":
            yield _ENDED["cleaned"]
        case "decided" if item.curated and item.curated.verdict:
            yield _ruled(item.curated.verdict)
        case "described":
            yield "described: somebody wrote the text or chose the focus point"
        case other:
            yield f"{other}{took}"


def _noted(entry: Mapping[str, Any]) -> str:
    return f"; {entry['note']}" if "note" in entry else ""


def _took(entry: Mapping[str, Any]) -> str:
    return f" in {entry['ms']} ms" if "ms" in entry else ""


def _seen(item: Item) -> str:
    labels = [f"{label['name']} {label['confidence']:.0f}" for label in item.telling_labels[:5]]
    quality = [f"{name} {value:.0f}" for name, value in (item.quality or {}).items()]
    unsafe = [f"{label['name']} {label['confidence']:.0f}" for label in item.moderation[:3]]
    parts = [", ".join(labels) or "no labels", ", ".join(quality)]
    if unsafe:
        parts.append(f"moderation: {', '.join(unsafe)}")
    return "; ".join(part for part in parts if part)


def _judged(item: Item) -> str:
    assert item.verdict is not None  # noqa: S101 - only asked where there is one
    word = {"accept": "accepted", "hold": "held", "reject": "rejected"}[item.verdict.decision]
    reasons = ", ".join(because(reason) for reason in item.verdict.reasons)
    return (
        f"{word} because {reasons}"
        if reasons
        else f"{word}: nothing in the policy speaks against it"
    )


def _ruled(verdict: PersonsVerdict) -> str:
    word = "approved" if verdict.decision == "accept" else "rejected"
    note = f": {verdict.reason}" if verdict.reason else ""
    return f"{word} by {verdict.by} at {verdict.at}{note}"


def _rendered(item: Item) -> str:
    if not item.renditions:
        return "its files have been removed since"
    files = [file for formats in item.renditions.values() for file in formats.values()]
    formats = sorted({name for formats in item.renditions.values() for name in formats})
    size = sum(file["bytes"] for file in files)
    made = f"{', '.join(item.renditions)} as {', '.join(formats)}"
    return f"{made}, {len(files)} files, {size:,} bytes{_still(item)}"


def _still(item: Item) -> str:
    """Why an animation became a still; empty for every other picture."""
    measured = item.measured or {}
    match measured.get("stilled"):
        case "too_many_frames":
            return f"; a still: {measured['frames']:,} frames are too many to keep it moving"
        case "too_many_pixels":
            return "; a still: its frames have too many pixels to keep it moving"
        case "too_much_memory":
            return "; a still: its frames need too much memory to keep it moving"
        case _:
            return ""


def _where_to_look(item: Item, gate: str, logs: Mapping[str, str]) -> str:
    awaited = [
        *(["rekognition"] if item.verdict is None else []),
        *(["resize"] if item.renditions is None and (item.verdict or gate == "open") else []),
    ]
    groups = " and ".join(logs[name] for name in awaited)
    return (
        f"if that lasts, the log of each try is in {groups}, and python -m ops status shows "
        "what waits and what has died"
    )


def _now(item: Item, gate: str, logs: Mapping[str, str]) -> Iterator[str]:
    since = f"since {item.updated_at}"
    match item.status:
        case "received" | "processing":
            missing = [
                *(["the analysis"] if item.verdict is None else []),
                *(["the renditions"] if item.renditions is None else []),
            ]
            waits = " and ".join(missing)
            if gate == "guarded" and item.verdict is None:
                waits = "the analysis, and then for the renditions"
            yield f"now {item.status}, waiting for {waits} {since}"
            yield _where_to_look(item, gate, logs)
        case "deleted":
            yield f"now deleted {since}; a tombstone keeps late events from bringing it back"
        case "ready" if item.obsolete:
            yield f"now ready {since}; files of {len(item.obsolete)} earlier versions are to go"
        case other:
            yield f"now {other} {since}"
    if item.notice.get("state") == "withheld":
        yield "no notice, as bulk work processed it"
    if item.status in ("ready", "held", "rejected", "failed") and not item.noticed:
        if "published" in item.notice:
            yield "the uploader has not been written to yet"
        else:
            yield "no notice has been sent yet"
