"""The models at work: what they see in a picture, through onnxruntime on the CPU."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.rekognition.pictures import Picture
from local.rekognition.reading import Reader
from local.rekognition.requests import Box
from local.rekognition.sessions import open_session
from local.rekognition.sight import Face, Point, TextLine

__all__ = ["Models"]

# Two threads halve the latency of one picture and cost nothing when every core is busy.
THREADS = 2
CLASSES_SIDE = 224
# The share of the shorter side that ImageNet classifiers are usually evaluated on.
CENTRE_SHARE = 0.875
FACES_SIDE = 192
FACES_GRID = 48
FACE_SCORE = 0.6
OVERLAP = 0.3
NUDITY_RESIZED, NUDITY_SIDE = 256, 224
NUDITY_MEAN_BGR = np.array([104, 117, 123], dtype=np.float32)


class Models:
    """Sight by the prepared models in `folder`. `threads` is for one model on one picture."""

    def __init__(self, folder: Path, threads: int = THREADS) -> None:
        self._classes = open_session(folder / "classes.onnx", threads)
        self._faces = open_session(folder / "faces.onnx", threads)
        self._nudity = open_session(folder / "nudity.onnx", threads)
        self._folder, self._threads = folder, threads
        self._reader: Reader | None = None
        self._reading = Lock()

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        """The mean of two looks: at the centre, and at the whole squeezed into a square. The
        second sees what lies at the edges of wide and tall pictures."""
        width, height = picture.view.size
        side = min(width, height) * CENTRE_SHARE
        left, top = (width - side) / 2, (height - side) / 2
        boxes = ((left, top, left + side, top + side), (0.0, 0.0, float(width), float(height)))
        looks = [
            np.asarray(
                picture.view.resize(
                    (CLASSES_SIDE, CLASSES_SIDE), Image.Resampling.BICUBIC, box=box
                ),
                dtype=np.float32,
            )
            for box in boxes
        ]
        batch = ((np.stack(looks) - 127) / 128).transpose(0, 3, 1, 2)
        (probabilities,) = self._classes.run(["probabilities"], {"pixels": batch})
        mean: NDArray[np.float32] = np.asarray(probabilities, dtype=np.float32).mean(axis=0)
        return mean

    def faces(self, picture: Picture) -> list[Face]:
        width, height = picture.view.size
        scale = FACES_SIDE / max(width, height)
        inner = (max(1, round(width * scale)), max(1, round(height * scale)))
        canvas = Image.new("RGB", (FACES_SIDE, FACES_SIDE))
        offset = ((FACES_SIDE - inner[0]) // 2, (FACES_SIDE - inner[1]) // 2)
        canvas.paste(picture.view.resize(inner, Image.Resampling.BILINEAR), offset)
        pixels = np.asarray(canvas, dtype=np.float32)[None] / 127.5 - 1
        boxes, scores = self._faces.run(None, {"input": pixels})
        found = _decode_faces(np.asarray(boxes)[0], np.asarray(scores)[0, :, 0])
        to_fraction = np.array([FACES_SIDE / inner[0], FACES_SIDE / inner[1]])
        shift = np.array(offset) / FACES_SIDE
        return [_face((points - shift) * to_fraction, score) for points, score in found]

    def nudity(self, picture: Picture) -> float:
        """By the model's own recipe: squeezed to 256 x 256, cropped to the middle 224 x 224."""
        margin = (NUDITY_RESIZED - NUDITY_SIDE) // 2
        box = (margin, margin, margin + NUDITY_SIDE, margin + NUDITY_SIDE)
        small = picture.view.resize((NUDITY_RESIZED, NUDITY_RESIZED), Image.Resampling.BILINEAR)
        rgb = np.asarray(small.crop(box), dtype=np.float32)
        batch = np.ascontiguousarray(rgb[None, :, :, ::-1] - NUDITY_MEAN_BGR)
        (scores,) = self._nudity.run(None, {self._nudity.get_inputs()[0].name: batch})
        return float(np.asarray(scores)[0, 1])

    def text(self, picture: Picture) -> list[TextLine]:
        # Most stacks never ask for text, so its models cost neither time nor memory until then.
        with self._reading:
            if self._reader is None:
                finder, recognizer = (
                    open_session(self._folder / name, self._threads, keep_memory=False)
                    for name in ("text-find.onnx", "text-read.onnx")
                )
                self._reader = Reader(finder, recognizer)
            # One picture at a time: reading takes a hundred megabytes.
            return self._reader.read(picture.view)


def _decode_faces(
    boxes: NDArray[np.float32], scores: NDArray[np.float32]
) -> list[tuple[NDArray[np.float64], float]]:
    """Each face as eight points (two corners of its box, six landmarks) in fractions of the
    square, with its score; overlapping finds are averaged by their scores, as BlazeFace's authors
    do (Bazarevsky et al. 2019)."""
    certainty = 1 / (1 + np.exp(-np.clip(scores, -80, 80).astype(np.float64)))
    likely = np.flatnonzero(certainty >= FACE_SCORE)
    likely = likely[np.argsort(-certainty[likely], kind="stable")]
    rows, columns = np.divmod(likely, FACES_GRID)
    anchors = np.stack([columns + 0.5, rows + 0.5], axis=1) / FACES_GRID
    points = boxes[likely].reshape(-1, 8, 2).astype(np.float64) / FACES_SIDE
    centre, half = points[:, 0] + anchors, points[:, 1] / 2
    points += anchors[:, None]
    points[:, 0], points[:, 1] = centre - half, centre + half
    found = []
    left = list(range(len(likely)))
    while left:
        same = [
            at for at in left if at == left[0] or _overlap(points[left[0]], points[at]) > OVERLAP
        ]
        weights = certainty[likely[same]]
        found.append((np.average(points[same], axis=0, weights=weights), float(weights[0])))
        left = [at for at in left if at not in same]
    return found


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Intersection over union of the boxes spanned by the first two points of each."""
    low, high = np.maximum(one[0], other[0]), np.minimum(one[1], other[1])
    common = float(np.prod(np.clip(high - low, 0, None)))
    areas = float(np.prod(one[1] - one[0]) + np.prod(other[1] - other[0]))
    return common / (areas - common) if areas > common else 0.0


def _face(points: NDArray[np.float64], score: float) -> Face:
    (left, top), (right, bottom) = points[0], points[1]
    # The model names landmarks by the subject's right and left, the service by the viewer's.
    names = {2: "eyeLeft", 3: "eyeRight", 4: "nose"}
    return Face(
        Box(float(left), float(top), float(right - left), float(bottom - top)),
        score * 100,
        {name: Point(float(points[at, 0]), float(points[at, 1])) for at, name in names.items()},
    )
