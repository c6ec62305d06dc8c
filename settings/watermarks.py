"""The pictures that a stage lays over its renditions."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import get_args

from pipeline.recipe import Place, Watermark
from settings.reader import Reader
from settings.words import Item, check_name, either, whole

__all__ = ["MOST_BYTES", "watermarks"]

MOST_BYTES = 1_000_000
"""Of a file: a function reads it with its first picture."""

PNG = b"\x89PNG\r\n\x1a\n"
PLACES: tuple[Place, ...] = get_args(Place)
AMOUNTS = ("size", "opacity")


def watermarks(config: Reader, root: Path) -> dict[str, tuple[Watermark, str]]:
    """Each watermark and its file, relative to the program's folder, by name."""

    def parse(item: Item) -> tuple[str, tuple[Watermark, str] | None]:
        name, file, *words = [*item.text.split(), "", ""][: max(2, len(item.text.split()))]
        check_name(item, name)
        content = _content(item, root, file)
        place, amounts = _words(item, words)
        if item.problems:
            return name, None
        mark = Watermark(name=name, sha256=sha256(content).hexdigest(), place=place, **amounts)
        return name, (mark, file)

    return {
        mark.name: (mark, file)
        for mark, file in config.items("watermarks", parse, part="name", least=0)
    }


def _content(item: Item, root: Path, file: str) -> bytes:
    path = (root / file).resolve()
    if not file or not path.is_relative_to(root) or not path.is_file():
        item.refuse("file", "a file in the program's folder, like brand/logo.png", file)
        return b""
    content = path.read_bytes()
    if not content.startswith(PNG):
        item.refuse("file", "a PNG file, which may be transparent", file)
    if len(content) > MOST_BYTES:
        item.refuse("file", f"at most {MOST_BYTES} bytes large", f"{len(content)}")
    return content


def _words(item: Item, words: list[str]) -> tuple[Place, dict[str, int]]:
    """`bottom-right size=20 opacity=50`, each optional, in any order."""
    places: list[Place] = []
    amounts: dict[str, int] = {}
    for word in filter(None, words):
        name, _, value = word.partition("=")
        number = whole(value)
        if word in PLACES:
            places += [place for place in PLACES if place == word]
        elif name not in AMOUNTS:
            item.refuse("word", f"{either(PLACES)}, size=20 or opacity=50", word)
        elif number is None or not 1 <= number <= 100:
            item.refuse(name, "a whole number from 1 to 100 (percent)", value or "nothing")
        elif name in amounts:
            item.refuse(name, "given once", f"{amounts[name]}, {number}")
        else:
            amounts[name] = number
    if len(places) > 1:
        item.refuse("place", "given once", ", ".join(places))
    return (places or ["bottom-right"])[0], amounts
