"""ICC profiles made from the definitions of their colour spaces, and the arithmetic behind them.

Independent of the library under test: expectations come from these formulas, not from Little CMS.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]

D50: Triple = (0.9642, 1.0, 0.8249)
D65: Triple = (0.95047, 1.0, 1.08883)

_BRADFORD: Matrix = (
    (0.8951, 0.2664, -0.1614),
    (-0.7502, 1.7135, 0.0367),
    (0.0389, -0.0685, 1.0296),
)


def times(matrix: Matrix, vector: Triple) -> Triple:
    """The product of a matrix and a column."""
    first, second, third = (sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
    return first, second, third


def inverse(matrix: Matrix) -> Matrix:
    """The inverse of a matrix, by Cramer's rule."""
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    rows = (
        (e * i - f * h, c * h - b * i, b * f - c * e),
        (f * g - d * i, a * i - c * g, c * d - a * f),
        (d * h - e * g, b * g - a * h, a * e - b * d),
    )
    one, two, three = (tuple(value / determinant for value in row) for row in rows)
    return one, two, three  # type: ignore[return-value]


def _columns(one: Triple, two: Triple, three: Triple) -> Matrix:
    return (
        (one[0], two[0], three[0]),
        (one[1], two[1], three[1]),
        (one[2], two[2], three[2]),
    )


@dataclass(frozen=True)
class Space:
    """An RGB colour space: its primaries, its white and its gamma (0 for sRGB's curve)."""

    name: str
    red: tuple[float, float]
    green: tuple[float, float]
    blue: tuple[float, float]
    white: Triple
    gamma: float

    def to_d50(self) -> Matrix:
        """From linear RGB to XYZ, adapted to D50."""
        primaries = [(x / y, 1.0, (1 - x - y) / y) for x, y in (self.red, self.green, self.blue)]
        matrix = _columns(*primaries)
        weights = times(inverse(matrix), self.white)
        scaled = [(p[0] * w, p[1] * w, p[2] * w) for p, w in zip(primaries, weights, strict=True)]
        return _columns(*(adapt(one, self.white) for one in scaled))

    def decode(self, value: float) -> float:
        """Light from a stored value, both 0 to 1."""
        if self.gamma:
            return float(value**self.gamma)
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    def encode(self, light: float) -> float:
        """The stored value of light, both 0 to 1."""
        light = min(max(light, 0.0), 1.0)
        if self.gamma:
            return float(light ** (1 / self.gamma))
        return 12.92 * light if light <= 0.0031308 else float(1.055 * light ** (1 / 2.4) - 0.055)


def adapt(xyz: Triple, white: Triple) -> Triple:
    """A colour seen under one white as it is seen under D50, after Bradford."""
    seen, wanted = times(_BRADFORD, white), times(_BRADFORD, D50)
    cone = times(_BRADFORD, xyz)
    moved = (
        cone[0] * wanted[0] / seen[0],
        cone[1] * wanted[1] / seen[1],
        cone[2] * wanted[2] / seen[2],
    )
    return times(inverse(_BRADFORD), moved)


SRGB = Space("sRGB", (0.64, 0.33), (0.30, 0.60), (0.15, 0.06), D65, 0.0)
DISPLAY_P3 = Space("Display P3", (0.68, 0.32), (0.265, 0.69), (0.15, 0.06), D65, 0.0)
ADOBE_RGB = Space("Adobe RGB", (0.64, 0.33), (0.21, 0.71), (0.15, 0.06), D65, 2.19921875)
PROPHOTO = Space(
    "ProPhoto", (0.734699, 0.265301), (0.159597, 0.840403), (0.036598, 0.000105), D50, 1.8
)


def convert(colour: Sequence[int], source: Space, target: Space) -> tuple[int, int, int]:
    """An 8-bit colour of one space in another."""
    light = tuple(source.decode(value / 255) for value in colour)
    xyz = times(source.to_d50(), light)  # type: ignore[arg-type]
    linear = times(inverse(target.to_d50()), xyz)
    red, green, blue = (round(255 * target.encode(value)) for value in linear)
    return red, green, blue


def lab(colour: Sequence[int]) -> Triple:
    """An 8-bit sRGB colour in CIE L*a*b*, D50."""
    light = tuple(SRGB.decode(value / 255) for value in colour[:3])
    xyz = times(SRGB.to_d50(), light)  # type: ignore[arg-type]

    def root(ratio: float) -> float:
        return float(ratio ** (1 / 3)) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116

    x, y, z = (root(value / white) for value, white in zip(xyz, D50, strict=True))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one: Sequence[int], other: Sequence[int]) -> float:
    """How far apart two sRGB colours are: CIE 1976 delta E, about 2.3 of which one just sees."""
    return float(sum((a - b) ** 2 for a, b in zip(lab(one), lab(other), strict=True)) ** 0.5)


def rgb_profile(space: Space) -> bytes:
    """A matrix profile of an RGB space."""
    matrix = space.to_d50()
    curve = _curve(space)
    tags = {
        b"desc": _description(space.name),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(D50),
        b"rXYZ": _xyz((matrix[0][0], matrix[1][0], matrix[2][0])),
        b"gXYZ": _xyz((matrix[0][1], matrix[1][1], matrix[2][1])),
        b"bXYZ": _xyz((matrix[0][2], matrix[1][2], matrix[2][2])),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def grey_profile(gamma: float) -> bytes:
    """A grey profile with one gamma."""
    tags = {
        b"desc": _description(f"grey {gamma}"),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(D50),
        b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256)),
    }
    return _profile(b"mntr", b"GRAY", b"XYZ ", tags)


_INKS = ((0, 158, 224), (229, 0, 125), (255, 237, 0), (35, 31, 32))


def press(inks: Sequence[float]) -> tuple[int, int, int]:
    """The sRGB colour that the test's printing press makes of four ink amounts, 0 to 1."""
    light = [1.0, 1.0, 1.0]
    for amount, ink in zip(inks, _INKS, strict=True):
        for channel in range(3):
            light[channel] *= 1 - amount * (1 - SRGB.decode(ink[channel] / 255))
    red, green, blue = (round(255 * SRGB.encode(value)) for value in light)
    return red, green, blue


def cmyk_profile(colours: Callable[[Sequence[float]], Sequence[int]] = press) -> bytes:
    """A table profile of a printing press, exact where each ink is at a multiple of a quarter."""
    return table_profile(b"prtr", b"CMYK", 4, 5, colours)


def table_profile(
    kind: bytes,
    space: bytes,
    channels: int,
    steps: int,
    colours: Callable[[Sequence[float]], Sequence[int]],
) -> bytes:
    """A table profile of a device whose channels, 0 to 1, give these sRGB colours.

    Exact where each channel is at one of its evenly spaced steps.
    """
    table = bytearray()
    for amounts in product(range(steps), repeat=channels):
        lightness, a, b = lab(colours([amount / (steps - 1) for amount in amounts]))
        for value in (lightness * 65280 / 100, (a + 128) * 256, (b + 128) * 256):
            table += struct.pack(">H", round(min(max(value, 0), 65535)))
    identity = struct.pack(">9i", *(65536 * value for value in (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    straight = struct.pack(">HH", 0, 65535)
    lut = b"mft2\0\0\0\0" + bytes((channels, 3, steps, 0)) + identity + struct.pack(">HH", 2, 2)
    lut += straight * channels + bytes(table) + straight * 3
    tags = {
        b"desc": _description("test device"),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(D50),
        b"A2B0": lut,
        b"A2B1": lut,
    }
    return _profile(kind, space, b"Lab ", tags)


def _curve(space: Space) -> bytes:
    if space.gamma:
        return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(space.gamma * 256))
    entries = [round(65535 * space.decode(n / 1023)) for n in range(1024)]
    return b"curv\0\0\0\0" + struct.pack(">I1024H", 1024, *entries)


def _xyz(value: Triple) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(65536 * part) for part in value))


def _description(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(raw)) + raw + bytes(12 + 67)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = bytearray(), bytearray()
    start = 128 + 4 + 12 * len(tags)
    for name, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", start + len(body), len(content))
        body += padded
    header = bytearray(128)
    header[0:4] = struct.pack(">I", start + len(body))
    header[8:12] = bytes((2, 0x40, 0, 0))
    header[12:16], header[16:20], header[20:24] = kind, space, connection
    header[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    header[68:80] = struct.pack(">3i", *(round(65536 * part) for part in D50))
    return bytes(header) + struct.pack(">I", len(tags)) + bytes(table) + bytes(body)
