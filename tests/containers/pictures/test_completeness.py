"""A file without all of its picture is refused as such; one with something behind it is read."""

from __future__ import annotations

import re
import struct

import pytest
from PIL import Image

from pictures.reading import Limits, UnreadableError, read
from proofs.specimens import GOOD, SIZE, Specimen, chart, heic, jpeg, saved
from proofs.specimens.boxes import BOXES, Places, scattered
from proofs.specimens.broken import CUT, photograph
from proofs.specimens.heif import parts_of
from proofs.specimens.profiles import difference
from tests.containers.pictures.test_reading import quarters

LIMITS = Limits.for_memory(1769)
END = b"\xff\xd9"


def attempt(data: bytes) -> str:
    """The code of the refusal, or "" for a picture."""
    try:
        read(data, LIMITS, lambda size: size)
    except UnreadableError as refused:
        return refused.code
    return ""


KINDS = {
    "baseline": jpeg(photograph(), subsampling=2),
    "optimised": jpeg(photograph(), optimize=True),
    "with restarts": jpeg(photograph(), restart_marker_blocks=7),
    "progressive": jpeg(photograph(), progressive=True),
    "grey": jpeg(photograph().convert("L"), subsampling=-1),
    "grey progressive": jpeg(photograph().convert("L"), progressive=True, subsampling=-1),
    "CMYK": jpeg(photograph().convert("CMYK")),
    "CMYK progressive": jpeg(photograph().convert("CMYK"), progressive=True),
}


def scan_of(data: bytes) -> int:
    """Where the data of the largest scan begin."""
    starts = [found.end() for found in re.finditer(rb"\xff\xda\x00.", data, re.DOTALL)]
    ends = [*starts[1:], len(data)]
    return max(zip(starts, ends, strict=True), key=lambda pair: pair[1] - pair[0])[0]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
@pytest.mark.parametrize("ending", [b"", END, b"\xff" * 999 + END, END + bytes(5000)])
def test_a_jpeg_whose_data_end_early_is_truncated(kind: str, share: float, ending: bytes) -> None:
    data = KINDS[kind]
    start = scan_of(data)
    cut = data[: start + round(share * (len(data) - start))].rstrip(b"\xff")
    assert attempt(cut + ending) == "truncated"


@pytest.mark.parametrize("kind", ["baseline", "with restarts", "grey", "CMYK"])
@pytest.mark.parametrize("ending", [b"", END])
def test_a_jpeg_that_goes_over_to_zeros_is_truncated(kind: str, ending: bytes) -> None:
    data = KINDS[kind]
    half = (scan_of(data) + len(data)) // 2
    assert attempt(data[:half] + bytes(len(data) - half) + ending) == "truncated"


@pytest.mark.parametrize("kind", ["baseline", "optimised", "with restarts", "grey", "CMYK"])
@pytest.mark.parametrize("missing", [100, 300])
def test_a_jpeg_without_its_last_blocks_is_truncated(kind: str, missing: int) -> None:
    cut = KINDS[kind][: -2 - missing].rstrip(b"\xff")
    assert attempt(cut) == attempt(cut + END) == "truncated"


@pytest.mark.parametrize("specimen", CUT, ids=lambda one: one.name)
def test_a_jpeg_without_all_of_its_picture_is_truncated(specimen: Specimen) -> None:
    assert attempt(specimen.data) == specimen.code


def test_a_jpeg_without_one_of_its_restart_intervals_is_truncated() -> None:
    data = KINDS["with restarts"]
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    assert attempt(data[: marks[40]] + data[marks[41] :]) == "truncated"


def test_a_progressive_jpeg_without_its_last_scans_is_truncated() -> None:
    data = KINDS["progressive"]
    scans = [found.start() for found in re.finditer(rb"\xff\xda\x00", data)]
    tables = data.rindex(b"\xff\xc4", 0, scans[3])
    assert attempt(data[:tables] + END) == "truncated"


@pytest.mark.parametrize("kind", KINDS)
def test_a_jpeg_that_only_lacks_its_end_marker_is_read(kind: str) -> None:
    assert attempt(KINDS[kind]) == ""
    assert attempt(KINDS[kind].removesuffix(END)) == ""


@pytest.mark.parametrize("kind", KINDS)
def test_data_behind_a_jpeg_cost_nothing(kind: str) -> None:
    assert attempt(KINDS[kind] + bytes(100_000)) == ""
    assert attempt(KINDS[kind] + jpeg()[:500]) == ""


@pytest.mark.parametrize("colour", ["white", "black", "#123456"])
@pytest.mark.parametrize("optimize", [False, True])
def test_a_flat_jpeg_is_whole_though_its_data_are_all_alike(colour: str, optimize: bool) -> None:
    flat = Image.new("RGB", (2000, 1500), colour)
    assert attempt(jpeg(flat, optimize=optimize)) == ""
    assert attempt(jpeg(flat.convert("L"), optimize=optimize, subsampling=-1)) == ""


@pytest.mark.parametrize(
    "trailer", [b"\0\0\0\x10sefd" + b"x" * 8, b"\x7f\xff\xff\xffmpvd", b"SEFT"]
)
@pytest.mark.parametrize("name", ["AVIF", "HEIC turned", "HEIC grid"])
def test_a_heif_is_whole_if_its_extents_are(name: str, trailer: bytes) -> None:
    data = next(one for one in GOOD if one.name == name).data
    assert attempt(data + trailer) == ""


@pytest.mark.parametrize("data", [saved(chart(), "AVIF"), heic("plain")])
def test_a_heif_whose_extents_are_cut_is_truncated(data: bytes) -> None:
    assert attempt(data[:-1]) == "truncated"


@pytest.mark.parametrize("specimen", BOXES, ids=lambda one: one.name)
def test_a_heif_is_whole_wherever_its_bytes_are_and_whatever_follows(specimen: Specimen) -> None:
    picture = read(specimen.data, LIMITS, lambda size: size)
    assert picture.content_type == specimen.content_type
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance


@pytest.mark.parametrize("data", [saved(chart(), "AVIF"), heic("plain")], ids=["AVIF", "HEIC"])
@pytest.mark.parametrize(
    "places",
    [Places("idat", (2, 0, 1)), Places("mdat", (2, 0, 1)), Places("mdat to the end")],
    ids=str,
)
def test_a_heif_of_which_any_part_is_cut_is_truncated(data: bytes, places: Places) -> None:
    assert attempt(scattered(parts_of(data), places)[:-9]) == "truncated"


def test_a_heif_coded_by_another_codec_names_it() -> None:
    data = heic("plain").replace(b"hvc1", b"vvc1")
    with pytest.raises(UnreadableError) as refused:
        read(data, LIMITS, lambda size: size)
    assert refused.value.code == "unsupported_format"
    assert "VVC" in str(refused.value)


def test_an_avif_with_all_its_data_in_meta_is_read() -> None:
    data = saved(chart(), "AVIF")
    boxes = {}
    at = 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        boxes[data[at + 4 : at + 8]] = data[at : at + length]
        at += length
    meta, coded = boxes[b"meta"], boxes[b"mdat"][8:]
    located = meta.index(b"iloc") + 4
    assert meta[located] == 0, "an encoder that writes another version needs another test"
    place = meta.index(struct.pack(">I", len(boxes[b"ftyp"]) + len(meta) + 8), located)
    changed = bytearray(meta)
    changed[located] = 1
    changed[place - 4 : place - 4] = struct.pack(">H", 1)
    place += 2
    struct.pack_into(">I", changed, place, 0)
    length = struct.unpack_from(">I", meta, located - 8)[0]
    struct.pack_into(">I", changed, located - 8, length + 2)
    changed += struct.pack(">I4s", 8 + len(coded), b"idat") + coded
    struct.pack_into(">I", changed, 0, len(changed))
    whole = boxes[b"ftyp"] + bytes(changed)
    assert read(whole, LIMITS, lambda size: size).image.size == SIZE
    assert attempt(whole[:-20]) == "truncated"
