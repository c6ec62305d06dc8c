"""Reading a picture: checked, decoded at the smallest sufficient scale, in sRGB, upright."""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib import import_module
from typing import BinaryIO

from PIL import Image, ImageFile

from pictures import apng, bmp, colour, gif, jpeg, tiff
from pictures.costs import bytes_per_pixel
from pictures.exif import Exif, read_exif, read_orientation
from pictures.kinds import ContentType, identify
from pictures.limits import Limits, UnreadableError
from pictures.metadata import Metadata, separate
from pictures.metadata.blocks import bare_exif, joined
from pictures.metadata.tiff import settle_orientation
from pictures.orientation import swaps_sides, upright
from pictures.resampling import resample
from pictures.structure import Structure, complete, inspect

__all__ = ["Limits", "Picture", "Source", "UnreadableError", "identify", "open_source", "read"]

Size = tuple[int, int]

# Pillow would also try other formats, and its JPEG entry point turns some files into MPO ones.
_DECODERS: dict[ContentType, tuple[str, str]] = {
    "image/jpeg": ("PIL.JpegImagePlugin", "JpegImageFile"),
    "image/png": ("PIL.PngImagePlugin", "PngImageFile"),
    "image/gif": ("PIL.GifImagePlugin", "GifImageFile"),
    "image/webp": ("PIL.WebPImagePlugin", "WebPImageFile"),
    "image/avif": ("PIL.AvifImagePlugin", "AvifImageFile"),
    "image/heic": ("pi_heif.as_plugin", "HeifImageFile"),
    "image/tiff": ("PIL.TiffImagePlugin", "TiffImageFile"),
    "image/bmp": ("PIL.BmpImagePlugin", "BmpImageFile"),
}

_DECODED = 5
"""Bytes per decoded pixel of a JPEG."""

# A JPEG's decoder reduces in steps of two, and less well than a filter does. With only 1.25 left to
# reduce, the filter cannot make up for it (1.2 to 2.7 points of SSIMULACRA2 lost); with 1.8 it can.
_RESERVE = 1.5

_NAMES = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/avif": "AVIF",
    "image/heic": "HEIC",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
}


@dataclass(frozen=True)
class Source:
    """A picture whose headers are read and found within the limits, and no pixel decoded yet."""

    data: bytes
    """The file without the metadata that its decoder does not need; a JPEG of one scan as it is, as
    `file` reads it without a copy."""
    content_type: ContentType
    file: ImageFile.ImageFile
    """Of a GIF, its first frame alone."""
    stored: Size
    """Width and height as stored, without what lies outside the clean aperture."""
    structure: Structure
    metadata: Metadata
    orientation: int
    profile: bytes | None
    frames: int

    @property
    def size(self) -> Size:
        """Width and height upright."""
        width, height = self.stored
        return (height, width) if swaps_sides(self.orientation) else (width, height)


@dataclass(frozen=True)
class Picture:
    """A picture's pixels, upright and in sRGB, at the size that was asked for."""

    content_type: ContentType
    width: int
    """Of the original, upright."""
    height: int
    frames: int
    exif: Exif
    image: Image.Image
    """In one of the modes L, LA, RGB and RGBA, with an empty `info`."""

    @property
    def has_alpha(self) -> bool:
        """Whether some pixel is not wholly opaque."""
        return self.image.mode in ("LA", "RGBA")


@contextmanager
def decoding(data: bytes, content_type: ContentType) -> Iterator[None]:
    """Turns whatever a codec raises into one `UnreadableError`."""
    name = _NAMES[content_type]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except UnreadableError:
        raise
    except MemoryError:
        raise UnreadableError(
            "too_many_pixels", f"this {name} needs more memory than there is to be decoded"
        ) from None
    except Exception as error:
        cut = isinstance(error, (EOFError, struct.error)) or "truncated" in str(error).lower()
        if cut or not complete(data, content_type):
            raise UnreadableError(
                "truncated", f"this {name} is cut short; upload the whole file again"
            ) from error
        raise UnreadableError(
            "decoder_failed", f"this {name} is damaged and could not be decoded"
        ) from error


def open_source(data: bytes, limits: Limits) -> Source:
    """The picture in `data` with its headers read, or `UnreadableError`."""
    if len(data) > limits.bytes:
        raise UnreadableError(
            "too_large",
            f"the file has {len(data):,} bytes, and {limits.bytes:,} are accepted at most",
        )
    content_type = identify(data)
    structure = inspect(data, content_type, limits)
    cost = bytes_per_pixel(data, content_type, structure.buffered)
    structure = replace(structure, cost=cost)
    if structure.size is not None:
        _check_size(structure.size, content_type, structure, limits)
    if structure.scans > limits.scans or structure.scans * _area(structure) > 16 * limits.pixels:
        raise UnreadableError(
            "decoder_failed",
            "this JPEG is drawn in far more passes than a camera or an editor makes",
        )
    with decoding(data, content_type):
        parts, metadata = separate(data, content_type)
        if structure.behind is not None:
            stream = jpeg.unended(parts, structure.behind)
        else:
            data = jpeg.ended(joined(parts)) if structure.scans > 1 else joined(parts)
            stream = io.BytesIO(data)
        file, stored, frames = _opened(data, stream, content_type, metadata)
        if metadata.crop is not None:  # a second copy of its pixels
            structure = replace(structure, cost=structure.cost + 5)
        _check_size(file.size, content_type, structure, limits)
        return Source(
            data=data,
            content_type=content_type,
            file=file,
            stored=stored,
            structure=structure,
            metadata=metadata,
            orientation=_orientation(file, metadata),
            profile=metadata.profile or file.info.get("icc_profile"),
            frames=frames,
        )


def _opened(
    data: bytes, stream: BinaryIO, content_type: ContentType, metadata: Metadata
) -> tuple[ImageFile.ImageFile, Size, int]:
    """The file as its decoder opens it, its size as stored and its number of frames.

    `stream` has the `data`, as far as they are to be decoded.
    """
    if content_type == "image/gif":
        animation = gif.parse(data)
        return animation.opened(), animation.size, len(animation.frames)
    if content_type == "image/tiff" and not tiff.layout_of(data).for_pillow:
        deferred = tiff.TiffFile(stream)
        return deferred, deferred.size, 1
    if content_type == "image/bmp" and not bmp.layout_of(data).for_pillow:
        bitmap = bmp.BmpFile(stream)
        return bitmap, bitmap.size, 1
    module, name = _DECODERS[content_type]
    file: ImageFile.ImageFile = getattr(import_module(module), name)(stream)
    stored, frames = file.size, 1
    if metadata.crop is not None:
        left, top, right, bottom = metadata.crop
        stored = (right - left, bottom - top)
    if content_type == "image/png":
        moving = apng.parse(data)
        frames = 1 if moving is None else len(moving.frames)
    elif content_type in ("image/avif", "image/webp"):
        frames = int(getattr(file, "n_frames", 1))
    if content_type == "image/tiff":
        settle_orientation(file)
    return file, stored, frames


def read(data: bytes, limits: Limits, wanted: Callable[[Size], Size]) -> Picture:
    """The picture in `data` at the size that `wanted` returns for its upright original size.

    Decodes once, a JPEG at the smallest of 1/8, 1/4, 1/2 and 1 of at least one and a half
    times what is wanted. Of several frames or pages, the first. Raises `UnreadableError`.
    """
    source = open_source(data, limits)
    return develop_source(source, wanted(source.size), limits)


def develop_source(source: Source, size: Size, limits: Limits) -> Picture:
    """The pixels of an opened picture at a given upright size, with its typed metadata."""
    width, height = source.size
    stored = size[::-1] if swaps_sides(source.orientation) else size
    file = source.file
    with decoding(source.data, source.content_type):
        exif = _exif(source.metadata)
        image = resample(colour.plain(decode_only(source, stored, limits)), stored)
        image = colour.to_srgb(image, source.profile)
        image = upright(without_needless_alpha(image), source.orientation)
    if image is file:
        image = image.copy()
    image.info = {}
    return Picture(
        content_type=source.content_type,
        width=width,
        height=height,
        frames=source.frames,
        exif=exif,
        image=image,
    )


def decode_only(source: Source, stored: Size, limits: Limits) -> Image.Image:
    """The stored picture as its decoder returns it, not turned yet, no smaller than `stored`."""
    file = source.file
    if source.content_type == "image/png":
        from pictures import png  # libvips takes 30 ms to load, which only a PNG need wait for

        moving = apng.parse(source.data)
        if moving is not None and moving.hidden:
            return moving.still()
        return png.pixels(source.data, stored)
    if source.content_type == "image/gif":
        return gif.parse(source.data).still()
    if isinstance(file, tiff.TiffFile):
        return tiff.pixels(source.data, tiff.layout_of(source.data))
    if isinstance(file, bmp.BmpFile):
        return bmp.pixels(source.data, bmp.layout_of(source.data))
    if source.content_type == "image/jpeg":
        reserve = (math.ceil(_RESERVE * stored[0]), math.ceil(_RESERVE * stored[1]))
        file.draft(None, reserve)
        _check_decoded(file.size, limits)
        if source.structure.scans > 1:
            scale: int = file.decoderconfig[0]
            whole = jpeg.scans(source.data, scale)
            if whole is not None:
                return whole
    file.load()
    if source.content_type == "image/heic":
        _check_size(file.size, source.content_type, source.structure, limits)
    return file if source.metadata.crop is None else file.crop(source.metadata.crop)


def without_needless_alpha(image: Image.Image) -> Image.Image:
    """The picture without its alpha channel, if that is opaque everywhere."""
    if image.mode not in ("LA", "RGBA"):
        return image
    lowest = image.getchannel("A").getextrema()[0]
    return image.convert(image.mode[:-1]) if lowest == 255 else image


def _area(structure: Structure) -> int:
    return 0 if structure.size is None else structure.size[0] * structure.size[1]


def _check_size(size: Size, kind: ContentType, structure: Structure, limits: Limits) -> None:
    width, height = size
    if width < 1 or height < 1:
        raise UnreadableError("decoder_failed", f"this {_NAMES[kind]} has no pixels")
    if max(width, height) > limits.side:
        raise UnreadableError(
            "too_many_pixels",
            f"the picture is {width:,} x {height:,}, and a side may have {limits.side:,} pixels",
        )
    scaled = kind == "image/jpeg" and structure.cost == 1
    most = max(limits.pixels, limits.scaled_pixels) if scaled else limits.pixels
    allowed = min(most, limits.memory // structure.cost)
    if width * height > allowed:
        raise UnreadableError(
            "too_many_pixels",
            f"the picture has {width * height / 1e6:,.1f} megapixels, and {allowed / 1e6:,.0f} are "
            f"accepted at most for {_NAMES[kind]}",
        )


def _check_decoded(size: Size, limits: Limits) -> None:
    """Refuses a JPEG that is too large at the scale at which it will be decoded."""
    if size[0] * size[1] * _DECODED > limits.memory:
        raise UnreadableError(
            "too_many_pixels", "the picture is too large to be shown at the size that is asked for"
        )


def _orientation(file: ImageFile.ImageFile, metadata: Metadata) -> int:
    if isinstance(file, tiff.TiffFile):
        return file.orientation
    if file.format == "TIFF":  # its decoder turns the picture itself
        return 1
    if file.format == "HEIF":
        return metadata.orientation
    if file.format == "AVIF":  # only its own properties count, which Pillow writes as EXIF
        return read_orientation(bare_exif(file.info.get("exif", b"")))
    return read_orientation(metadata.exif)


def _exif(metadata: Metadata) -> Exif:
    """The typed fields; none where reading them fails, for metadata never costs the picture."""
    with suppress(Exception):
        return read_exif(metadata.exif, metadata.xmp, metadata.iptc)
    return {}
