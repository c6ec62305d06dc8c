"""Words and pictures in one space of 384 dimensions, in which both can be compared.

MiniLM places texts. A picture is placed by what the classifier sees in it: as the mean of the
meanings of its ten likeliest classes, weighted by their probabilities (ConSE, Norouzi et al. 2014).
What all classes have in common is subtracted from both, or every picture would be a little like
every text.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from local.rekognition.sessions import open_session

__all__ = ["TABLE", "Meanings", "Texts", "directions"]

TABLE = Path(__file__).with_name("classes.npz")
"""What `bake.py` makes: the direction of each class, as 384 bytes from -127 to 127, and what all
names have in common."""

MOST_TOKENS = 128
CLASSES = 10
THREADS = 2

Vector = NDArray[np.float32]


class Texts:
    """MiniLM: the direction of a text, which is cut off after 128 tokens."""

    def __init__(self, model: Path | bytes, tokenizer: bytes) -> None:
        self._model: onnxruntime.InferenceSession = open_session(model, THREADS)
        self._tokenizer: Tokenizer = Tokenizer.from_buffer(tokenizer)
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.no_padding()

    def direction(self, text: str) -> Vector:
        encoded = self._tokenizer.encode(text)
        inputs = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        wanted = {each.name for each in self._model.get_inputs()}
        batch = {
            name: np.array([each], dtype=np.int64)
            for name, each in inputs.items()
            if name in wanted
        }
        tokens = np.asarray(self._model.run(None, batch)[0], dtype=np.float32)
        return directions(tokens[0].mean(axis=0) if tokens.ndim == 3 else tokens[0])


class Meanings:
    """Where texts and pictures lie, by the prepared models in `folder`. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._texts: Texts | None = None
        self._opening = Lock()
        with np.load(TABLE) as table:
            self._classes = directions(table["classes"].astype(np.float32))
            self._common = table["common"].astype(np.float32)

    def of_text(self, text: str) -> Vector:
        # Most stacks are never searched, so MiniLM costs no memory until then.
        with self._opening:
            if self._texts is None:
                tokenizer = (self._folder / "words.json").read_bytes()
                self._texts = Texts(self._folder / "words.onnx", tokenizer)
        return directions(self._texts.direction(text) - self._common)

    def of_classes(self, probabilities: Vector) -> Vector:
        likeliest = np.argsort(-probabilities)[:CLASSES]
        return directions(probabilities[likeliest] @ self._classes[likeliest])


def directions(vectors: Vector) -> Vector:
    """Each vector with length 1."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    result: Vector = (vectors / np.maximum(lengths, 1e-9)).astype(np.float32)
    return result
