"""JPEG: decoded so that a picture which ends early is an error and not half grey.

libjpeg fills what is missing with grey if it meets an end marker, and only counts a warning, which
Pillow ignores. So Pillow is given a file of one scan without its end marker: libjpeg then asks for
more data, and Pillow reports that there are none. A file of several scans is not decoded without
its end marker; libvips decodes it, and reports the warnings.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, BinaryIO

from PIL import Image

from pictures.limits import UnreadableError
from pictures.metadata.blocks import Part, PartsFile

__all__ = ["cut", "ended", "scans", "unended"]

_END = b"\xff\xd9"
_FILLER = b"\xff\x00" * 8
"""What libjpeg looks ahead to at the end of a scan; more of it would hide that data are missing."""


def unended(parts: Sequence[Part], behind: int) -> BinaryIO:
    """A file of one scan from its parts, without the `behind` bytes that follow this scan."""
    *before, last = parts
    while behind > len(last):
        behind -= len(last)
        *before, last = before
    parts = (*before, memoryview(last)[: len(last) - behind], _FILLER)
    return io.BufferedReader(PartsFile(parts))


def scans(data: bytes, shrink: int) -> Image.Image | None:
    """The picture of a file of several scans in L or RGB, its sides divided by `shrink`.

    None where its decoder reports something that costs no pixels, or for CMYK, which Pillow reads.
    Raises `UnreadableError` if data is missing.
    """
    import pyvips

    try:
        image: Any = pyvips.Image.jpegload_buffer(
            data, shrink=shrink, access="sequential", fail_on="warning"
        )
        if image.bands == 4:
            _check_whole(data)
            return None
        return Image.frombytes(
            "L" if image.bands == 1 else "RGB",
            (image.width, image.height),
            image.write_to_memory(),
        )
    except pyvips.Error as error:
        _raise_if_cut(str(error))
        return None


def _check_whole(data: bytes) -> None:
    """Raises `UnreadableError` if the scans have less data than the picture needs."""
    import pyvips

    try:
        image: Any = pyvips.Image.jpegload_buffer(
            data, shrink=8, access="sequential", fail_on="warning"
        )
        image.avg()
    except pyvips.Error as error:
        _raise_if_cut(str(error))


def ended(data: bytes) -> bytes:
    """A file of several scans, with an end marker if it lacks one."""
    return data if _END in data[-65_536:] else data + _END


def _raise_if_cut(message: str) -> None:
    if "premature end" in message:
        raise cut()


def cut() -> UnreadableError:
    """The error for a file without all of its pixels."""
    return UnreadableError("truncated", "this JPEG is cut short; upload the whole file again")
