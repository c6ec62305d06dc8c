"""The labels: the classifier's classes below each, its parents and its category.

taxonomy.json is made by bake.py from WordNet's hierarchy and the choices in vocabulary.toml.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLASSES", "Label", "Taxonomy", "load_taxonomy"]

CLASSES = 1000
# Ten times chance; classes below it are ignored. A picture of nothing that the classifier knows
# spreads its probability thinly, and the 398 animals together would add up to `Animal`.
LEAST_PROBABILITY = 0.01


@dataclass(frozen=True)
class Label:
    """`parents` are all ancestors, the nearest first."""

    name: str
    parents: tuple[str, ...]
    category: str


@dataclass(frozen=True)
class Taxonomy:
    """`membership[i, c]` is 1 if class `c` is below `labels[i]` in the hierarchy; `rows` gives
    `i` by name."""

    labels: tuple[Label, ...]
    membership: NDArray[np.float32]
    rows: Mapping[str, int]

    def confidences(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The confidence of each label, 0 to 1: the sum of the probabilities of its classes.

        Classes under a hundredth are ignored. No label exceeds its parents.
        """
        likely = np.flatnonzero(probabilities >= LEAST_PROBABILITY)
        sums = self.membership[:, likely] @ probabilities[likely]
        capped: NDArray[np.float32] = np.minimum(sums, 1.0)
        return capped

    def confidence_of_any(
        self, names: Collection[str], probabilities: NDArray[np.float32]
    ) -> float:
        """The confidence, 0 to 1, that the picture shows at least one of these labels."""
        classes = self.membership[[self.rows[name] for name in names]].any(axis=0)
        likely = probabilities[classes & (probabilities >= LEAST_PROBABILITY)]
        return min(float(likely.sum()), 1.0)


@cache
def load_taxonomy() -> Taxonomy:
    """The taxonomy as committed."""
    content = json.loads(Path(__file__).with_name("taxonomy.json").read_text(encoding="utf-8"))
    labels = tuple(
        Label(name, tuple(parents), category)
        for name, (category, parents) in content["labels"].items()
    )
    rows = {label.name: row for row, label in enumerate(labels)}
    membership = np.zeros((len(labels), CLASSES), dtype=np.float32)
    for index, name in enumerate(content["classes"]):
        membership[rows[name], index] = 1
        for parent in labels[rows[name]].parents:
            membership[rows[parent], index] = 1
    return Taxonomy(labels, membership, rows)
