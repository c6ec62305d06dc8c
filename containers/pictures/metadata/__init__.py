"""Separates a file's metadata from its pixels before a decoder sees either.

Decoders refuse files for metadata that they do not need: a wrong checksum, length or size. Metadata
is therefore read here, within limits and as far as possible, and decoders are given only pixels.
"""

from __future__ import annotations

from pictures.kinds import ContentType
from pictures.limits import UnreadableError
from pictures.metadata import bmp, heif, jpeg, png, tiff, webp
from pictures.metadata.blocks import Metadata, Separated

__all__ = ["Metadata", "Separated", "separate"]

_SEPARATORS = {
    "image/jpeg": jpeg.separate,
    "image/png": png.separate,
    "image/webp": webp.separate,
    "image/avif": heif.separate_avif,
    "image/heic": heif.separate_heic,
    "image/tiff": tiff.separate,
    "image/bmp": bmp.separate,
}


def separate(data: bytes, content_type: ContentType) -> Separated:
    """A file's pixels and its metadata. A file that cannot be parsed is returned unchanged.

    Raises `UnreadableError` for a decompression bomb and for a file in very many parts.
    """
    separator = _SEPARATORS.get(content_type)
    if separator is None:
        return Separated((data,))
    try:
        return separator(data)
    except (UnreadableError, MemoryError):
        raise
    except Exception:  # the decoder decides whether the pixels are damaged too
        return Separated((data,))
