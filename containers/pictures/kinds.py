"""What kind of file the bytes are, whatever the name says."""

from __future__ import annotations

from typing import Literal

from pictures.detect import is_video, name_of, name_of_no_picture
from pictures.limits import UnreadableError

__all__ = ["ContentType", "identify"]

ContentType = Literal[
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/tiff",
    "image/bmp",
]

ACCEPTED = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF and BMP pictures are accepted"

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEIF_BRANDS = frozenset(
    (
        *(b"mif1", b"msf1", b"mif2", b"mif3", b"miaf", b"1pic"),
        *(b"avci", b"avcs", b"evbi", b"evbs", b"evmi", b"evms", b"vvic", b"vvis"),
        *(b"jpeg", b"jpgs", b"j2ki", b"j2is", b"unif"),
    )
)
"""HEIF's own brands, and those of codecs that are not decoded here, which `heif` will name."""


_RAW_MARKS = (b"CR\x02\x00", b"IIII", b"MMMM")
"""Behind a TIFF's header: Canon's and Phase One's camera raw."""


def identify(data: bytes) -> ContentType:
    """The content type of a picture by its first bytes.

    Raises `UnreadableError` with `not_an_image` for what is no picture, and `unsupported_format`,
    naming the format, for a picture of a kind that is not accepted.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if data[4:8] == b"ftyp" and (known := _by_brands(data)):
        return known
    tiff = data.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"))
    if tiff and data[8:12] not in _RAW_MARKS:
        return "image/tiff"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in range(12, 257):
        return "image/bmp"
    name = name_of(data)
    if name is not None:
        raise UnreadableError("unsupported_format", f"this is {name}; {ACCEPTED}")
    name = name_of_no_picture(data) or "this file is not a picture"
    raise UnreadableError("not_an_image", f"{name}; {ACCEPTED}")


def _by_brands(data: bytes) -> ContentType | None:
    """HEIC, AVIF or another picture in HEIF by the brands, of which the first is the main one."""
    end = min(int.from_bytes(data[:4], "big"), 512, len(data))
    major = data[8:12]
    if is_video(major):
        return None
    brands = [major, *(data[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands:
        if brand in _AVIF_BRANDS:
            return "image/avif"
        if brand in _HEIC_BRANDS:
            return "image/heic"
    return "image/heic" if _HEIF_BRANDS.intersection(brands) else None
