"""TIFFs of every layout of samples come out right or are refused by name, and never misread."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from PIL import Image

from pictures.reading import Limits, UnreadableError, read
from proofs.specimens import chart, saved, vips
from proofs.specimens.profiles import difference
from proofs.specimens.tiffs import MATRIX, OPACITIES, Layout, expected, tagged, tiff

LIMITS = Limits.for_memory(1769)
SIZE = (32, 32)
PLAIN = Layout("RGB")

FAMILIES: dict[str, list[Layout]] = defaultdict(list)
for _layout in MATRIX:
    _form = {1: "", 2: " signed", 3: " float"}[_layout.form]
    FAMILIES[f"{_layout.photometric} {_layout.bits}{_form} {_layout.extra}"].append(_layout)


def quarters(image: Image.Image) -> list[tuple[int, ...]]:
    coloured = image.convert("RGBA")
    width, height = image.size
    places = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))
    return [
        coloured.getpixel((int(width * across), int(height * down)))  # type: ignore[misc]
        for across, down in places
    ]


def is_right(layout: Layout) -> bool:
    """Whether the picture comes out as it was written; False if it is refused by name."""
    refused: UnreadableError | None = None
    try:
        image = read(tiff(layout, SIZE), LIMITS, lambda size: size).image
    except UnreadableError as error:
        refused = error
    if refused is not None:
        assert refused.code == "unsupported_format", (str(layout), str(refused))
        assert "TIFF" in str(refused)
        return False
    found = quarters(image)
    colours = [pixel[:3] for pixel in found]
    assert max(map(difference, colours, expected(layout))) < 4, (str(layout), found)
    opaque = not {1, 2} & set(layout.extra)
    opacities = [255 if opaque else round(255 * part) for part in OPACITIES]
    assert max(abs(pixel[3] - part) for pixel, part in zip(found, opacities, strict=True)) <= 2
    return True


@pytest.mark.parametrize("family", FAMILIES)
def test_every_layout_comes_out_right_or_is_refused_by_name(family: str) -> None:
    for layout in FAMILIES[family]:
        is_right(layout)


@pytest.mark.parametrize(
    "layout",
    [
        *(Layout("white is zero", bits) for bits in (1, 2, 4, 8, 16, 32)),
        *(Layout("black is zero", bits) for bits in (1, 2, 4, 8, 16, 32)),
        *(Layout("RGB", bits, planar=planar) for bits in (8, 16, 32) for planar in (False, True)),
        *(Layout("RGB", bits, form=3) for bits in (16, 32)),
        *(Layout("RGB", bits, extra=(2,)) for bits in (8, 16, 32)),
        *(Layout("black is zero", bits, extra=(2,), order=">") for bits in (8, 16, 32)),
        *(Layout("black is zero", 32, form=3, order=o, compression="deflate") for o in "<>"),
        Layout("palette", 8, small_map=True),
        Layout("CMYK", 16, planar=True),
        Layout("CMYK", 8, extra=(0,)),
        *(Layout("YCbCr", subsampling=step) for step in (1, 2, 4)),
        Layout("Lab", 8),
        Layout("RGB", 16, order=">", big=True),
    ],
    ids=str,
)
def test_layouts_that_programs_write_are_read(layout: Layout) -> None:
    assert is_right(layout)


@pytest.mark.parametrize("layout", [PLAIN, replace(PLAIN, planar=True)], ids=str)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_both_decoders_turn_a_tiff_by_its_orientation(layout: Layout, orientation: int) -> None:
    stored = chart(size=SIZE).transpose(Image.Transpose.ROTATE_90)
    upright = tiff(layout, SIZE)
    turned = read(tagged(upright, {274: orientation}), LIMITS, lambda size: size).image
    whole = read(upright, LIMITS, lambda size: size).image
    methods = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }
    right = whole.transpose(methods[orientation]) if orientation > 1 else whole
    assert quarters(turned) == quarters(right)
    assert stored.size == turned.size


@pytest.mark.parametrize(
    ("tags", "name"),
    [
        ({259: 34712}, "JPEG 2000"),
        ({259: 50000}, "Zstandard"),
        ({259: 4711}, "number 4711"),
        ({262: 32845}, "LogLuv"),
        ({262: 9}, "ICCLab"),
        ({258: 0}, "different numbers of bits"),
    ],
)
def test_what_no_decoder_reads_is_named(tags: dict[int, int], name: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(tagged(tiff(Layout("black is zero"), SIZE), tags), LIMITS, lambda size: size)
    assert refused.value.code == "unsupported_format"
    assert name in str(refused.value)


@pytest.mark.parametrize(
    "tags",
    [
        {262: 32803},  # a colour filter array: NEF, PEF, SRW and others
        {262: 34892},  # linear DNG
        {259: 34713},  # NEF
        {259: 65535},  # PEF
        {259: 32767},  # ARW
        {339: (0xC612, 1)},  # GPR, DNG
        {339: (0x8606, 1)},  # MOS
    ],
    ids=str,
)
def test_camera_raw_is_named_before_a_decoder_opens_it(tags: dict[int, int]) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(tagged(tiff(Layout("black is zero"), SIZE), tags), LIMITS, lambda size: size)
    assert refused.value.code == "unsupported_format"
    assert "camera raw" in str(refused.value)


def test_opaque_cmyk_with_alpha_is_read() -> None:
    ink = vips(chart()).invert().bandjoin([0, 255]).copy(interpretation="cmyk")
    image = read(ink.tiffsave_buffer(), LIMITS, lambda size: size).image
    assert [pixel[:3] for pixel in quarters(image)] == [pixel[:3] for pixel in quarters(chart())]


def test_a_tiff_of_very_many_tiles_is_refused() -> None:
    data = tagged(tiff(replace(PLAIN, tiled=True), SIZE), {324: (324, 3_000_000)})
    with pytest.raises(UnreadableError) as refused:
        read(data, LIMITS, lambda size: size)
    assert refused.value.code == "decoder_failed"
    assert "parts" in str(refused.value)


def test_a_bigtiff_that_is_cut_says_so() -> None:
    data = saved(chart(), "TIFF", big_tiff=True)
    with pytest.raises(UnreadableError) as refused:
        read(data[:5000], LIMITS, lambda size: size)
    assert refused.value.code == "truncated"
