"""Pictures made for the tests."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from PIL import Image

__all__ = ["encoded", "plain"]


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def plain(width: int = 100, height: int = 90, color: str = "red", kind: str = "PNG") -> bytes:
    """A picture of one colour."""
    return encoded(Image.new("RGB", (width, height), color), kind)
