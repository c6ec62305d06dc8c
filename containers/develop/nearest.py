"""Which of the renditions made ahead stands in for one that is not made now."""

from collections.abc import Iterator

from pipeline.item import Renditions
from pipeline.recipe import FormatName, Recipe, Rendition

__all__ = ["nearest"]


def nearest(wanted: Rendition, form: FormatName, made: Renditions, recipe: Recipe) -> Iterator[str]:
    """The keys of files to show instead, the best first: of the same format and fit where there
    are such, and of those the smallest that is as wide, or the widest."""
    fits = {each.name: each.fit for each in recipe.renditions}
    of_format = {name: files[form] for name, files in made.items() if form in files}
    of_fit = {name: file for name, file in of_format.items() if fits.get(name) == wanted.fit}
    files = list((of_fit or of_format).values())
    wide = sorted((each for each in files if each["width"] >= wanted.width), key=_width)
    narrow = sorted((each for each in files if each["width"] < wanted.width), key=_width)
    yield from (each["key"] for each in (*wide, *reversed(narrow)))


def _width(file: dict[str, object]) -> int:
    return int(str(file["width"]))
