"""What a person sees: tables, a live display, one picture in full."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.engine.registry import Handler
from local.journal import HeardEvent, HeardNotice
from local.pictures import STAGES, Followed
from local.state import RunningStack
from ops.terminal import moment, status
from pipeline.explain import because
from pipeline.item import Item
from pipeline.text import visible

_COLUMN_EACH = 150
"""From this width on, each thing that is known of a picture has a column of its own."""

_RENDITION = 47
"""What a rendition in two formats takes: `enhanced 1600x1067 avif 345.7 kB jpeg 456.8 kB`."""

_LABELS_FROM = 100
"""From this width on, the catalog's list has room for sizes and labels."""

_STAGES_WIDTH = 62
"""What the columns beside the picture's name take while it is followed."""


def size(count: int) -> str:
    """A number of bytes for people."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:.1f} MB"


def progress(followed: Sequence[Followed], width: int) -> Table:
    """How far each upload has come: a column a stage, seconds since the upload."""
    table = Table(box=None, pad_edge=False)
    name_width = max(8, min(40, width - _STAGES_WIDTH))
    table.add_column("picture", overflow="ellipsis", no_wrap=True, max_width=name_width)
    for stage in STAGES:
        table.add_column(stage, justify="right", no_wrap=True)
    table.add_column("status", no_wrap=True)
    for picture in followed:
        seconds = picture.seconds()
        cells = [
            Text(f"{seconds[stage]:.2f} s", "green") if stage in seconds else Text("·", "dim")
            for stage in STAGES
        ]
        table.add_row(Text(visible(picture.name)), *cells, status(picture.status))
    return table


def results(followed: Sequence[Followed], wrong: Sequence[str], width: int) -> Table:
    """What became of each upload, in a table of at most `width`, 80 or more.

    Names in `wrong` did not come to their expected end. The time is from upload to end. Where the
    width does not do for a column each, what is known of a picture stands below its renditions, and
    the time below the status.
    """
    wide = width >= _COLUMN_EACH
    table = Table(show_lines=True)
    table.add_column("picture", overflow="fold", max_width=max(14, width // 8))
    table.add_column("status", no_wrap=True)
    if wide:
        spare = (width - _COLUMN_EACH) // 3
        table.add_column("renditions", overflow="fold", width=_RENDITION + spare)
        table.add_column("labels", overflow="fold", max_width=24)
        table.add_column("quality", no_wrap=True)
        table.add_column("verdict", overflow="fold")
        table.add_column("time", justify="right", no_wrap=True)
    else:
        table.add_column("what became of it", overflow="fold")
    for picture in followed:
        name = Text(visible(picture.name), "bold red" if picture.name in wrong else "")
        state = status(picture.status)
        seconds = picture.seconds().get("ready")
        time = Text(f"{seconds:.2f} s" if seconds is not None else "")
        if wide:
            table.add_row(name, state, *_known(picture.item), time)
        else:
            table.add_row(name, Text("\n").join((state, time)), _stacked(picture.item))
    return table


def _known(item: Item | None) -> list[Text]:
    """Renditions or why there are none, labels, quality and verdict, with a line for each part."""
    if item is None:
        return [Text()] * 4
    made = Text(failure(item), "red") if item.failure else Text(renditions(item))
    parts = (labels(item), quality(item), verdict(item))
    return [made, *(Text("\n".join(lines)) for lines in parts)]


def _stacked(item: Item | None) -> Text:
    """The same below each other, with a line for each kind of thing."""
    if item is None:
        return Text()
    lines = [Text(failure(item), "red") if item.failure else Text(renditions(item))]
    for name, found in (
        ("labels", labels(item)),
        ("quality", quality(item)),
        ("verdict", verdict(item)),
    ):
        lines.append(Text.assemble((f"{name} ", "dim"), ", ".join(found)) if found else Text())
    return Text("\n").join(line for line in lines if line)


def renditions(item: Item) -> str:
    """A line a rendition: name, pixels, and the bytes of each format."""
    lines = []
    for name, formats in (item.renditions or {}).items():
        sizes = {(each["width"], each["height"]) for each in formats.values()}
        pixels = " ".join(f"{width}x{height}" for width, height in sorted(sizes))
        kinds = " ".join(f"{kind} {size(each['bytes'])}" for kind, each in formats.items())
        lines.append(f"{name} {pixels} {kinds}")
    return "\n".join(lines)


def labels(item: Item, most: int = 4) -> list[str]:
    """The most telling labels with their confidence in percent."""
    return [f"{each['name']} {each['confidence']:.0f}" for each in item.telling_labels[:most]]


def quality(item: Item) -> list[str]:
    """The measured quality, 0 to 100."""
    return [f"{name} {value:.0f}" for name, value in (item.quality or {}).items()]


def failure(item: Item) -> str:
    """Why nothing could be made of the upload; empty if something could."""
    return f"{item.failure.code}: {item.failure.message}" if item.failure else ""


def verdict(item: Item) -> list[str]:
    """The verdict and its reasons; nothing if there is none."""
    if item.verdict is None:
        return []
    return [item.verdict.decision, *map(because, item.verdict.reasons)]


def items(found: Sequence[Item], width: int) -> Table:
    """The catalog's pictures, one a row; sizes and labels only where there is room for them."""
    roomy = width >= _LABELS_FROM
    table = Table(box=None, pad_edge=False)
    for column in ("image", "status", "pixels", "changed (UTC)", *(["bytes"] if roomy else [])):
        table.add_column(column, no_wrap=True)
    for column in ("key", *(["labels"] if roomy else [])):
        table.add_column(column, overflow="fold")
    for item in found:
        pixels = f"{item.width}x{item.height}" if item.width else ""
        changed = moment(item.updated_at)
        cells: list[Text | str] = [item.image_id[:12], status(item.status), pixels, changed]
        if roomy:
            cells.append(size(item.bytes))
        cells.append(Text(visible(item.key)))
        if roomy:
            cells.append(Text(", ".join(each["name"] for each in item.telling_labels[:3])))
        table.add_row(*cells)
    return table


def picture(stack: RunningStack, item: Item, heard: Sequence[HeardEvent]) -> RenderableType:
    """Everything known about one picture: its fields, its renditions, its timeline, its events."""
    parts: list[RenderableType] = [_fields(item)]
    links = Table("rendition", "format", "pixels", "bytes", box=None, pad_edge=False)
    links.add_column("address", overflow="fold")
    for name, formats in (item.renditions or {}).items():
        for kind, each in formats.items():
            pixels = f"{each['width']}x{each['height']}"
            address = f"{stack.front}/{each['key']}"
            links.add_row(name, kind, pixels, size(each["bytes"]), Text(address))
    if item.renditions:
        parts += ["", links]
    timeline = Table("when (UTC)", "stage", "ms", box=None, pad_edge=False)
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
    table.add_row("key", Text(visible(item.key)))
    table.add_row("status", status(item.status))
    if item.expires_at is not None:
        expires = datetime.fromtimestamp(item.expires_at, UTC)
        shown["expires_at"] = f"{moment(expires.isoformat())} UTC"
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
    table = Table(box=None, pad_edge=False)
    for column in ("when (UTC)", "bus", "source", "event", "key"):
        table.add_column(column, overflow="fold", no_wrap=column in ("when (UTC)", "event"))
    for event in heard:
        key = Text(visible(event.key or ""))
        table.add_row(moment(event.at), event.bus, event.source, event.type, key)
    return table


def notices(stack: RunningStack, heard: Sequence[HeardNotice]) -> RenderableType:
    """Notices as their readers would get them, but with links that work on this machine."""
    parts: list[RenderableType] = []
    for notice in heard:
        to = ", ".join(notice.recipients)
        if not to:
            to = f"nobody: {stack.stage} has no subscribers, so it is in the local inbox only"
        parts.append(Text(f"{notice.at}  {notice.channel} to {to}", "dim"))
        parts.append(Text(visible(notice.subject), "bold"))
        text = notice.text.replace(stack.outputs["pictures_url"], stack.front)
        parts += [Text("\n".join(visible(line) for line in text.split("\n"))), ""]
    return Group(*parts)
