"""HEIC and AVIF: whether all of the picture is there, and by which codec it is coded."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pictures.kinds import ContentType
from pictures.limits import UnreadableError
from pictures.metadata import heif as metadata

__all__ = ["boxes", "check_codec", "complete", "is_deep"]

_MOST_BOXES = 100_000
_CODECS = {"image/heic": frozenset((b"hvc1", b"hev1")), "image/avif": frozenset((b"av01",))}
_NAMES = {
    b"av01": "AV1",
    b"avc1": "H.264",
    b"evc1": "EVC",
    b"hvc1": "HEVC",
    b"j2k1": "JPEG 2000",
    b"jpeg": "JPEG",
    b"jxl1": "JPEG XL",
    b"lhv1": "layered HEVC",
    b"unci": "uncompressed samples",
    b"vvc1": "VVC (H.266)",
}


def complete(data: bytes) -> bool:
    """Whether the file has all bytes of its pictures, whatever follows them.

    Still pictures are where `iloc` locates them. Those of a sequence are in `mdat` boxes, which
    then must end within the file.
    """
    outer = list(boxes(data))
    kinds = {kind for kind, _, _ in outer}
    extents = metadata.picture_extents(data)
    if not extents and b"moov" not in kinds:
        return False
    if any(at + length > len(data) for at, length in extents):
        return False
    return b"moov" not in kinds or all(
        end <= len(data) for kind, _, end in outer if kind in (b"mdat", b"moov", b"meta")
    )


def check_codec(data: bytes, content_type: ContentType) -> None:
    """Raises `UnreadableError` if no decoder here reads what the pictures are coded by."""
    coded = metadata.coded_types(data)
    if coded and not coded & _CODECS[content_type]:
        codec = sorted(coded)[0]
        name = _NAMES.get(codec, codec.decode("latin-1").strip())
        raise UnreadableError(
            "unsupported_format",
            f"this is a HEIF picture coded as {name}; save it as HEIC by HEVC, AVIF or JPEG",
        )


def is_deep(data: bytes) -> bool:
    """Whether a picture in the file has more than eight bits per channel."""
    hevc, av1 = data.find(b"hvcC"), data.find(b"av1C")
    while hevc >= 0:
        if data[hevc + 21 : hevc + 22] > b"\xf8":  # five reserved bits, then the depth above eight
            return True
        hevc = data.find(b"hvcC", hevc + 4)
    while av1 >= 0:
        if (data[av1 + 6 : av1 + 7] or b"\0")[0] & 0x40:
            return True
        av1 = data.find(b"av1C", av1 + 4)
    return False


def boxes(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Kind, start and end of each outermost box, up to what is none; the last may be cut.

    Raises `UnreadableError` for a file in very many boxes.
    """
    at = 0
    for _ in range(_MOST_BOXES):
        kind = data[at + 4 : at + 8]
        if len(kind) < 4 or not kind.isascii():
            return
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            if at + 16 > len(data):
                return
            length = struct.unpack_from(">Q", data, at + 8)[0]
        if length < 8:
            length = len(data) - at
        yield kind, at, at + length
        at += length
    raise UnreadableError(
        "decoder_failed", "this file is cut into far more parts than any program makes"
    )
