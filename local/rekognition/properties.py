"""Image properties measured from the pixels: brightness, sharpness, contrast and colours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

__all__ = ["Quality", "dominant_colors", "measure_quality"]

COLORS_FILE = Path(__file__).with_name("colors.json")
BLUR_WIDTH = 9
TILES = 4
# Re-blur ratios of a perfectly sharp and of a hopelessly soft picture at 512 px.
SHARP_RATIO = 0.15
SOFT_RATIO = 0.75
SMALLEST_SHARE = 1.0


@dataclass(frozen=True)
class Quality:
    """Each from 0 to 100."""

    brightness: float
    sharpness: float
    contrast: float


def measure_quality(pixels: NDArray[np.uint8]) -> Quality:
    """Brightness is the mean luma (Rec. 601, the weights JPEG itself uses). Contrast is the span
    between its 2nd and 98th percentiles.

    Sharpness follows Crete, Dolmiere, Ladret and Nicolas, "The blur effect: perception and
    estimation with a new no-reference perceptual blur metric" (2007): how much of the neighbouring
    differences one more blur takes away. It is that of the sharpest sixteenth of the picture among
    those with no fewer differences than the average, as a sharp subject before a soft ground is a
    sharp picture. A picture without any difference has sharpness 0.
    """
    luma = np.asarray(Image.fromarray(pixels).convert("L"))
    share = np.cumsum(np.bincount(luma.reshape(-1), minlength=256)) / luma.size
    dark, bright = np.searchsorted(share, (0.02, 0.98))
    return Quality(
        brightness=float(luma.mean()) / 2.55,
        sharpness=_sharpness(luma.astype(np.int16)),
        contrast=float(bright - dark) / 2.55,
    )


def _sharpness(luma: NDArray[np.int16]) -> float:
    if min(luma.shape) < TILES * 2 * BLUR_WIDTH:
        return 0.0
    across, across_lost = _differences(luma)
    down, down_lost = (sums.T for sums in _differences(np.ascontiguousarray(luma.T)))
    whole = across + down
    telling = (across > 0) & (down > 0) & (whole >= whole.mean())
    if not telling.any():
        return 0.0
    kept = np.minimum(
        across_lost[telling] / across[telling], down_lost[telling] / down[telling]
    ).max()
    return float(np.clip((SOFT_RATIO - (1 - kept)) / (SOFT_RATIO - SHARP_RATIO), 0, 1) * 100)


def _differences(plane: NDArray[np.int16]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each tile of a 4 x 4 grid the sum of differences between neighbours in a row (times
    nine), and how much of it is lost by averaging over nine pixels of the row."""
    margin = BLUR_WIDTH // 2
    inner = plane[:, margin : plane.shape[1] - margin]
    before = BLUR_WIDTH * np.abs(inner[:, 1:] - inner[:, :-1])
    # Two neighbouring means of nine pixels differ by a ninth of what enters less what leaves.
    after = np.abs(plane[:, BLUR_WIDTH:] - plane[:, :-BLUR_WIDTH])
    lost = np.maximum(before - after, 0)
    return _tile_sums(before), _tile_sums(lost)


def _tile_sums(values: NDArray[np.int16]) -> NDArray[np.int64]:
    rows, columns = (np.arange(TILES) * size // TILES for size in values.shape)
    by_row = np.add.reduceat(values, rows, axis=0, dtype=np.int64)
    sums: NDArray[np.int64] = np.add.reduceat(by_row, columns, axis=1)
    return sums


@dataclass(frozen=True)
class _Palette:
    names: tuple[str, ...]
    simple: tuple[str, ...]
    rgb: NDArray[np.uint8]
    # The nearest named colour of each cell of a 32 x 32 x 32 grid over RGB, flattened.
    nearest: NDArray[np.intp]


@cache
def _palette() -> _Palette:
    table: dict[str, list[str]] = json.loads(COLORS_FILE.read_text(encoding="utf-8"))
    names = tuple(table)
    rgb = np.array([list(bytes.fromhex(table[name][0])) for name in names], dtype=np.uint8)
    steps = np.arange(32, dtype=np.float32) * 8 + 4
    grid = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    cells, named = _lab(grid), _lab(rgb.astype(np.float32))
    distance = ((cells**2).sum(1)[:, None] + (named**2).sum(1)[None]) - 2 * cells @ named.T
    return _Palette(names, tuple(table[name][1] for name in names), rgb, distance.argmin(axis=1))


def _lab(rgb: NDArray[np.float32]) -> NDArray[np.float32]:
    """CIE L*a*b* (D65) of sRGB values from 0 to 255, by IEC 61966-2-1 and CIE 15."""
    unit = rgb / 255
    linear = np.where(unit <= 0.04045, unit / 12.92, ((unit + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    xyz = linear @ to_xyz.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    lab = np.stack(
        [116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1
    )
    return lab.astype(np.float32)


def dominant_colors(pixels: NDArray[np.uint8], limit: int) -> list[dict[str, Any]]:
    """The named CSS colours that most pixels are nearest to (in CIE L*a*b*), most frequent first.

    `PixelPercent` is of all pixels; a colour under 1 percent is left out, and no more than `limit`
    are given.
    """
    palette = _palette()
    cell = (pixels >> 3).reshape(-1, 3).astype(np.intp)
    index = palette.nearest[(cell[:, 0] * 32 + cell[:, 1]) * 32 + cell[:, 2]]
    share = np.bincount(index, minlength=len(palette.names)) * (100 / len(index))
    colors = []
    for at in np.argsort(-share, kind="stable")[:limit]:
        if share[at] < SMALLEST_SHARE:
            break
        red, green, blue = (int(part) for part in palette.rgb[at])
        colors.append(
            {
                "Red": red,
                "Green": green,
                "Blue": blue,
                "HexCode": f"#{red:02x}{green:02x}{blue:02x}",
                "CSSColor": palette.names[at],
                "SimplifiedColor": palette.simple[at],
                "PixelPercent": round(float(share[at]), 4),
            }
        )
    return colors
