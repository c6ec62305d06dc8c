"""A picture's renditions, and what the same decode reveals about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from PIL import Image

from pictures.encoding import encode
from pictures.exif import Exif
from pictures.formats import CONTENT_TYPES, EXTENSIONS, FormatName
from pictures.kinds import ContentType
from pictures.limits import Limits
from pictures.measures import (
    Colour,
    Scores,
    dhash,
    dominant_colours,
    phash,
    placeholder,
    scores,
)
from pictures.reading import Picture, Source, develop_source, open_source
from pipeline.recipe import Format, Recipe, Rendition
from resize.animation import Stilled, animate, movable, stilled_by_length, stilled_by_memory
from resize.enhancement import enhance
from resize.framing import Area, Focus, Frame, frame, salient_areas, scale_of
from resize.versions import Versions

__all__ = ["Developed", "File", "develop", "sampling"]

Size = tuple[int, int]

_MEASURED_SIDE = 512
_WEBP = Format(format="webp")
_SAMPLE = Format(format="jpeg")


@dataclass(frozen=True)
class File:
    """One rendition in one format, ready to be stored and served."""

    name: str
    """The rendition's."""
    format: FormatName
    width: int
    height: int
    data: bytes
    extension: str
    content_type: str


@dataclass(frozen=True)
class Developed:
    """Everything that is made of a picture and known of its pixels."""

    content_type: ContentType
    """The original's, by its bytes."""
    width: int
    """The original's, upright."""
    height: int
    frames: int
    has_alpha: bool
    files: tuple[File, ...]
    """In the recipe's order: each rendition in each format."""
    placeholder: str
    """ThumbHash, base 64."""
    dhash: str
    """16 hex digits."""
    phash: str
    """16 hex digits."""
    colours: tuple[Colour, ...]
    scores: Scores
    exif: Exif
    stilled: Stilled | None = None
    """Why an animation that the recipe keeps became its first frame; None where it did not."""
    sample: bytes | None = None
    """A JPEG of at most 512 pixels a side, if one is wanted: for a model to look at."""


@dataclass(frozen=True)
class View:
    """What a rendition shows. Renditions with the same view share their pixels and files."""

    frame: Frame
    enhanced: bool


def develop(
    data: bytes,
    recipe: Recipe,
    limits: Limits,
    *,
    focus: Focus | None = None,
    sampled: bool = False,
) -> Developed:
    """The renditions that a recipe asks for, of the picture in `data`; a sample too if `sampled`.

    No file carries metadata; the same input, recipe and library versions give the same bytes.
    Raises `UnreadableError` for a picture that cannot be used, if possible from its headers alone,
    before any pixel is decoded.
    """
    source = open_source(data, limits)
    picture = _decode(source, recipe, limits)
    versions = Versions(picture.image)
    small = versions.within(_MEASURED_SIDE)
    views = _frame(recipe, source.size, focus or Focus(), small)
    animations, stilled = _animate(source, recipe, views, limits)
    del source  # and with it the pixels as they were decoded, before encoders ask for memory
    images = _show(versions, views)
    files = _encode(recipe, views, images, animations)
    developed = _measure(picture, small, files, stilled)
    return replace(developed, sample=_sample(recipe, small)) if sampled else developed


def sampling(recipe: Recipe) -> Recipe:
    """The recipe of whoever wants nothing but the sample that this one gives."""
    whole = Rendition(name="sample", width=_MEASURED_SIDE, height=_MEASURED_SIDE)
    return replace(recipe, renditions=(whole,), formats=(_SAMPLE,), animated="first")


def _decode(source: Source, recipe: Recipe, limits: Limits) -> Picture:
    """The picture at the size of the largest rendition, and no larger than it is stored."""
    width, height = source.size
    scale = min(1.0, max(scale_of(rendition, source.size) for rendition in recipe.renditions))
    return develop_source(
        source, (max(1, round(width * scale)), max(1, round(height * scale))), limits
    )


def _frame(recipe: Recipe, size: Size, focus: Focus, small: Image.Image) -> dict[str, View]:
    """The view of each rendition by name, the largest scale first."""
    return {
        rendition.name: View(
            frame(rendition, size, _areas(rendition, focus, small)), rendition.enhance
        )
        for rendition in sorted(recipe.renditions, key=lambda one: -scale_of(one, size))
    }


def _areas(rendition: Rendition, focus: Focus, small: Image.Image) -> tuple[Area, ...]:
    """What a `cover` rendition should keep, if anything."""
    if rendition.fit == "inside" or rendition.focus == "centre":
        return ()
    return focus.faces or (salient_areas(small) if rendition.focus == "salient" else ())


def _animate(
    source: Source, recipe: Recipe, views: Mapping[str, View], limits: Limits
) -> tuple[dict[Frame, bytes], Stilled | None]:
    """An animated WebP for each frame that is small enough to move, or why none moves."""
    if recipe.animated != "keep" or source.frames < 2:
        return {}, None
    frames = movable(view.frame for view in views.values())
    if not frames:
        return {}, None
    stilled = stilled_by_length(source, limits) or stilled_by_memory(source, frames, limits)
    if stilled is not None:
        return {}, stilled
    webp = next((one for one in recipe.formats if one.format == "webp"), _WEBP)
    return animate(source, frames, webp.quality), None


def _show(versions: Versions, views: Mapping[str, View]) -> dict[View, Image.Image]:
    """The pixels of each view."""
    images: dict[View, Image.Image] = {}
    for view in dict.fromkeys(views.values()):
        image = versions.show(view.frame)
        images[view] = enhance(image) if view.enhanced else image
    return images


def _encode(
    recipe: Recipe,
    views: Mapping[str, View],
    images: Mapping[View, Image.Image],
    animations: Mapping[Frame, bytes],
) -> tuple[File, ...]:
    """Each rendition in each format; one that moves is always written as WebP too."""

    @cache
    def still(view: View, entry: Format) -> bytes:
        return encode(images[view], entry.format, entry.quality, recipe.background)

    files: list[File] = []
    for rendition in recipe.renditions:
        view = views[rendition.name]
        animation = animations.get(view.frame)
        formats = {entry.format: entry for entry in recipe.formats}
        if animation is not None:
            formats.setdefault("webp", _WEBP)
        for name, entry in formats.items():
            moving = animation if name == "webp" else None
            data = still(view, entry) if moving is None else moving
            files.append(_file(rendition.name, name, view.frame.size, data))
    return tuple(files)


def _file(name: str, form: FormatName, size: Size, data: bytes) -> File:
    return File(
        name=name,
        format=form,
        width=size[0],
        height=size[1],
        data=data,
        extension=EXTENSIONS[form],
        content_type=CONTENT_TYPES[form],
    )


def _sample(recipe: Recipe, small: Image.Image) -> bytes:
    return encode(small, _SAMPLE.format, _SAMPLE.quality, recipe.background)


def _measure(
    picture: Picture, small: Image.Image, files: tuple[File, ...], stilled: Stilled | None
) -> Developed:
    """The files with everything that the small copy and the headers reveal."""
    return Developed(
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
        has_alpha=picture.has_alpha,
        files=files,
        placeholder=placeholder(small),
        dhash=dhash(small),
        phash=phash(small),
        colours=dominant_colours(small),
        scores=scores(small),
        exif=picture.exif,
        stilled=stilled,
    )
