"""What is made of what is seen, with a sight that sees what it is told."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from local.rekognition import responses
from local.rekognition.memory import Memory, RememberingSight
from local.rekognition.pictures import Picture, decode
from local.rekognition.requests import (
    Box,
    CelebritiesRequest,
    FacesRequest,
    LabelFilters,
    LabelsRequest,
    ModerationRequest,
    TextRequest,
)
from local.rekognition.sight import Face, Point, TextLine
from local.rekognition.taxonomy import CLASSES, load_taxonomy
from tests.local.rekognition.drawing import plain

PICTURE = decode(plain(200, 100))
FACE = Face(
    Box(0.25, 0.25, 0.25, 0.5),
    88.0,
    {"eyeLeft": Point(0.3, 0.4), "eyeRight": Point(0.4, 0.4), "nose": Point(0.35, 0.5)},
)


@dataclass
class FakeSight:
    """Sees the classes of these names with these probabilities, and what else it is given."""

    shown: dict[str, float] = field(default_factory=dict)
    faces_seen: list[Face] = field(default_factory=list)
    spread: float = 0.0
    nude: float = 0.0
    lines: list[TextLine] = field(default_factory=list)
    looks: list[tuple[str, Picture]] = field(default_factory=list)

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        self.looks.append(("classes", picture))
        taxonomy = load_taxonomy()
        probabilities = np.full(CLASSES, self.spread, dtype=np.float32)
        for name, share in self.shown.items():
            (where,) = np.nonzero(taxonomy.membership[taxonomy.rows[name]])
            probabilities[where[0]] = share
        return probabilities

    def faces(self, picture: Picture) -> list[Face]:
        self.looks.append(("faces", picture))
        return self.faces_seen

    def nudity(self, picture: Picture) -> float:
        self.looks.append(("nudity", picture))
        return self.nude

    def text(self, picture: Picture) -> list[TextLine]:
        self.looks.append(("text", picture))
        return self.lines


def ask(**changed: Any) -> LabelsRequest:
    asked: dict[str, Any] = {
        "image": b"",
        "general_labels": True,
        "image_properties": False,
        "max_labels": 1000,
        "min_confidence": 55.0,
        "filters": LabelFilters(),
        "max_colors": 10,
    }
    return LabelsRequest(**{**asked, **changed})


def names(sight: FakeSight, **changed: Any) -> list[str]:
    response = responses.labels(PICTURE, ask(**changed), sight)
    return [label["Name"] for label in response["Labels"]]


CAT = FakeSight({"Tabby Cat": 0.5, "Egyptian Cat": 0.3, "Espresso": 0.1})


def test_a_cat_is_a_cat_a_pet_and_an_animal_though_its_breed_is_unsure() -> None:
    response = responses.labels(PICTURE, ask(), CAT)
    assert response["LabelModelVersion"] == "3.0-local"
    said = {label["Name"]: label["Confidence"] for label in response["Labels"]}
    assert said == pytest.approx(
        {"Animal": 80, "Feline": 80, "Mammal": 80, "Pet": 80, "Cat": 80}, abs=0.01
    )
    cat = next(label for label in response["Labels"] if label["Name"] == "Cat")
    assert {parent["Name"] for parent in cat["Parents"]} == {"Pet", "Feline", "Mammal", "Animal"}
    assert cat["Categories"] == [{"Name": "Animals and Pets"}]
    assert (cat["Instances"], cat["Aliases"]) == ([], [])


def test_the_surest_label_comes_first_and_the_general_before_the_special() -> None:
    assert names(CAT, min_confidence=5.0) == [
        "Animal",
        "Mammal",
        "Pet",
        "Feline",
        "Cat",
        "Tabby Cat",
        "Egyptian Cat",
        "Beverage",
        "Coffee",
        "Espresso",
    ]


def test_max_labels_keeps_the_surest() -> None:
    assert names(CAT, max_labels=2) == ["Animal", "Mammal"]
    assert names(CAT, max_labels=0) == []


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (LabelFilters(labels=frozenset({"Cat", "Dog"})), ["Cat"]),
        (LabelFilters(categories=frozenset({"Food and Beverage"})), ["Beverage", "Coffee"]),
        (
            LabelFilters(labels=frozenset({"Cat"}), categories=frozenset({"Food and Beverage"})),
            ["Cat", "Beverage", "Coffee"],
        ),
        (
            LabelFilters(
                not_labels=frozenset({"Espresso", "Coffee"}),
                not_categories=frozenset({"Animals and Pets"}),
            ),
            ["Beverage"],
        ),
        (
            LabelFilters(labels=frozenset({"Cat"}), not_labels=frozenset({"Cat"})),
            [],
        ),
    ],
)
def test_filters_keep_and_drop_by_label_and_by_category(
    filters: LabelFilters, expected: list[str]
) -> None:
    found = names(CAT, filters=filters, min_confidence=5.0)
    assert [name for name in found if name != "Espresso"] == expected


def test_a_picture_of_nothing_known_gets_no_label() -> None:
    assert names(FakeSight(spread=0.001)) == []


def test_a_face_shows_a_person_and_where() -> None:
    response = responses.labels(PICTURE, ask(image_properties=True), FakeSight(faces_seen=[FACE]))
    person, face = response["Labels"]
    assert (person["Name"], person["Confidence"], person["Instances"]) == ("Person", 88.0, [])
    assert (face["Name"], face["Parents"]) == ("Face", [{"Name": "Person"}])
    (instance,) = face["Instances"]
    assert instance["BoundingBox"] == {"Width": 0.25, "Height": 0.5, "Left": 0.25, "Top": 0.25}
    assert instance["DominantColors"][0]["CSSColor"] == "red"


def test_a_face_that_is_not_sure_enough_shows_nobody() -> None:
    assert names(FakeSight(faces_seen=[FACE]), min_confidence=90.0) == []


def test_faces_have_what_is_measured_and_nothing_guessed() -> None:
    tilted = Face(FACE.box, 91.5, {**FACE.landmarks, "eyeRight": Point(0.4, 0.6)})
    request = FacesRequest(b"", frozenset({"ALL"}))
    (face,) = responses.faces(PICTURE, request, FakeSight(faces_seen=[tilted]))["FaceDetails"]
    assert set(face) == {"BoundingBox", "Confidence", "Landmarks", "Pose", "Quality"}
    assert face["Confidence"] == 91.5
    # 0.1 of 200 px across, 0.2 of 100 px down: 45 degrees.
    assert face["Pose"] == {"Roll": 45.0}
    assert face["Quality"]["Brightness"] == pytest.approx(29.8, abs=0.1)
    assert [one["Type"] for one in face["Landmarks"]] == ["eyeLeft", "eyeRight", "nose"]


def test_a_face_that_reaches_beyond_the_picture_is_measured_within() -> None:
    outside = Face(Box(0.9, -0.2, 0.4, 0.4), 70, FACE.landmarks)
    request = FacesRequest(b"", frozenset({"DEFAULT"}))
    (face,) = responses.faces(PICTURE, request, FakeSight(faces_seen=[outside]))["FaceDetails"]
    assert face["Quality"]["Brightness"] == pytest.approx(29.8, abs=0.1)


def test_nobody_is_known_by_name() -> None:
    response = responses.celebrities(
        PICTURE, CelebritiesRequest(b""), FakeSight(faces_seen=[FACE, FACE])
    )
    assert response["CelebrityFaces"] == []
    assert len(response["UnrecognizedFaces"]) == 2


@pytest.mark.parametrize(
    ("sight", "expected"),
    [
        (FakeSight(), []),
        (FakeSight(nude=0.4), []),
        (
            FakeSight(nude=0.75),
            [("Explicit Nudity", "Explicit", 2, 75.0), ("Explicit", "", 1, 75.0)],
        ),
        (
            FakeSight({"Revolver": 0.5, "Rifle": 0.25}),
            [("Weapons", "Violence", 2, 75.0), ("Violence", "", 1, 75.0)],
        ),
        (
            FakeSight({"Red Wine": 0.5, "Wine Bottle": 0.25}),
            [("Alcoholic Beverages", "Alcohol", 2, 75.0), ("Alcohol", "", 1, 75.0)],
        ),
        (FakeSight({"Slot Machine": 0.75}), [("Gambling", "", 1, 75.0)]),
        (FakeSight({"Bikini": 0.9, "Cannon": 0.1}), []),
    ],
)
def test_moderation_names_what_is_seen_with_all_its_ancestors(
    sight: FakeSight, expected: list[tuple[str, str, int, float]]
) -> None:
    response = responses.moderation(PICTURE, ModerationRequest(b"", 50), sight)
    said = [
        (one["Name"], one["ParentName"], one["TaxonomyLevel"], one["Confidence"])
        for one in response["ModerationLabels"]
    ]
    assert said == expected


def line(text: str, sure: float = 95.0, left: float = 0.1, top: float = 0.1) -> TextLine:
    words = tuple(
        TextLine(word, Box(left + 0.2 * at, top, 0.18, 0.1), sure)
        for at, word in enumerate(text.split())
    )
    return TextLine(text, Box(left, top, 0.2 * len(words), 0.1), sure, words)


def read(sight: FakeSight, **changed: Any) -> list[tuple[str, str, int, int | None]]:
    asked: dict[str, Any] = {
        "image": b"",
        "min_confidence": 80.0,
        "min_height": 0.0,
        "min_width": 0.0,
        "regions": (),
    }
    response = responses.text(PICTURE, TextRequest(**{**asked, **changed}), sight)
    return [
        (one["DetectedText"], one["Type"], one["Id"], one.get("ParentId"))
        for one in response["TextDetections"]
    ]


def test_text_comes_as_lines_and_then_their_words() -> None:
    sight = FakeSight(lines=[line("EXIT ONLY"), line("faint", sure=60)])
    assert read(sight) == [
        ("EXIT ONLY", "LINE", 0, None),
        ("EXIT", "WORD", 1, 0),
        ("ONLY", "WORD", 2, 0),
    ]
    assert read(sight, min_height=0.2) == []


def test_text_outside_the_regions_of_interest_is_left_out() -> None:
    sight = FakeSight(lines=[line("EXIT ONLY")])
    assert read(sight, regions=(Box(0, 0, 0.29, 1),)) == [
        ("EXIT", "LINE", 0, None),
        ("EXIT", "WORD", 1, 0),
    ]


def test_at_most_a_hundred_words_are_read() -> None:
    sight = FakeSight(lines=[line("one two three four") for _ in range(30)])
    words = [one for one in read(sight) if one[1] == "WORD"]
    assert len(words) == 100


def test_no_label_is_surer_than_its_parents() -> None:
    taxonomy = load_taxonomy()
    probabilities = np.random.default_rng(3).dirichlet(np.full(CLASSES, 0.02)).astype(np.float32)
    sums = taxonomy.confidences(probabilities)
    sure = {label.name: sums[row] for row, label in enumerate(taxonomy.labels)}
    for label in taxonomy.labels:
        for parent in label.parents:
            assert sure[label.name] <= sure[parent] + 1e-6, (label.name, parent)


def test_every_class_has_a_label_with_a_category_and_known_parents() -> None:
    taxonomy = load_taxonomy()
    assert taxonomy.membership.any(axis=0).all()
    assert taxonomy.membership.any(axis=1).all()
    known = {label.name: label for label in taxonomy.labels}
    for label in taxonomy.labels:
        assert label.category
        assert label.name not in label.parents
        for parent in label.parents:
            assert set(known[parent].parents) <= set(label.parents), (label.name, parent)


def test_no_label_is_a_term_of_wordnet() -> None:
    for label in load_taxonomy().labels:
        assert label.name[0].isupper() or label.name == "iPod"
        assert not set("(,/_.") & set(label.name.replace("St. Bernard", "")), label.name
        assert len(label.name) <= 32, label.name


def test_a_picture_is_analysed_once_for_several_requests() -> None:
    sight = FakeSight({"Revolver": 0.9})
    remembering = RememberingSight(sight)
    for _ in range(2):
        responses.labels(PICTURE, ask(), remembering)
        responses.moderation(PICTURE, ModerationRequest(b"", 50), remembering)
    assert Counter(what for what, _ in sight.looks) == {"classes": 1, "faces": 1, "nudity": 2}


def test_concurrent_requests_for_a_result_compute_it_once() -> None:
    memory: Memory[int] = Memory(2)
    began, made = threading.Event(), []

    def make() -> int:
        made.append(1)
        began.wait(60)
        return 7

    results: list[int] = []
    threads = [
        threading.Thread(target=lambda: results.append(memory.recall("a", make))) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    began.set()
    for thread in threads:
        thread.join(60)
    assert (results, made) == ([7, 7, 7], [1])


def test_memory_forgets_the_oldest_and_every_failure() -> None:
    memory: Memory[int] = Memory(2)

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        memory.recall("a", fail)
    assert memory.recall("a", lambda: 1) == 1
    assert memory.recall("b", lambda: 2) == 2
    assert memory.recall("c", lambda: 3) == 3
    assert memory.recall("a", lambda: 4) == 4
    assert memory.recall("c", lambda: 5) == 3
