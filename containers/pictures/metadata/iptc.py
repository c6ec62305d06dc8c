"""Creator, rights and title in the IPTC records that Photoshop and news agencies write."""

from __future__ import annotations

from pictures.metadata.text import clean, decoded

__all__ = ["photoshop_iptc", "read_iptc"]

_FIELDS = {5: "title", 80: "creator", 116: "rights"}
_UTF8 = b"\x1b%G"
_MOST_PARTS = 2000


def photoshop_iptc(resources: bytes) -> bytes:
    """The IPTC records among Photoshop's image resources."""
    at = resources.find(b"8BIM")
    for _ in range(_MOST_PARTS):
        if at < 0 or resources[at : at + 4] != b"8BIM" or at + 12 > len(resources):
            return b""
        name = resources[at + 6] + 1
        start = at + 6 + name + (name & 1)
        length = int.from_bytes(resources[start : start + 4], "big")
        start += 4
        if resources[at + 4 : at + 6] == b"\x04\x04":
            return resources[start : start + length]
        at = start + length + (length & 1)
    return b""


def read_iptc(records: bytes) -> dict[str, str]:
    """The `creator`, `rights` and `title`, as far as the records can be read.

    Several creators with semicolons between.
    """
    found: dict[str, list[str]] = {}
    utf8 = False
    at = 0
    for _ in range(_MOST_PARTS):
        if at + 5 > len(records) or records[at] != 0x1C:
            break
        record, number = records[at + 1], records[at + 2]
        length = int.from_bytes(records[at + 3 : at + 5], "big")
        if length & 0x8000:  # an extended length, which no text needs
            break
        content = records[at + 5 : at + 5 + length]
        at += 5 + length
        if (record, number) == (1, 90):
            utf8 = content.startswith(_UTF8)
        if record == 2 and number in _FIELDS:
            text = clean(content.decode("utf-8", "replace")) if utf8 else decoded(content)
            if text:
                found.setdefault(_FIELDS[number], []).append(text)
    joined = {field: clean("; ".join(dict.fromkeys(texts))) for field, texts in found.items()}
    return joined | ({"title": found["title"][0]} if "title" in found else {})
