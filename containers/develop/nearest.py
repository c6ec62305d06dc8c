"""Which of the renditions made ahead stands in for one that is not made now."""

from collections.abc import Iterator

from pipeline.item import Renditions
from pipeline.recipe import FormatName, Recipe, Rendition

__all__ = ["nearest"]


def nearest(wanted: Rendition, form: FormatName, made: Renditions, recipe: Recipe) -> Iterator[str]:
    """The keys of files to show instead, the best first: of the same format and fit where there
    are such, and of those the smallest that is as wide, or the widest.

    None shows what the wanted one hides, or lacks its watermark.
    """
    known = {each.name: each for each in recipe.renditions}
    fits = {name: each.fit for name, each in known.items()}
    of_format = {
        name: files[form]
        for name, files in made.items()
        if form in files and _covers(wanted, known.get(name))
    }
    of_fit = {name: file for name, file in of_format.items() if fits.get(name) == wanted.fit}
    files = list((of_fit or of_format).values())
    wide = sorted((each for each in files if each["width"] >= wanted.width), key=_width)
    narrow = sorted((each for each in files if each["width"] < wanted.width), key=_width)
    yield from (each["key"] for each in (*wide, *reversed(narrow)))


def _covers(wanted: Rendition, other: Rendition | None) -> bool:
    """Whether the other hides what the wanted one does, and bears its watermark. One that the
    recipe has no more may do neither."""
    if other is None:
        return not (wanted.hide_faces or wanted.hide_text or wanted.watermark)
    return (
        (not wanted.hide_faces or bool(other.hide_faces))
        and (not wanted.hide_text or bool(other.hide_text))
        and wanted.watermark in ("", other.watermark)
    )


def _width(file: dict[str, object]) -> int:
    return int(str(file["width"]))
