"""A picture as the models receive it: decoded once, upright, in RGB, at a working size."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.rekognition.errors import (
    ImageTooLargeError,
    InvalidImageFormatError,
    InvalidParameterError,
)

__all__ = ["READING_SIDE", "SEEING_SIDE", "Picture", "decode", "digest", "shrink"]

SHORTEST_SIDE = 80
LONGEST_SIDE = 10_000
# Quality is measured at this size, and every model except the reader takes less.
SEEING_SIDE = 512
READING_SIDE = 1280
ORIENTATION_TAG = 0x0112
TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """`view` is the upright picture in RGB, scaled down to its working size; `width` and `height`
    are those of the upright original, `digest` identifies the content."""

    width: int
    height: int
    view: Image.Image
    digest: bytes


def shrink(view: Image.Image, longest: int) -> NDArray[np.uint8]:
    """Rows x columns x RGB, scaled down (never up) until no side exceeds `longest`."""
    scale = longest / max(view.size)
    if scale >= 1:
        return np.asarray(view)
    size = (round(view.width * scale) or 1, round(view.height * scale) or 1)
    return np.asarray(view.resize(size, Image.Resampling.BOX))


def decode(content: bytes, longest: int = SEEING_SIDE) -> Picture:
    """Decode a JPEG or PNG, scaled down until no side exceeds `longest`.

    An orientation recorded in Exif is applied; transparency is composited on white. Raises
    InvalidImageFormatError for anything else and for damaged data, InvalidParameterError for a
    side under 80 px, ImageTooLargeError for one over 10,000 px.
    """
    try:
        opened = Image.open(BytesIO(content), formats=("JPEG", "PNG"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLargeError from error
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise InvalidImageFormatError from error
    width, height = opened.size
    if max(width, height) > LONGEST_SIDE:
        raise ImageTooLargeError(
            f"Input image dimensions {width} x {height} exceed maximum dimension size of "
            f"{LONGEST_SIDE} pixels"
        )
    if min(width, height) < SHORTEST_SIDE:
        raise InvalidParameterError
    # The box keeps the proportions, so draft() never goes below the working size.
    scale = min(1.0, longest / max(width, height))
    working = (max(1, round(width * scale)), max(1, round(height * scale)))
    opened.draft("RGB", working)
    try:
        opened.load()
        orientation = opened.getexif().get(ORIENTATION_TAG, 1)
        view = _to_rgb(opened)
    except (OSError, SyntaxError, ValueError, struct.error) as error:
        raise InvalidImageFormatError from error
    view = view.resize(working, Image.Resampling.BILINEAR, reducing_gap=2.0)
    turn = TRANSPOSITIONS.get(orientation)
    if turn is not None:
        view = view.transpose(turn)
        if orientation >= 5:
            width, height = height, width
    return Picture(width, height, view, digest(content))


def digest(content: bytes) -> bytes:
    """A 16-byte hash of the content."""
    return hashlib.blake2b(content, digest_size=16).digest()


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # A plain convert() of 16-bit grey clips everything above 255 to white.
        image = image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")
