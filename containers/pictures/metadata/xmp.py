"""Creator, rights and title in an XMP packet."""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from xml.parsers import expat

from pictures.metadata.text import LONGEST, clean

__all__ = ["read_xmp"]

_DC = "http://purl.org/dc/elements/1.1/ "
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns# "
_LANGUAGE = "http://www.w3.org/XML/1998/namespace lang"
_FIELDS = {f"{_DC}creator": "creator", f"{_DC}rights": "rights", f"{_DC}title": "title"}
_LISTS = frozenset((f"{_RDF}Alt", f"{_RDF}Seq", f"{_RDF}Bag"))
_ITEM = re.compile(re.escape(_RDF) + r"(?:li|_\d+)")
_VALUE = f"{_RDF}value"
_ENCODINGS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
"""By how a packet begins; others are in UTF-8."""
_REPAIRS = {
    **{number: " " for number in range(32) if number not in (9, 10, 13)},
    **dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), " "),
    **{0xDC00 + byte: bytes((byte,)).decode("cp1252", "replace") for byte in range(128, 256)},
}
"""For characters that XML forbids, and for bytes that are no UTF-8."""
_DECLARATION = re.compile(r"<\?xml\s.*?\?>", re.DOTALL)
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
        elif _ITEM.fullmatch(name):
            self._begin(attributes.get(_LANGUAGE, "").lower())
            self.text(attributes.get(_VALUE, ""))

    def text(self, data: str) -> None:
        if self._field and self._length < 4 * LONGEST and self._is_text():
            self._text.append(data)
            self._length += len(data)

    def _is_text(self) -> bool:
        """Whether the innermost element's text is an item's, and not that of a qualifier."""
        innermost = self._path[-1]
        return innermost in (*_FIELDS, _VALUE) or _ITEM.fullmatch(innermost) is not None

    def end(self, name: str) -> None:
        self._path.pop()
        if not self._field:
            return
        if _ITEM.fullmatch(name):
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
        ordered = sorted(items, key=lambda item: (item[0] != "x-default", item[0][:2] != "en"))
        return ordered[0][1] if ordered else ""
    return clean("; ".join(dict.fromkeys(text for _, text in items)))


def read_xmp(packet: bytes) -> dict[str, str]:
    """The `creator`, `rights` and `title` of a packet, as far as it can be read.

    Of alternatives in several languages the default one, several creators with semicolons between.
    """
    found = _Packet()
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = found.start
    parser.EndElementHandler = found.end
    parser.CharacterDataHandler = found.text
    parser.StartDoctypeDeclHandler = found.doctype
    with suppress(expat.ExpatError, _Stop, ValueError, LookupError):
        parser.Parse(_repaired(packet[:_LARGEST]).encode(), True)
    return found.fields


def _repaired(packet: bytes) -> str:
    """A packet's text from its first tag on, as far as it can be well-formed."""
    found = (encoding for mark, encoding in _ENCODINGS.items() if packet.startswith(mark))
    encoding = next(found, "utf-8")
    text = packet.decode(encoding, "surrogateescape" if encoding == "utf-8" else "replace")
    text = text[max(text.find("<"), 0) :].translate(_REPAIRS).rstrip()
    declaration = _DECLARATION.match(text)
    return text if declaration is None else text[declaration.end() :]
