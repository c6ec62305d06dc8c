"""ICC profiles synthesised from the shorter colour descriptions of PNG, AVIF, HEIC and BMP.

Little CMS then converts them like any other profile.
"""

from __future__ import annotations

import struct
from functools import lru_cache

__all__ = ["from_calibration", "from_code_points", "from_png", "knows", "matrix_profile"]

Point = tuple[float, float]
Triple = tuple[float, float, float]
Primaries = tuple[Point, Point, Point]

_D65: Point = (0.3127, 0.3290)
_D50: Triple = (0.9642, 1.0, 0.8249)
_SRGB: Primaries = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_P3: Primaries = ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06))

# Rec. ITU-T H.273, tables 2 and 3. The curves that begin as BT.709's are shown by browsers as
# sRGB's; PQ (16) and HLG (18) would have to be tone-mapped.
_PRIMARIES: dict[int, tuple[Primaries, Point]] = {
    1: (_SRGB, _D65),
    4: (((0.67, 0.33), (0.21, 0.71), (0.14, 0.08)), (0.310, 0.316)),
    5: (((0.64, 0.33), (0.29, 0.60), (0.15, 0.06)), _D65),
    6: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    7: (((0.630, 0.340), (0.310, 0.595), (0.155, 0.070)), _D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), _D65),
    11: (_P3, (0.314, 0.351)),
    12: (_P3, _D65),
    22: (((0.630, 0.340), (0.295, 0.605), (0.155, 0.077)), _D65),
}
_GAMMAS: dict[int, float] = {
    **dict.fromkeys((1, 6, 13, 14, 15), 0.0),
    4: 2.2,
    5: 2.8,
    8: 1.0,
}

_SRGB_GAMMA = 0.45455
_SAME_GAMMA = 0.05
"""Gammas closer than this, in proportion, are taken for the same: libpng's own threshold."""
_SAME_POINT = 0.002

_BRADFORD = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


def knows(content: bytes) -> bool:
    """Whether these code points have a profile or are sRGB's."""
    return len(content) >= 2 and content[0] in _PRIMARIES and content[1] in _GAMMAS


def from_code_points(content: bytes) -> bytes | None:
    """The profile of colour primaries and a transfer curve by their numbers in H.273.

    `content` begins like a PNG's `cICP`. None for unknown numbers, and for sRGB.
    """
    if not knows(content):
        return None
    primaries, gamma = _PRIMARIES[content[0]], _GAMMAS[content[1]]
    if primaries[0] == _SRGB and gamma == 0.0:
        return None
    return matrix_profile(*primaries, (gamma, gamma, gamma))


def from_png(gama: bytes, chrm: bytes) -> bytes | None:
    """The profile of a PNG's `gAMA` and `cHRM` chunks, either of which may be empty.

    A missing gamma is sRGB's curve, missing chromaticities are sRGB's, as in Chrome. None for what
    is sRGB within rounding, and for values that no colour space has.
    """
    gamma = 0.0
    if len(gama) == 4:
        exponent = struct.unpack(">I", gama)[0] / 100_000
        if not 0.01 <= exponent <= 100:
            return None
        if abs(exponent / _SRGB_GAMMA - 1) > _SAME_GAMMA:
            gamma = 1 / exponent
    primaries, white = _SRGB, _D65
    if len(chrm) == 32:
        values = [value / 100_000 for value in struct.unpack(">8I", chrm)]
        white, *points = zip(values[::2], values[1::2], strict=True)
        given = (points[0], points[1], points[2])
        distances = [
            abs(one - other)
            for mine, its in zip((*_SRGB, _D65), (*given, white), strict=True)
            for one, other in zip(mine, its, strict=True)
        ]
        if max(distances) > _SAME_POINT:
            primaries = given
        else:
            white = _D65
    if gamma == 0.0 and primaries == _SRGB:
        return None
    return matrix_profile(primaries, white, (gamma, gamma, gamma))


def from_calibration(endpoints: tuple[Triple, Triple, Triple], gammas: Triple) -> bytes | None:
    """The profile of a bitmap's calibrated RGB: CIE XYZ of its three primaries, and their gammas.

    None for values that no colour space has.
    """
    sums = [sum(endpoint) for endpoint in endpoints]
    total = [sum(endpoint[axis] for endpoint in endpoints) for axis in range(3)]
    if min(sums) <= 0 or sum(total) <= 0 or not all(0.1 <= gamma <= 10 for gamma in gammas):
        return None
    points = [(each[0] / size, each[1] / size) for each, size in zip(endpoints, sums, strict=True)]
    white = (total[0] / sum(total), total[1] / sum(total))
    return matrix_profile((points[0], points[1], points[2]), white, gammas)


@lru_cache(maxsize=16)
def matrix_profile(primaries: Primaries, white: Point, gammas: Triple) -> bytes | None:
    """A profile of an RGB space with these chromaticities and gammas, of which 0 is sRGB's curve.

    None where the primaries lie on one line or a chromaticity has no light.
    """
    columns = _adapted(primaries, white)
    if columns is None:
        return None
    red, green, blue = columns
    tags = {
        b"desc": _text(b"RGB"),
        b"cprt": _text(b"CC0"),
        b"wtpt": _xyz(_D50),
        b"rXYZ": _xyz(red),
        b"gXYZ": _xyz(green),
        b"bXYZ": _xyz(blue),
        b"rTRC": _curve(gammas[0]),
        b"gTRC": _curve(gammas[1]),
        b"bTRC": _curve(gammas[2]),
    }
    start = 132 + 12 * len(tags)
    table, body = bytearray(), bytearray()
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x3i48x",
        start + len(body),
        0x04300000,
        b"mntr",
        b"RGB ",
        b"XYZ ",
        b"acsp",
        *(round(value * 65536) for value in _D50),
    )
    return header + struct.pack(">I", len(tags)) + bytes(table) + bytes(body)


def _adapted(primaries: Primaries, white: Point) -> tuple[Triple, Triple, Triple] | None:
    """The XYZ of the three primaries, adapted to D50 (Bradford)."""
    points = [*primaries, white]
    if any(y <= 0 or x < 0 for x, y in points):
        return None
    red, green, blue, whole = ((x / y, 1.0, (1 - x - y) / y) for x, y in points)
    amounts = _solved((red, green, blue), whole)
    if amounts is None:
        return None
    seen, wanted = _times(_BRADFORD, whole), _times(_BRADFORD, _D50)
    if min(seen) <= 0:
        return None
    adapted: list[Triple] = []
    for primary, amount in zip((red, green, blue), amounts, strict=True):
        cone = _times(_BRADFORD, primary)
        moved = [amount * c * w / s for c, w, s in zip(cone, wanted, seen, strict=True)]
        solution = _solved(tuple(zip(*_BRADFORD, strict=True)), (moved[0], moved[1], moved[2]))
        if solution is None or max(map(abs, solution)) > 100:
            return None
        adapted.append(solution)
    return adapted[0], adapted[1], adapted[2]


def _times(matrix: tuple[Triple, ...], vector: Triple) -> Triple:
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def _solved(columns: tuple[Triple, ...], target: Triple) -> Triple | None:
    """How much of each column adds up to the target (Cramer's rule); None if none does."""

    def determinant(a: Triple, b: Triple, c: Triple) -> float:
        return (
            a[0] * (b[1] * c[2] - c[1] * b[2])
            - b[0] * (a[1] * c[2] - c[1] * a[2])
            + c[0] * (a[1] * b[2] - b[1] * a[2])
        )

    first, second, third = columns
    whole = determinant(first, second, third)
    if abs(whole) < 1e-9:
        return None
    return (
        determinant(target, second, third) / whole,
        determinant(first, target, third) / whole,
        determinant(first, second, target) / whole,
    )


def _text(words: bytes) -> bytes:
    text = words.decode().encode("utf-16-be")
    content = struct.pack(">4s4xII4sII", b"mluc", 1, 12, b"enUS", len(text), 28) + text
    return content + bytes(-len(content) % 4)


def _xyz(value: Triple) -> bytes:
    return struct.pack(">4s4x3i", b"XYZ ", *(round(part * 65536) for part in value))


def _curve(gamma: float) -> bytes:
    if gamma:
        return struct.pack(">4s4xHHi", b"para", 0, 0, round(gamma * 65536))
    pieces = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
    return struct.pack(">4s4xHH5i", b"para", 3, 0, *(round(part * 65536) for part in pieces))
