"""Creator, rights and title in an XMP packet."""

from __future__ import annotations

from contextlib import suppress
from xml.parsers import expat

from pictures.metadata.text import LONGEST, clean

__all__ = ["read_xmp"]

_DC = "http://purl.org/dc/elements/1.1/ "
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_FIELDS = {f"{_DC}creator": "creator", f"{_DC}rights": "rights", f"{_DC}title": "title"}
_LISTS = frozenset((f"{_RDF}Alt", f"{_RDF}Seq", f"{_RDF}Bag"))
_LARGEST = 1_000_000
_DEEPEST = 64
_MOST_ITEMS = 20


class _Stop(Exception):  # noqa: N818 - no error: it ends a parse
    pass


class _Packet:
    """The handlers of an event parser: what they found before an error stays found."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self._field = ""
        self._list = ""
        self._items: list[tuple[str, str]] = []
        self._language = ""
        self._text: list[str] = []
        self._length = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._path) >= _DEEPEST:
            raise _Stop
        self._path.append(name)
        for attribute, value in attributes.items():  # RDF's short form of a simple property
            field = _FIELDS.get(attribute)
            if field and name == f"{_RDF}Description" and clean(value):
                self.fields.setdefault(field, clean(value))
        if not self._field:
            self._field = _FIELDS.get(name, "")
            self._list, self._items = "", []
            self._begin("")
        elif name in _LISTS and not self._list:
            self._list = name
        elif name == f"{_RDF}li":
            self._begin(attributes.get(_LANGUAGE, "").lower())

    def text(self, data: str) -> None:
        if self._field and self._length < 4 * LONGEST:
            self._text.append(data)
            self._length += len(data)

    def end(self, name: str) -> None:
        self._path.pop()
        if not self._field:
            return
        if name == f"{_RDF}li":
            self._take()
        elif _FIELDS.get(name) == self._field:
            if not self._list:
                self._take()
            chosen = _chosen(self._list, self._items)
            if chosen:
                self.fields.setdefault(self._field, chosen)
            self._field = ""

    def doctype(self, *_: object) -> None:
        raise _Stop  # no writer of XMP needs one, and entities could multiply

    def _begin(self, language: str) -> None:
        self._language, self._text, self._length = language, [], 0

    def _take(self) -> None:
        text = clean("".join(self._text))
        if text and len(self._items) < _MOST_ITEMS:
            self._items.append((self._language, text))
        self._begin("")


def _chosen(kind: str, items: list[tuple[str, str]]) -> str:
    """One text of alternatives, the default language first; all texts of a list."""
    if kind == f"{_RDF}Alt":
        ranks = ("x-default", "en")
        ordered = sorted(
            items, key=lambda item: ranks.index(item[0]) if item[0] in ranks else len(ranks)
        )
        return ordered[0][1] if ordered else ""
    return clean("; ".join(dict.fromkeys(text for _, text in items)))


def read_xmp(packet: bytes) -> dict[str, str]:
    """The `creator`, `rights` and `title` of a packet, as far as it can be read.

    Of alternatives in several languages the default one, several creators with semicolons between.
    """
    found = _Packet()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = found.doctype
    with suppress(expat.ExpatError, _Stop, ValueError, LookupError):
        parser.Parse(packet.lstrip(b" \t\r\n").rstrip(b"\0 \t\r\n")[:_LARGEST], True)
    return found.fields
