"""The chart beside metadata of any kind, sound or not."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from functools import partial

from proofs.specimens import (
    XMP,
    Specimen,
    animated,
    chart,
    exif_block,
    heic,
    saved,
    turned,
    with_hole,
)
from proofs.specimens.colours import after_header, chunk, jpeg_with, png_chunks
from proofs.specimens.heif import parts_of, put_together
from proofs.specimens.profiles import SRGB, rgb_profile

__all__ = [
    "CARRIERS",
    "SIDE_BLOCKS",
    "SIDE_CHUNKS",
    "Carrier",
    "exif_of",
    "iptc_of",
    "photoshop",
    "tiff_with",
    "xmp_of",
]

Carrier = Callable[[bytes, bytes, bytes, bytes], bytes]
"""The chart with these blocks: EXIF from its byte order on, XMP, IPTC records and ICC profile."""

Entry = tuple[int, int, int, bytes]
"""Tag, type, count and values."""


def exif_of(image: list[Entry], shot: list[Entry] = [], place: list[Entry] = []) -> bytes:  # noqa: B006 - read only
    """An EXIF block of raw entries, little-endian."""
    directories = [("", image), ("shot", shot), ("place", place)]
    pointers = {"shot": 0x8769, "place": 0x8825}
    sizes: dict[str, int] = {}
    starts = {"": 8}
    for _ in range(2):  # once for the lengths, once for the pointers
        written: list[bytes] = []
        at = 8
        for name, entries in directories:
            starts[name] = at
            more = [
                (tag, 4, 1, struct.pack("<I", starts.get(each, 0)))
                for each, tag in pointers.items()
                if name == ""
            ]
            part = _directory([*entries, *more], at)
            sizes[name] = len(part)
            at += len(part)
            written.append(part)
    return b"II*\0\x08\0\0\0" + b"".join(written)


def _directory(entries: list[Entry], at: int) -> bytes:
    table, values = b"", b""
    start = at + 2 + 12 * len(entries) + 4
    for tag, kind, count, content in sorted(entries):
        if len(content) <= 4:
            table += struct.pack("<HHI", tag, kind, count) + content.ljust(4, b"\0")
        else:
            table += struct.pack("<HHII", tag, kind, count, start + len(values))
            values += content + bytes(len(content) & 1)
    return struct.pack("<H", len(entries)) + table + bytes(4) + values


def xmp_of(properties: str, attributes: str = "") -> bytes:
    """An XMP packet with these properties, as XML."""
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        f"{attributes}>{properties}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end='w'?>"
    ).encode()


def iptc_of(*records: tuple[int, int, bytes]) -> bytes:
    """IPTC records."""
    return b"".join(
        struct.pack(">BBBH", 0x1C, record, number, len(content)) + content
        for record, number, content in records
    )


def photoshop(iptc: bytes) -> bytes:
    """Photoshop's image resources with IPTC records among them."""
    other = b"8BIM\x04\x22\0\0" + struct.pack(">I", 3) + b"abc\0"
    return other + b"8BIM\x04\x04\0\0" + struct.pack(">I", len(iptc)) + iptc + bytes(len(iptc) & 1)


def tiff_with(data: bytes, *entries: Entry) -> bytes:
    """A little-endian TIFF with further tags, whatever they hold."""
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    added = {tag for tag, *_ in entries}
    table = [struct.unpack_from("<HHI4s", data, first + 2 + 12 * number) for number in range(count)]
    table = [entry for entry in table if entry[0] not in added]
    more = b""
    for tag, kind, number, content in entries:
        value = content.ljust(4, b"\0")
        if len(content) > 4:
            value = struct.pack("<I", len(data) + len(more))
            more += content + bytes(len(content) & 1)
        table.append((tag, kind, number, value))
    start = len(data) + len(more)
    written = b"".join(struct.pack("<HHI4s", *entry) for entry in sorted(table))
    whole = bytearray(data + more + struct.pack("<H", len(table)) + written + bytes(4))
    whole[4:8] = struct.pack("<I", start)
    return bytes(whole)


def _jpeg(exif: bytes, xmp: bytes, iptc: bytes, profile: bytes) -> bytes:
    return jpeg_with(
        chart(),
        (0xE1, b"Exif\0\0" + exif[:60_000]),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp[:60_000]),
        (0xED, b"Photoshop 3.0\0" + photoshop(iptc)),
        (0xE2, b"ICC_PROFILE\0\1\1" + profile),
    )


def _png(exif: bytes, xmp: bytes, iptc: bytes, profile: bytes) -> bytes:
    written = f"\niptc\n{len(iptc):8}\n".encode() + iptc.hex().encode()
    return png_chunks(
        chart(),
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile)),
        chunk(b"eXIf", exif),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + xmp),
        chunk(b"zTXt", b"Raw profile type iptc\0\0" + zlib.compress(written)),
    )


def _webp(exif: bytes, xmp: bytes, _: bytes, profile: bytes) -> bytes:
    return saved(chart(), "WEBP", lossless=True, exif=exif, xmp=xmp, icc_profile=profile)


def _heif(plain: Callable[[], bytes], exif: bytes, xmp: bytes, _: bytes, __: bytes) -> bytes:
    return put_together(parts_of(plain()), exif=bytes(4) + exif, xmp=xmp)


def _tiff(exif: bytes, xmp: bytes, iptc: bytes, profile: bytes) -> bytes:
    entries: list[Entry] = [
        (tag, kind, len(content), content)
        for tag, kind, content in (
            (0x010F, 2, exif[10:60]),
            (700, 1, xmp),
            (33723, 7, iptc),
            (34675, 7, profile),
        )
        if content
    ]
    return tiff_with(saved(chart(), "TIFF"), *entries, (0x8769, 4, 1, exif[4:8]))


CARRIERS: dict[str, Carrier] = {
    "JPEG": _jpeg,
    "PNG": _png,
    "WebP": _webp,
    "AVIF": partial(_heif, lambda: saved(chart(), "AVIF", quality=95)),
    "HEIC": partial(_heif, lambda: heic("plain")),
    "TIFF": _tiff,
}


SIDE_CHUNKS = (
    *(b"pHYs", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"iCCP", b"tEXt", b"zTXt", b"iTXt", b"eXIf"),
    *(b"tRNS", b"bKGD", b"hIST", b"sBIT", b"sPLT", b"tIME", b"mDCV", b"acTL", b"fcTL", b"prVt"),
)
_CONTENTS = (b"", b"\0", b"\xff" * 5, b"icc\0\0\0", b"XML:com.adobe.xmp\0\1\0\0\0junk", b"M" * 300)


def _png_beside(name: bytes) -> bytes:
    """A PNG with a chunk of this name in every damaged form, before and behind its pixels."""
    damaged = b"".join(
        chunk(name, content, sound=sound) for content in _CONTENTS for sound in (True, False)
    )
    data = after_header(saved(chart(), "PNG"), damaged)
    return data[:-12] + damaged + data[-12:]


_HEADS = (
    *(b"", b"\0", b"JFIF", b"JFIF\0\1", b"JFXX\0", b"Exif\0", b"Exif\0\0", b"Exif\0\0MM\0*"),
    *(b"Exif\0\0II*\0\xff\xff\xff\xff", b"http://ns.adobe.com/xap/1.0/\0", b"ICC_PROFILE\0"),
    *(b"ICC_PROFILE\0\1", b"ICC_PROFILE\0\1\1", b"ICC_PROFILE\0\0\0abc", b"MPF\0", b"MPF\0II*\0"),
    *(b"Photoshop 3.0\0", b"Photoshop 3.0\08BIM", b"Photoshop 3.0\08BIM\4\4\0\0\xff\xff\xff\xff"),
    *(b"Adobe", b"Adobe\0", b"Ducky\0\1", b"\xff\xd8\xff\xd9"),
)


def _jpeg_beside(marker: int) -> bytes:
    """A JPEG with this segment in every damaged form."""
    return jpeg_with(chart(), *((marker, head) for head in _HEADS))


def _tiff_beside(content: bytes, count: int) -> bytes:
    """A TIFF whose metadata tags all hold this."""
    tags = (0x010E, 0x010F, 0x011A, 0x0132, 0x013B, 700, 33723, 34377, 34675, 0x8769, 0x8825)
    kinds = {0x011A: 5, 0x8769: 4, 0x8825: 4}
    return tiff_with(
        saved(chart(), "TIFF"), *((tag, kinds.get(tag, 2), count, content) for tag in tags)
    )


def _turned_by_xmp(form: str) -> bytes:
    packet = xmp_of("", 'tiff:Orientation="6"')
    if form == "TIFF":
        return tiff_with(saved(chart(), "TIFF"), (700, 1, len(packet), packet))
    if form == "PNG":
        return png_chunks(chart(), chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet))
    if form == "WEBP":
        return saved(chart(), "WEBP", lossless=True, xmp=packet)
    return saved(chart(), form, xmp=packet, quality=95)


def _animation_with(name: bytes, content: bytes) -> bytes:
    """An APNG one of whose chunks has another content."""
    data = animated("PNG")
    at = data.index(name) - 4
    length = int.from_bytes(data[at : at + 4], "big")
    return data[:at] + chunk(name, content) + data[at + 12 + length :]


def _webp_beside(name: bytes, length: int) -> bytes:
    """A WebP one of whose metadata chunks claims another length."""
    settings = {"exif": exif_block(), "xmp": XMP, "icc_profile": rgb_profile(SRGB)}
    data = saved(chart(), "WEBP", lossless=True, **settings)
    at = data.index(name)
    return data[: at + 4] + struct.pack("<I", length) + data[at + 8 :]


def _webp_unpadded() -> bytes:
    """A WebP with a chunk of odd length and no padding behind it."""
    data = saved(chart(), "WEBP", lossless=True, exif=exif_block(), xmp=XMP)
    before, behind = data[: data.index(b"EXIF")], data[data.index(b"XMP ") :]
    body = before[8:] + b"EXIF" + struct.pack("<I", 7) + b"1234567" + behind
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _png_misled(change: int) -> bytes:
    """A PNG whose text chunk claims another length."""
    content = b"Comment\0" + b"x" * 40
    text = bytearray(chunk(b"tEXt", content))
    text[:4] = struct.pack(">I", len(content) + change)
    return after_header(saved(chart(), "PNG"), bytes(text))


SIDE_BLOCKS = (
    *(
        Specimen(
            f"WebP {name.decode().strip()} of {length} bytes",
            partial(_webp_beside, name, length),
            "image/webp",
        )
        for name in (b"ICCP", b"EXIF", b"XMP ")
        for length in (0, 3, 7, 100_000, 2**32 - 1)
    ),
    Specimen("WebP without padding", _webp_unpadded, "image/webp"),
    Specimen("WebP cut in its XMP", lambda: _webp_unpadded()[:-50], "image/webp"),
    *(
        Specimen(
            f"PNG text {abs(change)} bytes too {'short' if change < 0 else 'long'}",
            partial(_png_misled, change),
            "image/png",
        )
        for change in (-48, -20, -1, 1, 20, 300, 10**6)
    ),
    Specimen(
        "PNG cut in a text behind its pixels",
        lambda: saved(chart(), "PNG")[:-12] + chunk(b"tEXt", bytes(99))[:50],
        "image/png",
    ),
    *(
        Specimen(f"PNG damaged {name.decode()}", partial(_png_beside, name), "image/png")
        for name in SIDE_CHUNKS
    ),
    *(
        Specimen(f"JPEG damaged segment {marker:X}", partial(_jpeg_beside, marker), "image/jpeg")
        for marker in (*range(0xE0, 0xF0), 0xFE)
    ),
    *(
        Specimen(f"TIFF {name}", partial(_tiff_beside, content, count), "image/tiff")
        for name, content, count in (
            ("tags of bytes", b"\xff" * 64, 64),
            ("tags behind the end", b"\xff\xff\xff\x7f", 4000),
            ("tags of millions of values", b"\0\0\0\1", 100_000_000),
            ("tags of nothing", b"", 0),
        )
    ),
    *(
        Specimen(f"{form} orientation in XMP only", partial(_turned_by_xmp, form), content_type)
        for form, content_type in (
            ("JPEG", "image/jpeg"),
            ("PNG", "image/png"),
            ("WEBP", "image/webp"),
            ("TIFF", "image/tiff"),
            ("AVIF", "image/avif"),
        )
    ),
    *(
        Specimen(f"APNG {name}", partial(_animation_with, chunk_name, content), "image/png")
        for name, chunk_name, content in (
            ("without a count", b"acTL", b""),
            ("of no frames", b"acTL", bytes(8)),
            ("of a short frame", b"fcTL", bytes(8)),
            ("of a frame outside", b"fcTL", struct.pack(">5IHHBB", 0, 192, 128, 9, 9, 1, 1, 0, 0)),
            ("in another order", b"fcTL", struct.pack(">5IHHBB", 7, 192, 128, 0, 0, 1, 1, 0, 0)),
        )
    ),
    Specimen(
        "PNG palette, more transparency than colours",
        lambda: after_header_of_palette(chunk(b"tRNS", bytes(200))),
        "image/png",
    ),
    Specimen(
        "PNG grey and alpha beside transparency",
        lambda: png_chunks(with_hole(chart()), chunk(b"tRNS", bytes(6))),
        "image/png",
        alpha=True,
    ),
    Specimen(
        "PNG orientation 6 by ImageMagick's words",
        lambda: _by_imagemagick(6),
        "image/png",
    ),
)


def after_header_of_palette(extra: bytes) -> bytes:
    """The chart in a palette of four colours with a chunk behind it."""
    data = saved(chart().quantize(4), "PNG")
    at = data.index(b"PLTE") - 4
    end = at + 12 + int.from_bytes(data[at : at + 4], "big")
    return data[:end] + extra + data[end:]


def _by_imagemagick(orientation: int) -> bytes:
    block = b"Exif\0\0" + exif_of([(0x0112, 3, 1, struct.pack("<H", orientation))])
    text = f"\nexif\n{len(block):8}\n".encode() + block.hex().encode()
    return png_chunks(
        turned(orientation), chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(text))
    )
