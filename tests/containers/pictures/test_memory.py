"""Every decoder's path stays below the memory that the limits count with, measured in a process.

The table in docs/pictures.md is of `python -m tests.containers.pictures.test_memory`.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pictures.reading import Limits, open_source
from proofs.specimens import saved, vips
from proofs.specimens.tiffs import Layout, tiff

ROOT = Path(__file__).resolve().parents[3]
LIMITS = Limits.for_memory(1769)
SIZE = (3000, 2000)
SMALL = (300, 200)

_CHILD = """
import sys
sys.path[:0] = sys.argv[1:]
from pictures.reading import Limits, read
data = sys.stdin.buffer.read()
read(data, Limits.for_memory(1769), lambda _: (300, 200))
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@cache
def picture(mode: str, size: tuple[int, int]) -> Image.Image:
    """Soft blobs of colour, which are quick to write and nowhere flat."""
    noise = Image.frombytes("RGBA", (24, 16), random.Random(3).randbytes(24 * 16 * 4))
    return noise.resize(size, Image.Resampling.BILINEAR).convert(mode)


def _png(mode: str, *, wide: bool = False, interlace: bool = False) -> Callable[[Any], bytes]:
    def make(size: tuple[int, int]) -> bytes:
        image: Any = vips(picture(mode, size))
        if wide:
            image = (image.cast("ushort") * 257).copy(interpretation="rgb16")
        return bytes(image.pngsave_buffer(interlace=interlace, compression=1, filter="none"))

    return make


def _by(form: str, mode: str = "RGB", **settings: Any) -> Callable[[Any], bytes]:
    return lambda size: saved(picture(mode, size), form, **settings)


def _tiff(layout: Layout) -> Callable[[Any], bytes]:
    return lambda size: tiff(layout, size)


PATHS: dict[str, Callable[[Any], bytes]] = {
    "JPEG, one scan": _by("JPEG", quality=85),
    "JPEG, progressive": _by("JPEG", quality=85, progressive=True),
    "JPEG, progressive 4:4:4": _by("JPEG", quality=85, progressive=True, subsampling=0),
    "JPEG, CMYK": _by("JPEG", "CMYK", quality=85),
    "JPEG, progressive CMYK": _by("JPEG", "CMYK", quality=85, progressive=True),
    "PNG": _png("RGB"),
    "PNG, alpha": _png("RGBA"),
    "PNG, 16 bits": _png("RGB", wide=True),
    "PNG, 16 bits, alpha": _png("RGBA", wide=True),
    "PNG, interlaced": _png("RGB", interlace=True),
    "PNG, interlaced, alpha": _png("RGBA", interlace=True),
    "PNG, interlaced, 16 bits": _png("RGB", wide=True, interlace=True),
    "PNG, interlaced, 16 bits, alpha": _png("RGBA", wide=True, interlace=True),
    "GIF": _by("GIF", "P"),
    "WebP": _by("WEBP", quality=50, method=0),
    "WebP, alpha": _by("WEBP", "RGBA", quality=50, method=0),
    "WebP, lossless": _by("WEBP", "RGBA", lossless=True, method=0, quality=0),
    "AVIF": _by("AVIF", speed=10, quality=40),
    "AVIF 4:4:4, alpha": _by("AVIF", "RGBA", speed=10, quality=40, subsampling="4:4:4"),
    "TIFF": _by("TIFF"),
    "TIFF, alpha, deflate": _by("TIFF", "RGBA", compression="tiff_adobe_deflate"),
    "TIFF, CMYK": _by("TIFF", "CMYK"),
    "TIFF by libvips, 16 bits in planes": _tiff(Layout("RGB", 16, planar=True)),
    "TIFF by libvips, 32 bits, alpha": _tiff(Layout("RGB", 32, extra=(2,))),
    "TIFF by libvips, float": _tiff(Layout("RGB", 32, form=3)),
    "TIFF by libvips, float tiles": _tiff(Layout("RGB", 32, form=3, tiled=True)),
    "TIFF by libvips, YCbCr": _tiff(Layout("YCbCr", subsampling=2)),
    "BMP": _by("BMP"),
    "BMP, alpha": _by("BMP", "RGBA"),
}


def peak(data: bytes) -> int:
    """Bytes of the process that reads it, at most.

    Of the kernel's two counts only this one starts at zero in a new program.
    """
    command = [sys.executable, "-c", _CHILD, str(ROOT / "containers"), str(ROOT)]
    done = subprocess.run(command, input=data, capture_output=True, check=True)  # noqa: S603 - made here
    return int(done.stdout) * 1024


def bytes_a_pixel(path: str) -> float:
    """What a pixel more costs, beside the file itself."""
    small, large = PATHS[path](SMALL), PATHS[path](SIZE)
    pixels = SIZE[0] * SIZE[1] - SMALL[0] * SMALL[1]
    return (peak(large) - peak(small) - (len(large) - len(small))) / pixels


@pytest.mark.parametrize("path", PATHS)
def test_no_decoder_takes_more_memory_than_the_limits_count_with(path: str) -> None:
    source = open_source(PATHS[path](SMALL), LIMITS)
    assert bytes_a_pixel(path) <= source.structure.cost + 0.5


if __name__ == "__main__":
    for name in PATHS:
        counted = open_source(PATHS[name](SMALL), LIMITS).structure.cost
        sys.stdout.write(f"| {name} | {bytes_a_pixel(name):.1f} | {counted} |\n")
