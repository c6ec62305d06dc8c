"""The function that makes an original's renditions."""

import os
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from typing import Any, ClassVar, Protocol

from aws_lambda_powertools.utilities.typing import LambdaContext

from pictures.refusals import Limits, Unreadable
from pipeline.bus import EventBridgeBus
from pipeline.catalog import Catalog, DynamoTable
from pipeline.clock import Clock, milliseconds, utc
from pipeline.events import Event, ImageAccepted, ImageRestored, ObjectCreated
from pipeline.item import Item
from pipeline.lifecycle import Rendered, Rendering
from pipeline.original import Original, content_id
from pipeline.prices import function_usd, writes_usd
from pipeline.queue import consume
from pipeline.settings import from_environment
from pipeline.stage import Course, Impossible
from pipeline.storage import Renditions, S3Originals, S3Renditions, Upload
from resize.isolation import develop_isolated
from resize.recipe import Recipe
from resize.renditions import Area, Developed, Focus, develop

__all__ = ["Develop", "Resize", "Settings", "handler"]


@dataclass(frozen=True)
class Settings:
    """What the function's environment says."""

    originals_bucket: str
    renditions_bucket: str
    catalog_table: str
    pipeline_bus: str
    recipe: Recipe


class Develop(Protocol):
    """Makes a picture's renditions."""

    def __call__(self, data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        """What `resize.renditions.develop` answers; `isolated`, in a process of its own."""


@dataclass(frozen=True)
class Resize:
    """Makes renditions of what was uploaded, restored or accepted."""

    course: Course
    renditions: Renditions
    develop: Develop
    fingerprint: str
    limit: int
    memory_mb: int
    clock: Clock
    hears: ClassVar = (ObjectCreated, ImageRestored, ImageAccepted)

    def __call__(self, event: Event, tried: int) -> None:
        original = event.original
        content = content_id(original, self.fingerprint)

        def work(upload: Upload, item: Item) -> Rendered:
            start = self.clock()
            try:
                # An earlier try may have died of this very picture: now it can kill only a child.
                developed = self.develop(upload.data, isolated=tried > 1, focus=_focus(event, item))
            except Unreadable as error:
                raise Impossible(error.code, str(error)) from error
            renditions = self._write(original, content, developed)
            ms = milliseconds(start, self.clock())
            cost_usd = function_usd(ms, self.memory_mb) + writes_usd(len(developed.files))
            return Rendered(
                original=original,
                ms=ms,
                content=content,
                renditions=renditions,
                facts=_facts(upload, developed),
                cost_usd=cost_usd,
            )

        self.course.run(
            Rendering(original=original, content=content),
            limit=self.limit,
            work=work,
        )

    def _write(self, original: Original, content: str, developed: Developed) -> dict[str, Any]:
        renditions: dict[str, Any] = {}
        for file in developed.files:
            key = f"i/{original.image_id}/{content}/{file.name}.{file.extension}"
            self.renditions.write(key, file.data, file.content_type)
            renditions.setdefault(file.name, {})[file.format] = {
                "key": key,
                "width": file.width,
                "height": file.height,
                "bytes": len(file.data),
            }
        return renditions


def _focus(event: Event, item: Item) -> Focus | None:
    """The faces, once the analysis is over; before that two tries could see different ones."""
    if not isinstance(event, ImageAccepted):
        return None
    return Focus(faces=tuple(Area(**face["box"]) for face in item.faces))


def _facts(upload: Upload, developed: Developed) -> dict[str, Any]:
    return {
        "content_type": developed.content_type,
        "width": developed.width,
        "height": developed.height,
        "placeholder": developed.placeholder,
        "measured": {
            **asdict(developed.scores),
            "colors": [asdict(colour) for colour in developed.colors],
            "frames": developed.frames,
            "has_alpha": developed.has_alpha,
        },
        "hashes": {"sha256": sha256(upload.data).hexdigest(), "dhash": developed.dhash},
        "exif": dict(developed.exif) or None,
        "owner": upload.owner,
    }


@cache
def _resize(memory_mb: int) -> Resize:
    settings = from_environment(Settings, os.environ)
    catalog = Catalog(DynamoTable(settings.catalog_table), utc)
    originals = S3Originals(settings.originals_bucket)
    bus = EventBridgeBus(settings.pipeline_bus)
    limits = Limits.for_memory(memory_mb)

    def develop_upload(data: bytes, *, isolated: bool, focus: Focus | None) -> Developed:
        make = develop_isolated if isolated else develop
        return make(data, settings.recipe, limits, focus=focus)

    return Resize(
        Course("resize", catalog, originals, bus),
        S3Renditions(settings.renditions_bucket),
        develop_upload,
        settings.recipe.fingerprint,
        limits.bytes,
        memory_mb,
        utc,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls."""
    return consume(batch, context, _resize(int(context.memory_limit_in_mb)))
