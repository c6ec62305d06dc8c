"""Text in a picture: one model finds the lines, another reads each (PP-OCR, Du et al. 2020)."""

from __future__ import annotations

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from PIL import Image

from local.rekognition.requests import Box
from local.rekognition.sight import TextLine

__all__ = ["Reader", "find_regions"]

# Sides are multiples of 32. The finder's authors run it at 736 px; this takes half the memory and
# still finds lines of a fiftieth of the picture's height.
SHORTER_SIDE = 544
LONGER_SIDE = 800
STEP = 32
TEXT_PIXEL = 0.3
TEXT_REGION = 0.6
# The finder marks the core of a line; its authors grow it by area x 1.6 / perimeter.
GROWTH = 1.6
SMALLEST_PIXELS = 3
MOST_LINES = 200
READ_HEIGHT = 48
READ_WIDEST = 3200


class Reader:
    """Reads horizontal lines of Latin and Chinese script."""

    def __init__(
        self, finder: onnxruntime.InferenceSession, recognizer: onnxruntime.InferenceSession
    ) -> None:
        self._finder = finder
        self._recognizer = recognizer
        listed = recognizer.get_modelmeta().custom_metadata_map["character"]
        # CTC's blank comes first, the space last.
        self._characters = ["", *listed.splitlines(), " "]

    def read(self, view: Image.Image) -> list[TextLine]:
        """The lines from top to bottom, the words of each from left to right."""
        lines = []
        for box in self._find(view):
            line = self._recognize(view, box)
            if line is not None:
                lines.append(line)
        return sorted(lines, key=lambda line: (line.box.top, line.box.left))

    def _find(self, view: Image.Image) -> list[tuple[int, int, int, int]]:
        width, height = view.size
        scale = min(SHORTER_SIDE / min(width, height), LONGER_SIDE / max(width, height))
        size = tuple(max(STEP, round(side * scale / STEP) * STEP) for side in (width, height))
        small = view.resize((size[0], size[1]), Image.Resampling.BILINEAR)
        pixels = np.asarray(small, dtype=np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        (heat,) = self._finder.run(None, {self._finder.get_inputs()[0].name: pixels})
        boxes = []
        across, down = width / size[0], height / size[1]
        for left, top, right, bottom in find_regions(np.asarray(heat)[0, 0]):
            boxes.append(
                (
                    max(0, round(left * across)),
                    max(0, round(top * down)),
                    min(width, round(right * across)),
                    min(height, round(bottom * down)),
                )
            )
        return boxes

    def _recognize(self, view: Image.Image, box: tuple[int, int, int, int]) -> TextLine | None:
        left, top, right, bottom = box
        if right - left < 2 or bottom - top < 2:
            return None
        wide = min(
            READ_WIDEST, max(READ_HEIGHT, round((right - left) * READ_HEIGHT / (bottom - top)))
        )
        crop = view.resize((wide, READ_HEIGHT), Image.Resampling.BILINEAR, box=box)
        pixels = np.asarray(crop, dtype=np.float32).transpose(2, 0, 1)[None] / 127.5 - 1
        (scores,) = self._recognizer.run(None, {self._recognizer.get_inputs()[0].name: pixels})
        steps = np.asarray(scores)[0]
        best = steps.argmax(axis=1)
        # CTC: a repeated character is one character, the blank separates.
        kept = np.flatnonzero((best != 0) & (best != np.concatenate([[0], best[:-1]])))
        text = [self._characters[best[step]] for step in kept]
        certainty = steps[kept, best[kept]]
        spans = _words(text)
        if not spans:
            return None
        per_step = (right - left) / len(best)

        def word(first: int, last: int) -> TextLine:
            start = left + (kept[first] - 0.5) * per_step
            end = left + (kept[last] + 1.5) * per_step
            return TextLine(
                "".join(text[first : last + 1]),
                _fraction(view, max(left, start), top, min(right, end), bottom),
                float(certainty[first : last + 1].mean()) * 100,
            )

        words = tuple(word(first, last) for first, last in spans)
        joined = " ".join(one.text for one in words)
        confidence = float(np.mean([one.confidence for one in words]))
        return TextLine(joined, _fraction(view, left, top, right, bottom), confidence, words)


def _words(text: list[str]) -> list[tuple[int, int]]:
    """First and last index of each run without spaces."""
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for index, character in enumerate([*text, " "]):
        if character.isspace():
            if start is not None:
                spans.append((start, index - 1))
            start = None
        elif start is None:
            start = index
    return spans


def _fraction(view: Image.Image, left: float, top: float, right: float, bottom: float) -> Box:
    width, height = view.size
    return Box(
        float(left / width),
        float(top / height),
        float((right - left) / width),
        float((bottom - top) / height),
    )


def find_regions(heat: NDArray[np.float32]) -> list[tuple[float, float, float, float]]:
    """The boxes (left, top, right, bottom in pixels of the map) around connected regions of text
    in a map of probabilities, grown to whole lines. At most 200."""
    mask = heat > TEXT_PIXEL
    labels = _connected(mask)
    count = int(labels.max())
    regions = []
    if count == 0:
        return []
    rows, columns = np.nonzero(labels)
    which = labels[rows, columns]
    sizes = np.bincount(which, minlength=count + 1)
    sums = np.bincount(which, weights=heat[rows, columns], minlength=count + 1)
    low_x, low_y = np.full(count + 1, heat.shape[1]), np.full(count + 1, heat.shape[0])
    high_x, high_y = np.zeros(count + 1, dtype=int), np.zeros(count + 1, dtype=int)
    np.minimum.at(low_x, which, columns)
    np.minimum.at(low_y, which, rows)
    np.maximum.at(high_x, which, columns + 1)
    np.maximum.at(high_y, which, rows + 1)
    for at in np.argsort(-sizes[1:], kind="stable")[:MOST_LINES] + 1:
        width, height = int(high_x[at] - low_x[at]), int(high_y[at] - low_y[at])
        if min(width, height) < SMALLEST_PIXELS or sums[at] / sizes[at] < TEXT_REGION:
            continue
        grown = width * height * GROWTH / (2 * (width + height))
        regions.append(
            (
                float(low_x[at] - grown),
                float(low_y[at] - grown),
                float(high_x[at] + grown),
                float(high_y[at] + grown),
            )
        )
    return regions


def _connected(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Each pixel's region number from 1, 0 outside; pixels that touch by a side are one region.

    Runs of each row are joined with those they touch in the row above (union-find).
    """
    parents = [0]

    def root(label: int) -> int:
        while parents[label] != label:
            parents[label] = parents[parents[label]]
            label = parents[label]
        return label

    labels = np.zeros(mask.shape, dtype=np.intp)
    above: list[tuple[int, int, int]] = []
    for y, row in enumerate(mask):
        edges = np.flatnonzero(np.diff(row, prepend=False, append=False))
        runs = []
        for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            touching = [label for first, last, label in above if first < end and start < last]
            if touching:
                label = min(root(other) for other in touching)
                for other in touching:
                    parents[root(other)] = label
            else:
                label = len(parents)
                parents.append(label)
            labels[y, start:end] = label
            runs.append((start, end, label))
        above = runs
    numbers: dict[int, int] = {0: 0}
    renumbered = [numbers.setdefault(root(label), len(numbers)) for label in range(len(parents))]
    return np.asarray(renumbered, dtype=np.intp)[labels]
