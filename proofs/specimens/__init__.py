"""One small picture of every kind that must be read, and of every kind that must be refused.

All show the same chart upright: red, green, blue and light grey quarters, 192 by 128 pixels.
"""

from __future__ import annotations

import io
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyvips
from PIL import Image, TiffImagePlugin

from pictures.limits import Code
from proofs.specimens.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    PROPHOTO,
    SRGB,
    Space,
    cmyk_profile,
    convert,
    grey_profile,
    press,
    rgb_profile,
)

SIZE = (192, 128)
CHART = ((200, 40, 40), (40, 160, 60), (40, 60, 200), (220, 220, 220))
GREYS = ((30, 30, 30), (110, 110, 110), (170, 170, 170), (230, 230, 230))
HOLE = (0, 0, 20, 20)
"""The pixels that are transparent in a specimen with alpha."""

GPS = (59.0, 20.0, 0.0), (18.0, 3.0, 0.0)
SERIAL = "SN-4711-0815"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
    b'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
    b'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><rdf:Seq><rdf:li>Ada Lens</rdf:li>'
    b"</rdf:Seq></dc:creator><dc:rights><rdf:Alt><rdf:li>(c) Ada Lens</rdf:li></rdf:Alt>"
    b"</dc:rights>"
    b"</rdf:Description></rdf:RDF></x:xmpmeta>"
)

Colours = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True)
class Specimen:
    """A file, and what reading it must come to."""

    name: str
    make: Callable[[], bytes]
    content_type: str = ""
    colours: Colours = CHART
    tolerance: float = 3.0
    """CIE 1976 delta E at the middle of each quarter; what lossy coding may take."""
    size: tuple[int, int] = SIZE
    alpha: bool = False
    frames: int = 1
    code: Code | None = None
    conventional: bool = False
    """Whether another result would be as right, because the file does not say what it means."""

    @property
    def data(self) -> bytes:
        """The file's bytes, made once."""
        return _made(self)


@cache
def _made(specimen: Specimen) -> bytes:
    return specimen.make()


def chart(colours: Colours = CHART, size: tuple[int, int] = SIZE) -> Image.Image:
    """The four quarters."""
    image = Image.new("RGB", size)
    across, down = size[0] // 2, size[1] // 2
    for number, colour in enumerate(colours):
        left, top = number % 2 * across, number // 2 * down
        image.paste(colour, (left, top, left + across, top + down))
    return image


def with_hole(image: Image.Image) -> Image.Image:
    """The picture with a transparent corner, its colour there a red that must not show."""
    alpha = Image.new("L", image.size, 255)
    alpha.paste(0, HOLE)
    image = image.copy()
    image.putalpha(alpha)
    return image


def saved(image: Image.Image, form: str, **settings: Any) -> bytes:
    """The picture as a file of some format."""
    buffer = io.BytesIO()
    image.save(buffer, form, **settings)
    return buffer.getvalue()


def jpeg(image: Image.Image | None = None, **settings: Any) -> bytes:
    """A JPEG of good quality."""
    return saved(image or chart(), "JPEG", **{"quality": 95, "subsampling": 0} | settings)


def exif_block(orientation: object = 1) -> bytes:
    """An EXIF block with everything a camera writes."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F], block[0x0110], block[0x0131] = "Canon", "Canon EOS R6", "Firmware 1.2"
    block[0x013B], block[0x8298], block[0x010E] = "Ada Lens", "(c) 2026 Ada Lens", "A chart"
    shot = block.get_ifd(0x8769)
    rational = TiffImagePlugin.IFDRational
    shot[0x9003], shot[0x9011], shot[0x9291] = "2026:06:21 23:15:07", "+02:00", "250"
    shot[0x829A], shot[0x829D], shot[0x8827] = rational(1, 250), rational(28, 10), 400
    shot[0x920A], shot[0xA405], shot[0x9204] = rational(85), 85, rational(-1, 3)
    shot[0x9209], shot[0xA434], shot[0xA431] = 16, "RF85mm F2 MACRO IS STM", SERIAL
    place = block.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", GPS[0], "E", GPS[1]
    place[5], place[6] = b"\x00", 28.5
    return block.tobytes()


def turned(orientation: int) -> Image.Image:
    """The chart as a camera stores it that notes this orientation."""
    transpose = Image.Transpose
    undo = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_90,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_270,
    }.get(orientation)
    return chart() if undo is None else chart().transpose(undo)


def in_space(space: Space, colours: Colours = CHART) -> Image.Image:
    """The chart with its colours expressed in another space."""
    return chart(tuple(convert(colour, SRGB, space) for colour in colours))


_INKS = ((0, 255, 255, 0), (255, 0, 255, 0), (255, 255, 0, 0), (0, 0, 0, 51))
PRINTED: Colours = (
    *(press([ink / 255 for ink in inks]) for inks in _INKS[:3]),
    press((0, 0, 0, 0)),
)


def inked(paper: tuple[int, int, int, int] = (0, 0, 0, 0)) -> Image.Image:
    """The chart in solid pairs of inks and bare paper."""
    image = Image.new("CMYK", SIZE, paper)
    for number, inks in enumerate((*_INKS[:3], paper)):
        left, top = number % 2 * 96, number // 2 * 64
        image.paste(inks, (left, top, left + 96, top + 64))
    return image


def ycck() -> bytes:
    """A YCCK JPEG as Adobe writes it: the inks as luma and chroma, black apart, all inverted."""
    cyan, magenta, yellow, black = inked().split()
    luma = Image.merge("RGB", (cyan, magenta, yellow)).convert("YCbCr").split()
    inverted = [channel.point(lambda value: 255 - value) for channel in luma]
    data = bytearray(jpeg(Image.merge("CMYK", (*inverted, black)), quality=98))
    marker = data.index(b"Adobe")
    data[marker + 11] = 2
    return bytes(data)


def vips(image: Image.Image) -> Any:
    """The picture for libvips, which writes some variants that Pillow does not."""
    return pyvips.Image.new_from_memory(
        image.tobytes(), *image.size, len(image.getbands()), "uchar"
    ).copy(interpretation="srgb" if len(image.getbands()) > 2 else "b-w")


def sixteen_bits(image: Image.Image) -> Any:
    """The picture in 16 bits a channel, for libvips."""
    kind = "rgb16" if len(image.getbands()) > 2 else "grey16"
    return (vips(image) * 257).cast("ushort").copy(interpretation=kind)


def grey() -> Image.Image:
    """The chart in four greys."""
    return chart(GREYS).convert("L")


def frames(mode: str = "RGBA") -> list[Image.Image]:
    """Three frames, the first of them the chart."""
    return [
        chart().convert(mode),
        chart(CHART[1:] + CHART[:1]).convert(mode),
        chart(CHART[2:] + CHART[:2]).convert(mode),
    ]


def animated(form: str, mode: str = "RGBA", **settings: Any) -> bytes:
    """An animation of three frames of 80 milliseconds, for ever."""
    first, *others = frames(mode)
    timing: dict[str, Any] = {"save_all": True, "append_images": others, "duration": 80}
    if form != "AVIF":
        timing["loop"] = 0
    return saved(first, form, **timing | settings)


def heic(name: str) -> bytes:
    """One of the HEIC files beside this module."""
    return (Path(__file__).parent / "heic" / f"{name}.heic").read_bytes()


def motion_photo() -> bytes:
    """A JPEG with a video behind it, in which every marker turns up by chance."""
    video = b"\x00\x00\x00\x18ftypmp42" + random.Random(1).randbytes(200_000)
    return jpeg(exif=exif_block(1)) + video


def multi_picture() -> bytes:
    """Two pictures in one MPO file, the chart first."""
    return saved(chart(), "MPO", save_all=True, append_images=[chart(CHART[::-1])], quality=95)


def raw_negative() -> bytes:
    """A DNG's outside: a TIFF whose first picture is a thumbnail of something it does not show."""
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0xC612] = b"\x01\x04\x00\x00"
    tags.tagtype[0xC612] = 1
    return saved(chart(), "TIFF", tiffinfo=tags)


def png_of(width: int, height: int, colour_type: int = 2, rows: bytes = b"") -> bytes:
    """A PNG that announces any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(name, content)
        for name, content in ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def png_with(name: bytes, content: bytes, times: int = 1) -> bytes:
    """The chart as PNG with a further chunk before its pixels, some times over."""
    data = saved(chart(), "PNG")
    return data[:33] + _chunk(name, content) * times + data[33:]


def jpeg_resized(width: int, height: int, data: bytes | None = None) -> bytes:
    """A JPEG whose header announces another size than its pixels have."""
    data = data or jpeg()
    at = next(at for at in range(len(data)) if data[at : at + 2] in (b"\xff\xc0", b"\xff\xc2"))
    changed = bytearray(data)
    changed[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(changed)


def scan_flood(scans: int = 3000) -> bytes:
    """A progressive JPEG that draws its last scan again and again."""
    data = jpeg(Image.new("L", (2048, 2048), 90), progressive=True, subsampling=-1)
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def gif_of(width: int, height: int) -> bytes:
    """A GIF that announces any size."""
    data = bytearray(saved(chart(), "GIF"))
    data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


def webp_of(width: int, height: int) -> bytes:
    """A WebP that announces any size."""
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + canvas
    body += saved(chart(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def bmp_of(width: int, height: int) -> bytes:
    """A BMP that announces any size."""
    data = bytearray(saved(chart(), "BMP"))
    data[18:26] = struct.pack("<ii", width, height)
    return bytes(data)


def tiff_of(width: int, height: int) -> bytes:
    """A TIFF that announces any size."""
    return _tiff_with({256: width, 257: height})


def tiff_tiled(side: int) -> bytes:
    """A small TIFF whose only tile is huge."""
    data = vips(chart()).tiffsave_buffer(tile=True, tile_width=64, tile_height=64)
    return _patched_tiff(data, {322: side, 323: side})


def _tiff_with(values: dict[int, int]) -> bytes:
    return _patched_tiff(saved(chart(), "TIFF"), values)


def _patched_tiff(data: bytes, values: dict[int, int]) -> bytes:
    changed = bytearray(data)
    order = "<" if data[:2] == b"II" else ">"
    (start,) = struct.unpack_from(f"{order}I", changed, 4)
    (entries,) = struct.unpack_from(f"{order}H", changed, start)
    for number in range(entries):
        at = start + 2 + 12 * number
        (tag,) = struct.unpack_from(f"{order}H", changed, at)
        if tag in values:
            struct.pack_into(f"{order}HII", changed, at + 2, 4, 1, values[tag])
    return bytes(changed)


def heif_resized(data: bytes, width: int, height: int) -> bytes:
    """A HEIC or AVIF whose `ispe` boxes announce another size."""
    changed = bytearray(data)
    at = changed.find(b"ispe")
    while at >= 0:
        struct.pack_into(">II", changed, at + 8, width, height)
        at = changed.find(b"ispe", at + 4)
    return bytes(changed)


def _jpeg_in(space: Space) -> bytes:
    return jpeg(in_space(space), icc_profile=rgb_profile(space))


def _jpeg_turned(orientation: int) -> bytes:
    return jpeg(turned(orientation), exif=exif_block(orientation))


def _good() -> tuple[Specimen, ...]:
    jpegs = (
        Specimen("JPEG baseline 4:4:4", jpeg, "image/jpeg"),
        Specimen("JPEG baseline 4:2:0", lambda: jpeg(subsampling=2), "image/jpeg"),
        Specimen("JPEG progressive", lambda: jpeg(progressive=True), "image/jpeg"),
        Specimen("JPEG grey", lambda: jpeg(grey(), subsampling=-1), "image/jpeg", GREYS),
        Specimen(
            "JPEG grey, gamma 1.8 profile",
            lambda: jpeg(grey(), subsampling=-1, icc_profile=grey_profile(1.8)),
            "image/jpeg",
            tuple((round(255 * SRGB.encode((c[0] / 255) ** 1.8)),) * 3 for c in GREYS),
        ),
        Specimen(
            "JPEG CMYK with profile",
            lambda: jpeg(inked(), icc_profile=cmyk_profile()),
            "image/jpeg",
            PRINTED,
        ),
        Specimen(
            "JPEG CMYK without profile",
            lambda: jpeg(inked()),
            "image/jpeg",
            ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)),
            conventional=True,
        ),
        Specimen(
            "JPEG YCCK without profile",
            ycck,
            "image/jpeg",
            ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)),
            tolerance=6.0,
            conventional=True,
        ),
        *(
            Specimen(
                f"JPEG {space.name}",
                partial(_jpeg_in, space),
                "image/jpeg",
            )
            for space in (SRGB, DISPLAY_P3, ADOBE_RGB, PROPHOTO)
        ),
        Specimen("JPEG broken profile", lambda: jpeg(icc_profile=b"not a profile"), "image/jpeg"),
        Specimen(
            "JPEG RGB profile on grey",
            lambda: jpeg(grey(), subsampling=-1, icc_profile=rgb_profile(DISPLAY_P3)),
            "image/jpeg",
            GREYS,
        ),
        *(
            Specimen(
                f"JPEG orientation {number}",
                partial(_jpeg_turned, number),
                "image/jpeg",
            )
            for number in range(1, 9)
        ),
        Specimen("JPEG orientation 0", lambda: jpeg(exif=exif_block(0)), "image/jpeg"),
        Specimen("JPEG motion photo", motion_photo, "image/jpeg"),
        Specimen("MPO", multi_picture, "image/jpeg"),
    )
    pngs = (
        Specimen("PNG RGB", lambda: saved(chart(), "PNG"), "image/png", tolerance=0.5),
        Specimen(
            "PNG palette",
            lambda: saved(chart().quantize(8), "PNG"),
            "image/png",
            tolerance=0.5,
        ),
        Specimen(
            "PNG palette with alpha",
            lambda: saved(with_hole(chart()).quantize(8, Image.Quantize.FASTOCTREE), "PNG"),
            "image/png",
            tolerance=0.5,
            alpha=True,
        ),
        Specimen(
            "PNG RGBA",
            lambda: saved(with_hole(chart()), "PNG"),
            "image/png",
            tolerance=0.5,
            alpha=True,
        ),
        Specimen(
            "PNG RGBA, opaque",
            lambda: saved(chart().convert("RGBA"), "PNG"),
            "image/png",
            tolerance=0.5,
        ),
        Specimen(
            "PNG grey and alpha",
            lambda: saved(with_hole(grey()), "PNG"),
            "image/png",
            GREYS,
            tolerance=0.5,
            alpha=True,
        ),
        Specimen(
            "PNG 16 bit",
            lambda: sixteen_bits(chart()).pngsave_buffer(bitdepth=16),
            "image/png",
            tolerance=0.5,
        ),
        Specimen(
            "PNG 16 bit grey",
            lambda: sixteen_bits(grey()).pngsave_buffer(bitdepth=16),
            "image/png",
            GREYS,
            tolerance=0.5,
        ),
        Specimen(
            "PNG one bit",
            lambda: saved(
                chart(((0, 0, 0), (255,) * 3, (255,) * 3, (0, 0, 0))).convert("1"), "PNG"
            ),
            "image/png",
            ((0, 0, 0), (255, 255, 255), (255, 255, 255), (0, 0, 0)),
            tolerance=0.5,
        ),
        Specimen(
            "PNG transparent colour",
            lambda: saved(chart(), "PNG", transparency=(220, 220, 220)),
            "image/png",
            tolerance=0.5,
            alpha=True,
        ),
        Specimen(
            "PNG interlaced",
            lambda: vips(chart()).pngsave_buffer(interlace=True),
            "image/png",
            tolerance=0.5,
        ),
        Specimen(
            "PNG Display P3",
            lambda: saved(in_space(DISPLAY_P3), "PNG", icc_profile=rgb_profile(DISPLAY_P3)),
            "image/png",
        ),
        Specimen(
            "PNG orientation 6",
            lambda: saved(turned(6), "PNG", exif=exif_block(6)),
            "image/png",
            tolerance=0.5,
        ),
        Specimen("APNG", lambda: animated("PNG"), "image/png", tolerance=0.5, frames=3),
    )
    others = (
        Specimen("WebP lossy", lambda: saved(chart(), "WEBP", quality=95), "image/webp"),
        Specimen(
            "WebP lossless",
            lambda: saved(chart(), "WEBP", lossless=True),
            "image/webp",
            tolerance=0.5,
        ),
        Specimen(
            "WebP alpha",
            lambda: saved(with_hole(chart()), "WEBP", lossless=True),
            "image/webp",
            tolerance=0.5,
            alpha=True,
        ),
        Specimen(
            "WebP orientation 8",
            lambda: saved(turned(8), "WEBP", lossless=True, exif=exif_block(8)),
            "image/webp",
            tolerance=0.5,
        ),
        Specimen(
            "WebP Adobe RGB",
            lambda: saved(
                in_space(ADOBE_RGB), "WEBP", lossless=True, icc_profile=rgb_profile(ADOBE_RGB)
            ),
            "image/webp",
        ),
        Specimen(
            "WebP animated",
            lambda: animated("WEBP", lossless=True),
            "image/webp",
            tolerance=0.5,
            frames=3,
        ),
        Specimen("AVIF", lambda: saved(chart(), "AVIF", quality=95), "image/avif"),
        Specimen(
            "AVIF 10 bit",
            lambda: sixteen_bits(chart()).heifsave_buffer(compression="av1", bitdepth=10, Q=95),
            "image/avif",
        ),
        Specimen(
            "AVIF alpha",
            lambda: saved(with_hole(chart()), "AVIF", quality=95),
            "image/avif",
            alpha=True,
        ),
        Specimen(
            "AVIF orientation 5",
            lambda: saved(turned(5), "AVIF", quality=95, exif=exif_block(5)),
            "image/avif",
        ),
        Specimen(
            "AVIF animated", lambda: animated("AVIF", "RGB", quality=95), "image/avif", frames=3
        ),
        Specimen("HEIC", lambda: heic("plain"), "image/heic"),
        Specimen("HEIC grid", lambda: heic("grid"), "image/heic", size=(768, 512)),
        Specimen("HEIC turned", lambda: heic("turned"), "image/heic"),
        Specimen("HEIC Display P3", lambda: heic("display-p3"), "image/heic"),
        Specimen("HEIC alpha", lambda: heic("alpha"), "image/heic", alpha=True),
        Specimen("HEIC 10 bit", lambda: heic("ten-bit"), "image/heic"),
        Specimen("TIFF strips", lambda: saved(chart(), "TIFF"), "image/tiff", tolerance=0.5),
        Specimen(
            "TIFF LZW",
            lambda: saved(chart(), "TIFF", compression="tiff_lzw"),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen(
            "TIFF deflate tiles",
            lambda: vips(chart()).tiffsave_buffer(
                tile=True, tile_width=64, tile_height=64, compression="deflate"
            ),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen(
            "TIFF multi-page",
            lambda: saved(
                chart(), "TIFF", save_all=True, append_images=[chart(CHART[::-1])], big_tiff=False
            ),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen(
            "BigTIFF", lambda: saved(chart(), "TIFF", big_tiff=True), "image/tiff", tolerance=0.5
        ),
        Specimen(
            "TIFF CMYK with profile",
            lambda: saved(inked(), "TIFF", icc_profile=cmyk_profile()),
            "image/tiff",
            PRINTED,
        ),
        Specimen(
            "TIFF 16 bit grey",
            lambda: sixteen_bits(grey()).tiffsave_buffer(),
            "image/tiff",
            GREYS,
            tolerance=0.5,
        ),
        Specimen(
            "TIFF 16 bit RGB",
            lambda: sixteen_bits(chart()).tiffsave_buffer(),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen(
            "TIFF float grey",
            lambda: (vips(grey()) / 255).cast("float").tiffsave_buffer(),
            "image/tiff",
            GREYS,
            tolerance=0.5,
            conventional=True,
        ),
        Specimen(
            "TIFF orientation 3",
            lambda: saved(turned(3), "TIFF", tiffinfo={0x0112: 3}),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen(
            "TIFF LZW orientation 6",
            lambda: saved(turned(6), "TIFF", tiffinfo={0x0112: 6}, compression="tiff_lzw"),
            "image/tiff",
            tolerance=0.5,
        ),
        Specimen("GIF", lambda: saved(chart().quantize(8), "GIF"), "image/gif", tolerance=0.5),
        Specimen("GIF animated", lambda: animated("GIF"), "image/gif", tolerance=0.5, frames=3),
        Specimen("BMP", lambda: saved(chart(), "BMP"), "image/bmp", tolerance=0.5),
    )
    return (*jpegs, *pngs, *others)


def _bad() -> tuple[Specimen, ...]:
    half = slice(None, 700)
    return (
        Specimen("empty file", lambda: b"", code="not_an_image"),
        Specimen("text", lambda: b"Dear Sir or Madam, " * 50, code="not_an_image"),
        Specimen("random bytes", lambda: random.Random(7).randbytes(5000), code="not_an_image"),
        Specimen("PDF", lambda: b"%PDF-1.7\n" + bytes(500), code="unsupported_format"),
        Specimen("EPS", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", code="unsupported_format"),
        Specimen("SVG", lambda: b'<?xml version="1.0"?><svg/>', code="unsupported_format"),
        Specimen("PSD", lambda: b"8BPS" + bytes(100), code="unsupported_format"),
        Specimen("JPEG 2000", lambda: saved(chart(), "JPEG2000"), code="unsupported_format"),
        Specimen("MP4 video", lambda: b"\0\0\0\x18ftypmp42" + bytes(99), code="unsupported_format"),
        Specimen("raw: DNG", raw_negative, code="unsupported_format"),
        Specimen(
            "raw: CR2", lambda: b"II*\0\x10\0\0\0CR\2\0" + bytes(99), code="unsupported_format"
        ),
        Specimen("raw: CR3", lambda: b"\0\0\0\x18ftypcrx " + bytes(99), code="unsupported_format"),
        Specimen("JPEG cut", lambda: jpeg()[half], code="truncated"),
        Specimen("JPEG progressive cut", lambda: jpeg(progressive=True)[half], code="truncated"),
        Specimen("PNG cut", lambda: saved(chart(), "PNG")[:150], code="truncated"),
        Specimen("WebP cut", lambda: saved(chart(), "WEBP")[:150], code="truncated"),
        Specimen("AVIF cut", lambda: saved(chart(), "AVIF")[:-100], code="truncated"),
        Specimen("HEIC cut", lambda: heic("plain")[:-100], code="truncated"),
        Specimen("TIFF cut", lambda: saved(chart(), "TIFF")[:5000], code="truncated"),
        Specimen("GIF cut", lambda: saved(chart(), "GIF")[:-200], code="truncated"),
        Specimen("BMP cut", lambda: saved(chart(), "BMP")[:5000], code="truncated"),
        Specimen("JPEG bomb", lambda: jpeg_resized(65000, 65000), code="too_many_pixels"),
        Specimen(
            "JPEG progressive bomb",
            lambda: jpeg_resized(30000, 30000, jpeg(progressive=True)),
            code="too_many_pixels",
        ),
        Specimen("PNG bomb", lambda: png_of(60000, 60000), code="too_many_pixels"),
        Specimen("GIF bomb", lambda: gif_of(65535, 65535), code="too_many_pixels"),
        Specimen("WebP bomb", lambda: webp_of(16383, 16383), code="too_many_pixels"),
        Specimen("BMP bomb", lambda: bmp_of(40000, 40000), code="too_many_pixels"),
        Specimen("TIFF bomb", lambda: tiff_of(40000, 40000), code="too_many_pixels"),
        Specimen("TIFF tile bomb", lambda: tiff_tiled(32768), code="too_many_pixels"),
        Specimen(
            "AVIF bomb",
            lambda: heif_resized(saved(chart(), "AVIF"), 30000, 30000),
            code="too_many_pixels",
        ),
        Specimen(
            "HEIC bomb", lambda: heif_resized(heic("plain"), 30000, 30000), code="too_many_pixels"
        ),
        Specimen("JPEG scan flood", scan_flood, code="decoder_failed"),
        Specimen(
            "JPEG marker flood",
            lambda: b"\xff\xd8" + b"\xff\x01" * 5_000_000,
            code="decoder_failed",
        ),
        Specimen(
            "PNG chunk flood",
            lambda: png_with(b"prVt", b"", 1_000_000),
            code="decoder_failed",
        ),
        Specimen(
            "GIF block flood",
            lambda: gif_of(192, 128)[:-1] + b"\x21\xfe" + b"\x01x" * 5_000_000 + b"\x00;",
            code="decoder_failed",
        ),
        Specimen(
            "HEIC box flood",
            lambda: heic("plain") + b"\x00\x00\x00\x08free" * 1_000_000,
            code="decoder_failed",
        ),
        Specimen(
            "PNG zTXt bomb",
            lambda: png_with(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(80_000_000), 9)),
            code="decoder_failed",
        ),
        Specimen(
            "PNG iCCP bomb",
            lambda: png_with(b"iCCP", b"icc\0\0" + zlib.compress(bytes(80_000_000), 9)),
            code="decoder_failed",
        ),
    )


GOOD = _good()
BAD = _bad()
