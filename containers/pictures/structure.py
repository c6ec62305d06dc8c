"""What a file's headers say of its cost, read without decoding a pixel."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from itertools import count

from pictures import bmp, heif, jpeg, tiff
from pictures.kinds import ContentType
from pictures.limits import Limits, UnreadableError

__all__ = ["Structure", "complete", "inspect"]

_NEXT_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_FRAME_HEADERS = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
_DECODABLE_FRAMES = frozenset((0xC0, 0xC1, 0xC2, 0xC9, 0xCA))
_SEQUENTIAL_FRAMES = frozenset((0xC0, 0xC1))
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")
_ZEROS = bytes(128)
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
    """Bytes per pixel that a JPEG's decoder keeps until the last scan: its coefficients."""
    cost: int = 1
    """Bytes per pixel that decoding takes at most."""
    behind: int | None = None
    """Bytes behind the scan of a JPEG with a single one; None for other files."""
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
                heif.check_codec(data, content_type)
                return _heif(data)
            case "image/tiff":
                return _tiff(data, limits)
            case "image/bmp":
                return Structure(size=bmp.layout_of(data).size)
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
                return heif.complete(data)
            case "image/bmp":
                return len(data) >= int.from_bytes(data[2:6], "little")
            case "image/tiff":
                return tiff.complete(data)
    except (IndexError, struct.error):
        return False


def _jpeg(data: bytes, limits: Limits) -> Structure:
    frame: _Frame | None = None
    interval = scans = 0
    behind: int | None = None
    flat, lost = True, False
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
        if marker in _FRAME_HEADERS and frame is None:
            frame = _frame(data, marker, at)
        elif marker == 0xDD:
            interval = int.from_bytes(data[at + 2 : at + 4], "big")
        elif marker == 0xC4:
            flat = flat and _zeros_are_flat(data, at + 2, at + length)
        start = at
        at += length
        if marker == 0xDA:
            scans += 1
            components = b"" if frame is None else frame.note_scan(data, start)
            if scans > limits.scans:
                break
            following = _NEXT_MARKER.search(data, at)
            end = len(data) if following is None else following.start()
            if frame is not None and interval:
                lost |= _restarts(data, at, end) < frame.restarts(interval, components)
            if frame is not None and scans == 1:
                behind = len(data) - end
                single = frame.kind in _SEQUENTIAL_FRAMES
                lost |= single and not flat and data.find(_ZEROS, at, end) >= 0
            if following is None:
                break
            at = end
    if frame is None:
        raise UnreadableError("truncated", "the file ends before its picture begins")
    single = scans == 1 and frame.kind in _SEQUENTIAL_FRAMES
    if 0 < scans <= limits.scans and (lost or not frame.is_refined()):
        raise jpeg.cut()
    buffered = frame.coefficients if frame.progressive else 0
    if scans > 1 and not buffered:
        buffered = 6
    return Structure(
        size=frame.size, buffered=buffered, scans=scans, behind=behind if single else None
    )


class _Frame:
    """A JPEG's frame header, and which of its coefficients its scans bring to full precision."""

    def __init__(
        self, kind: int, size: tuple[int, int], components: dict[int, tuple[int, int]]
    ) -> None:
        self.kind = kind
        self.size = size
        self.components = components
        """By number, how often each is sampled across and down."""
        self.progressive = kind in (0xC2, 0xCA)
        self._refined = dict.fromkeys(components, 0)

    @property
    def coefficients(self) -> int:
        """Bytes a pixel of all coefficients."""
        factors = [across * down for across, down in self.components.values()]
        return -(-2 * sum(factors) // max(factors))

    def restarts(self, interval: int, components: bytes) -> int:
        """Restart markers between the intervals of a scan of these components."""
        across = max(across for across, _ in self.components.values())
        down = max(down for _, down in self.components.values())
        width, height = self.size
        if len(components) == 1:  # counted in blocks of its own
            own = self.components.get(components[0], (across, down))
            width, height = -(-width * own[0] // across), -(-height * own[1] // down)
            across = down = 1
        units = -(-width // (8 * across)) * -(-height // (8 * down))
        return -(-units // interval) - 1

    def note_scan(self, data: bytes, at: int) -> bytes:
        """Takes the header of a scan into account, which starts at its length.

        Returns the numbers of its components.
        """
        number = data[at + 2]
        first, last, precision = struct.unpack_from("BBB", data, at + 3 + 2 * number)
        bits = (1 << (min(last, 63) + 1)) - (1 << min(first, 63))
        components = data[at + 3 : at + 3 + 2 * number : 2]
        for component in components:
            if precision & 15 == 0:
                self._refined[component] = self._refined.get(component, 0) | bits
        return components

    def is_refined(self) -> bool:
        """Whether the scans bring the first component, and the mean of the others, to the end."""
        if not self.progressive:
            return True
        first, *others = (self._refined[number] for number in self.components)
        return first == (1 << 64) - 1 and all(bits & 1 for bits in others)


def _frame(data: bytes, marker: int, at: int) -> _Frame:
    precision, height, width, components = struct.unpack_from(">BHHB", data, at + 2)
    if marker not in _DECODABLE_FRAMES or precision != 8:
        raise UnreadableError(
            "unsupported_format",
            "this is a JPEG of a rare kind (lossless, JPEG-LS, hierarchical or not of 8 bits); "
            "save it as an ordinary JPEG",
        )
    parts: dict[int, tuple[int, int]] = {}
    for place in range(at + 8, at + 8 + 3 * components, 3):
        number, sampling = data[place], data[place + 1]
        parts[number] = (max(sampling >> 4, 1), max(sampling & 15, 1))
    if not parts:
        raise struct.error
    return _Frame(marker, (width, height), parts)


def _zeros_are_flat(data: bytes, at: int, end: int) -> bool:
    """Whether zeros stand for unchanged blocks in each of a segment's Huffman tables.

    If not, a long run of them is no picture: it stands for the same coarse pattern over and over.
    """
    while at + 17 <= end:
        count = sum(data[at + 1 : at + 17])
        if count and data[at + 17]:
            return False
        at += 17 + count
    return True


def _restarts(data: bytes, start: int, end: int) -> int:
    return sum(1 for _ in _RESTART.finditer(data, start, end))


def _png(data: bytes) -> Structure:
    """Only that no flood of chunks comes before the pixels: the decoder takes each in turn."""
    if data[12:16] == b"CgBI":
        raise UnreadableError(
            "unsupported_format",
            "this is a PNG in Apple's own variant for apps (CgBI); save it as an ordinary PNG",
        )
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
    for kind, start, end in heif.boxes(data):
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
