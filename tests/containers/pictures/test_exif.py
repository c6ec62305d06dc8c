"""Metadata comes out as typed, plausible fields, and none of it makes reading fail."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from decimal import Decimal

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pictures.exif import Exif, read_exif
from proofs.specimens import XMP, exif_block
from proofs.specimens.metadata import exif_of, iptc_of, xmp_of


def of(tags: Mapping[int, object], shot: Mapping[int, object] | None = None) -> Exif:
    block = Image.Exif()
    for tag, value in tags.items():
        block[tag] = value
    block.get_ifd(0x8769).update(shot or {})
    return read_exif(bare(block))


def bare(block: Image.Exif) -> bytes:
    return block.tobytes().removeprefix(b"Exif\0\0")


def test_everything_a_camera_writes_comes_out_typed() -> None:
    assert read_exif(exif_block().removeprefix(b"Exif\0\0")) == {
        "taken_at": "2026-06-21T23:15:07.250+02:00",
        "make": "Canon",
        "model": "Canon EOS R6",
        "camera": "Canon EOS R6",
        "lens": "RF85mm F2 MACRO IS STM",
        "software": "Firmware 1.2",
        "exposure": {
            "seconds": 0.004,
            "f_number": 2.8,
            "iso": 400,
            "focal_length_mm": 85.0,
            "focal_length_35mm": 85,
            "bias_ev": -0.33,
            "flash": False,
        },
        "gps": {"latitude": 59.3333333, "longitude": 18.05, "altitude_m": 28.5},
        "copyright": "(c) 2026 Ada Lens",
        "creator": "Ada Lens",
        "title": "A chart",
    }


def test_the_fields_are_json() -> None:
    fields = read_exif(exif_block().removeprefix(b"Exif\0\0"))
    assert json.loads(json.dumps(fields)) == fields


def test_a_time_without_an_offset_does_not_claim_one() -> None:
    assert of({}, {0x9003: "2026:01:02 03:04:05"}) == {"taken_at": "2026-01-02T03:04:05"}


def test_the_time_of_digitization_and_of_change_stand_in_for_the_time_of_the_shot() -> None:
    assert of({0x0132: "2026:01:02 03:04:05"})["taken_at"] == "2026-01-02T03:04:05"
    shot = {0x9003: "0000:00:00 00:00:00", 0x9004: "2025:05:05 05:05:05"}
    assert of({}, shot)["taken_at"] == "2025-05-05T05:05:05"


def test_south_and_west_are_negative() -> None:
    block = Image.Exif()
    block.get_ifd(0x8825).update(
        {1: "S", 2: (33.0, 51.0, 36.0), 3: "W", 4: (70.0, 0.0, 0.0), 5: b"\x01", 6: 12.0}
    )
    assert read_exif(bare(block)) == {
        "gps": {"latitude": -33.86, "longitude": -70.0, "altitude_m": -12.0}
    }


def test_an_impossible_position_is_left_out() -> None:
    block = Image.Exif()
    block.get_ifd(0x8825).update({1: "N", 2: (95.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})
    assert read_exif(bare(block)) == {}


def test_make_and_model_are_named_once() -> None:
    assert of({0x010F: "NIKON CORPORATION", 0x0110: "NIKON Z 6"})["camera"] == "NIKON Z 6"
    assert of({0x010F: "Apple", 0x0110: "iPhone 15"})["camera"] == "Apple iPhone 15"


def test_text_loses_its_padding_and_control_characters() -> None:
    assert of({0x013B: "  Ada\x00\x00 \n Lens  "})["creator"] == "Ada Lens"


def test_creator_and_rights_are_taken_from_xmp_where_exif_has_none() -> None:
    assert read_exif(b"", XMP) == {"creator": "Ada Lens", "copyright": "(c) Ada Lens"}
    named = exif_of([(0x013B, 2, 4, b"Bob\0")])
    assert read_exif(named, XMP) == {"creator": "Bob", "copyright": "(c) Ada Lens"}


def items(*texts: str, kind: str = "Alt") -> str:
    return f"<rdf:{kind}>" + "".join(texts) + f"</rdf:{kind}>"


def item(text: str, language: str = "") -> str:
    return (
        f'<rdf:li xml:lang="{language}">{text}</rdf:li>' if language else f"<rdf:li>{text}</rdf:li>"
    )


ROLE = item("<rdf:value>Ada</rdf:value><dc:role>Painter</dc:role>")
ENGLISH, GERMAN, FRENCH = item("Sunset", "en"), item("Abend", "de"), item("Soir", "fr")


@pytest.mark.parametrize(
    ("properties", "fields"),
    [
        (f"<dc:title>{items(item('Sunset', 'x-default'), GERMAN)}</dc:title>", {"title": "Sunset"}),
        (f"<dc:title>{items(GERMAN, item('Sunset', 'x-default'))}</dc:title>", {"title": "Sunset"}),
        (f"<dc:title>{items(GERMAN, ENGLISH)}</dc:title>", {"title": "Sunset"}),
        (f"<dc:title>{items(FRENCH, GERMAN)}</dc:title>", {"title": "Soir"}),
        (f"<dc:title>{items(item(' '), GERMAN)}</dc:title>", {"title": "Abend"}),
        (f"<dc:title>{items()}</dc:title>", {}),
        ("<dc:title>Plain &amp; simple</dc:title>", {"title": "Plain & simple"}),
        ("<dc:title>\n  Two\n  lines </dc:title>", {"title": "Two lines"}),
        (
            f"<dc:creator>{items(item('Ada'), item('Bob'), item('Ada'), kind='Seq')}</dc:creator>",
            {"creator": "Ada; Bob"},
        ),
        (
            f"<dc:creator>{items(item('Ada'), item('Bob'), kind='Bag')}</dc:creator>",
            {"creator": "Ada; Bob"},
        ),
        (f"<dc:creator>{items(ROLE, kind='Seq')}</dc:creator>", {"creator": "Ada"}),
        (
            "<dc:creator><rdf:Seq><rdf:li rdf:value='Ada'/></rdf:Seq></dc:creator>",
            {"creator": "Ada"},
        ),
        ("<dc:creator>Ada\x01Lens</dc:creator>", {"creator": "Ada Lens"}),
    ],
)
def test_alternatives_and_lists_of_xmp_are_told_apart(
    properties: str, fields: dict[str, str]
) -> None:
    assert read_exif(b"", xmp_of(properties)) == fields


def test_xmp_may_be_written_in_attributes() -> None:
    packet = xmp_of("", "dc:creator='Ada' dc:title='Dawn'")
    assert read_exif(b"", packet) == {"creator": "Ada", "title": "Dawn"}


@pytest.mark.parametrize(
    "encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"]
)
def test_xmp_is_read_in_every_encoding_of_unicode(encoding: str) -> None:
    packet = xmp_of("<dc:creator>Åsa 写真</dc:creator>").decode()
    packet = packet[packet.index("<x:xmpmeta") :]
    assert read_exif(b"", packet.encode(encoding)) == {"creator": "Åsa 写真"}


def test_bytes_that_are_not_utf_8_cost_only_their_own_letters_in_xmp() -> None:
    packet = xmp_of("<dc:title>Sönne</dc:title><dc:creator>\x1fsa</dc:creator>")
    damaged = b"junk" + packet.replace(b"\x1f", b"\xc5") + b"\0\xff\xfejunk"
    assert read_exif(b"", damaged) == {"title": "Sönne", "creator": "Åsa"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xmp_with_entities_is_not_parsed(encoding: str) -> None:
    packet = XMP.decode().replace("Ada Lens", "&a;")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + packet
    assert read_exif(b"", bomb.encode(encoding)) == {}


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("Åsa 写真".encode(), "Åsa 写真"),
        ("Åsa".encode("latin-1"), "Åsa"),
        ("„Åsa“ 5 €".encode("cp1252"), "„Åsa“ 5 €"),
        ("Åsa 写真".encode("utf-16"), "Åsa 写真"),
        (b"\xef\xbb\xbfAda", "Ada"),
        (b"Ada\0Bob\0", "Ada Bob"),
        (b"Ada\x1b[31m\x07", "Ada [31m"),
        ("Å".encode() * 4_000, "Å" * 500),
    ],
)
def test_text_is_read_in_the_encodings_that_cameras_and_editors_write(
    raw: bytes, text: str
) -> None:
    fields = read_exif(exif_of([(0x013B, 2, len(raw), raw)]))
    assert fields["creator"] == text
    assert read_exif(b"", iptc=iptc_of((2, 80, raw[:30_000]))) == {"creator": text}


def test_windows_own_tags_stand_in_for_missing_ones() -> None:
    title, author = "Dämmerung\0".encode("utf-16-le"), "Ада\0".encode("utf-16-le")
    block = exif_of([(0x9C9B, 1, len(title), title), (0x9C9D, 1, len(author), author)])
    assert read_exif(block) == {"title": "Dämmerung", "creator": "Ада"}
    assert read_exif(block, XMP)["creator"] == "Ada Lens"


@pytest.mark.parametrize("declared", [b"\x1b%G", b"\x1b.A", b"", b"?"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_iptc_is_read_whatever_character_set_it_claims(declared: bytes, encoding: str) -> None:
    records = iptc_of((1, 90, declared), (2, 5, "Sönne".encode(encoding)))
    assert read_exif(b"", iptc=records) == {"title": "Sönne"}


def test_iptc_is_read_behind_zeros_and_extended_records() -> None:
    extended = b"\x1c\2\x78\x80\4\0\0\0\3abc"
    assert read_exif(b"", iptc=bytes(2) + extended + iptc_of((2, 5, b"Dawn"))) == {"title": "Dawn"}
    assert read_exif(b"", iptc=extended[:5] + b"\xff" * 99) == {}


def test_iptc_names_title_creators_and_rights() -> None:
    records = iptc_of(
        (1, 90, b"\x1b%G"),
        (2, 5, "Дом".encode()),
        (2, 80, b"Ada"),
        (2, 80, b"Bob"),
        (2, 116, b"(c) Ada"),
    )
    assert read_exif(b"", iptc=records) == {
        "title": "Дом",
        "creator": "Ada; Bob",
        "copyright": "(c) Ada",
    }
    assert read_exif(b"", iptc=records[:-3])["creator"] == "Ada; Bob"
    assert read_exif(b"", XMP, records)["creator"] == "Ada Lens"


def double(tag: int, value: float) -> tuple[int, int, int, bytes]:
    return tag, 12, 1, struct.pack("<d", value)


NUMBERS: dict[str, tuple[int, float, float]] = {
    "seconds": (0x829A, 1e-7, 1e6),
    "f_number": (0x829D, 0.1, 2000),
    "iso": (0x8827, 1, 1e8),
    "focal_length_mm": (0x920A, 0.1, 1e5),
    "focal_length_35mm": (0xA405, 1, 1e5),
    "bias_ev": (0x9204, -30, 30),
    "flash": (0x9209, 0, 1),
}


@given(st.floats(), st.floats(), st.floats())
def test_every_number_is_one_that_a_camera_means_and_the_catalog_holds(
    value: float, other: float, third: float
) -> None:
    block = exif_of(
        [],
        [double(tag, value) for tag, _, _ in NUMBERS.values()],
        [
            (1, 2, 2, b"N\0"),
            (2, 12, 3, struct.pack("<3d", value, other, third)),
            (3, 2, 2, b"W\0"),
            (4, 12, 3, struct.pack("<3d", other, third, value)),
            (5, 1, 1, b"\1"),
            double(6, value),
        ],
    )
    fields = read_exif(block)
    for name, number in fields.get("exposure", {}).items():
        _, lowest, highest = NUMBERS[name]
        assert lowest <= float(number) <= highest  # type: ignore[arg-type]
    position = fields.get("gps", {})
    assert abs(position.get("latitude", 0.0)) <= 90
    assert abs(position.get("longitude", 0.0)) <= 180
    assert -100_000 <= position.get("altitude_m", 0.0) <= 12_000
    TypeSerializer().serialize(json.loads(json.dumps(fields), parse_float=Decimal))


@pytest.mark.parametrize(
    ("tag", "kind", "content"),
    [
        (0x8827, 11, struct.pack("<f", 3e38)),
        (0x920A, 12, struct.pack("<d", 1e300)),
        (0x829A, 5, struct.pack("<II", 1, 0)),
        (0x829A, 5, struct.pack("<II", 0, 0)),
        (0x829D, 10, struct.pack("<ii", -28, 10)),
        (0x9204, 10, struct.pack("<ii", 2**31 - 1, 1)),
        (0xA405, 3, b"\0\0"),
        (0x8827, 2, b"400\0"),
        (0x8827, 99, b"\1\0"),
    ],
)
def test_a_number_that_no_camera_means_is_left_out(tag: int, kind: int, content: bytes) -> None:
    assert read_exif(exif_of([], [(tag, kind, 1, content)])) == {}


def test_of_millions_of_values_only_the_first_are_read() -> None:
    values = struct.pack("<II", 1, 250) * 7_500_000
    block = exif_of([], [(0x829A, 5, 7_500_000, values)])
    start = time.process_time()
    assert read_exif(block) == {"exposure": {"seconds": 0.004}}
    assert time.process_time() - start < 0.1


STAMP = (0x9003, 2, 20, b"2024:02:29 12:00:00\0")


@pytest.mark.parametrize(
    ("tag", "text"),
    [(0x9291, "²³"), (0x9291, "٢٥"), (0x9011, "+٠٢:٠٠"), (0x9011, "+99:00"), (0x9291, "1e3")],
)
def test_only_ascii_digits_are_digits(tag: int, text: str) -> None:
    raw = text.encode() + b"\0"
    block = exif_of([], [STAMP, (tag, 2, len(raw), raw)])
    assert read_exif(block) == {"taken_at": "2024-02-29T12:00:00"}


@pytest.mark.parametrize(
    "stamp",
    [
        "２０２４:02:29 12:00:00",
        "٢٠٢٤:02:29 12:00:00",
        "0001:01:01 00:00:00",
        "9999:12:31 23:59:59",
        "2023:02:29 12:00:00",
        "2024:02:29 25:00:00",
        "    :  :     :  :  ",
        "",
    ],
)
def test_a_time_that_is_none_is_left_out(stamp: str) -> None:
    raw = stamp.encode() + b"\0"
    assert read_exif(exif_of([], [(0x9003, 2, len(raw), raw)])) == {}


@given(st.binary(max_size=400))
def test_no_block_whatever_raises(noise: bytes) -> None:
    json.dumps(read_exif(b"MM\0*\0\0\0\x08" + noise, noise, noise))
    json.dumps(read_exif(b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0" + noise, noise, noise))


@given(st.binary(min_size=1, max_size=8), st.integers(0, 1000))
def test_no_change_of_a_sound_block_raises(noise: bytes, at: int) -> None:
    block = bytearray(exif_block().removeprefix(b"Exif\0\0"))
    at %= len(block)
    block[at : at + len(noise)] = noise
    packet = bytearray(XMP)
    packet[at % len(packet)] = noise[0]
    json.dumps(read_exif(bytes(block), bytes(packet), noise))
