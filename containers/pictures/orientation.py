"""EXIF orientation, in all the encodings it is found in."""

from __future__ import annotations

from PIL import Image

__all__ = ["ORIENTATION", "orientation_of", "swaps_sides", "upright"]

ORIENTATION = 0x0112

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def orientation_of(value: object) -> int:
    """The orientation 1 to 8 that an EXIF value means; 1 for what means nothing.

    Cameras and editors write it as a number, but also as a list, bytes, text or a fraction.
    """
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    if isinstance(value, bytes):
        stripped = value.strip(b"\x00 ")
        value = stripped.decode() if stripped.isdigit() else int.from_bytes(stripped, "big")
    if isinstance(value, str) and not value.isascii():
        return 1
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError, ZeroDivisionError):
        return 1
    return number if 1 <= number <= 8 else 1


def swaps_sides(orientation: int) -> bool:
    """Whether a picture stored in this orientation is as wide upright as it is stored high."""
    return orientation >= 5


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """The picture turned and mirrored the way its orientation asks for."""
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)
