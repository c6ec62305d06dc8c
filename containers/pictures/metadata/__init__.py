"""What a file carries beside its pixels, set apart before a decoder sees it.

Decoders trip over metadata that they do not need: a checksum, a length or a size that is wrong. So
it is read here, as far as it can be and within limits, and the decoder is given the pixels alone.
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
    """A file's pixels and its metadata; of a file that cannot be taken apart, all as it is.

    Raises `UnreadableError` for a decompression bomb and for a file in very many parts.
    """
    separator = _SEPARATORS.get(content_type)
    if separator is None:
        return Separated(data)
    try:
        return separator(data)
    except (UnreadableError, MemoryError):
        raise
    except Exception:  # whatever it is, it is about metadata
        return Separated(data)
