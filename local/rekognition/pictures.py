"""A picture as the stand-in looks at it: decoded once, upright, in RGB, at a working size."""

from __future__ import annotations

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

__all__ = ["Picture", "decode"]

SHORTEST_SIDE = 80
LONGEST_SIDE = 10_000
# Large enough for every model here (the largest looks at 736 pixels), small enough to be quick.
WORKING_SIDE = 1024
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
    """`view` is the upright picture in RGB, no side longer than 1,024 px; `width` and `height`
    are those of the upright original."""

    width: int
    height: int
    view: Image.Image

    def pixels(self, longest: int) -> NDArray[np.uint8]:
        """Rows x columns x RGB, scaled down (never up) until no side exceeds `longest`."""
        scale = longest / max(self.view.size)
        if scale >= 1:
            return np.asarray(self.view)
        size = (round(self.view.width * scale) or 1, round(self.view.height * scale) or 1)
        return np.asarray(self.view.resize(size, Image.Resampling.BOX))


def decode(content: bytes) -> Picture:
    """Reads a JPEG or PNG. An orientation recorded in Exif is applied; transparency is laid on
    white.

    Raises InvalidImageFormatError for anything else and for damaged data, InvalidParameterError
    for a side under 80 px, ImageTooLargeError for one over 10,000 px.
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
    scale = min(1.0, WORKING_SIDE / max(width, height))
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
    return Picture(width, height, view)


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        # A plain convert() of 16-bit grey clips everything above 255 to white.
        image = image.point(lambda level: level / 256).convert("L")
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        ground = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(ground, layer).convert("RGB")
    return image.convert("RGB")
