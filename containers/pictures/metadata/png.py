"""A PNG's chunks: those that decoding needs, and the metadata among the others."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass, field

from pictures.limits import UnreadableError
from pictures.metadata import icc
from pictures.metadata.blocks import (
    LARGEST_BLOCK,
    LARGEST_PROFILE,
    Metadata,
    Separated,
    bare_exif,
    kept_parts,
    usable_profile,
)
from pictures.metadata.iptc import photoshop_iptc

__all__ = ["separate"]

_MOST_CHUNKS = 100_000
_MOST_INFLATED = 64_000_000
"""Bytes in all of a file's metadata; more is a bomb."""
_ANIMATION = frozenset((b"acTL", b"fcTL", b"fdAT"))
_COLOUR = frozenset((b"cICP", b"cHRM", b"gAMA", b"sRGB"))
_READ: dict[bytes, int] = {
    **dict.fromkeys(_COLOUR, 32),
    **dict.fromkeys((b"eXIf", b"tEXt"), LARGEST_BLOCK),
    **dict.fromkeys((b"iCCP", b"iTXt", b"zTXt"), 64_000_000),
}
"""How many bytes of each chunk are read."""
_BEFORE_PIXELS = _COLOUR | {b"iCCP"}
"""What does not count behind the first pixels."""
_FULL_RANGE_RGB = b"\0\1"
"""How a `cICP` must end: PNG has no luma and chroma, and a narrow range is not expanded here."""
_XMP = b"XML:com.adobe.xmp"
_RAW_PROFILES = {
    b"Raw profile type exif": "exif",
    b"Raw profile type APP1": "exif",
    b"Raw profile type iptc": "iptc",
    b"Raw profile type xmp": "xmp",
}
"""Where older ImageMagick keeps these blocks, as hexadecimal digits."""


@dataclass
class _Found:
    """The metadata found so far; of a block that comes twice, the first."""

    blocks: dict[str, bytes] = field(default_factory=dict)
    colour: dict[bytes, bytes] = field(default_factory=dict)
    inflated: int = 0

    def take(self, name: bytes, content: bytes) -> None:
        """A chunk whose checksum is right."""
        if name in _COLOUR:
            self.colour.setdefault(name, content)
        elif name == b"eXIf":
            self.blocks.setdefault("exif", bare_exif(content))
        elif name == b"iCCP":
            _, _, compressed = content.partition(b"\0")
            profile = self._inflate(compressed[1:], LARGEST_PROFILE)
            if usable_profile(profile):
                self.blocks.setdefault("profile", profile)
        elif name in (b"iTXt", b"zTXt", b"tEXt"):
            self._take_text(name, content)

    def _take_text(self, name: bytes, content: bytes) -> None:
        keyword, _, text = content.partition(b"\0")
        if name == b"zTXt":
            text = self._inflate(text[1:], LARGEST_BLOCK)
        elif name == b"iTXt":
            compressed = text[:1] == b"\1"
            text = text[2:].split(b"\0", 2)[-1]  # behind a language and a translated keyword
            if compressed:
                text = self._inflate(text, LARGEST_BLOCK)
        if keyword == _XMP:
            self.blocks.setdefault("xmp", text[:LARGEST_BLOCK])
        elif keyword in _RAW_PROFILES:
            self._take_raw(_RAW_PROFILES[keyword], text[:LARGEST_BLOCK])

    def _take_raw(self, kind: str, text: bytes) -> None:
        digits = b"".join(text.split()[2:])  # behind a name and a length
        block = bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
        if kind == "exif":
            block = bare_exif(block)
        elif kind == "iptc" and block.startswith(b"8BIM"):
            block = photoshop_iptc(block)
        self.blocks.setdefault(kind, block)

    def _inflate(self, compressed: bytes, most: int) -> bytes:
        """The first bytes of compressed metadata, as far as they can be read."""
        inflater = zlib.decompressobj()
        kept = bytearray()
        rest = compressed
        while rest and not inflater.eof:
            try:
                piece = inflater.decompress(rest, 1_000_000)
            except zlib.error:
                break
            rest = inflater.unconsumed_tail
            self.inflated += len(piece)
            if self.inflated > _MOST_INFLATED:
                raise UnreadableError(
                    "decoder_failed",
                    "this PNG's metadata inflates to far more than any program writes",
                )
            kept += piece[: most - len(kept)]
        return bytes(kept)

    def metadata(self) -> Metadata:
        return Metadata(
            exif=self.blocks.get("exif", b""),
            xmp=self.blocks.get("xmp", b""),
            iptc=self.blocks.get("iptc", b""),
            profile=self._profile(),
        )

    def _profile(self) -> bytes | None:
        """The colour space, in the order of precedence of the PNG specification."""
        code_points = self.colour.get(b"cICP", b"")
        if code_points[2:] == _FULL_RANGE_RGB and icc.knows(code_points):
            return icc.from_code_points(code_points)
        if "profile" in self.blocks or b"sRGB" in self.colour:
            return self.blocks.get("profile")
        return icc.from_png(self.colour.get(b"gAMA", b""), self.colour.get(b"cHRM", b""))


def separate(data: bytes) -> Separated:
    """The picture without the chunks that decoding does not need, and their metadata."""
    found = _Found()
    kept: list[tuple[int, int]] = [(0, 8)]
    animation: list[tuple[int, int]] = []
    kind, entries = data[25], 0
    drawn = transparent = False
    intact = True
    at = 8
    for _ in range(_MOST_CHUNKS):
        length = int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        start, end = at, at + 12 + length
        critical = name[:1].isupper()
        if name == b"IEND" or (critical and end > len(data)):
            kept.append((start, min(end, len(data))))
            break
        at = end
        if critical:
            drawn |= name == b"IDAT"
            entries = length // 3 if name == b"PLTE" else entries
            if name != b"PLTE" or kind == 3:
                kept.append((start, end))
            continue
        sound = end <= len(data) and _intact(data, start, end)
        if not sound and not _leads_on(data, end):
            at = _next_pixels(data, start + 8)
            if at < 0:
                break
            continue
        if name in _ANIMATION:
            intact = intact and sound
            animation.append((start, end))
            kept.append((start, end))
        elif sound and name == b"tRNS":
            if not drawn and not transparent and _transparency_fits(kind, length, entries):
                kept.append((start, end))
                transparent = True
        elif sound and name in _READ and not (drawn and name in _BEFORE_PIXELS):
            with suppress(ValueError):
                found.take(name, data[start + 8 : start + 8 + min(length, _READ[name])])
    else:
        raise UnreadableError(
            "decoder_failed", "this file is cut into far more parts than any program makes"
        )
    if animation and not (intact and _plays(data, animation)):
        kept = [stretch for stretch in kept if stretch not in frozenset(animation)]
    return Separated(kept_parts(data, kept), found.metadata())


def _plays(data: bytes, chunks: list[tuple[int, int]]) -> bool:
    """Whether an animation's chunks are consistent; otherwise browsers show the still picture."""
    width, height = struct.unpack_from(">II", data, 16)
    begin, _ = chunks[0]
    if data[begin + 4 : begin + 8] != b"acTL":
        return False
    sequence = 0
    for start, end in chunks:
        name, length = data[start + 4 : start + 8], end - start - 12
        if name == b"acTL":
            if start != begin or length != 8 or data[start + 8 : start + 12] == bytes(4):
                return False
            continue
        if length < 4 or int.from_bytes(data[start + 8 : start + 12], "big") != sequence:
            return False
        sequence += 1
        if name == b"fcTL":
            if length != 26:
                return False
            across, down, left, top = struct.unpack_from(">4I", data, start + 12)
            if not across or not down or left + across > width or top + down > height:
                return False
    return True


def _leads_on(data: bytes, at: int) -> bool:
    """Whether another chunk begins where one of a wrong checksum ends by its length."""
    length, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
    return name.isalpha() and name[2:3].isupper() and at + 12 + length <= len(data)


def _next_pixels(data: bytes, at: int) -> int:
    """Where the next chunk of pixels or their palette begins, negative if there is none."""
    names = [data.find(name, at) for name in (b"PLTE", b"IDAT", b"IEND")]
    return min((place - 4 for place in names if place >= 0), default=-1)


def _intact(data: bytes, start: int, end: int) -> bool:
    check = int.from_bytes(data[end - 4 : end], "big")
    return zlib.crc32(memoryview(data)[start + 4 : end - 4]) == check


def _transparency_fits(kind: int, length: int, entries: int) -> bool:
    """Whether a `tRNS` chunk has the length that the colour type asks for."""
    if kind == 3:
        return 0 < length <= entries
    return length == {0: 2, 2: 6}.get(kind)
