"""A number by which the better pictures come first."""

from collections.abc import Mapping
from math import log
from typing import Any

__all__ = ["MEASURES", "technical"]

MEASURES = frozenset(("sharpness", "brightness", "contrast", "shadows", "highlights"))
"""What the score is made of, besides the size."""

_CRISP = 50.0
"""The sharpness from which more is no better: `pictures.measures.Scores` calls that crisp."""
_LIVELY = 40.0
"""The same of contrast."""
_MIDDLE, _TOLERATED = 50.0, 20.0
"""The best mean lightness, and how far from it costs nothing."""
_CLIPPED = 60.0
"""The share of black and white pixels, in per cent, at which nothing of the picture is exposed."""
_FEWEST, _ENOUGH = 50_000.0, 8_000_000.0
"""Pixels: too few for anything, and enough for everything."""
_WEIGHTS = {"sharpness": 0.4, "exposure": 0.25, "contrast": 0.15, "resolution": 0.2}


def technical(measured: Mapping[str, Any], width: int, height: int) -> float:
    """How well a picture is made, 0 to 100 with one decimal: sharp, well exposed, of some contrast
    and large. It says nothing about beauty: a sharp test chart scores higher than a soft portrait.

    Each of the four becomes a desirability of 0 to 1, linear up to where more is no better, the
    number of pixels by its logarithm. The score is 100 times their weighted geometric mean, so that
    what is useless in one way is not saved by the others (Derringer and Suich, "Simultaneous
    Optimization of Several Response Variables", Journal of Quality Technology 12, 1980). Limits and
    weights are chosen, not fitted: they order pictures and measure nothing.
    """
    away = abs(measured["brightness"] - _MIDDLE) - _TOLERATED
    clipped = measured["shadows"] + measured["highlights"]
    desired = {
        "sharpness": measured["sharpness"] / _CRISP,
        "exposure": min(1 - away / (_MIDDLE - _TOLERATED), 1 - clipped / _CLIPPED),
        "contrast": measured["contrast"] / _LIVELY,
        "resolution": log(max(width * height, 1) / _FEWEST) / log(_ENOUGH / _FEWEST),
    }
    score = 100.0
    for name, weight in _WEIGHTS.items():
        score *= min(max(desired[name], 0.0), 1.0) ** weight
    return round(score, 1)
