"""Peak bytes per pixel of decoding, by the path that a file takes.

Measured by `tests/containers/pictures/test_memory.py`, rounded up; beside the file itself.
"""

from __future__ import annotations

from pictures import bmp, heif, tiff
from pictures.kinds import ContentType

__all__ = ["bytes_per_pixel"]


def bytes_per_pixel(data: bytes, content_type: ContentType, coefficients: int) -> int:
    """What decoding takes at most for each pixel of the original.

    `coefficients` are a JPEG's bytes per pixel that its decoder keeps until the last scan.
    """
    match content_type:
        case "image/jpeg":
            if not coefficients:
                return 1  # decoded at a smaller scale
            # CMYK takes eight bytes per pixel of coefficients and is decoded twice.
            return 2 * coefficients + 1 if coefficients > 6 else coefficients + 2
        case "image/png":
            interlaced = data[28:29] == b"\x01"
            alpha = data[25:26] in (b"\x04", b"\x06") or b"tRNS" in data[:8192]
            cost = (19 if interlaced else 15) if alpha else (11 if interlaced else 8)
            return cost + (2 if b"acTL" in data[:8192] else 0)  # its first frame is copied
        case "image/gif":
            return 11
        case "image/webp":
            return 17 if data[12:16] == b"VP8 " else 23
        case "image/avif":
            alpha = b"auxC" in data or b"auxv" in data
            if heif.is_deep(data):
                return 19 if alpha else 15
            return 15 if alpha else 10
        case "image/heic":
            if heif.is_deep(data):
                return 20 if b"auxC" in data else 16
            return 14 if b"auxC" in data else 9
        case "image/tiff":
            layout = tiff.layout_of(data)
            if layout.for_pillow:
                return 9
            samples = layout.colours + len(layout.extra)
            if layout.form == tiff.FLOAT:  # half floats become whole ones
                return 12 * samples
            return 7 + -(-6 * samples * layout.bits // 40)
        case "image/bmp":
            return 9 if bmp.layout_of(data).for_pillow else 20
