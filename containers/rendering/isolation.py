"""Develops a picture in a child process, where it cannot kill the function."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pictures.isolation import isolated
from pictures.limits import Limits
from pictures.measures import Colour, Scores
from pipeline.recipe import Recipe
from rendering.framing import Area, Focus
from rendering.renditions import Developed, File, develop

__all__ = ["develop_isolated"]


def develop_isolated(
    data: bytes,
    recipe: Recipe,
    limits: Limits,
    *,
    focus: Focus | None = None,
    marks: Mapping[str, bytes] | None = None,
    sampled: bool = False,
) -> Developed:
    """What `develop` returns, from a child process within the limits' memory and seconds.

    Raises what `develop` and `pictures.isolation.isolated` raise.
    """
    argument = {
        "recipe": recipe.to_json(),
        "focus": None if focus is None else asdict(focus),
        "marks": {name: b64encode(file).decode() for name, file in (marks or {}).items()},
        "sampled": sampled,
    }
    value, blobs = isolated("rendering.isolation:develop_task", data, limits, argument)
    sample = blobs[-1] if sampled else None
    blobs = blobs[:-1] if sampled else blobs
    files = tuple(
        File(**described, data=blob)
        for described, blob in zip(value.pop("files"), blobs, strict=True)
    )
    colours = tuple(Colour(**described) for described in value.pop("colours"))
    scores = Scores(**value.pop("scores"))
    return Developed(files=files, colours=colours, scores=scores, sample=sample, **value)


def develop_task(data: bytes, limits: Limits, argument: Any) -> tuple[Any, Sequence[bytes]]:
    """The child's part of `develop_isolated`."""
    known = argument["focus"]
    focus = None
    if known is not None:
        focus = Focus(
            faces=tuple(Area(**area) for area in known["faces"]),
            text=tuple(Area(**area) for area in known["text"]),
            point=None if known["point"] is None else Area(**known["point"]),
            searched=tuple(known["searched"]),
        )
    recipe = Recipe.from_json(argument["recipe"])
    marks = {name: b64decode(file) for name, file in argument["marks"].items()}
    sampled = argument["sampled"]
    developed = develop(data, recipe, limits, focus=focus, marks=marks, sampled=sampled)
    value = asdict(developed)
    sample = value.pop("sample")
    blobs = [described.pop("data") for described in value["files"]]
    return value, blobs if sample is None else [*blobs, sample]
