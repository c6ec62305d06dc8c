"""What the text of the search field asks for, and in which order pictures are found."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.facts import Label, Text
from pipeline.item import Curation, Item
from pipeline.query import Found, Query, QueryError, normalised, parse, rank
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
    made = Curation(version_id="v", sha256=None, alt_text="Our house in May")
    described = picture(version_id="v", curations=(made,))
    assert parse("our house").exact(described) == 2


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
