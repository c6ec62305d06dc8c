"""What kind of file the bytes are, whatever the name says."""

from __future__ import annotations

from typing import Literal

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
_NEUTRAL_BRANDS = frozenset((b"mif1", b"msf1", b"mif2", b"miaf"))

_UNSUPPORTED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"FUJIFILMCCD-RAW", "a camera raw file"),
    (0, b"IIU\x00", "a camera raw file"),
    (0, b"IIRO", "a camera raw file"),
    (0, b"IIRS", "a camera raw file"),
    (0, b"MMOR", "a camera raw file"),
    (0, b"FOVb", "a camera raw file"),
    (0, b"\x00MRM", "a camera raw file"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance picture"),
    (0, b"qoif", "a QOI picture"),
    (0, b"DDS ", "a DirectDraw surface"),
    (0, b"gimp xcf", "a GIMP document"),
    (8, b"CR", "a camera raw file"),
)


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
    if data[4:8] == b"ftyp":
        return _by_brands(data)
    tiff = data.startswith((b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+"))
    if tiff and data[8:10] != b"CR":
        return "image/tiff"
    if data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in range(12, 257):
        return "image/bmp"
    for offset, magic, name in _UNSUPPORTED:
        if (offset == 0 or tiff) and data.startswith(magic, offset):
            raise UnreadableError("unsupported_format", f"this is {name}; {ACCEPTED}")
    if b"<svg" in data[:1024].lower():
        raise UnreadableError("unsupported_format", f"this is an SVG drawing; {ACCEPTED}")
    raise UnreadableError("not_an_image", f"this file is not a picture; {ACCEPTED}")


def _by_brands(data: bytes) -> ContentType:
    end = min(int.from_bytes(data[:4], "big"), 512, len(data))
    major = data[8:12]
    brands = [major, *(data[at : at + 4] for at in range(16, end - 3, 4))]
    for brand in brands if major in _NEUTRAL_BRANDS else brands[:1]:
        if brand in _AVIF_BRANDS:
            return "image/avif"
        if brand in _HEIC_BRANDS:
            return "image/heic"
    if major in _NEUTRAL_BRANDS:
        return "image/heic"
    if major == b"crx ":
        raise UnreadableError("unsupported_format", f"this is a camera raw file; {ACCEPTED}")
    if major.startswith((b"qt", b"mp4", b"iso", b"M4V", b"3gp", b"avc")):
        raise UnreadableError("unsupported_format", f"this is a video; {ACCEPTED}")
    raise UnreadableError("not_an_image", f"this file is not a picture; {ACCEPTED}")
