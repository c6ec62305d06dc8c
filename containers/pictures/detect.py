"""The names of formats that are not accepted: a detector, and no decoder."""

from __future__ import annotations

import codecs
import re

__all__ = ["is_video", "name_of", "name_of_no_picture"]

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
    (0, b"II\xbc\x00", "a JPEG XR picture"),
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
    (8, b"IIII", _RAW),
    (8, b"MMMM", _RAW),
    (0, b"ARRI", _RAW),
    (4, b"RED1", _RAW),
    (4, b"RED2", _RAW),
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
    (0, b"! XPM2", "an XPM picture"),
    (0, b"\xd7\xcd\xc6\x9a", "a Windows metafile"),
    (0, b"\x01\x00\x09\x00\x00\x03", "a Windows metafile"),
    (40, b" EMF", "a Windows metafile"),
    (522, b"\x00\x11\x02\xff", "a Macintosh picture (PICT)"),
    (8, b"ILBM", "an Amiga picture (ILBM)"),
    (8, b"PBM BMHD", "an Amiga picture (ILBM)"),
    (8, b"ACON", "an animated cursor"),
    (0, b"Paint Shop Pro Image File", "a Paint Shop Pro document"),
    (0, b"\x00\xffKA", "an Affinity document"),
    (0, b"CSFCHUNK", "a Clip Studio Paint document"),
    (8, b"CDR", "a CorelDRAW document"),
    (0, b"id=ImageMagick", "an ImageMagick picture (MIFF)"),
    (0, b"Image type: ", "an IFUNC picture (IM)"),
    (0, b"DanM", "a Microsoft Paint picture (MSP)"),
    (0, b"LinS", "a Microsoft Paint picture (MSP)"),
    (0, b"PVR\x03", "a PVR texture"),
    (0, b"VTF\x00", "a VTF texture"),
    (0, b"\x13\xab\xa1\x5c", "an ASTC texture"),
    (0, b"PKM ", "an ETC texture"),
    (0, b"BLP1", "a BLP texture"),
    (0, b"BLP2", "a BLP texture"),
    (344, b"n+1\x00", "a NIfTI picture"),
    (0, b"NRRD000", "an NRRD picture"),
    (8, b"AVI ", "a video"),
    (0, b"\x1a\x45\xdf\xa3", "a video"),
    (0, b"FLV\x01", "a video"),
    (0, b"OggS", "a video or sound"),
    (0, b"\x00\x00\x01\xba", "a video"),
    (0, b"\x00\x00\x01\xb3", "a video"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "a video"),
    *((4, box, "a video") for box in (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
    (0, b"\x06\x0e\x2b\x34", "a video"),
    (0, b".RMF", "a video"),
    *((0, magic + b"WS", "a Flash film") for magic in (b"C", b"F", b"Z")),
    (8, b"WAVE", "a sound file"),
    (0, b"ID3", "a sound file"),
    (0, b"fLaC", "a sound file"),
    (0, b"\x1f\x8b", "a file compressed by gzip: upload the picture itself"),
    (0, b"BZh", "a file compressed by bzip2: upload the picture itself"),
    (0, b"\xfd7zXZ\x00", "a file compressed by xz: upload the picture itself"),
    (0, b"\x28\xb5\x2f\xfd", "a file compressed by Zstandard: upload the picture itself"),
    (0, b"PK\x03\x04", "a ZIP archive: upload the pictures themselves"),
    (0, b"PK\x05\x06", "an empty ZIP archive: upload the pictures themselves"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive: upload the pictures themselves"),
    (0, b"Rar!\x1a\x07", "a RAR archive: upload the pictures themselves"),
    (257, b"ustar", "a tar archive: upload the pictures themselves"),
)

_VIDEO_BRANDS = (
    *(b"3g2", b"3ge", b"3gp", b"CAEP", b"F4V", b"KDDI", b"M4A", b"M4B", b"M4P", b"M4V", b"MSNV"),
    *(b"NDSC", b"NDSM", b"XAVC", b"avc1", b"crx ", b"dash", b"f4v", b"hev1", b"hvc1", b"iso"),
    *(b"mmp4", b"mp4", b"mp71", b"qt"),
)
_NETPBM = re.compile(rb"P(?:[1-7Ff]|F4)[\s#]")
_XPM = re.compile(rb"/\*\s*XPM\s*\*/")
_XBM = re.compile(rb"(?>\s|/\*.*?\*/)*+#define\s+\w*width\s+\d+\s+#define\s+\w*height\s", re.DOTALL)
_PDF = re.compile(rb".{,1023}%PDF-", re.DOTALL)
_BEFORE_TAG = rb"\s|<\?.*?\?>|<!--.*?-->"  # always in an atomic group, or time is exponential
_PROLOGUE = (
    rb"(?:\xef\xbb\xbf)?(?>"
    + _BEFORE_TAG
    + rb"|<!DOCTYPE(?!\s+html[\s>])[^>\[]*+(?:\[.*?\]\s*+)?>)*+"
)
_SVG = re.compile(_PROLOGUE + rb"<(?:\w+:)?svg[\s/>]", re.DOTALL | re.IGNORECASE)
_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?(?>" + _BEFORE_TAG + rb")*+<(?:!DOCTYPE\s+html|html|head|body)[\s>]",
    re.DOTALL | re.IGNORECASE,
)
_MESSAGE = re.compile(rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml\s.*?\?>\s*+<\w|\{\s*+\")", re.DOTALL)
_TEXTS = {
    "a Netpbm picture (PBM, PGM, PPM or PAM)": _NETPBM,
    "an SVG drawing": _SVG,
    "an XPM picture": _XPM,
    "an XBM picture": _XBM,
    "a PDF document": _PDF,
}
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
        return "a video" if is_video(major) else None
    if _is_transport_stream(data):
        return "a video"
    text = _text(data[:4096])
    for name, pattern in _TEXTS.items():
        if pattern.match(text):
            return name
    if _is_wbmp(data):
        return "a WBMP picture"
    return "a PCX picture" if _is_pcx(data) else None


def name_of_no_picture(data: bytes) -> str | None:
    """A sentence on a file in a picture's place; None if it is nothing known here."""
    if not data:
        return "this file is empty"
    if not data.strip(b"\0"):
        return "this file has only zeros, as after a transfer that broke off"
    if data.startswith((b"\0\5\x16\7", b"\0\5\x16\0")):
        return (
            "this is what macOS notes about a file (AppleDouble); the picture itself is the file "
            "whose name does not begin with `._`"
        )
    text = _text(data[:4096])
    if _WEB_PAGE.match(text):
        return (
            "this is a web page, such as a server sends in place of a picture that it does not have"
        )
    if _MESSAGE.match(text):
        return "this is XML or JSON, such as a server sends in place of a picture"
    return None


def is_video(brand: bytes) -> bool:
    """Whether the main brand of an ISO base media file is that of videos, sound or camera raw."""
    return brand.startswith(_VIDEO_BRANDS)


def _text(data: bytes) -> bytes:
    """Text in UTF-16 as UTF-8, other bytes as they are."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", "replace").encode()
    return data


def _is_transport_stream(data: bytes) -> bool:
    """Packets of 188 bytes, or of 192 with a time code before each."""
    return any(
        len(data) > start + 2 * step and not data[start : start + 2 * step + 1 : step].strip(b"G")
        for start, step in ((0, 188), (4, 192))
    )


def _is_wbmp(data: bytes) -> bool:
    """It has no signature, but its size must be that of its pixels."""
    if data[:2] != b"\0\0":
        return False
    sides, at = [0, 0], 2
    for side in range(2):
        for _ in range(3):
            byte = (data[at : at + 1] or b"\0")[0]
            sides[side] = sides[side] << 7 | byte & 127
            at += 1
            if not byte & 128:
                break
    width, height = sides
    return width > 0 and height > 0 and len(data) == at + (width + 7) // 8 * height


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
