"""What the text of the search field asks for, and in which order pictures are found."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import Label, Text
from pipeline.item import Curation, Item
from pipeline.query import Found, Match, Query, QueryError, normalised, parse, rank
from tests.containers.pipeline.test_item import BARE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Query()),
        ("  a red   boat ", Query(words="a red boat")),
        ("boat label:Beach", Query(words="boat", labels=frozenset({"beach"}))),
        ('label:"polar bear"', Query(labels=frozenset({"polar bear"}))),
        ("label:a label:b", Query(labels=frozenset({"a", "b"}))),
        ("-label:person", Query(not_labels=frozenset({"person"}))),
        ('camera:"Fujifilm X100V"', Query(cameras=frozenset({"fujifilm x100v"}))),
        ("-camera:canon", Query(not_cameras=frozenset({"canon"}))),
        (
            'text:"no entry" -text:exit',
            Query(texts=frozenset({"no entry"}), not_texts=frozenset({"exit"})),
        ),
        ("after:2026-05 before:2027", Query(after="2026-05", before="2027")),
        ("after:2026-05-31", Query(after="2026-05-31")),
        ("after:2025 after:2026", Query(after="2026")),
        ("before:2025 before:2026", Query(before="2025")),
        ('"No Entry" sign', Query(words="No Entry sign", phrases=frozenset({"no entry"}))),
        ("\u201cNo Entry\u201d", Query(words="No Entry", phrases=frozenset({"no entry"}))),
        ('"not clos', Query(words="not clos", phrases=frozenset({"not clos"}))),
        ("LABEL:cat", Query(labels=frozenset({"cat"}))),
        ("label:", Query(words="label:")),
        ('label:""', Query(words='label:""')),
        ("lable:cat -dog 16:9", Query(words="lable:cat -dog 16:9")),
        ("- -after:2026", Query(words="- -after:2026")),
        ('boat "', Query(words="boat")),
    ],
)
def test_words_and_conditions_are_told_apart(text: str, expected: Query) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("value", ["may", "2026-13", "2026-02-32", "2026-5", "20260501", "26"])
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_date_that_is_none_is_refused(name: str, value: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(f"cat {name}:{value}")
    expected = f"{name} must be a day, month or year, such as 2026-05, got {value}"
    assert str(refused.value) == expected


@given(st.text(alphabet=st.sampled_from('ab:-" \u201clabeltx'), max_size=40))
def test_any_text_without_a_date_is_a_query(text: str) -> None:
    parse(text)


@given(st.text(max_size=20))
def test_what_is_normalised_stays_so(text: str) -> None:
    assert normalised(normalised(text)) == normalised(text)


def label(name: str) -> Label:
    return {"name": name, "confidence": 99.0, "parents": []}


def line(text: str) -> Text:
    return {"text": text, "confidence": 99.0, "box": {"left": 0, "top": 0, "width": 1, "height": 1}}


def picture(
    *labels: str, text: str = "", camera: str = "", at: str = "2026-05-20T10:00:00", **others: Any
) -> Item:
    return replace(
        BARE,
        labels=tuple(map(label, labels)),
        text=(line(text),) if text else (),
        exif={"camera": camera, "taken_at": at},
        **others,
    )


def described(alt_text: str, *labels: str, **others: Any) -> Item:
    made = Curation(version_id="v", sha256=None, alt_text=alt_text)
    return picture(*labels, version_id="v", curations=(made,), **others)


PICTURE = picture("Cat", "Polar Bear", text="NO ENTRY, please", camera="Fujifilm X100V")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("whatever it is about", True),
        ("label:cat", True),
        ('label:"polar bear" label:cat', True),
        ("label:bear", False),
        ("label:cat label:dog", False),
        ("-label:cat", False),
        ("-label:dog", True),
        ("camera:x100v", True),
        ("camera:x100", False),
        ("camera:canon camera:fujifilm", True),
        ("-camera:fujifilm", False),
        ('text:"no entry"', True),
        ("text:entry text:please", True),
        ('text:"entry no"', False),
        ("text:try", False),
        ("-text:please", False),
        ("after:2026-05-20", True),
        ("after:2026-05-21", False),
        ("before:2026-05-20", False),
        ("before:2026-05-21", True),
        ("after:2026-05 before:2026-06", True),
        ("after:2026 before:2026-05", False),
    ],
)
def test_every_condition_must_be_met(text: str, expected: bool) -> None:
    assert parse(text).match(PICTURE) is expected


def test_a_picture_without_a_camera_or_text_is_from_none() -> None:
    assert parse("-camera:canon -text:exit").match(BARE)
    assert not parse("camera:canon").match(BARE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat", 1),
        ("a cat on a wall", 1),
        ("polar bear and cat", 3),
        ("bear", 0),
        ("category", 0),
        ("no entry", 2),
        ("sign with no entry", 0),
        ('sign with "no entry"', 2),
        ("label:cat", 0),
    ],
)
def test_labels_count_wherever_they_are_named_and_texts_as_a_whole(
    text: str, expected: int
) -> None:
    assert parse(text).exact(PICTURE) == expected


def test_an_alt_text_is_read_like_text_in_the_picture() -> None:
    assert parse("our house").exact(described("Our house in May")) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cat", [Match("label", "Cat")]),
        ("POLAR bear and cat", [Match("label", "Cat"), Match("label", "Polar Bear")]),
        ("no entry", [Match("text", "NO ENTRY, please")]),
        ("no entry please", [Match("text", "NO ENTRY, please")]),
        ('cat by "no entry"', [Match("label", "Cat"), Match("text", "NO ENTRY, please")]),
        ('"no entry" please "please"', [Match("text", "NO ENTRY, please")]),
        ("sign with no entry", []),
        ("bear", []),
        ("dog", []),
        ('label:cat text:"no entry" camera:x100v', []),
        ("dog label:cat", []),
        ("!", []),
    ],
)
def test_what_has_the_words_is_why_a_picture_matches(text: str, expected: list[Match]) -> None:
    assert parse(text).why(PICTURE) == expected


def test_a_description_is_why_a_picture_matches_unless_the_analysis_composed_it() -> None:
    house = described("Our house in May", "House", text="MAY")
    assert parse("our house").why(house) == [
        Match("label", "House"),
        Match("description", "Our house in May"),
    ]
    assert parse("may").why(house) == [
        Match("text", "MAY"),
        Match("description", "Our house in May"),
    ]
    composed = picture("Cat")
    assert composed.alt is not None
    assert composed.alt.text == "A cat"
    assert parse("a cat").why(composed) == [Match("label", "Cat")]
    written = replace(composed, caption="A cat on a wall")
    assert parse('"on a wall"').why(written) == [Match("description", "A cat on a wall")]


@pytest.mark.parametrize("text", ["caf\u00e9", "CAF\u00c9", "cafe\u0301"])
@pytest.mark.parametrize("name", ["Caf\u00e9", "CAFE\u0301"])
def test_why_has_the_letters_of_the_picture_whatever_form_was_typed(text: str, name: str) -> None:
    item = picture(name, text=f"{name}!")
    assert parse(text).why(item) == [Match("label", name), Match("text", f"{name}!")]
    assert parse("cafe").why(item) == []


def test_why_is_short_and_has_the_words_of_what_is_long() -> None:
    long = " ".join(["word"] * 40)
    [found] = parse("our boat").why(described(f"Our boat and\nanother {long}"))
    assert found == Match("description", f"Our boat and another {' '.join(['word'] * 11)}\u2026")
    [found] = parse("our boat").why(described(f"{long} our boat {long}"))
    assert found == Match("description", f"\u2026our boat {' '.join(['word'] * 13)}\u2026")
    [found] = parse("our boat").why(described(f"{long} our boat"))
    assert found == Match("description", "\u2026our boat")
    [found] = parse("x" * 100).why(picture(text="X" * 100))
    assert found == Match("text", f"\u2026{'X' * 78}\u2026")


@given(st.text(alphabet=st.sampled_from("a b\u00e9\u0301\u00bd-\u2122\n"), max_size=300))
def test_why_is_short_of_any_text(text: str) -> None:
    for phrase in ("a", "b a", "\u00e9"):
        item = described(text, text=text)
        query = parse(phrase)
        assert all(0 < len(each.value) <= 80 for each in query.why(item))
        assert bool(query.why(item)) is bool(query.exact(item))


def test_why_is_at_most_five_and_repeats_nothing() -> None:
    item = replace(picture(*"ABCDEF"), text=(line("F"), line("F")))
    assert parse("f").why(item) == [Match("label", "F"), Match("text", "F")]
    assert parse("a b c d e f").why(item) == [Match("label", each) for each in "ABCDE"]
    assert parse("a b c d e f").exact(item) == 6


def test_exact_matches_come_first_then_the_most_similar_then_the_newest() -> None:
    bear = Found(item=replace(picture("Bear"), image_id="bear"), similarity=0.9)
    cat = Found(item=replace(picture("Cat"), image_id="cat"), similarity=-0.2)
    old = Found(item=replace(picture(at="2020-01-01T00:00:00"), image_id="old"), similarity=0.9)
    dog = Found(item=replace(picture("Dog"), image_id="dog"), similarity=0.95)
    assert rank(parse("cat"), [old, bear, cat, dog]) == [cat, dog, bear, old]
    assert rank(parse("cat -label:dog"), [old, bear, cat, dog]) == [cat, bear, old]


def test_nothing_is_too_far_away_to_be_found() -> None:
    far = Found(item=picture("Cat"), similarity=-1.0)
    assert rank(parse("dog"), [far]) == [far]
