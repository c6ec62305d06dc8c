"""A picture's renditions, and what the same decode reveals about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

from PIL import Image

from pictures.encoding import encode, largest_within
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
from pictures.reading import Picture, Source, develop_source, open_source, read
from pipeline.recipe import Format, Recipe, Rendition
from rendering.animation import (
    LARGEST_SIDE,
    Stilled,
    animate,
    stilled_by_length,
    stilled_by_memory,
)
from rendering.framing import Area, Focus, Frame, frame, salient_areas, scale_of, within
from rendering.steps import Marks, Steps, apply, border, size_of, steps_of
from rendering.versions import Versions, cut

__all__ = ["Developed", "File", "develop", "develop_one", "sampling"]

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
    steps: Steps

    @property
    def size(self) -> Size:
        """Of the file, in pixels."""
        return size_of(self.frame, self.steps)


def develop(
    data: bytes,
    recipe: Recipe,
    limits: Limits,
    *,
    focus: Focus | None = None,
    marks: Mapping[str, bytes] | None = None,
    sampled: bool = False,
) -> Developed:
    """The renditions that a recipe asks for, of the picture in `data`; a sample too if `sampled`.

    `marks` are the files of the recipe's watermarks by name. No file carries metadata; the same
    input, recipe and library versions give the same bytes. Raises `UnreadableError` for a picture
    that cannot be used, if possible from its headers alone, before any pixel is decoded.
    """
    source = open_source(data, limits)
    picture = _decode(source, recipe, limits)
    versions = Versions(picture.image)
    small = versions.within(_MEASURED_SIDE)
    views = _frame(recipe, source.size, focus or Focus(), versions)
    opened = _open_marks(recipe, views, marks or {}, limits)
    animations, stilled = _animate(source, recipe, views, opened, limits)
    del source  # and with it the pixels as they were decoded, before encoders ask for memory
    images = _show(versions, views, opened)
    files = _encode(recipe, views, images, animations)
    developed = _measure(picture, small, files, stilled)
    return replace(developed, sample=_sample(recipe, small)) if sampled else developed


def sampling(recipe: Recipe) -> Recipe:
    """The recipe of whoever wants nothing but the sample that this one gives."""
    whole = Rendition(name="sample", width=_MEASURED_SIDE, height=_MEASURED_SIDE)
    return replace(recipe, renditions=(whole,), formats=(_SAMPLE,), animated="first")


def develop_one(
    data: bytes,
    rendition: Rendition,
    entry: Format,
    recipe: Recipe,
    limits: Limits,
    *,
    focus: Focus | None = None,
    marks: Mapping[str, bytes] | None = None,
) -> File:
    """One rendition in one format by the same steps, of a recipe that need not have it.

    Nothing is measured. An animation that the recipe keeps moves in WebP and is its first frame in
    every other format. Raises `UnreadableError`.
    """
    moving = recipe.animated if entry.format == "webp" else "first"
    alone = replace(recipe, renditions=(rendition,), formats=(entry,), presets=(), animated=moving)
    source = open_source(data, limits)
    versions = Versions(_decode(source, alone, limits).image)
    views = _frame(alone, source.size, focus or Focus(), versions)
    opened = _open_marks(alone, views, marks or {}, limits)
    animations, _ = _animate(source, alone, views, opened, limits)
    del source
    return _encode(alone, views, _show(versions, views, opened), animations)[0]


def _decode(source: Source, recipe: Recipe, limits: Limits) -> Picture:
    """The picture at the size of the largest rendition, and no larger than it is stored."""
    width, height = source.size
    scale = min(1.0, max(_scale(rendition, source.size) for rendition in recipe.renditions))
    return develop_source(
        source, (max(1, round(width * scale)), max(1, round(height * scale))), limits
    )


def _scale(rendition: Rendition, size: Size) -> float:
    """How much of the picture's resolution a rendition may need. How much a border takes is not
    known yet: up to half of a side it costs no sharpness. Its edge must not blend with the rest."""
    scale = scale_of(_unturned(rendition), size)
    return max(2 * scale, _MEASURED_SIDE / max(size)) if rendition.trim else scale


def _unturned(rendition: Rendition) -> Rendition:
    """The rendition's box as it lies over the picture before the picture is turned."""
    if rendition.rotate not in (90, 270):
        return rendition
    return replace(rendition, width=rendition.height, height=rendition.width)


def _frame(recipe: Recipe, size: Size, focus: Focus, versions: Versions) -> dict[str, View]:
    """The view of each rendition by name, the largest scale first."""
    return {
        rendition.name: View(
            _frame_one(_unturned(rendition), size, focus, versions),
            steps_of(rendition, recipe, focus),
        )
        for rendition in sorted(recipe.renditions, key=lambda one: -_scale(one, size))
    }


def _frame_one(rendition: Rendition, size: Size, focus: Focus, versions: Versions) -> Frame:
    areas = _areas(rendition, focus, versions)
    if not rendition.trim:
        return frame(rendition, size, areas)
    part = border(versions.largest, rendition.trim)
    inner = max(1, round(part.width * size[0])), max(1, round(part.height * size[1]))
    framed = frame(rendition, inner, [within(area, part) for area in areas])
    return Frame(
        framed.size,
        Area(
            part.left + framed.area.left * part.width,
            part.top + framed.area.top * part.height,
            framed.area.width * part.width,
            framed.area.height * part.height,
        ),
    )


def _areas(rendition: Rendition, focus: Focus, versions: Versions) -> tuple[Area, ...]:
    """What a `cover` rendition should keep, if anything."""
    if rendition.fit == "inside" or rendition.focus == "centre":
        return ()
    if focus.point is not None:
        return (focus.point,)
    if focus.faces or rendition.focus == "faces":
        return focus.faces
    return salient_areas(versions.within(_MEASURED_SIDE))


def _open_marks(
    recipe: Recipe, views: Mapping[str, View], marks: Mapping[str, bytes], limits: Limits
) -> Marks:
    """The pictures of the watermarks that some view has, in sRGB."""
    needed = {view.steps.watermark.name for view in views.values() if view.steps.watermark}
    return {
        mark.name: read(marks[mark.name], limits, lambda size: size).image
        for mark in recipe.watermarks
        if mark.name in needed
    }


def _animate(
    source: Source, recipe: Recipe, views: Mapping[str, View], marks: Marks, limits: Limits
) -> tuple[dict[str, bytes], Stilled | None]:
    """An animated WebP of each rendition that is small enough to move, or why none moves."""
    if recipe.animated != "keep" or source.frames < 2:
        return {}, None
    webp = next((one for one in recipe.formats if one.format == "webp"), _WEBP)
    # What corrects one frame would make a whole animation flicker. What hides something does not
    # move, as the analysis has looked at the first frame alone.
    moving = {
        rendition.name: (
            replace(view, steps=replace(view.steps, enhance=False)),
            rendition.quality or webp.quality,
        )
        for rendition in recipe.renditions
        if max((view := views[rendition.name]).size) <= LARGEST_SIDE
        and not (rendition.hide_faces or rendition.hide_text)
    }
    if not moving:
        return {}, None
    distinct = dict.fromkeys(moving.values())
    sizes = [view.size for view, _ in distinct]
    stilled = stilled_by_length(source, limits) or stilled_by_memory(source, sizes, limits)
    if stilled is not None:
        return {}, stilled

    def draw(view: View) -> Callable[[Image.Image], Image.Image]:
        return lambda image: apply(cut(image, view.frame), view.frame, view.steps, marks)

    files = animate(source, {key: (draw(key[0]), key[1]) for key in distinct})
    return {name: files[key] for name, key in moving.items()}, None


def _show(versions: Versions, views: Mapping[str, View], marks: Marks) -> dict[View, Image.Image]:
    """The pixels of each view."""
    return {
        view: apply(versions.show(view.frame), view.frame, view.steps, marks)
        for view in dict.fromkeys(views.values())
    }


def _encode(
    recipe: Recipe,
    views: Mapping[str, View],
    images: Mapping[View, Image.Image],
    animations: Mapping[str, bytes],
) -> tuple[File, ...]:
    """Each rendition in each format; one that moves is always written as WebP too."""

    @cache
    def still(view: View, entry: Format, max_bytes: int) -> bytes:
        def at(quality: int) -> bytes:
            return encode(images[view], entry.format, quality, recipe.background)

        return largest_within(at, entry.quality, max_bytes) if max_bytes else at(entry.quality)

    files: list[File] = []
    for rendition in recipe.renditions:
        view = views[rendition.name]
        animation = animations.get(rendition.name)
        formats = {entry.format: entry for entry in recipe.formats}
        if animation is not None:
            formats.setdefault("webp", _WEBP)
        for name, entry in formats.items():
            if rendition.quality:
                entry = replace(entry, quality=rendition.quality)
            moving = animation if name == "webp" else None
            data = still(view, entry, rendition.max_bytes) if moving is None else moving
            files.append(_file(rendition.name, name, view.size, data))
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
