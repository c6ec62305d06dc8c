"""AVIF and HEIC files of the chart that are cut, rotated and mirrored by their properties."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from proofs.specimens import CHART, SIZE, Colours, Specimen, chart, exif_block, heic, saved
from proofs.specimens.heif import aperture, mirrored, parts_of, put_together, rotated

__all__ = ["GEOMETRY"]

_RED, _GREEN, _BLUE, _GREY = CHART
_SIDEWAYS = SIZE[::-1]
_EXIF = bytes(4) + exif_block(6).removeprefix(b"Exif\0\0")

# A name, the properties, whether EXIF contradicts them, the size and the four corners.
_CASES: tuple[tuple[str, tuple[bytes, ...], bool, tuple[int, int], Colours], ...] = (
    ("clean aperture, a quarter", (aperture(96, 64, 48, 32),), False, (96, 64), (_GREY,) * 4),
    ("clean aperture, the middle", (aperture(120, 80),), False, (120, 80), CHART),
    ("clean aperture outside", (aperture(96, 64, 148, 32),), False, SIZE, CHART),
    (
        "clean aperture, rotated",
        (aperture(96, 128, 48, 0), rotated(1)),
        False,
        (128, 96),
        (_GREEN, _GREY, _GREEN, _GREY),
    ),
    ("rotated", (rotated(1),), False, _SIDEWAYS, (_GREEN, _GREY, _RED, _BLUE)),
    ("rotated against EXIF", (rotated(1),), True, _SIDEWAYS, (_GREEN, _GREY, _RED, _BLUE)),
    ("mirrored against EXIF", (mirrored(1),), True, SIZE, (_GREEN, _RED, _GREY, _BLUE)),
    (
        "rotated and mirrored",
        (rotated(3), mirrored(0)),
        False,
        _SIDEWAYS,
        (_GREY, _GREEN, _BLUE, _RED),
    ),
    ("turned by EXIF only", (), True, SIZE, CHART),
)


def _made(plain: Callable[[], bytes], properties: tuple[bytes, ...], exif: bytes) -> bytes:
    return put_together(parts_of(plain()), *properties, exif=exif)


GEOMETRY = tuple(
    Specimen(
        f"{form} {name}",
        partial(_made, plain, properties, _EXIF if contradicted else b""),
        content_type,
        corners,
        tolerance=4.0,
        size=size,
    )
    for form, content_type, plain in (
        ("AVIF", "image/avif", lambda: saved(chart(), "AVIF", quality=95)),
        ("HEIC", "image/heic", lambda: heic("plain")),
    )
    for name, properties, contradicted, size, corners in _CASES
)
