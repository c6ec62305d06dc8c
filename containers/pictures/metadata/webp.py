"""A WebP's chunks: those that decoding needs, and the metadata among the others."""

from __future__ import annotations

from pictures.metadata.blocks import (
    LARGEST_BLOCK,
    LARGEST_PROFILE,
    Metadata,
    Separated,
    bare_exif,
    kept_parts,
    usable_profile,
)

__all__ = ["separate"]

_MOST_CHUNKS = 100_000
_PIXELS = (b"VP8X", b"ANIM", b"ANMF", b"ALPH", b"VP8 ", b"VP8L")
_METADATA = {b"ICCP": LARGEST_PROFILE + 1, b"EXIF": LARGEST_BLOCK, b"XMP ": LARGEST_BLOCK}
"""How many bytes of each are read."""
_ALPHA_AND_ANIMATION = 0x12
"""The flags of `VP8X` that concern pixels."""


def separate(data: bytes) -> Separated:
    """The picture without the chunks that decoding does not need, and their metadata.

    Where a chunk's length does not lead to another chunk, the next one is searched for.
    """
    kept: list[tuple[int, int]] = []
    found: dict[bytes, bytes] = {}
    at = 12
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, length = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        start, end = at + 8, at + 8 + length + (length & 1)
        if name in _PIXELS:
            if end > len(data) + 1:
                return Separated((data,), _metadata(found))  # cut, as its decoder will find
            kept.append((at, end))
            at = end
            continue
        if name in _METADATA:
            found.setdefault(name, data[start : start + min(length, _METADATA[name])])
        leads_on = end == len(data) or data[end : end + 4] in (*_PIXELS, *_METADATA)
        at = end if leads_on else _next_chunk(data, start)
    return Separated((_rebuilt(data, kept),), _metadata(found))


def _next_chunk(data: bytes, at: int) -> int:
    places = [data.find(name, at) for name in (*_PIXELS, *_METADATA)]
    return min((place for place in places if place >= 0), default=len(data))


def _rebuilt(data: bytes, kept: list[tuple[int, int]]) -> bytes:
    body = bytearray(b"".join((b"WEBP", *kept_parts(data, kept))))
    if body[4:8] == b"VP8X":
        body[12] &= _ALPHA_AND_ANIMATION
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def _metadata(found: dict[bytes, bytes]) -> Metadata:
    return Metadata(
        exif=bare_exif(found.get(b"EXIF", b"")),
        xmp=found.get(b"XMP ", b""),
        profile=usable_profile(found.get(b"ICCP", b"")),
    )
