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
from proofs.specimens import heic, saved, vips
from proofs.specimens.bitmaps import masked
from proofs.specimens.motion import Cel, apng, gif
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


def _tiff_by_libtiff(mode: str, **settings: Any) -> Callable[[Any], bytes]:
    return lambda size: bytes(vips(picture(mode, size)).tiffsave_buffer(**settings))


def _avif(mode: str, bits: int) -> Callable[[Any], bytes]:
    def make(size: tuple[int, int]) -> bytes:
        image: Any = (vips(picture(mode, size)).cast("ushort") * 257).copy(interpretation="rgb16")
        settings = {"compression": "av1", "bitdepth": bits, "Q": 30, "effort": 0}
        return bytes(image.heifsave_buffer(subsample_mode="off", **settings))

    return make


def _heic(name: str, small: str) -> Callable[[Any], bytes]:
    """Files made before, as nothing here can write HEIC."""
    return lambda size: heic(small if size == SMALL else name)


def _gif(size: tuple[int, int]) -> bytes:
    return gif((size[0] + 1, size[1]), Cel(picture("P", size), transparent=3))


def _hidden(size: tuple[int, int]) -> bytes:
    return apng(size, Cel(picture("RGBA", size)), hidden=Image.new("RGB", size))


def _bitmap(bits: int, *masks: int) -> Callable[[Any], bytes]:
    return lambda size: masked(bits, masks, size=size)


def _scans(size: tuple[int, int]) -> bytes:
    """A JPEG whose components are in a scan each, though it is not progressive."""
    data = saved(picture("RGB", size), "JPEG", quality=85, subsampling=0)
    header = data.index(b"\xff\xda")
    alone = b"\xff\xda\0\x08\1"
    grey = saved(picture("L", size), "JPEG", quality=85)
    scan = grey[grey.index(b"\xff\xda") + 10 : -2]
    tables = data[:header]
    scans = b"".join(alone + bytes((number, 0)) + b"\0\x3f\0" + scan for number in (1, 2, 3))
    return tables + scans + b"\xff\xd9"


PATHS: dict[str, Callable[[Any], bytes]] = {
    "JPEG, one scan": _by("JPEG", quality=85),
    "JPEG, progressive": _by("JPEG", quality=85, progressive=True),
    "JPEG, progressive 4:4:4": _by("JPEG", quality=85, progressive=True, subsampling=0),
    "JPEG, CMYK": _by("JPEG", "CMYK", quality=85),
    "JPEG, progressive CMYK": _by("JPEG", "CMYK", quality=85, progressive=True),
    "JPEG, three scans": _scans,
    "PNG": _png("RGB"),
    "PNG, alpha": _png("RGBA"),
    "PNG, 16 bits": _png("RGB", wide=True),
    "PNG, 16 bits, alpha": _png("RGBA", wide=True),
    "PNG, interlaced": _png("RGB", interlace=True),
    "PNG, interlaced, alpha": _png("RGBA", interlace=True),
    "PNG, interlaced, 16 bits": _png("RGB", wide=True, interlace=True),
    "PNG, interlaced, 16 bits, alpha": _png("RGBA", wide=True, interlace=True),
    "APNG, hidden picture": _hidden,
    "GIF": _by("GIF", "P"),
    "GIF, transparent": _gif,
    "WebP": _by("WEBP", quality=50, method=0),
    "WebP, alpha": _by("WEBP", "RGBA", quality=50, method=0),
    "WebP, lossless": _by("WEBP", "RGBA", lossless=True, method=0, quality=0),
    "AVIF": _by("AVIF", speed=10, quality=40),
    "AVIF 4:4:4, alpha": _by("AVIF", "RGBA", speed=10, quality=40, subsampling="4:4:4"),
    "AVIF, 10 bits": _avif("RGB", 10),
    "AVIF, 12 bits, alpha": _avif("RGBA", 12),
    "HEIC": _heic("large", "plain"),
    "HEIC, alpha": _heic("large-alpha", "alpha"),
    "HEIC, 10 bits": _heic("large-ten-bit", "ten-bit"),
    "HEIC, 10 bits, alpha": _heic("large-ten-bit-alpha", "ten-bit"),
    "TIFF": _by("TIFF"),
    "TIFF, one bit": _by("TIFF", "1", compression="group4"),
    "TIFF, palette": _by("TIFF", "P"),
    "TIFF, 16 bits, alpha": _tiff(Layout("RGB", 16, extra=(2,))),
    "TIFF, JPEG": _tiff_by_libtiff("RGB", compression="jpeg"),
    "TIFF, JPEG in tiles": _tiff_by_libtiff("RGB", compression="jpeg", tile=True),
    "TIFF, CIELab": _by("TIFF", "LAB"),
    "TIFF, alpha, deflate": _by("TIFF", "RGBA", compression="tiff_adobe_deflate"),
    "TIFF, CMYK": _by("TIFF", "CMYK"),
    "TIFF by libvips, 16 bits in planes": _tiff(Layout("RGB", 16, planar=True)),
    "TIFF by libvips, 32 bits, alpha": _tiff(Layout("RGB", 32, extra=(2,))),
    "TIFF by libvips, float": _tiff(Layout("RGB", 32, form=3)),
    "TIFF by libvips, float tiles": _tiff(Layout("RGB", 32, form=3, tiled=True)),
    "TIFF by libvips, YCbCr": _tiff(Layout("YCbCr", subsampling=2)),
    "TIFF by libvips, CMYK of 16 bits": _tiff(Layout("CMYK", 16)),
    "TIFF by libvips, CMYK, alpha": _tiff(Layout("CMYK", 8, extra=(0,))),
    "TIFF by libvips, white is zero": _tiff(Layout("white is zero", 16)),
    "TIFF by libvips, grey of 32 bits": _tiff(Layout("black is zero", 32)),
    "TIFF by libvips, float grey": _tiff(Layout("white is zero", 32, form=3)),
    "TIFF by libvips, half float": _tiff(Layout("RGB", 16, form=3)),
    "TIFF by libvips, float, alpha": _tiff(Layout("RGB", 32, form=3, extra=(2,))),
    "TIFF by libvips, more channels": _tiff(Layout("RGB", 16, extra=(0, 0, 0, 0))),
    "TIFF by libvips, small colour map": _tiff(Layout("palette", 8, small_map=True)),
    "BMP": _by("BMP"),
    "BMP, palette": _by("BMP", "P"),
    "BMP, alpha": _by("BMP", "RGBA"),
    "BMP by its masks, 16 bits": _bitmap(16, 0xF00, 0xF0, 0xF),
    "BMP by its masks, 32 bits": _bitmap(32, 0x3FF00000, 0xFFC00, 0x3FF, 0xC0000000),
}


@cache
def _large(path: str) -> bytes:
    return PATHS[path](SIZE)


def peak(data: bytes) -> int:
    """Bytes of the process that reads it, at most.

    Of the kernel's two counts only this one starts at zero in a new program.
    """
    command = [sys.executable, "-c", _CHILD, str(ROOT / "containers"), str(ROOT)]
    done = subprocess.run(command, input=data, capture_output=True, check=True)  # noqa: S603 - made here
    return int(done.stdout) * 1024


def bytes_a_pixel(path: str) -> float:
    """What a pixel more costs, beside the file itself."""
    small, large = PATHS[path](SMALL), _large(path)
    pixels = _pixels(large) - _pixels(small)
    return (peak(large) - peak(small) - (len(large) - len(small))) / pixels


def _pixels(data: bytes) -> int:
    width, height = open_source(data, LIMITS).size
    return width * height


def counted(path: str) -> int:
    """What the limits count with."""
    return open_source(_large(path), LIMITS).structure.cost


@pytest.mark.parametrize("path", PATHS)
def test_no_decoder_takes_more_memory_than_the_limits_count_with(path: str) -> None:
    assert bytes_a_pixel(path) <= counted(path) + 0.5


if __name__ == "__main__":
    for name in PATHS:
        sys.stdout.write(f"| {name} | {bytes_a_pixel(name):.1f} | {counted(name)} |\n")
