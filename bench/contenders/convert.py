"""Converts one file with plain Pillow, for the conformance table: `convert.py INPUT OUTPUT`."""

from __future__ import annotations

import sys

import pi_heif
from PIL import Image, ImageOps


def main() -> None:
    """Open, transpose and save as PNG, as Pillow's tutorial does."""
    pi_heif.register_heif_opener()
    image = ImageOps.exif_transpose(Image.open(sys.argv[1]))
    if image.mode not in ("L", "LA", "RGB", "RGBA", "P", "1"):
        image = image.convert("RGB")
    image.info.pop("icc_profile", None)
    image.save(sys.argv[2], "PNG")


if __name__ == "__main__":
    main()
