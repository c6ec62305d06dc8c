"""The labels: which of the classifier's 1,000 classes each stands for, its parents, its categories.

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
# Ten times chance. Below it a class says nothing: a picture of nothing the classifier knows spreads
# its probability thinly, and 398 thin slices of animals would add up to an animal.
LEAST_PROBABILITY = 0.01


@dataclass(frozen=True)
class Label:
    """`parents` are all ancestors, the nearest first."""

    name: str
    parents: tuple[str, ...]
    category: str


@dataclass(frozen=True)
class Taxonomy:
    """`membership[i, c]` is 1 if class `c` is one of the things that `labels[i]` names, and `rows`
    finds `i` by name."""

    labels: tuple[Label, ...]
    membership: NDArray[np.float32]
    rows: Mapping[str, int]

    def confidences(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """How sure each label is, 0 to 1, from the probabilities of the 1,000 classes: the sum of
        those of at least a hundredth that fall under it, so no label is surer than its parents."""
        heard = np.flatnonzero(probabilities >= LEAST_PROBABILITY)
        sums = self.membership[:, heard] @ probabilities[heard]
        capped: NDArray[np.float32] = np.minimum(sums, 1.0)
        return capped

    def confidence_of_any(
        self, names: Collection[str], probabilities: NDArray[np.float32]
    ) -> float:
        """How sure it is, 0 to 1, that the picture shows one of several labels."""
        classes = self.membership[[self.rows[name] for name in names]].any(axis=0)
        heard = probabilities[classes & (probabilities >= LEAST_PROBABILITY)]
        return min(float(heard.sum()), 1.0)


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
