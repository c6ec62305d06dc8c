"""What a person sees: tables, a live display, one picture in full."""

from collections.abc import Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from local.journal import HeardEvent, HeardNotice
from local.pictures import STAGES, Followed
from local.registry import Handler
from local.state import RunningStack
from pipeline.item import Item

_WIDE = 150
_COLOURS = {
    "ready": "green",
    "held": "yellow",
    "rejected": "red",
    "failed": "red",
    "deleted": "dim",
}


def console(*, stderr: bool = False) -> Console:
    """A console that keeps tables readable where there is no terminal to ask for its width."""
    made = Console(stderr=stderr, highlight=False)
    return made if made.is_terminal else Console(stderr=stderr, highlight=False, width=_WIDE)


def size(count: int) -> str:
    """A number of bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def status(value: str) -> Text:
    """A status in its colour."""
    return Text(value, style=_COLOURS.get(value, "cyan"))


def progress(followed: Sequence[Followed]) -> Table:
    """How far each upload has come: a column a stage, seconds since the upload."""
    table = Table(box=None, pad_edge=False)
    table.add_column("picture", overflow="ellipsis", no_wrap=True, max_width=40)
    for stage in STAGES:
        table.add_column(stage, justify="right")
    table.add_column("status")
    for picture in followed:
        seconds = picture.seconds()
        cells = [
            Text(f"{seconds[stage]:.2f} s", "green") if stage in seconds else Text("·", "dim")
            for stage in STAGES
        ]
        table.add_row(escape(picture.name), *cells, status(picture.status))
    return table


def results(followed: Sequence[Followed], wrong: Sequence[str]) -> Table:
    """What became of each upload; names in `wrong` did not come to their expected end."""
    table = Table(show_lines=True)
    table.add_column("picture", overflow="fold")
    table.add_column("status")
    table.add_column("renditions", min_width=42)
    table.add_column("labels")
    table.add_column("quality")
    table.add_column("verdict", max_width=30)
    table.add_column("upload to end", justify="right", no_wrap=True)
    for picture in followed:
        item = picture.item
        seconds = picture.seconds().get("ready")
        table.add_row(
            Text(picture.name, "bold red" if picture.name in wrong else ""),
            status(picture.status),
            renditions(item) if item else "",
            labels(item) if item else "",
            quality(item) if item else "",
            verdict(item) if item else "",
            f"{seconds:.2f} s" if seconds is not None else "",
        )
    return table


def renditions(item: Item) -> str:
    """A line a rendition: name, pixels, and the bytes of each format."""
    lines = []
    for name, formats in (item.renditions or {}).items():
        sizes = {(each["width"], each["height"]) for each in formats.values()}
        pixels = " ".join(f"{width}x{height}" for width, height in sorted(sizes))
        kinds = " ".join(f"{kind} {size(each['bytes'])}" for kind, each in formats.items())
        lines.append(f"{name} {pixels} {kinds}")
    return "\n".join(lines)


def labels(item: Item, most: int = 4) -> str:
    """The most telling labels with their confidence in percent."""
    named = [f"{each['name']} {each['confidence']:.0f}" for each in item.telling_labels[:most]]
    return "\n".join(named)


def quality(item: Item) -> str:
    """The measured quality, 0 to 100."""
    return "\n".join(f"{name} {value:.0f}" for name, value in (item.quality or {}).items())


def verdict(item: Item) -> str:
    """The verdict with its reasons, or why there is none."""
    if item.failure:
        return f"{item.failure.code}: {item.failure.message}"
    if item.verdict is None:
        return ""
    reasons = (
        f"{each.get('name') or each['rule']} {each['value']:.0f} (limit {each['limit']:.0f})"
        for each in item.verdict.reasons
    )
    return "\n".join((item.verdict.decision, *reasons))


def items(found: Sequence[Item]) -> Table:
    """The catalogue's pictures, one a row."""
    table = Table(box=None, pad_edge=False)
    for column in ("image", "key", "status", "pixels", "bytes", "labels", "changed"):
        table.add_column(column, overflow="fold")
    for item in found:
        pixels = f"{item.width}x{item.height}" if item.width else ""
        table.add_row(
            item.image_id[:12],
            Text(item.key),
            status(item.status),
            pixels,
            size(item.bytes),
            ", ".join(each["name"] for each in item.telling_labels[:3]),
            item.updated_at,
        )
    return table


def picture(stack: RunningStack, item: Item, heard: Sequence[HeardEvent]) -> RenderableType:
    """Everything known about one picture: its fields, its renditions, its timeline, its events."""
    parts: list[RenderableType] = [_fields(item)]
    links = Table("rendition", "format", "pixels", "bytes", "address", box=None, pad_edge=False)
    for name, formats in (item.renditions or {}).items():
        for kind, each in formats.items():
            pixels = f"{each['width']}x{each['height']}"
            address = f"{stack.front}/{each['key']}"
            links.add_row(name, kind, pixels, size(each["bytes"]), Text(address))
    if item.renditions:
        parts += ["", links]
    timeline = Table("when", "stage", "ms", box=None, pad_edge=False)
    for line in item.timeline:
        timeline.add_row(line["at"], line["stage"], str(line.get("ms", "")))
    parts += ["", timeline, "", events(heard)]
    return Group(*parts)


def _fields(item: Item) -> Table:
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    shown: dict[str, Any] = item.to_dict()
    for name in ("renditions", "timeline", "previous", "revision", "image_id", "key", "status"):
        shown.pop(name, None)
    table.add_row("image", item.image_id)
    table.add_row("key", Text(item.key))
    table.add_row("status", status(item.status))
    for name, value in shown.items():
        if isinstance(value, list):
            value = "\n".join(_line(each) for each in value)
        elif isinstance(value, dict):
            value = _line(value)
        table.add_row(name, Text(str(value)))
    return table


def _line(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_line(below)}" for name, below in value.items())
    if isinstance(value, list):
        return "; ".join(_line(each) for each in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def resources(known: Sequence[Handler]) -> Table:
    """Each resource type's inputs: those that are honoured, and those that are not with why."""
    table = Table(show_lines=True)
    for column in ("type", "honoured inputs", "inputs without effect here"):
        table.add_column(column, overflow="fold")
    for handler in known:
        honoured = ", ".join(sorted(path.rstrip("*") for path in handler.honours))
        ignored = "\n".join(f"{path}: {why}" for path, why in sorted(handler.ignores.items()))
        table.add_row(handler.type, Text(honoured), Text(ignored))
    return table


def events(heard: Sequence[HeardEvent]) -> Table:
    """Events in the order heard."""
    table = Table("when", "bus", "source", "event", "key", box=None, pad_edge=False)
    for event in heard:
        table.add_row(event.at, event.bus, event.source, event.type, Text(event.key or ""))
    return table


def notices(stack: RunningStack, heard: Sequence[HeardNotice]) -> RenderableType:
    """Notices as their readers would get them, but with links that work on this machine."""
    parts: list[RenderableType] = []
    for notice in heard:
        to = ", ".join(notice.recipients) or "no subscriber"
        parts.append(Text(f"{notice.at}  {notice.channel} to {to}", "dim"))
        parts.append(Text(notice.subject, "bold"))
        parts += [Text(notice.text.replace(stack.outputs["pictures_url"], stack.front)), ""]
    return Group(*parts)
