"""How large a rendition becomes, and which part of the picture it shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageFilter

from pictures.resampling import resample
from pipeline.recipe import Rendition

__all__ = ["WHOLE", "Area", "Focus", "Frame", "frame", "salient_areas", "scale_of", "within"]

Size = tuple[int, int]

_GRID = 48


@dataclass(frozen=True)
class Area:
    """A part of the upright picture, in fractions of its width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Focus:
    """What is known to matter in a picture."""

    faces: tuple[Area, ...] = ()
    text: tuple[Area, ...] = ()
    """Its lines."""
    point: Area | None = None
    """Without a size: what a person wants kept, before everything else."""
    searched: tuple[str, ...] = ()
    """Of which of `faces` and `text` the analysis has looked for all that there are. Only those can
    be hidden."""


@dataclass(frozen=True)
class Frame:
    """A rendition's size, and the area of the picture that it shows."""

    size: Size
    area: Area


WHOLE = Area(0.0, 0.0, 1.0, 1.0)


def scale_of(rendition: Rendition, size: Size) -> float:
    """How many times larger than the picture of `size` the rendition shows it."""
    across, down = rendition.width / size[0], rendition.height / size[1]
    scale = min(across, down) if rendition.fit == "inside" else max(across, down)
    return scale if rendition.enlarge else min(scale, 1.0)


def frame(rendition: Rendition, size: Size, areas: Iterable[Area] = ()) -> Frame:
    """The size and area of a rendition of a picture of `size`.

    `inside` keeps the picture's shape within the box; `cover` has the box's shape, at most as
    large as the box, around the middle of `areas` if there are any and of the picture if not.
    """
    scale = scale_of(rendition, size)
    if rendition.fit == "inside":
        width = min(rendition.width, max(1, round(size[0] * scale)))
        height = min(rendition.height, max(1, round(size[1] * scale)))
        return Frame((width, height), WHOLE)
    shown = min(1.0, size[0] * scale / rendition.width, size[1] * scale / rendition.height)
    width = max(1, round(rendition.width * shown))
    height = max(1, round(rendition.height * shown))
    across = min(1.0, width / scale / size[0])
    down = min(1.0, height / scale / size[1])
    middle = _middle(tuple(areas), across, down)
    left = min(max(middle[0] - across / 2, 0.0), 1.0 - across)
    top = min(max(middle[1] - down / 2, 0.0), 1.0 - down)
    return Frame((width, height), Area(left, top, across, down))


def within(area: Area, part: Area) -> Area:
    """An area of the whole picture, in fractions of a part of it. It may lie outside."""
    return Area(
        (area.left - part.left) / part.width,
        (area.top - part.top) / part.height,
        area.width / part.width,
        area.height / part.height,
    )


def _middle(areas: tuple[Area, ...], across: float, down: float) -> tuple[float, float]:
    """The middle of all areas if they fit into one window, else of the largest."""
    if not areas:
        return 0.5, 0.5
    left = min(area.left for area in areas)
    right = max(area.left + area.width for area in areas)
    top = min(area.top for area in areas)
    bottom = max(area.top + area.height for area in areas)
    if right - left > across or bottom - top > down:
        largest = max(areas, key=lambda area: area.width * area.height)
        left, right = largest.left, largest.left + largest.width
        top, bottom = largest.top, largest.top + largest.height
    return (left + right) / 2, (top + bottom) / 2


def salient_areas(image: Image.Image) -> tuple[Area, ...]:
    """Where the eye goes first, by edges and saturation: one area, or none in a flat picture.

    The smallest upright box around the cells of a coarse grid whose energy is well above the mean.
    """
    small = resample(image, (_GRID, _GRID)).convert("RGB")
    inner = (1, 1, _GRID - 1, _GRID - 1)  # the filter leaves the outermost pixels as they are
    edges = small.convert("L").filter(ImageFilter.FIND_EDGES).crop(inner)
    saturation = small.convert("HSV").getchannel("S").crop(inner)
    energy = ImageChops.add(edges, saturation, 2).filter(ImageFilter.BoxBlur(3))
    lowest, highest = energy.getextrema()
    if not isinstance(lowest, float | int) or not isinstance(highest, float | int):
        return ()
    if highest - lowest < 12:
        return ()
    threshold = lowest + 0.75 * (highest - lowest)
    box = energy.point(lambda value: 255 if value >= threshold else 0).getbbox()
    if box is None:
        return ()
    side = _GRID - 2
    left, top, right, bottom = (edge / side for edge in box)
    return (Area(left, top, right - left, bottom - top),)
