"""Reproducible noise; Pillow's own depends on what was drawn before."""

import numpy as np
from PIL import Image

__all__ = ["noise"]


def noise(size: tuple[int, int], spread: float, seed: int = 1) -> Image.Image:
    """Grey pixels around 128 with this standard deviation."""
    width, height = size
    drawn = np.random.default_rng(seed).normal(128, spread, (height, width))
    return Image.fromarray(drawn.clip(0, 255).astype(np.uint8))
