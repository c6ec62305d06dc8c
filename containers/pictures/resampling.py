"""Resampling: one function, three engines with the same filter.

`cykooz_resizer` (Rust, SIMD) needs 10 ms where Pillow's scalar code needs 80. Its wheels cover
x86_64 only; elsewhere libvips needs 20. Pillow handles what the chosen engine does not.
"""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING, Any

from PIL import Image

try:
    import cykooz_resizer as cykooz
except ImportError:  # no wheel for this architecture
    _CYKOOZ = False
else:
    _CYKOOZ = True

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ENGINE", "ENGINES", "resample"]

Size = tuple[int, int]
Box = tuple[float, float, float, float]


def resample(image: Image.Image, size: Size, box: Box | None = None) -> Image.Image:
    """The part of `image` inside `box` (left, top, right, bottom), as a picture of `size`.

    Lanczos with a support of three pixels at the smaller scale. Colours are weighted by alpha, so
    what lies under transparent pixels does not bleed. The result carries no metadata.
    """
    whole = (0.0, 0.0, float(image.width), float(image.height))
    box = whole if box is None else box
    if size == image.size and box == whole:
        return image
    return ENGINES[ENGINE](image, size, box)


def _by_cykooz(image: Image.Image, size: Size, box: Box) -> Image.Image:
    if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        return _by_pillow(image, size, box)
    left, top, right, bottom = box
    options = cykooz.ResizeOptions(
        resize_alg=cykooz.ResizeAlg.convolution(cykooz.FilterType.lanczos3),
        crop_box=cykooz.CropBox(left, top, right - left, bottom - top),
    )
    smaller = Image.new(image.mode, size)
    cykooz.Resizer().resize_pil(image, smaller, options)
    return smaller


def _by_libvips(image: Image.Image, size: Size, box: Box) -> Image.Image:
    whole = box == (0.0, 0.0, float(image.width), float(image.height))
    smaller = size[0] <= image.width and size[1] <= image.height and min(size) >= _LEAST
    if not whole or not smaller or image.mode not in ("L", "RGB", "CMYK"):
        return _by_pillow(image, size, box)
    import pyvips  # libvips takes 30 ms to load

    bands = len(image.getbands())
    pixels: Any = pyvips.Image.new_from_memory(image.tobytes(), *image.size, bands, "uchar")
    pixels = pixels.resize(size[0] / image.width, vscale=size[1] / image.height, kernel="lanczos3")
    return Image.frombytes(image.mode, size, pixels.write_to_memory())


def _by_pillow(image: Image.Image, size: Size, box: Box) -> Image.Image:
    smaller = image.resize(size, Image.Resampling.LANCZOS, box=box)
    smaller.info = {}
    return smaller


_LEAST = 64
"""Pixels of a side; below it, libvips' own overhead is larger than what it saves."""

_LIBVIPS = f"libvips {metadata.version('pyvips-binary')}"

ENGINES: dict[str, Callable[[Image.Image, Size, Box], Image.Image]] = {
    **({f"cykooz-resizer {metadata.version('cykooz-resizer')}": _by_cykooz} if _CYKOOZ else {}),
    _LIBVIPS: _by_libvips,
}
"""By name and version, the best first."""

ENGINE = next(iter(ENGINES))
"""What resamples here, as it goes into a recipe's fingerprint."""
