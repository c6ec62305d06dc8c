"""Converts files with plain Pillow, for the conformance table.

Each line of standard input is an input and an output file with a tab between; each line of standard
output is `ok` or `refused`.
"""

from __future__ import annotations

import sys

import pi_heif
from PIL import Image, ImageOps


def main() -> None:
    """Open, transpose and save as PNG, as Pillow's tutorial does."""
    pi_heif.register_heif_opener()
    for line in sys.stdin:
        source, target = line.rstrip("\n").split("\t")
        try:
            convert(source, target)
        except Exception:  # whatever a decoder raises
            result = "refused"
        else:
            result = "ok"
        sys.stdout.write(f"{result}\n")


def convert(source: str, target: str) -> None:
    """One file."""
    image = ImageOps.exif_transpose(Image.open(source))
    if image.mode not in ("L", "LA", "RGB", "RGBA", "P", "1"):
        image = image.convert("RGB")
    image.info.pop("icc_profile", None)
    image.save(target, "PNG")


if __name__ == "__main__":
    main()
