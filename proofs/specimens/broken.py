"""JPEG files without all of their pixels, and files of formats that are only named."""

from __future__ import annotations

import bz2
import gzip
import random
import re
from collections.abc import Callable

from PIL import Image

from pictures.limits import Code
from proofs.specimens import Specimen, chart, heic, jpeg, saved

__all__ = ["CUT", "NAMED", "NO_PICTURES", "photograph"]

_END = b"\xff\xd9"
_SMALL = (64, 64)


def photograph(size: tuple[int, int] = (480, 320)) -> Image.Image:
    """The chart with detail everywhere."""
    detail = Image.frombytes("RGB", size, random.Random(5).randbytes(size[0] * size[1] * 3))
    return Image.blend(chart(size=size), detail, 0.3)


def _half(data: bytes) -> bytes:
    start = data.index(b"\xff\xda")
    return data[: (start + len(data)) // 2].rstrip(b"\xff")


def _without_intervals(data: bytes) -> bytes:
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    return data[: marks[40]] + data[marks[48] :]


def _without_scans(data: bytes) -> bytes:
    scans = [found.start() for found in re.finditer(rb"\xff\xda\x00", data)]
    return data[: data.rindex(b"\xff\xc4", 0, scans[2])] + _END


_RESTARTS = {"restart_marker_blocks": 7}
_CUT: dict[str, Callable[[], bytes]] = {
    "half, then its end": lambda: _half(jpeg(photograph())) + _END,
    "half, then its end and a video": lambda: _half(jpeg(photograph())) + _END + bytes(99_999),
    "half, then zeros": lambda: _half(jpeg(photograph())).ljust(200_000, b"\0"),
    "half, then another JPEG": lambda: _half(jpeg(photograph())) + jpeg(),
    "without its last 200 bytes": lambda: jpeg(photograph())[:-202].rstrip(b"\xff") + _END,
    "without eight restart intervals": lambda: _without_intervals(jpeg(photograph(), **_RESTARTS)),
    "progressive, without restart intervals": lambda: _without_intervals(
        jpeg(photograph(), progressive=True, **_RESTARTS)
    ),
    "progressive, half, then its end": lambda: _half(jpeg(photograph(), progressive=True)) + _END,
    "progressive, without its last scans": lambda: _without_scans(
        jpeg(photograph(), progressive=True)
    ),
    "CMYK, half, then its end": lambda: _half(jpeg(photograph().convert("CMYK"))) + _END,
}
CUT = tuple(Specimen(f"JPEG {name}", make, code="truncated") for name, make in _CUT.items())


def _form(name: str, mode: str = "RGB") -> bytes:
    return saved(chart(size=_SMALL).convert(mode), name)


def _with(head: bytes, at: int = 0) -> bytes:
    return bytes(at) + head + bytes(600)


# What the refusal must name, and a file of it.
_NAMED: dict[str, tuple[str, Callable[[], bytes]]] = {
    "TGA": ("Targa", lambda: _form("TGA")),
    "TGA without its footer": (
        "Targa",
        lambda: _form("TGA", "L").removesuffix(b"TRUEVISION-XFILE.\0"),
    ),
    "PPM": ("Netpbm", lambda: _form("PPM")),
    "PAM": ("Netpbm", lambda: b"P7\nWIDTH 2\nHEIGHT 2\nDEPTH 3\nMAXVAL 255\nENDHDR\n" + bytes(12)),
    "PFM": ("Netpbm", lambda: b"PF\n2 2\n-1.0\n" + bytes(48)),
    "PCX": ("PCX", lambda: _form("PCX")),
    "SGI": ("SGI", lambda: _form("SGI")),
    "ICNS": ("ICNS", lambda: _form("ICNS")),
    "ICO": ("icon", lambda: _form("ICO")),
    "CUR": ("cursor", lambda: _with(b"\0\0\2\0\1\0\x20\x20")),
    "animated cursor": ("cursor", lambda: b"RIFF\0\0\0\0" + _with(b"ACONLIST")),
    "XCF": ("GIMP", lambda: _with(b"gimp xcf file")),
    "PSB": ("Photoshop", lambda: _with(b"8BPS\0\2")),
    "PSP": ("Paint Shop Pro", lambda: _with(b"Paint Shop Pro Image File\n\x1a")),
    "Affinity": ("Affinity", lambda: _with(b"\0\xffKA")),
    "JPEG XL": ("JPEG XL", lambda: _with(b"\xff\x0a")),
    "JPEG XL in boxes": ("JPEG XL", lambda: _with(b"\0\0\0\x0cJXL \r\n\x87\n")),
    "JPEG XR": ("JPEG XR", lambda: _with(b"II\xbc\1")),
    "JPEG-LS": ("rare kind", lambda: _with(b"\xff\xd8\xff\xf7\0\x0b\x08\0\x40\0\x40\1\1\x11\0")),
    "DDS": ("DirectDraw", lambda: _form("DDS")),
    "HDR": ("Radiance", lambda: _with(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n")),
    "EXR": ("OpenEXR", lambda: _with(b"v/1\1\2\0\0\0")),
    "QOI": ("QOI", lambda: _form("QOI")),
    "FITS": ("FITS", lambda: _with(b"SIMPLE  =                    T")),
    "DICOM": ("DICOM", lambda: _with(b"DICM", 128)),
    "NIfTI": ("NIfTI", lambda: _with(b"n+1\0", 344)),
    "WBMP": ("WBMP", lambda: b"\0\0\x83\0\x40" + bytes(48 * 64)),
    "XBM": ("XBM", lambda: _form("XBM", "1")),
    "XPM": ("XPM", lambda: b"/* XPM */\nstatic char *a[] = {"),
    "MSP": ("Paint", lambda: _form("MSP", "1")),
    "IM": ("IFUNC", lambda: _with(b"Image type: L image\r\n")),
    "BLP": ("BLP", lambda: _form("BLP", "P")),
    "WMF": ("metafile", lambda: _with(b"\1\0\x09\0\0\3")),
    "PICT": ("PICT", lambda: _with(b"\0\x11\2\xff", 522)),
    "ILBM": ("ILBM", lambda: b"FORM\0\0\1\0" + _with(b"ILBMBMHD")),
    "KTX": ("KTX", lambda: _with(b"\xabKTX 20\xbb\r\n\x1a\n")),
    "ASTC": ("ASTC", lambda: _with(b"\x13\xab\xa1\x5c")),
    "SVG in UTF-16": ("SVG", lambda: '<?xml version="1.0"?><svg/>'.encode("utf-16")),
    "PDF behind other bytes": ("PDF", lambda: b"\xef\xbb\xbf\n%PDF-1.7\n"),
    "HEIC of VVC": ("VVC", lambda: heic("plain").replace(b"hvc1", b"vvc1")),
    "HEIF of H.264": ("H.264", lambda: _other_heif(b"avci", b"avc1")),
    "HEIF of JPEG": ("JPEG", lambda: _other_heif(b"jpeg", b"jpeg")),
    "QuickTime": ("video", lambda: b"\0\0\0\x08skip\0\0\0\x08free" + _with(b"\0\0\1\0moov")),
    "MPEG transport stream": ("video", lambda: (b"\x47\x40\0\x10" + bytes(184)) * 4),
    "WebM": ("video", lambda: _with(b"\x1a\x45\xdf\xa3")),
    "AVI": ("video", lambda: b"RIFF\0\0\0\0" + _with(b"AVI LIST")),
    "M4A": ("video", lambda: _with(b"\0\0\0\x18ftypM4A ")),
    "raw: RAF": ("camera raw", lambda: _with(b"FUJIFILMCCD-RAW 0201")),
    "raw: ORF": ("camera raw", lambda: _with(b"IIRO\x08\0\0\0")),
    "raw: RW2": ("camera raw", lambda: _with(b"IIU\0\x18\0\0\0")),
    "raw: IIQ": ("camera raw", lambda: _with(b"II*\0\x20\0\0\0IIII")),
    "gzip": ("gzip", lambda: gzip.compress(jpeg(), mtime=0)),
    "bzip2": ("bzip2", lambda: bz2.compress(jpeg())),
    "ZIP": ("ZIP", lambda: _with(b"PK\3\4")),
    "7z": ("7z", lambda: _with(b"7z\xbc\xaf\x27\x1c")),
    "tar": ("tar", lambda: b"photo.jpg" + _with(b"ustar\x0000", 248)),
}
_OTHERS: dict[str, tuple[str, Callable[[], bytes]]] = {
    "web page": ("web page", lambda: b"<!-- cached -->\n<!DOCTYPE html><svg></svg>"),
    "web page in UTF-16": ("web page", lambda: "<html><head>".encode("utf-16")),
    "message in XML": ("XML", lambda: b'<?xml version="1.0"?>\n<Error><Code>AccessDenied'),
    "message in JSON": ("JSON", lambda: b'{ "message": "Forbidden"}'),
    "AppleDouble": ("AppleDouble", lambda: _with(b"\0\5\x16\7\0\2\0\0Mac OS X")),
    "zeros": ("zeros", lambda: bytes(50_000)),
    "opened comments": ("not a picture", lambda: b"<!---->" * 500 + b"x"),
}


def _other_heif(brand: bytes, kind: bytes) -> bytes:
    data = heic("plain").replace(b"hvc1", kind)
    return data[:8] + brand + data[12:]


def _specimens(
    files: dict[str, tuple[str, Callable[[], bytes]]], code: Code
) -> tuple[tuple[Specimen, str], ...]:
    return tuple((Specimen(name, make, code=code), words) for name, (words, make) in files.items())


NAMED = _specimens(_NAMED, "unsupported_format")
"""With what each refusal must name."""
NO_PICTURES = _specimens(_OTHERS, "not_an_image")
