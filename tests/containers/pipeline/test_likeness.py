"""Which pictures are alike, and that bands find those that are."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.item import Curation, Item
from pipeline.likeness import (
    BANDS,
    SAME,
    SCENE,
    Listed,
    Look,
    alike,
    are_distinct,
    bands,
    distance,
    groups,
    look_of,
    owner_of,
    pairs,
)
from tests.containers.pipeline.test_item import BARE

BITS = st.integers(0, 2**64 - 1)
LOOKS = st.builds(Look, dhash=BITS, phash=BITS)
POSITIONS = st.integers(0, 63)


def flipped(bits: int, positions: set[int]) -> int:
    for position in positions:
        bits ^= 1 << position
    return bits


def apart(dhash_bits: int, phash_bits: int, *taken: str | None) -> tuple[Look, Look]:
    """Two looks whose hashes differ in so many bits."""
    first, second = taken or (None, None)
    return (
        Look(dhash=0, phash=0, taken_at=first),
        Look(dhash=(1 << dhash_bits) - 1, phash=(1 << phash_bits) - 1, taken_at=second),
    )


@pytest.mark.parametrize(
    ("dhash_bits", "phash_bits", "expected"),
    [
        (0, 0, "same"),
        (SAME, 0, "same"),
        (6, 6, "same"),
        (7, 6, "scene"),
        (0, SCENE, "scene"),
        (14, 15, None),
        (64, 64, None),
    ],
)
def test_the_sum_of_both_distances_decides(
    dhash_bits: int, phash_bits: int, expected: str | None
) -> None:
    assert alike(*apart(dhash_bits, phash_bits)) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("2026-01-01T10:00:00", "2026-01-01T10:00:01", "scene"),
        ("2026-01-01T10:00:00", "2026-01-01T10:00:00", "same"),
        ("2026-01-01T10:00:00", None, "same"),
        (None, None, "same"),
    ],
)
def test_two_that_the_camera_took_at_different_times_are_a_burst(
    first: str | None, second: str | None, expected: str
) -> None:
    assert alike(*apart(2, 2, first, second)) == expected


@given(LOOKS, LOOKS)
def test_likeness_has_no_direction(one: Look, other: Look) -> None:
    assert alike(one, other) == alike(other, one)
    assert distance(one, other) == distance(other, one)


@given(LOOKS, LOOKS, LOOKS)
def test_a_detour_is_never_shorter(one: Look, other: Look, third: Look) -> None:
    assert distance(one, other) <= distance(one, third) + distance(third, other)


@given(LOOKS, st.sets(POSITIONS, max_size=4), BITS, st.booleans())
def test_two_within_four_bits_in_either_hash_have_a_band_in_common(
    look: Look, positions: set[int], other: int, in_dhash: bool
) -> None:
    near = (
        replace(look, dhash=flipped(look.dhash, positions), phash=other)
        if in_dhash
        else replace(look, phash=flipped(look.phash, positions), dhash=other)
    )
    assert set(bands(look)) & set(bands(near))


@given(LOOKS)
def test_ten_bands_hold_every_bit_of_a_look(look: Look) -> None:
    assert sum(BANDS) == 64
    found = {"d": 0, "p": 0}
    for position, band in enumerate(bands(look)):
        name, value = band.split("-")
        found[name[0]] = found[name[0]] << BANDS[position % 5] | int(value, 16)
    assert (found["d"], found["p"]) == (look.dhash, look.phash)
    assert len(set(bands(look))) == 10


@given(st.lists(LOOKS, max_size=12), st.sets(POSITIONS, max_size=4))
def test_pairs_are_all_that_are_alike_and_share_a_band(
    looks: list[Look], positions: set[int]
) -> None:
    looks += [replace(each, dhash=flipped(each.dhash, positions)) for each in looks[:3]]
    listed = [
        Listed(image_id=str(number), content="c", look=each) for number, each in enumerate(looks)
    ]
    expected = {
        (one.image_id, other.image_id, how)
        for at, one in enumerate(listed)
        for other in listed[at + 1 :]
        if set(bands(one.look)) & set(bands(other.look)) and (how := alike(one.look, other.look))
    }
    found = [(one.image_id, other.image_id, how) for one, other, how in pairs(listed)]
    assert set(found) == expected
    assert len(found) == len(expected)


def test_groups_are_what_links_connect_in_the_order_of_the_ids() -> None:
    assert groups("abcdef", [("c", "a"), ("f", "e"), ("c", "d")]) == [["a", "c", "d"], ["e", "f"]]
    assert groups("abc", []) == []


def with_(**values: Any) -> Item:
    hashes = {"dhash": "00000000000000ff", "phash": "8000000000000000"}
    return replace(BARE, **{"hashes": hashes, "measured": {"contrast": 40.0}, **values})


def test_an_item_s_look_is_both_hashes_and_the_time_it_was_taken() -> None:
    item = with_(exif={"taken_at": "2026-01-01T10:00:00"})
    assert look_of(item) == Look(dhash=255, phash=1 << 63, taken_at="2026-01-01T10:00:00")


@pytest.mark.parametrize(
    "values",
    [
        {"measured": {"contrast": 9.9}},
        {"measured": None},
        {"hashes": {"dhash": "00000000000000ff"}},
        {"hashes": None},
    ],
)
def test_flat_pictures_and_items_of_older_releases_have_no_look(values: dict[str, Any]) -> None:
    assert look_of(with_(**values)) is None


def test_pictures_that_nobody_owns_are_compared_with_each_other_alone() -> None:
    owner = "11111111-1111-4111-8111-111111111111"
    own = f"uploads/{owner}/22222222-2222-4222-8222-222222222222/a.jpg"
    assert owner_of(replace(BARE, key=own)) == owner
    assert owner_of(BARE) == "none"


def test_only_the_same_file_is_like_a_flat_picture() -> None:
    flat = Look(dhash=0, phash=0, sha256="a", flat=True)
    assert alike(flat, replace(flat, sha256="b")) is None
    assert alike(flat, Look(dhash=0, phash=0, sha256="b")) is None
    assert alike(flat, replace(flat, dhash=2**64 - 1)) == "same"
    assert bands(flat) == ("s-a",)


def test_the_same_file_is_a_pair_whatever_it_looks_like() -> None:
    one, other = (
        Listed(image_id=name, content="c", look=Look(dhash=0, phash=0, sha256="a", flat=True))
        for name in "ab"
    )
    assert list(pairs([one, other])) == [(one, other, "same")]


def test_no_two_of_what_an_owner_keeps_are_duplicates() -> None:
    def kept(*groups: str) -> Item:
        made = Curation(version_id=None, sha256="5", distinct=groups)
        return replace(BARE, hashes={"sha256": "5"}, curations=(made,))

    assert are_distinct(kept("a", "b"), kept("b"))
    assert not are_distinct(kept("a"), kept("b"))
    assert not are_distinct(kept("a"), BARE)
