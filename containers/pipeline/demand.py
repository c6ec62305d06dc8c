"""Renditions made on demand: which addresses there are, and what each one shows.

    640                    inside a box of 640 by 640 pixels
    640x480,cover,faces    filling a box, around the faces
    card                   a preset of the recipe
    320,card               the same 320 pixels wide, if the preset allows `sizes`

Everybody can ask for any address, so there are few of them: each is brought to one canonical form,
whose sides are steps of the recipe's ladder. A side goes up to the next step, the order of words
and what they say by default do not matter, and `320,2x` is `640`. `edge/negotiate.js` does the
same in front of the caches.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

from pipeline.address import NAME
from pipeline.recipe import Format, Preset, Recipe, Rendition
from pipeline.words import ADDRESSED, Problem, box, read

__all__ = ["MOST_ADDRESSES", "DemandError", "addresses", "canonical", "formats", "names", "wanted"]

MOST_ADDRESSES = 10_000
"""Of one picture: what its renditions can take in storage is bounded."""


_WRITTEN = re.compile(r"[a-z0-9][a-z0-9,-]*")


class DemandError(ValueError):
    """An address that no rendition is made for; the message names the word and the fix."""


def canonical(name: str, recipe: Recipe) -> str:
    """The one form of a rendition's name, without the extension. Names of the recipe stay as they
    are, and so does every other name without a comma that begins with a letter: of those that the
    recipe had once, files may still be there.

    Raises `DemandError`.
    """
    if NAME.fullmatch(name):
        return name
    if not _WRITTEN.fullmatch(name):
        raise DemandError(f"address must have only a to z, 0 to 9, commas and hyphens, got {name}")
    presets = {preset.name: preset for preset in recipe.presets}
    values, problems = read(name.split(","), ADDRESSED, presets)
    if problems:
        raise DemandError(str(problems[0]))
    preset = presets.get(values.get("preset", ""))
    if preset is not None:
        return _of_preset(preset, values, recipe)
    if not recipe.sizes:
        raise DemandError(f"word must be the name of a rendition or preset, got {name}")
    size = _step(values, recipe)
    if values.get("fit", "inside") == "inside":
        return size
    focus = values.get("focus", "centre")
    if focus not in recipe.foci:
        raise DemandError(str(Problem("focus", f"one of {', '.join(recipe.foci)}", focus)))
    return f"{size},cover" if focus == "centre" else f"{size},cover,{focus}"


def wanted(name: str, recipe: Recipe) -> Rendition | None:
    """What an address shows whose name is canonical; None if it is not, or not made on demand."""
    presets = {preset.name: preset for preset in recipe.presets}
    if name in presets:
        return _rendition(presets[name])
    try:
        if canonical(name, recipe) != name:
            return None
    except DemandError:
        return None
    values = read(name.split(","), ADDRESSED, presets).values
    if "size" not in values:
        return None
    width, height = values["size"]
    if "preset" in values:
        preset = presets[values["preset"]]
        height = max(1, (2 * width * preset.height + preset.width) // (2 * preset.width))
        return replace(_rendition(preset), width=width, height=height)
    return Rendition(
        name="on-demand",
        width=width,
        height=height,
        fit=values.get("fit", "inside"),
        focus=values.get("focus", "centre"),
    )


def formats(recipe: Recipe) -> tuple[Format, ...]:
    """Those that a rendition is made in on demand; animations that are kept move as WebP."""
    names = [each.format for each in recipe.formats]
    if recipe.animated == "keep" and "webp" not in names:
        return (*recipe.formats, Format(format="webp"))
    return recipe.formats


def names(recipe: Recipe) -> Iterator[str]:
    """The canonical name of everything that is made of one picture on demand."""
    for preset in recipe.presets:
        yield preset.name
        if preset.sizes:
            yield from (f"{each},{preset.name}" for each in recipe.sizes if each != preset.width)
    for width in recipe.sizes:
        for height in recipe.sizes:
            size = _size(width, height)
            yield size
            for focus in recipe.foci:
                yield f"{size},cover" if focus == "centre" else f"{size},cover,{focus}"


def addresses(recipe: Recipe) -> int:
    """How many addresses one picture has besides those of its renditions made ahead."""
    steps = len(recipe.sizes)
    by_name = sum(
        1 + sum(each != preset.width for each in recipe.sizes) if preset.sizes else 1
        for preset in recipe.presets
    )
    return len(formats(recipe)) * (by_name + steps * steps * (1 + len(recipe.foci)))


def _of_preset(preset: Preset, values: Mapping[str, Any], recipe: Recipe) -> str:
    for kind in ("fit", "focus"):
        if kind in values:
            rule = f"left out, as {preset.name} has its own"
            raise DemandError(str(Problem(kind, rule, values[kind])))
    width, height = values.get("size", (preset.width, preset.width))
    if width != height:
        rule = f"a width alone, as {preset.name} has a shape of its own"
        raise DemandError(str(Problem("size", rule, f"{width}x{height}")))
    dpr = values.get("dpr", 1)
    if width * dpr == preset.width:
        return preset.name
    if not preset.sizes or not recipe.sizes:
        raise DemandError(
            str(Problem("size", f"left out, as {preset.name} has one only", f"{width * dpr}"))
        )
    step = _step({"size": (width, width), "dpr": dpr}, recipe)
    return preset.name if step == str(preset.width) else f"{step},{preset.name}"


def _step(values: Mapping[str, Any], recipe: Recipe) -> str:
    """The size, both sides up to the next step of the ladder."""
    sides = box(values)
    if isinstance(sides, Problem):
        raise DemandError(str(sides))
    largest = recipe.sizes[-1]
    if max(sides) > largest:
        raise DemandError(
            f"size must be at most {largest} pixels a side, got {sides[0]}x{sides[1]}"
        )
    width, height = (next(step for step in recipe.sizes if step >= side) for side in sides)
    return _size(width, height)


def _size(width: int, height: int) -> str:
    return str(width) if width == height else f"{width}x{height}"


def _rendition(preset: Preset) -> Rendition:
    return Rendition(**{each.name: getattr(preset, each.name) for each in fields(Rendition)})
