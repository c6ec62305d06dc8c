"""Animations: every frame at a rendition's size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PIL import Image

from pictures import colour, gif
from pictures.encoding import encode_animation
from pictures.limits import Limits, UnreadableError
from pictures.orientation import upright
from pictures.reading import Source, decoding, hidden_frames
from resize.framing import Frame
from resize.versions import cut

__all__ = ["LARGEST_SIDE", "animate", "check_frames", "frames_of", "loops_of"]

Size = tuple[int, int]

LARGEST_SIDE = 1600
"""Renditions larger than this show the first frame only."""

_TOO_SHORT_MS = 10
_DEFAULT_MS = 100
"""What browsers show a frame for whose delay is too short to be meant."""
_LONGEST_MS = 2**24 - 1
_LONGEST_ALL_MS = 2**31 - 1
_MOST_LOOPS = 2**16 - 1
"""WebP's ranges; its encoder adds up milliseconds in 32 bits."""


def check_frames(source: Source, limits: Limits) -> None:
    """Raises `UnreadableError` for more frames, or more pixels in them all, than are accepted."""
    if source.frames > limits.frames:
        raise UnreadableError(
            "too_many_frames",
            f"the animation has {source.frames:,} frames, and {limits.frames:,} are accepted",
        )
    width, height = source.size
    allowed = 2 * limits.pixels
    if source.frames * width * height > allowed:
        raise UnreadableError(
            "too_many_pixels",
            f"the animation has {source.frames * width * height / 1e6:,.0f} megapixels in all its "
            f"frames, and {allowed / 1e6:,.0f} are accepted at most",
        )


def animate(
    source: Source, frames: Iterable[Frame], quality: int, limits: Limits
) -> dict[Frame, bytes]:
    """An animated WebP for each frame that is small enough to move."""
    moving = [frame for frame in dict.fromkeys(frames) if max(frame.size) <= LARGEST_SIDE]
    _check_cels(source.frames, [frame.size for frame in moving], limits)
    cels: dict[Frame, list[Image.Image]] = {frame: [] for frame in moving}
    durations: list[int] = []
    for image, duration in frames_of(source):
        durations.append(duration)
        for frame in moving:
            cels[frame].append(cut(image, frame))
    loops = loops_of(source)
    return {
        frame: encode_animation(images, durations, loops, quality) for frame, images in cels.items()
    }


def _check_cels(frames: int, sizes: Sequence[Size], limits: Limits) -> None:
    """Raises `UnreadableError` if all frames at all these sizes take over half the memory.

    The encoder needs them all at once.
    """
    each = sum(4 * width * height for width, height in sizes)
    allowed = limits.memory // 2 // max(each, 1)
    if frames > allowed:
        raise UnreadableError(
            "too_many_frames",
            f"the animation has {frames:,} frames, and {allowed:,} are accepted at its size",
        )


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
    if source.content_type == "image/gif":
        yield from gif.parse(source.data).images()
        return
    file = source.file
    hidden = hidden_frames(file)
    for number in range(hidden, hidden + source.frames):
        try:
            file.seek(number)
        except EOFError:
            if number > hidden:
                return
            raise
        file.load()
        yield file, float(file.info.get("duration") or 0)


def loops_of(source: Source) -> int:
    """How often the animation plays; 0 means for ever."""
    if source.content_type == "image/gif":
        loops = gif.parse(source.data).loops
        if loops is None:
            return 1
        number = loops + 1 if loops else 0  # a GIF counts repetitions
    else:
        number = int(source.file.info.get("loop") or 0)
    return min(number, _MOST_LOOPS)
