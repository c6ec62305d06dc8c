"""Untrusted text as one short, clean line."""

from __future__ import annotations

import codecs
from contextlib import suppress

__all__ = ["LONGEST", "clean", "decoded"]

LONGEST = 500
"""Characters of a field."""


def clean(text: str) -> str:
    """The text in one line of at most `LONGEST` characters, without control characters."""
    printable = "".join(
        character if character.isprintable() else " " for character in text[: 4 * LONGEST]
    )
    return " ".join(printable.split())[:LONGEST].rstrip()


def decoded(raw: bytes) -> str:
    """The clean text of bytes in an unknown encoding.

    UTF-16 if it has a byte order mark, else UTF-8 if it is valid, else Windows-1252, which includes
    Latin-1's letters.
    """
    raw = raw[: 8 * LONGEST]
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return clean(raw.decode("utf-16", "ignore"))
    raw = raw.removeprefix(codecs.BOM_UTF8)
    with suppress(UnicodeDecodeError):
        return clean(codecs.utf_8_decode(raw, "strict", False)[0])  # a character may be cut
    return clean(raw.decode("cp1252", "replace"))
