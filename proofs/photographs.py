"""Synthetic pictures that measure like small photographs, each different."""

import io

import numpy as np
from PIL import Image

__all__ = ["broken", "flat", "photograph"]

_OCTAVES = (2, 4, 8, 16, 64)


def photograph(seed: int, *, width: int = 240, height: int = 180) -> bytes:
    """A JPEG of 5 to 20 kB with smooth light, edges and grain; the same for the same seed.

    The default policy accepts every one.
    """
    random = np.random.default_rng(seed)
    light = np.zeros((height, width, 3))
    for octave in _OCTAVES:
        coarse = random.random((octave, octave, 3)) * 255
        patch = Image.fromarray(coarse.astype(np.uint8)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        light += np.asarray(patch, dtype=float) / len(_OCTAVES)
    left, top = random.integers(0, width // 2), random.integers(0, height // 2)
    light[top : top + height // 3, left : left + width // 3] = random.integers(0, 256, 3)
    right, bottom = random.integers(width // 2, width), random.integers(height // 2, height)
    light[bottom : bottom + height // 4, right - width // 4 : right] = random.choice([20, 235])
    grain = random.normal(0, 6, light.shape)
    stretched = (light + grain - 127) * 1.6 + 127
    made = io.BytesIO()
    Image.fromarray(stretched.clip(0, 255).astype(np.uint8)).save(made, "JPEG", quality=85)
    return made.getvalue()


def flat(level: int, *, width: int = 240, height: int = 180) -> bytes:
    """A JPEG of one grey; the default policy holds it."""
    made = io.BytesIO()
    Image.new("RGB", (width, height), (level, level, level)).save(made, "JPEG")
    return made.getvalue()


def broken(seed: int) -> bytes:
    """A file that no stage can use: a truncated photograph, text, or noise."""
    match seed % 3:
        case 0:
            whole = photograph(seed)
            return whole[: len(whole) // 2]
        case 1:
            return f"shopping list {seed}: bread, film, fixer\n".encode()
        case _:
            return np.random.default_rng(seed).bytes(2048)
