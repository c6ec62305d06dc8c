"""The names of formats that are not accepted: a detector, and no decoder."""

from __future__ import annotations

import re

__all__ = ["is_web_page", "name_of"]

_RAW = "a camera raw file"

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"%!PS", "a PostScript document"),
    (0, b"\xc5\xd0\xd3\xc6", "a PostScript document"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cJXL ", "a JPEG XL picture"),
    (0, b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 picture"),
    (0, b"\x00\x00\x00\x0cjP\x1a\x1a", "a JPEG 2000 picture"),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture"),
    (0, b"II\xbc\x01", "a JPEG XR picture"),
    (0, b"\x00\x00\x01\x00", "an icon"),
    (0, b"\x00\x00\x02\x00", "a cursor"),
    (0, b"icns", "an Apple icon (ICNS)"),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"IIU\x00", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"MMOR", _RAW),
    (0, b"FOVb", _RAW),
    (0, b"\x00MRM", _RAW),
    (6, b"HEAPCCDR", _RAW),
    (8, b"CR\x02", _RAW),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (0, b"#?RADIANCE", "a Radiance picture"),
    (0, b"#?RGBE", "a Radiance picture"),
    (0, b"qoif", "a QOI picture"),
    (0, b"farbfeld", "a farbfeld picture"),
    (0, b"FLIF", "a FLIF picture"),
    (0, b"BPG\xfb", "a BPG picture"),
    (0, b"DDS ", "a DirectDraw surface"),
    (0, b"\xabKTX ", "a KTX texture"),
    (0, b"gimp xcf", "a GIMP document"),
    (0, b"\x8aMNG\r\n\x1a\n", "an MNG animation"),
    (0, b"\x8bJNG\r\n\x1a\n", "a JNG picture"),
    (0, b"\x01\xda", "an SGI picture"),
    (0, b"\x59\xa6\x6a\x95", "a Sun raster picture"),
    (0, b"SDPX", "a DPX picture"),
    (0, b"XPDS", "a DPX picture"),
    (0, b"\x80\x2a\x5f\xd7", "a Cineon picture"),
    (0, b"SIMPLE  =", "a FITS picture"),
    (128, b"DICM", "a DICOM picture"),
    (0, b"AT&TFORM", "a DjVu document"),
    (0, b"/* XPM */", "an XPM picture"),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (40, b" EMF", "a Windows metafile"),
    (8, b"ILBM", "an Amiga picture (ILBM)"),
    (8, b"AVI ", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (0, b"FLV\x01", "a video"),
    (0, b"OggS", "a video or sound"),
    (0, b"\x00\x00\x01\xba", "a video"),
    (0, b"\x00\x00\x01\xb3", "a video"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video"),
    (4, b"moov", "a video"),
    (4, b"mdat", "a video"),
    (4, b"wide", "a video"),
    (0, b"\x1f\x8b", "a file compressed by gzip: upload the picture itself"),
    (0, b"PK\x03\x04", "a ZIP archive: upload the pictures themselves"),
)

_VIDEO_BRANDS = (
    *(b"3g2", b"3gp", b"F4V", b"M4V", b"MSNV", b"XAVC", b"avc", b"dash", b"f4v", b"hev1"),
    *(b"hvc1", b"iso", b"mmp4", b"mp4", b"qt"),
)
_NETPBM = re.compile(rb"P[1-7Ff][\s#]")
_PROLOGUE = rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>)*"
_SVG = re.compile(_PROLOGUE + rb"<(?:\w+:)?svg[\s/>]", re.DOTALL | re.IGNORECASE)
_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\s|<\?.*?\?>|<!--.*?-->)*<(?:!DOCTYPE\s+html|html|head|body)[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_TARGA_FOOTER = b"TRUEVISION-XFILE.\x00"
_TARGA_KINDS = frozenset((1, 2, 3, 9, 10, 11))


def name_of(data: bytes) -> str | None:
    """What kind of file it is, with its article; None if it is no kind known here."""
    if _is_targa(data):  # its header can begin as a cursor's
        return "a Targa picture (TGA)"
    for offset, magic, name in _MAGIC:
        if data.startswith(magic, offset):
            return name
    if data[4:8] == b"ftyp":
        major = data[8:12]
        if major == b"crx ":
            return _RAW
        return "a video" if major.startswith(_VIDEO_BRANDS) else None
    if _NETPBM.match(data):
        return "a Netpbm picture (PBM, PGM, PPM or PAM)"
    if _SVG.match(data[:4096]):
        return "an SVG drawing"
    return "a PCX picture" if _is_pcx(data) else None


def is_web_page(data: bytes) -> bool:
    """Whether it is HTML, as servers send it in place of a picture."""
    return _WEB_PAGE.match(data[:4096]) is not None


def _is_pcx(data: bytes) -> bool:
    return (
        len(data) >= 128
        and data[0] == 10
        and data[1] in (0, 2, 3, 4, 5)
        and data[2] in (0, 1)
        and data[3] in (1, 2, 4, 8)
        and data[64] == 0
    )


def _is_targa(data: bytes) -> bool:
    """Only the newer version has a signature; the older one must have a coherent header."""
    if data[-18:] == _TARGA_FOOTER:
        return True
    if len(data) < 19 or data[1] > 1 or data[2] not in _TARGA_KINDS:
        return False
    mapped = data[2] in (1, 9)
    if (mapped and (not data[1] or data[7] not in (15, 16, 24, 32))) or (
        not mapped and any(data[3:8])
    ):
        return False
    width, height = (int.from_bytes(data[at : at + 2], "little") for at in (12, 14))
    return width > 0 and height > 0 and data[16] in (8, 15, 16, 24, 32) and data[17] & 0xC0 == 0
