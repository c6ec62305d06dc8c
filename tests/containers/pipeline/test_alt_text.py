"""The composed text alternative, case by case."""

from typing import Any

import pytest

from pipeline.alt_text import LONGEST, composed
from pipeline.facts import Face, Label, Text

PETS = ["Pet", "Mammal", "Animal"]


def label(name: str, confidence: float = 90.0, *parents: str) -> Label:
    return {"name": name, "confidence": confidence, "parents": list(parents)}


def face(confidence: float = 99.0) -> Face:
    box: Any = {"left": 0.1, "top": 0.1, "width": 0.2, "height": 0.3}
    return {"confidence": confidence, "box": box, "quality": {}}


def line(text: str, *, height: float = 0.1, confidence: float = 99.0) -> Text:
    box: Any = {"left": 0.1, "top": 0.1, "width": 0.5, "height": height}
    return {"text": text, "confidence": confidence, "box": box}


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([], None),
        ([label("Cat", 98, *PETS), label("Animal", 99)], "A cat"),
        ([label("Cat", 98, *PETS), label("Couch", 81, "Furniture")], "A cat and a couch"),
        (
            [label("Dog"), label("Beach"), label("Umbrella"), label("Ball")],
            "A dog, a beach and an umbrella",
        ),
        ([label("Water"), label("Grass"), label("Stone Wall")], "Water, grass and a stone wall"),
        ([label("Sunglasses"), label("Jeans")], "Sunglasses and jeans"),
        ([label("Bus"), label("Compass"), label("Cactus")], "A bus, a compass and a cactus"),
        ([label("Fishing"), label("Painting")], "Fishing and a painting"),
        ([label("German Shepherd Dog", 90, "Dog")], "A German shepherd dog"),
        ([label("Eiffel Tower", 90, "Landmark", "Tower")], "Eiffel Tower"),
        ([label("ATM"), label("SUV"), label("TV")], "An ATM, an SUV and a TV"),
        ([label("Unicycle"), label("Hourglass")], "A unicycle and an hourglass"),
        ([label("IPod"), label("T-Shirt")], "An IPod and a t-shirt"),
        # What is not certain comes alone, and says so.
        ([label("Cat", 69.9)], "Perhaps a cat"),
        ([label("Cat", 60, *PETS), label("Animal", 60)], "Perhaps a cat"),
        ([label("Cat", 60, *PETS), label("Animal", 85)], "An animal"),
        ([label("Cat", 69.9), label("Couch", 70)], "A couch"),
        ([label("Outdoors"), label("Nature")], "An outdoor scene"),
        ([label("Outdoors"), label("Rocket", 75)], "A rocket"),
        ([label(" ", 99)], None),
        ([label("x" * 61, 99)], None),
        ([label("Photography", 99), label("Art", 99)], None),
    ],
)
def test_labels_become_a_phrase(labels: list[Label], said: str | None) -> None:
    assert composed(labels, [], []) == said


@pytest.mark.parametrize(
    ("labels", "faces", "said"),
    [
        ([], 1, "A person"),
        ([], 2, "Two people"),
        ([], 10, "Ten people"),
        ([], 11, "11 people"),
        ([label("Person")], 0, "A person"),
        ([label("Person", 69)], 0, None),
        ([label("Crowd", 90, "Person")], 0, "A crowd"),
        ([label("Child", 90, "Person")], 1, "A child"),
        ([label("Baby", 90, "Person")], 1, "A baby"),
        ([label("Child", 90, "Person")], 2, "Two people"),
        ([label("Woman", 90, "Person"), label("Selfie")], 1, "A person"),
        # One who is a label of their own is counted, not named twice.
        ([label("Baseball Player", 90, "Person")], 1, "A person"),
        ([label("Woman"), label("Dog"), label("Beach")], 2, "Two people, a dog and a beach"),
    ],
)
def test_people_are_counted_and_never_guessed_at(
    labels: list[Label], faces: int, said: str | None
) -> None:
    assert composed(labels, [face()] * faces, []) == said


def test_faces_that_are_not_certain_are_not_counted() -> None:
    assert composed([], [face(99), face(79.9)], []) == "A person"


@pytest.mark.parametrize(
    ("labels", "text", "said"),
    [
        ([], [line("NO ENTRY")], 'The text "NO ENTRY"'),
        ([label("Street Sign")], [line("STOP")], 'A street sign, with the text "STOP"'),
        (
            [label("Page"), label("Text")],
            [line("Dear Ann,"), line("thank you")],
            'The text "Dear Ann, thank you"',
        ),
        ([label("Text")], [line("small", height=0.039)], "Text"),
        ([label("Cat")], [line("unsure", confidence=79.9)], "A cat"),
        ([], [line('say "hi"\u202e')], "The text \"say 'hi'\""),
        ([], [line(" ")], None),
        (
            [],
            [line("one two three four five six seven eight nine ten eleven twelve")],
            'The text "one two three four five six seven eight nine ten eleven\u2026"',
        ),
        ([], [line("x" * 80)], f'The text "{"x" * 59}\u2026"'),
    ],
)
def test_what_is_written_large_is_quoted(
    labels: list[Label], text: list[Text], said: str | None
) -> None:
    assert composed(labels, [], text) == said


def test_the_longest_text_keeps_its_quote_and_names_fewer_things() -> None:
    names = ["Chesapeake Bay Retriever", "Desert Grassland Whiptail Lizard", "Soft Umbrella"]
    said = composed([label(each) for each in names], [face()] * 3, [line("w" * 60)])
    assert said is not None
    assert len(said) <= LONGEST
    assert said == (f'Three people and a Chesapeake bay retriever, with the text "{"w" * 60}"')
