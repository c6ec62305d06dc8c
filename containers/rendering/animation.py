"""Animations: every frame at a rendition's size."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Literal, TypeVar

from PIL import Image

from pictures import apng, colour, gif
from pictures.encoding import encode_animation
from pictures.limits import Limits
from pictures.orientation import upright
from pictures.reading import Source, decoding

__all__ = [
    "LARGEST_SIDE",
    "Stilled",
    "animate",
    "frames_of",
    "loops_of",
    "stilled_by_length",
    "stilled_by_memory",
]

Size = tuple[int, int]
Draw = Callable[[Image.Image], Image.Image]
"""Makes a rendition's pixels of a whole frame in RGBA."""

K = TypeVar("K", bound=Hashable)

LARGEST_SIDE = 1600
"""Renditions larger than this show the first frame only."""

_TOO_SHORT_MS = 10
_DEFAULT_MS = 100
"""What browsers show a frame for whose delay is too short to be meant."""
_LONGEST_MS = 2**24 - 1
_LONGEST_ALL_MS = 2**31 - 1
_MOST_LOOPS = 2**16 - 1
"""WebP's ranges; its encoder adds up milliseconds in 32 bits."""


Stilled = Literal["too_many_frames", "too_many_pixels", "too_much_memory"]
"""Why an animation that a recipe keeps became a still."""


def stilled_by_length(source: Source, limits: Limits) -> Stilled | None:
    """Why an animation has too many frames, or too many pixels in them all, to be kept."""
    if source.frames > limits.frames:
        return "too_many_frames"
    width, height = source.size
    if source.frames * width * height > 2 * limits.pixels:
        return "too_many_pixels"
    return None


def stilled_by_memory(source: Source, sizes: Iterable[Size], limits: Limits) -> Stilled | None:
    """Whether all its frames at all these sizes would take over half the memory.

    The encoder needs them all at once.
    """
    each = sum(4 * width * height for width, height in sizes)
    return "too_much_memory" if source.frames * each > limits.memory // 2 else None


def animate(source: Source, drawn: Mapping[K, tuple[Draw, int]]) -> dict[K, bytes]:
    """An animated WebP of each way to draw a frame, with its quality."""
    cels: dict[K, list[Image.Image]] = {key: [] for key in drawn}
    durations: list[int] = []
    for image, duration in frames_of(source):
        durations.append(duration)
        for key, (draw, _) in drawn.items():
            cels[key].append(draw(image).convert("RGBA"))
    loops = loops_of(source)
    return {
        key: encode_animation(images, durations, loops, drawn[key][1])
        for key, images in cels.items()
    }


def frames_of(source: Source) -> Iterator[tuple[Image.Image, int]]:
    """Each frame in sRGB with the milliseconds that it is shown, as browsers show it."""
    longest = min(_LONGEST_MS, _LONGEST_ALL_MS // source.frames)
    with decoding(source.data, source.content_type):
        for image, milliseconds in _stored_frames(source):
            coloured = colour.to_srgb(colour.plain(image), source.profile).convert("RGBA")
            frame = upright(coloured, source.orientation)
            frame.info = {}
            shown = milliseconds if milliseconds > _TOO_SHORT_MS else _DEFAULT_MS
            yield frame, min(round(shown), longest)


def _stored_frames(source: Source) -> Iterator[tuple[Image.Image, float]]:
    moving = _composed(source)
    if moving is not None:
        yield from moving.images()
        return
    for number in range(source.frames):
        try:
            source.file.seek(number)
        except EOFError:
            if number:
                return
            raise
        source.file.load()
        yield source.file, float(source.file.info.get("duration") or 0)


def _composed(source: Source) -> gif.Animation | apng.Animation | None:
    """The animation, if its frames are composed here and not by their decoder."""
    if source.content_type == "image/gif":
        return gif.parse(source.data)
    return apng.parse(source.data) if source.content_type == "image/png" else None


def loops_of(source: Source) -> int:
    """How often the animation plays; 0 means for ever."""
    moving = _composed(source)
    number = int(source.file.info.get("loop") or 0) if moving is None else moving.plays
    return min(number, _MOST_LOOPS)
