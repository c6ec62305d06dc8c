"""The file formats that renditions are written in."""

from typing import Literal

__all__ = ["CONTENT_TYPES", "EXTENSIONS", "FormatName"]

FormatName = Literal["avif", "jpeg", "webp"]

EXTENSIONS: dict[FormatName, str] = {
    "jpeg": "jpg",
    "webp": "webp",
    "avif": "avif",
}

CONTENT_TYPES: dict[FormatName, str] = {
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "avif": "image/avif",
}
