"""What a file's headers say of its cost, read without decoding a pixel."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from pictures import tiff
from pictures.kinds import ContentType
from pictures.limits import Limits, UnreadableError

__all__ = ["Structure", "complete", "inspect"]

_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FRAME_HEADERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_DECODABLE_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_MOST_PARTS = 100_000
_MOST_BLOCKS = 2_000_000  # of up to 255 bytes, in one frame of a GIF
_STANDALONE = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True)
class Structure:
    """The parts of a file's headers that a decoder does not tell before it has done costly work."""

    size: tuple[int, int] | None = None
    """Of the whole canvas, as stored; None where opening the file with its decoder is harmless."""
    frames: int = 1
    buffered: int = 0
    """Bytes a pixel that decoding keeps beside the picture: a progressive JPEG's coefficients."""
    scans: int = 1
    """How often a JPEG's decoder goes over its pixels; counted to one more than is allowed."""


def inspect(data: bytes, content_type: ContentType, limits: Limits) -> Structure:
    """The structure of a file of a known type.

    Raises `UnreadableError`: `truncated` if the headers themselves are cut, `unsupported_format`
    for a variant no decoder here reads,
    `decoder_failed` for a file in very many parts.
    """
    try:
        match content_type:
            case "image/jpeg":
                return _jpeg(data, limits)
            case "image/png":
                return _png(data)
            case "image/gif":
                return _gif(data)
            case "image/webp":
                return _webp(data)
            case "image/avif" | "image/heic":
                if not complete(data, content_type):  # libheif leaves missing tiles out in silence
                    raise struct.error
                return _heif(data)
            case "image/tiff":
                return _tiff(data, limits)
            case _:
                return Structure()
    except (IndexError, struct.error):
        raise UnreadableError(
            "truncated", "the file is cut short; upload the whole file again"
        ) from None


def complete(data: bytes, content_type: ContentType) -> bool:
    """Whether the file reaches the end that its own structure announces."""
    try:
        match content_type:
            case "image/jpeg":
                return b"\xff\xd9" in data[-65_536:]
            case "image/png":
                return b"IEND" in data[-1024:]
            case "image/gif":
                return data.rstrip(b"\x00").endswith(b";")
            case "image/webp":
                return len(data) >= int.from_bytes(data[4:8], "little") + 8
            case "image/avif" | "image/heic":
                return _boxes_complete(data)
            case "image/bmp":
                return len(data) >= int.from_bytes(data[2:6], "little")
            case "image/tiff":
                return tiff.complete(data)
    except (IndexError, struct.error):
        return False


def _jpeg(data: bytes, limits: Limits) -> Structure:
    size: tuple[int, int] | None = None
    buffered = scans = 0
    at = 2
    for part in count():
        _check_parts(part)
        at = data.find(b"\xff", at)
        if at < 0:
            break
        while at < len(data) and data[at] == 0xFF:
            at += 1
        if at >= len(data):
            break
        marker = data[at]
        at += 1
        if marker == 0 or marker in _STANDALONE:
            continue
        if marker == 0xD9:
            break
        if at + 2 > len(data):
            break
        length = int.from_bytes(data[at : at + 2], "big")
        if marker in _FRAME_HEADERS and size is None:
            precision, height, width, components = struct.unpack_from(">BHHB", data, at + 2)
            if marker not in _DECODABLE_FRAMES or precision != 8:
                raise UnreadableError(
                    "unsupported_format",
                    "this is a JPEG of a rare kind (lossless, hierarchical or not of 8 bits); "
                    "save it as an ordinary JPEG",
                )
            size = (width, height)
            sampling = [data[at + 9 + 3 * n] for n in range(components)]
            factors = [(byte >> 4) * (byte & 15) for byte in sampling]
            if marker in (0xC2, 0xCA):
                buffered = -(-2 * sum(factors) // max(max(factors, default=1), 1))
        at += length
        if marker == 0xDA:
            scans += 1
            if scans > limits.scans:
                break
            following = _NEXT_MARKER.search(data, at)
            if following is None:
                break
            at = following.start()
    if size is None:
        raise UnreadableError("truncated", "the file ends before its picture begins")
    if scans > 1 and not buffered:
        buffered = 6
    return Structure(size=size, buffered=buffered, scans=scans)


def _png(data: bytes) -> Structure:
    """Only that no flood of chunks comes before the pixels: the decoder takes each in turn."""
    at = 8
    for _ in range(_MOST_PARTS):
        if at + 8 > len(data) or data[at + 4 : at + 8] == b"IDAT":
            return Structure()
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    raise _too_many_parts()


def _check_parts(number: int) -> None:
    if number >= _MOST_PARTS:
        raise _too_many_parts()


def _too_many_parts() -> UnreadableError:
    return UnreadableError(
        "decoder_failed", "this file is cut into far more parts than any program makes"
    )


def _gif(data: bytes) -> Structure:
    width, height = struct.unpack_from("<HH", data, 6)
    flags = data[10]
    at = 13 + (3 << ((flags & 7) + 1) if flags & 0x80 else 0)
    frames = 0
    for part in count():
        _check_parts(part)
        if at >= len(data):
            break
        block = data[at]
        if block == 0x3B:
            break
        if block == 0x21:
            at = _past_blocks(data, at + 2)
        elif block == 0x2C:
            if at + 10 > len(data):
                break
            left, top, across, down = struct.unpack_from("<HHHH", data, at + 1)
            width, height = max(width, left + across), max(height, top + down)
            local = data[at + 9]
            frames += 1
            at = _past_blocks(data, at + 11 + (3 << ((local & 7) + 1) if local & 0x80 else 0))
        else:
            at += 1
    return Structure(size=(width, height), frames=max(frames, 1))


def _past_blocks(data: bytes, at: int) -> int:
    for _ in range(_MOST_BLOCKS):
        if at >= len(data) or not data[at]:
            return at + 1
        at += data[at] + 1
    raise _too_many_parts()


def _webp(data: bytes) -> Structure:
    kind = data[12:16]
    if kind == b"VP8X":
        width = 1 + int.from_bytes(data[24:27], "little")
        height = 1 + int.from_bytes(data[27:30], "little")
        frames = 0
        at = 12
        for part in count():
            _check_parts(part)
            if at + 8 > len(data):
                break
            frames += data[at : at + 4] == b"ANMF"
            length = int.from_bytes(data[at + 4 : at + 8], "little")
            at += 8 + length + (length & 1)
        return Structure(size=(width, height), frames=max(frames, 1))
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", data, 21)[0]
        return Structure(size=(1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)))
    width, height = struct.unpack_from("<HH", data, 26)
    return Structure(size=(width & 0x3FFF, height & 0x3FFF))


def _heif(data: bytes) -> Structure:
    """The largest of all sizes in the file's description of its pictures, tiles and their whole."""
    largest = (0, 0)
    for kind, start, end in _boxes(data):
        if kind != b"meta":
            continue
        at = data.find(b"ispe", start, end)
        while at >= 0:
            width, height = struct.unpack_from(">II", data, at + 8)
            if width * height > largest[0] * largest[1]:
                largest = (width, height)
            at = data.find(b"ispe", at + 4, end)
    return Structure(size=largest if largest != (0, 0) else None)


def _tiff(data: bytes, limits: Limits) -> Structure:
    layout = tiff.layout_of(data)
    if layout.tile > limits.pixels:
        raise UnreadableError(
            "too_many_pixels", "this TIFF has tiles larger than any accepted picture"
        )
    return Structure(size=layout.size)


def _boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each outermost box; the last may end behind the file."""
    at = 0
    for part in count():
        _check_parts(part)
        if at + 8 > len(data):
            return
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = struct.unpack_from(">Q", data, at + 8)[0]
        if length < 8:
            length = len(data) - at
        yield data[at + 4 : at + 8], at, at + length
        at += length


def _boxes_complete(data: bytes) -> bool:
    boxes = list(_boxes(data))
    kinds = {kind for kind, _, _ in boxes}
    described = kinds & {b"meta", b"moov"} and kinds & {b"mdat", b"idat"}
    return bool(described) and boxes[-1][2] <= len(data)
