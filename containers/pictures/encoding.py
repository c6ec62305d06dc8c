"""Encodes pixels: the same pixels and library versions give the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from PIL import Image, ImageColor

from pictures.formats import FormatName

__all__ = ["encode", "encode_animation", "flatten", "largest_within"]

# One thread: a function has one processor, and the bytes must not depend on their number.
_SETTINGS: dict[FormatName, dict[str, Any]] = {
    "jpeg": {"subsampling": "4:2:0", "optimize": True},
    "webp": {"method": 2},
    "avif": {"speed": 9, "subsampling": "4:2:0", "max_threads": 1},
}
_PLUGINS: dict[FormatName, str] = {
    "jpeg": "PIL.JpegImagePlugin",
    "webp": "PIL.WebPImagePlugin",
    "avif": "PIL.AvifImagePlugin",
}

_HAS_ALPHA = 0x10
"""Of WebP's `VP8X` flags. libwebp leaves it out if all that is transparent is around the frames."""


def encode(image: Image.Image, form: FormatName, quality: int, background: str) -> bytes:
    """The picture as a file without metadata; JPEG shows `background` where it is transparent.

    Quality is on the format's own scale of 1 to 100. Raises `MemoryError` if memory runs out, which
    Pillow reports as a broken stream.
    """
    import_module(_PLUGINS[form])
    if form == "jpeg":
        image = flatten(image, background)
    elif form in ("webp", "avif") and image.mode in ("L", "LA"):
        image = image.convert("RGB" if image.mode == "L" else "RGBA")
    buffer = io.BytesIO()
    try:
        image.save(buffer, form.upper(), quality=quality, **_SETTINGS[form])
    except OSError as error:  # memory cannot be a full disk, and no side exceeds a format's limit
        raise MemoryError(f"no memory for {form}: {error}") from error
    return buffer.getvalue()


def largest_within(encoded: Callable[[int], bytes], quality: int, max_bytes: int) -> bytes:
    """The file of the highest quality up to `quality` that has at most `max_bytes`, or of quality 1
    if all have more. Encodes at most eight times."""
    best = encoded(quality)
    if len(best) <= max_bytes:
        return best
    fits, least, most = False, 1, quality - 1
    while least <= most:
        middle = (least + most) // 2
        file = encoded(middle)
        if len(file) <= max_bytes:
            best, fits, least = file, True, middle + 1
        else:
            most = middle - 1
    return best if fits else encoded(1)


def encode_animation(
    frames: Sequence[Image.Image], durations_ms: Sequence[int], loops: int, quality: int
) -> bytes:
    """The RGBA frames as an animated WebP without any metadata; 0 loops means for ever."""
    import_module(_PLUGINS["webp"])
    buffer = io.BytesIO()
    frames[0].save(
        buffer,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=list(durations_ms),
        loop=loops,
        quality=quality,
        method=2,
        minimize_size=False,
    )
    data = bytearray(buffer.getvalue())
    if data[12:16] == b"VP8X" and any(map(_is_transparent, frames)):
        data[20] |= _HAS_ALPHA
    return bytes(data)


def _is_transparent(frame: Image.Image) -> bool:
    return frame.getchannel("A").getextrema()[0] != 255


def flatten(image: Image.Image, background: str) -> Image.Image:
    """The picture without transparency, on a ground of one colour."""
    if image.mode not in ("LA", "RGBA"):
        return image
    ground = Image.new("RGB", image.size, ImageColor.getrgb(background))
    ground.paste(image.convert("RGB"), mask=image.getchannel("A"))
    return ground
