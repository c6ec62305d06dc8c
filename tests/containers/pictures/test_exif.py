"""What a camera writes comes out as typed fields, and nothing it writes makes reading fail."""

from __future__ import annotations

import json
from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pictures.exif import Exif, read_exif
from proofs.specimens import XMP, exif_block


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


def test_xmp_with_entities_is_not_parsed() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' + XMP
    assert read_exif(b"", bomb) == {}


@given(st.binary(max_size=400))
def test_no_block_whatever_raises(noise: bytes) -> None:
    json.dumps(read_exif(b"MM\0*\0\0\0\x08" + noise, noise, noise))
