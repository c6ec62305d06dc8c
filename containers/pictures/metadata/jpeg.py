"""A JPEG's segments: those that decoding needs, and the metadata among the others."""

from __future__ import annotations

from pictures.metadata.blocks import Metadata, Separated, bare_exif, kept_parts, usable_profile
from pictures.metadata.iptc import photoshop_iptc

__all__ = ["separate"]

_EXIF = b"Exif\0"
_XMP = b"http://ns.adobe.com/xap/1.0/\0"
_PROFILE = b"ICC_PROFILE\0"
_PHOTOSHOP = b"Photoshop 3.0\0"
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))
_MOST_SEGMENTS = 10_000


def separate(data: bytes) -> Separated:
    """The picture without the segments that decoding does not need, and their metadata."""
    kept = [(0, 2)]
    exif = xmp = iptc = b""
    profile: dict[int, bytes] = {}
    at = 2
    for _ in range(_MOST_SEGMENTS):
        start = data.find(b"\xff", at)
        if start < 0:
            break
        at = start + 1
        while data[at] == 0xFF:
            at += 1
        marker = data[at]
        at += 1
        if marker == 0 or marker in _STANDALONE:
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        if marker in (0xD9, 0xDA) or end < at + 2 or end > len(data):
            at = start
            break
        content = data[at + 2 : end]
        at = end
        if _decides_pixels(marker, content):
            kept.append((start, end))
        elif marker == 0xE1 and content.startswith(_EXIF):
            exif = _extended(exif, content[6:])
        elif marker == 0xE1 and content.startswith(_XMP):
            xmp = xmp or content[len(_XMP) :]
        elif marker == 0xE2 and content.startswith(_PROFILE) and len(content) > len(_PROFILE) + 2:
            profile.setdefault(content[len(_PROFILE)], content[len(_PROFILE) + 2 :])
        elif marker == 0xED and content.startswith(_PHOTOSHOP):
            iptc = iptc or photoshop_iptc(content[len(_PHOTOSHOP) :])
    kept.append((at, len(data)))
    return Separated(
        kept_parts(data, kept),
        Metadata(exif=bare_exif(exif), xmp=xmp, iptc=iptc, profile=_assembled(profile)),
    )


def _decides_pixels(marker: int, content: bytes) -> bool:
    """Whether a decoder needs a segment; JFIF's and Adobe's name the colour model."""
    if marker == 0xE0:
        return content.startswith(b"JFIF\0") and len(content) >= 14
    if marker == 0xEE:
        return content.startswith(b"Adobe") and len(content) >= 12
    return not (0xE1 <= marker <= 0xEF or marker == 0xFE)


def _extended(block: bytes, following: bytes) -> bytes:
    """An EXIF block too long for one segment; a second whole block is not part of the first."""
    if block and following.startswith((b"II", b"MM")):
        return block
    return block + following


def _assembled(parts: dict[int, bytes]) -> bytes | None:
    """The profile whose parts are numbered from 1; of a part that comes twice, the first.

    The number of parts that each claims is often wrong, so the profile's own length decides.
    """
    whole = b"".join(parts[number] for number in sorted(parts))
    length = int.from_bytes(whole[:4], "big")
    return usable_profile(whole[:length]) if length <= len(whole) else None
