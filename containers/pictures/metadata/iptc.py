"""Creator, rights and title in the IPTC records that Photoshop and news agencies write."""

from __future__ import annotations

from pictures.metadata.text import clean, decoded

__all__ = ["photoshop_iptc", "read_iptc"]

_FIELDS = {5: "title", 80: "creator", 116: "rights"}
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

    Several creators with semicolons between. The coded character set (1:90) is not consulted: texts
    in UTF-8 are often written without it, and texts in Latin-1 with it.
    """
    found: dict[str, list[str]] = {}
    at = records.find(b"\x1c")
    for _ in range(_MOST_PARTS):
        if at < 0 or at + 5 > len(records) or records[at] != 0x1C:
            break
        record, number = records[at + 1], records[at + 2]
        length = int.from_bytes(records[at + 3 : at + 5], "big")
        at += 5
        if length & 0x8000:  # the length of an extended length
            wide = length & 0x7FFF
            length = int.from_bytes(records[at : at + min(wide, 8)], "big")
            at += wide
        content = records[at : at + length]
        at += length
        if record == 2 and number in _FIELDS:
            text = decoded(content)
            if text:
                found.setdefault(_FIELDS[number], []).append(text)
    joined = {field: clean("; ".join(dict.fromkeys(texts))) for field, texts in found.items()}
    return joined | ({"title": found["title"][0]} if "title" in found else {})
