"""TIFF: which decoder reads a file's layout of samples right, and which layouts none does.

Pillow is the faster one for the layouts that most programs write. In others it confuses channels,
bytes, or white and black; libvips reads most of these right. The tests compare both with known
samples in more than two thousand layouts.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageFile

from pictures.limits import UnreadableError
from pictures.metadata.tags import Directory, first_directory

__all__ = ["Layout", "TiffFile", "complete", "layout_of", "pixels"]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, _MASK, CMYK, YCBCR = range(7)
CIELAB = 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3

_UNCOMPRESSED, _OLD_JPEG, _JPEG = 1, 6, 7
_MOST_PARTS = 100_000
"""Strips or tiles. Each costs its decoder time and memory, however small."""

_CHANNELS = {
    WHITE_IS_ZERO: 1,
    BLACK_IS_ZERO: 1,
    RGB: 3,
    PALETTE: 1,
    CMYK: 4,
    YCBCR: 3,
    CIELAB: 3,
}
_GREY = frozenset((WHITE_IS_ZERO, BLACK_IS_ZERO))
_PHOTOMETRICS = {
    WHITE_IS_ZERO: "grey",
    BLACK_IS_ZERO: "grey",
    RGB: "RGB",
    PALETTE: "palette",
    _MASK: "transparency mask",
    CMYK: "CMYK",
    YCBCR: "YCbCr",
    CIELAB: "CIELab",
    9: "ICCLab",
    10: "ITULab",
    32844: "LogL",
    32845: "LogLuv",
}
_COMPRESSIONS = {
    _UNCOMPRESSED: "",
    2: "CCITT",
    3: "CCITT",
    4: "CCITT",
    5: "LZW",
    _OLD_JPEG: "JPEG",
    _JPEG: "JPEG",
    8: "deflate",
    32773: "PackBits",
    32946: "deflate",
}
_UNREAD_COMPRESSIONS = {
    9: "JBIG",
    10: "JBIG",
    32766: "NeXT",
    32771: "CCITT without end codes",
    32809: "ThunderScan",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}

_DESCRIBING = frozenset((258, 273, 279, 320, 324, 325, 338, 339))

_LEAF = 0x8606
_DNG_VERSION, _SUB_DIRECTORIES, _SUBFILE = 0xC612, 330, 254
_SENSOR_PHOTOMETRICS = frozenset((32803, 34892))
_SENSOR_COMPRESSIONS = frozenset((32767, 32769, 32770, 34713, 65000, 65535))
_SENSOR_PATTERN = 0x828E
_REDUCED = 1


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the first picture of a file stores its samples."""

    size: tuple[int, int]
    photometric: int
    bits: int
    form: int
    """Of the samples: 1 unsigned, 2 signed, 3 floating point."""
    colours: int
    """Samples that are colour, per pixel."""
    extra: tuple[int, ...]
    """The others: 0 unspecified, 1 premultiplied alpha, 2 alpha."""
    planar: bool
    compression: int
    subsampled: bool
    """Whether chroma has fewer samples than luma."""
    swapped: bool
    """Whether the file is a big-endian BigTIFF."""
    small_map: bool
    """Whether the colour map has values up to 255, where the format has them up to 65,535."""
    orientation: int
    tile: int
    """Pixels of a tile; 0 without tiles."""

    @property
    def alpha(self) -> int | None:
        """Which sample of a pixel is alpha."""
        found = [at for at, kind in enumerate(self.extra) if kind in (1, 2)]
        return self.colours + found[0] if found else None

    @property
    def for_pillow(self) -> bool:
        """Whether Pillow reads it right; else libvips does."""
        if self.swapped or self.small_map or self.planar:
            return False
        if self.photometric == YCBCR:
            return self.compression in (_OLD_JPEG, _JPEG) or not self.subsampled
        if self.form != UNSIGNED:
            return False
        if self.bits == 16:
            return (self.photometric == BLACK_IS_ZERO and not self.extra) or (
                self.photometric == RGB and self.extra in ((), (0,), (1,), (2,))
            )
        if self.photometric in (CMYK, CIELAB):
            return self.bits == 8 and not self.extra
        return self.bits <= 8 and (not self.extra or self.photometric != WHITE_IS_ZERO)


def layout_of(data: bytes) -> Layout:
    """The layout of a TIFF's first picture, by its headers alone.

    Raises `UnreadableError`: `unsupported_format`, naming it, for camera raw and for a layout that
    no decoder here reads right; `truncated` for a file without its headers; `decoder_failed` for
    one in very many strips or tiles.
    """
    first = first_directory(data)
    if first is None:
        raise UnreadableError("truncated", "the file is cut short; upload the whole file again")
    parts = max((first.entries[tag].count for tag in (273, 324) if tag in first.entries), default=0)
    if parts > _MOST_PARTS:
        raise UnreadableError(
            "decoder_failed", "this TIFF is cut into far more parts than any program makes"
        )
    if not _is_there(data, first):
        raise UnreadableError("truncated", "the file is cut short; upload the whole file again")
    if _is_camera_raw(data, first):
        raise UnreadableError(
            "unsupported_format", "this is a camera raw file; export it as JPEG or TIFF"
        )
    return _supported(_layout(first))


def _layout(first: Directory) -> Layout:
    def number(tag: int, otherwise: int) -> int:
        values = first.value(tag)
        return int(values[0]) if values else otherwise

    photometric = number(262, BLACK_IS_ZERO)
    bits = set(first.value(258) or (1,))
    samples = number(277, 1)
    extra = tuple(int(value) for value in first.value(338) or ())
    colours = _CHANNELS.get(photometric, samples)
    if len(extra) < samples - colours:
        extra += (0,) * min(samples - colours - len(extra), 16)
    subsampling = first.value(530) or (2, 2)
    return Layout(
        size=(number(256, 0), number(257, 0)),
        photometric=photometric,
        bits=int(bits.pop()) if len(bits) == 1 else 0,
        form=number(339, UNSIGNED),
        colours=colours,
        extra=extra[: max(samples - colours, 0)],
        planar=number(284, 1) == 2 and samples > 1,
        compression=number(259, _UNCOMPRESSED),
        subsampled=photometric == YCBCR and tuple(subsampling) != (1, 1),
        swapped=first.big and first.order == ">",
        small_map=photometric == PALETTE and _is_small_map(first),
        orientation=number(274, 1),
        tile=number(322, 0) * number(323, 0),
    )


def _supported(layout: Layout) -> Layout:
    """The layout, if a decoder here is known to read it right."""
    if layout.compression not in _COMPRESSIONS:
        name = _UNREAD_COMPRESSIONS.get(
            layout.compression, f"a method of its own (number {layout.compression})"
        )
        raise _unsupported(f"a TIFF compressed by {name}")
    name = _PHOTOMETRICS.get(layout.photometric, f"colour model {layout.photometric}")
    grey = layout.photometric in _GREY
    if layout.photometric not in _CHANNELS:
        raise _unsupported(f"a TIFF in {name}")
    if layout.bits == 0:
        raise _unsupported("a TIFF whose channels have different numbers of bits")
    kind = {UNSIGNED: "", SIGNED: "signed ", FLOAT: "floating point "}.get(layout.form, "unknown ")
    described = f"a TIFF of {layout.bits} {kind}bits per sample in {name}"
    if layout.form == UNSIGNED:
        right = layout.bits in ((1, 2, 4, 8, 16, 32) if grey else (8, 16, 32))
        if layout.photometric == PALETTE:
            right = layout.bits in (1, 2, 4, 8)
        elif layout.photometric == YCBCR:
            right = layout.bits == 8
        elif layout.photometric in (CMYK, CIELAB):
            right = layout.bits in (8, 16)
    else:
        right = (
            layout.form == FLOAT and layout.bits in (16, 32) and (grey or layout.photometric == RGB)
        )
    if not right:
        raise _unsupported(described)
    if layout.extra and layout.bits < 8:
        raise _unsupported(f"{described} with further channels")
    half = layout.form == FLOAT and layout.bits == 16  # libvips mixes its planes up
    if layout.planar and (layout.photometric == YCBCR or half):
        raise _unsupported(f"{described} in planes")
    if 1 in layout.extra and (layout.bits > 16 or layout.photometric not in (BLACK_IS_ZERO, RGB)):
        raise _unsupported(f"{described} with premultiplied alpha")
    if layout.photometric == CIELAB and not layout.for_pillow:
        raise _unsupported(described)
    if layout.photometric == YCBCR and (layout.extra or layout.swapped) and not layout.for_pillow:
        raise _unsupported(f"{described}, big-endian or with further channels")
    return layout


def _unsupported(name: str) -> UnreadableError:
    return UnreadableError(
        "unsupported_format",
        f"this is {name}; save it as a TIFF with 8 or 16 bits per sample, or as PNG",
    )


def _is_there(data: bytes, first: Directory) -> bool:
    """Whether the file reaches the end of its first directory and of what describes its pixels."""
    order, big = first.order, first.big
    (at,) = struct.unpack_from(f"{order}{'Q' if big else 'I'}", data, 8 if big else 4)
    if at + 8 > len(data):
        return False
    (count,) = struct.unpack_from(f"{order}{'Q' if big else 'H'}", data, at)
    if at + (8 + 20 * count if big else 2 + 12 * count) > len(data):
        return False
    return all(
        entry.at + entry.length <= len(data)
        for tag, entry in first.entries.items()
        if tag in _DESCRIBING
    )


def _is_small_map(first: Directory) -> bool:
    values = first.raw(320, 6 * 65_536)
    high = values[1::2] if first.order == "<" else values[::2]
    return bool(values) and not any(high)


def _is_camera_raw(data: bytes, first: Directory) -> bool:
    if _DNG_VERSION in first.entries or _LEAF in first.entries:
        return True
    reduced = first.value(_SUBFILE)
    if reduced and int(reduced[0]) & _REDUCED and _SUB_DIRECTORIES in first.entries:
        return True
    return any(_is_of_sensor(directory) for directory in _directories(data, first))


def _is_of_sensor(directory: Directory) -> bool:
    photometric, compression = directory.value(262), directory.value(259)
    return (
        _SENSOR_PATTERN in directory.entries
        or bool(photometric and photometric[0] in _SENSOR_PHOTOMETRICS)
        or bool(compression and compression[0] in _SENSOR_COMPRESSIONS)
    )


def _directories(data: bytes, first: Directory) -> Iterator[Directory]:
    """The first directory, and those below it."""
    yield first
    for at in first.value(_SUB_DIRECTORIES) or ():
        yield Directory(data, int(at), first.order, big=first.big)


def complete(data: bytes) -> bool:
    """Whether all strips or tiles of the first picture are within the file."""
    first = first_directory(data)
    if first is None or not first.entries:
        return False
    offsets = _numbers(first, 273) or _numbers(first, 324)
    lengths = _numbers(first, 279) or _numbers(first, 325)
    return bool(offsets) and all(
        at + length <= len(data) for at, length in zip(offsets, lengths, strict=False)
    )


class TiffFile(ImageFile.ImageFile):
    """A file whose pixels libvips will read; it only has a size here."""

    format = "TIFF by libvips"

    def _open(self) -> None:
        layout = layout_of(b"" if self.fp is None else self.fp.read())
        self._size, self._mode = layout.size, "RGB"
        self.orientation = layout.orientation if 1 <= layout.orientation <= 8 else 1


def _numbers(directory: Directory, tag: int) -> tuple[int, ...]:
    entry = directory.entries.get(tag)
    letter = {3: "H", 4: "I", 16: "Q"}.get(0 if entry is None else entry.kind)
    if entry is None or letter is None:
        return ()
    packed = directory.raw(tag, 8 * _MOST_PARTS)
    return struct.unpack(
        f"{directory.order}{len(packed) // struct.calcsize(letter)}{letter}", packed
    )


def pixels(data: bytes, layout: Layout) -> Image.Image:
    """The picture as stored, in L, LA, RGB, RGBA or CMYK with eight bits a channel, by libvips.

    Floating point samples count as 0 to 1 if none is larger, else as 0 to 255. Raises
    `pyvips.Error` for a damaged file, and `UnreadableError` for CMYK that is transparent somewhere.
    """
    import pyvips  # takes 30 ms to load, which few TIFFs need wait for

    def loaded() -> Any:
        return pyvips.Image.tiffload_buffer(data, access="sequential", fail_on="error")

    image = loaded()
    alpha = None if layout.photometric == YCBCR else layout.alpha
    if layout.photometric == PALETTE and alpha is not None:
        alpha += 2  # libvips has looked up the colours
    colours = 3 if layout.photometric == PALETTE and image.bands >= 3 else layout.colours
    if layout.form == FLOAT:
        scale = 255.0 if loaded().max() <= 1.0 else 1.0
        if layout.photometric == WHITE_IS_ZERO:
            light = (255.0 / scale) - image[0]
            image = light if image.bands == 1 else light.bandjoin(image[1:])
    else:
        scale = {"uchar": 1.0, "ushort": 1 / 257, "uint": 1 / 16_843_009}[image.format]
    wanted = list(range(colours)) + ([] if alpha is None else [alpha])
    if wanted != list(range(image.bands)):
        image = image[wanted[0]].bandjoin([image[band] for band in wanted[1:]])
    if image.format != "uchar":
        image = (image * scale).rint().cast("uchar")
    if layout.photometric == CMYK and alpha is not None:
        if loaded()[4].min() < 255 * (257 if layout.bits == 16 else 1):
            raise _unsupported("a TIFF in CMYK with transparency")
        image = image[:4]
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "CMYK" if layout.photometric == CMYK else "RGBA"}
    return Image.frombytes(mode[image.bands], (image.width, image.height), image.write_to_memory())
