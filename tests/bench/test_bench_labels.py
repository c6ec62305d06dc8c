"""The accuracy report's own rules."""

from __future__ import annotations

import pytest

from bench.labels import Finding, Photograph, read_photographs, with_parents, write_table
from local.rekognition.packages import read_pins

CAT = Photograph("somewhere", "pictures/tom.png", "0" * 64, "CC0", ("Cat",), ("Sofa",), 0)


def finding(found: dict[str, int], moderated: tuple[str, ...] = ()) -> Finding:
    true = set(with_parents((*CAT.expected, *CAT.true)))
    false = tuple(name for name in found if name not in true)
    return Finding(CAT, found, false, 0, moderated)


@pytest.mark.parametrize(
    ("found", "verdict", "false"),
    [
        ({}, "silent", ()),
        ({"Cat": 90, "Animal": 95}, "right", ()),
        ({"Cat": 90, "Espresso": 60}, "right", ("Espresso",)),
        ({"Animal": 95, "Mammal": 90}, "vague", ()),
        ({"Animal": 95, "Dog": 60}, "vague", ("Dog",)),
        ({"Sofa": 60}, "vague", ()),
        ({"Dog": 60}, "wrong", ("Dog",)),
    ],
)
def test_a_verdict_follows_from_what_was_written_down(
    found: dict[str, int], verdict: str, false: tuple[str, ...]
) -> None:
    judged = finding(found)
    assert (judged.verdict, judged.false) == (verdict, false)


def test_the_table_shows_bad_results_too() -> None:
    report = write_table([finding({"Dog": 60}, ("Gambling",)), finding({})], [CAT])
    assert "2 photographs: 0 right, 0 vague, 1 wrong, 1 silent. 1 have" in report
    assert "| tom | Cat | Dog 60 (moderation: Gambling) | Dog | - | wrong |" in report
    assert "| tom | Cat | - | - | - | silent |" in report
    assert "could not be fetched: tom." in report


def test_there_are_enough_photographs_each_with_a_licence_and_a_pinned_source() -> None:
    from bench.labels import HERE

    photographs, debian = read_photographs()
    pins = read_pins(HERE / "photographs.txt")
    assert len(photographs) >= 20
    assert len({one.sha256 for one in photographs}) == len(photographs)
    for one in photographs:
        assert one.licence
        assert one.expected
        assert one.package in pins or one.package in debian
