"""The labels: which of the classifier's 1,000 classes each stands for, its parents, its categories.

taxonomy.json is made by bake.py from WordNet's hierarchy and the choices in vocabulary.toml.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

__all__ = ["CLASSES", "Label", "Taxonomy", "load_taxonomy"]

CLASSES = 1000


@dataclass(frozen=True)
class Label:
    """`parents` are all ancestors, the nearest first."""

    name: str
    parents: tuple[str, ...]
    category: str


@dataclass(frozen=True)
class Taxonomy:
    """`membership[i, c]` is 1 if class `c` is one of the things that `labels[i]` names."""

    labels: tuple[Label, ...]
    membership: NDArray[np.float32]

    def confidences(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """The probability of each label, 0 to 1, from those of the 1,000 classes: their sum over
        all that fall under the label, so no label is surer than its parents."""
        sums: NDArray[np.float32] = np.minimum(self.membership @ probabilities, 1.0)
        return sums

    def named(self, name: str) -> Label:
        """The label of that name; KeyError if there is none."""
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(name)


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
    return Taxonomy(labels, membership)
