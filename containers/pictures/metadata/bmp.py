"""A bitmap's colour space, in its longer headers (versions 4 and 5)."""

from __future__ import annotations

import struct

from pictures.metadata import icc
from pictures.metadata.blocks import Metadata, Separated, usable_profile

__all__ = ["separate"]

_HEADER = 14
_WINDOWS = 40
_CALIBRATED = 0
_EMBEDDED = b"DEBM"


def separate(data: bytes) -> Separated:
    """The file with no more colours than its bits can number, and its colour space as a profile."""
    (length,) = struct.unpack_from("<I", data, _HEADER)
    metadata = Metadata(profile=_profile(data, length))
    if length >= _WINDOWS:
        (bits,) = struct.unpack_from("<H", data, _HEADER + 14)
        (colours,) = struct.unpack_from("<I", data, _HEADER + 32)
        if bits <= 8 and colours > 1 << bits:
            data = data[: _HEADER + 32] + bytes(4) + data[_HEADER + 36 :]  # as many as there can be
    return Separated((data,), metadata)


def _profile(data: bytes, length: int) -> bytes | None:
    if length < 108:
        return None
    space = data[_HEADER + 56 : _HEADER + 60]
    if int.from_bytes(space, "little") == _CALIBRATED:
        values = struct.unpack_from("<9i3I", data, _HEADER + 60)
        fixed = [value / 2**30 for value in values[:9]]
        red, green, blue = fixed[0:3], fixed[3:6], fixed[6:9]
        first, second, third = (value / 2**16 for value in values[9:])
        return icc.from_calibration(
            ((red[0], red[1], red[2]), (green[0], green[1], green[2]), (blue[0], blue[1], blue[2])),
            (first, second, third),
        )
    if length >= 124 and space == _EMBEDDED:
        start, size = struct.unpack_from("<II", data, _HEADER + 112)
        profile = data[_HEADER + start : _HEADER + start + size]
        return usable_profile(profile) if len(profile) == size else None
    return None
