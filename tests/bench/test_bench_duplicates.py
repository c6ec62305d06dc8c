"""The report on duplicates: its edits, its sources and what it counts."""

import pytest
from PIL import Image

from bench.duplicates import Found, is_photograph, look_of, pairs_of, read_sources, webps
from bench.edits import EDITS
from pipeline.likeness import Look

PICTURE = Image.merge("RGB", [Image.effect_noise((240, 200), 20) for _ in range(3)])


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_makes_another_picture_that_can_be_hashed(name: str) -> None:
    edited = EDITS[name](PICTURE)
    assert edited.mode == "RGB"
    assert look_of(edited).sha256 is None
    assert (edited.size, edited.tobytes()) != (PICTURE.size, PICTURE.tobytes())


def test_there_are_at_least_thirty_edits_and_each_source_states_its_licence() -> None:
    assert len(EDITS) >= 30
    sources, _ = read_sources()
    assert all(each.licence and each.version for each in sources)


def test_percent_are_of_all_edits_and_the_index_finds_no_more_than_is_alike() -> None:
    found = Found()
    original = Look(dhash=0, phash=0)
    for edited in (
        original,
        Look(dhash=2**14 - 1, phash=0),
        # One bit of each band: alike, but no band is the same.
        Look(dhash=0x0008_0040_0200_1001, phash=0x0008_0040_0200_1001),
        Look(dhash=2**64 - 1, phash=0),
    ):
        found.add(original, edited)
    assert found.cells == ("50", "75", "50")


def test_pairs_come_with_the_nearest_first_and_say_which_are_the_same_photograph() -> None:
    looks = {
        "a": Look(dhash=0, phash=0),
        "b": Look(dhash=2**40 - 1, phash=0),
        "c": Look(dhash=1, phash=0, flat=True),
    }
    pairs = pairs_of(looks, {frozenset("ac")})
    assert [(each.names, each.distance) for each in pairs] == [
        (("a", "c"), 1),
        (("b", "c"), 39),
        (("a", "b"), 40),
    ]
    assert [(each.real, each.flat, each.alike) for each in pairs] == [
        (True, True, None),
        (False, True, None),
        (False, False, None),
    ]


def test_files_in_a_resource_file_are_found_between_others() -> None:
    one, other = (
        b"RIFF" + (4 + size).to_bytes(4, "little") + b"WEBP" + b"x" * size for size in (3, 9)
    )
    wave = b"RIFF" + (4).to_bytes(4, "little") + b"WAVE"
    assert list(webps(b"qres" + one + wave + b"..." + other)) == [one, other]


def test_drawings_small_pictures_and_cut_outs_are_no_whole_photographs() -> None:
    colours = Image.merge("RGB", [Image.effect_noise((240, 200), 80) for _ in range(3)])
    assert is_photograph(colours, "photograph")
    assert not is_photograph(Image.new("RGB", (240, 200), "red"), "photograph")
    assert not is_photograph(colours.resize((120, 100)), "photograph")
    cut = colours.convert("RGBA")
    cut.paste((0, 0, 0, 0), (0, 0, 120, 200))
    assert not is_photograph(cut, "photograph")
    assert is_photograph(cut, "cut-out")
