"""A picture's renditions, and what the same decode tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image

from pictures.encoding import encode, encode_animation
from pictures.exif import Exif
from pictures.formats import CONTENT_TYPES, EXTENSIONS, FormatName
from pictures.kinds import ContentType
from pictures.measures import Colour, Scores, dhash, dominant_colours, placeholder, scores
from pictures.reading import Limits, Picture, Source, UnreadableError, develop_source, open_source
from pictures.resampling import resample
from pipeline.recipe import Format, Recipe, Rendition
from resize.animation import LARGEST_SIDE, check_cels, check_frames, frames_of, loops_of
from resize.enhancement import enhance
from resize.framing import Area, Focus, Frame, frame, salient_areas, scale_of

__all__ = ["Area", "Developed", "File", "Focus", "Limits", "UnreadableError", "develop"]

Size = tuple[int, int]

_MEASURED_SIDE = 512


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
    colors: tuple[Colour, ...]
    scores: Scores
    exif: Exif


def develop(
    data: bytes, recipe: Recipe, limits: Limits, *, focus: Focus | None = None
) -> Developed:
    """The renditions that a recipe asks for, of the picture in `data`.

    No file carries metadata; the same input, recipe and library versions give the same bytes.
    Raises `UnreadableError` for a picture that cannot be used, if possible from its headers alone,
    before any pixel is decoded.
    """
    source = open_source(data, limits)
    size = source.size
    moving = recipe.animated == "keep" and source.frames > 1
    if moving:
        check_frames(source, limits)
    picture = develop_source(source, _largest(recipe.renditions, size), limits)
    versions = _Versions(picture)
    small = versions.within(_MEASURED_SIDE)
    frames = {
        rendition.name: frame(rendition, size, _areas(rendition, focus or Focus(), small))
        for rendition in recipe.renditions
    }
    animations = _animations(source, recipe, frames, limits) if moving else {}
    del source  # and with it the pixels as they were decoded, before encoders ask for memory
    files: list[File] = []
    written: dict[tuple[Frame, bool, Format], bytes] = {}
    shown: dict[tuple[Frame, bool], Image.Image] = {}
    for rendition in sorted(recipe.renditions, key=lambda one: -scale_of(one, size)):
        place = frames[rendition.name]
        if (place, False) not in shown:
            shown[place, False] = versions.show(place)
        if rendition.enhance and (place, True) not in shown:
            shown[place, True] = enhance(shown[place, False])
    for rendition in recipe.renditions:
        place = frames[rendition.name]
        formats = list(recipe.formats)
        if rendition.name in animations and all(one.format != "webp" for one in formats):
            formats.append(Format(format="webp"))
        for entry in formats:
            if entry.format == "webp" and rendition.name in animations:
                encoded = animations[rendition.name]
            else:
                key = (place, rendition.enhance, entry)
                if key not in written:
                    written[key] = encode(
                        shown[key[:2]], entry.format, entry.quality, recipe.background
                    )
                encoded = written[key]
            files.append(
                File(
                    name=rendition.name,
                    format=entry.format,
                    width=place.size[0],
                    height=place.size[1],
                    data=encoded,
                    extension=EXTENSIONS[entry.format],
                    content_type=CONTENT_TYPES[entry.format],
                )
            )
    return Developed(
        content_type=picture.content_type,
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
        has_alpha=picture.has_alpha,
        files=tuple(files),
        placeholder=placeholder(small),
        dhash=dhash(small),
        colors=dominant_colours(small),
        scores=scores(small),
        exif=picture.exif,
    )


class _Versions:
    """The whole picture at several sizes, each made from the smallest that is large enough."""

    def __init__(self, picture: Picture) -> None:
        self._largest = picture.image
        self._made: dict[Size, Image.Image] = {picture.image.size: picture.image}

    def within(self, side: int) -> Image.Image:
        """The whole picture with no side longer than `side`."""
        largest = self._largest
        scale = min(1.0, side / max(largest.size))
        width, height = (max(1, round(length * scale)) for length in largest.size)
        return self.show(Frame((width, height), Area(0.0, 0.0, 1.0, 1.0)))

    def show(self, place: Frame) -> Image.Image:
        """The area of a frame at its size."""
        area, size = place.area, place.size
        whole = area == Area(0.0, 0.0, 1.0, 1.0)
        if whole and size in self._made:
            return self._made[size]
        source = self._source(size[0] / area.width)
        box = (
            area.left * source.width,
            area.top * source.height,
            min((area.left + area.width) * source.width, source.width),
            min((area.top + area.height) * source.height, source.height),
        )
        image = resample(source, size, None if whole else box)
        if whole:
            self._made[size] = image
        return image

    def _source(self, width: float) -> Image.Image:
        """The smallest version of at least twice the width, lest resampling twice be seen."""
        enough = [image for image in self._made.values() if image.width >= 2 * width]
        return min(enough, key=lambda image: image.width, default=self._largest)


def _largest(renditions: tuple[Rendition, ...], size: Size) -> Size:
    scale = min(1.0, max(scale_of(rendition, size) for rendition in renditions))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _areas(rendition: Rendition, focus: Focus, small: Image.Image) -> tuple[Area, ...]:
    if rendition.fit == "inside" or rendition.focus == "centre":
        return ()
    return focus.faces or (salient_areas(small) if rendition.focus == "salient" else ())


def _animations(
    source: Source, recipe: Recipe, frames: Mapping[str, Frame], limits: Limits
) -> dict[str, bytes]:
    """The animated WebP files of the renditions that are small enough to move."""
    quality = next((one.quality for one in recipe.formats if one.format == "webp"), 80)
    moving = {name: place for name, place in frames.items() if max(place.size) <= LARGEST_SIDE}
    check_cels(source.frames, [place.size for place in moving.values()], limits)
    cels: dict[str, list[Image.Image]] = {name: [] for name in moving}
    durations: list[int] = []
    for image, duration in frames_of(source):
        durations.append(duration)
        for name, place in moving.items():
            area = place.area
            box = (
                area.left * image.width,
                area.top * image.height,
                min((area.left + area.width) * image.width, image.width),
                min((area.top + area.height) * image.height, image.height),
            )
            cels[name].append(resample(image, place.size, box))
    loops = loops_of(source)
    return {
        name: encode_animation(images, durations, loops, quality) for name, images in cels.items()
    }
