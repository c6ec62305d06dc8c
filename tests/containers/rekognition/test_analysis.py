"""What Rekognition is asked, and what its answers become."""

from typing import Any

import pytest

from pipeline.analyses import Analyses, AnalysisName, Question
from pipeline.facts import Analysis
from rekognition.analysis import analysis_of
from tests.containers.rekognition.answers import CELEBRITIES, FACES, LABELS, MODERATION, TEXT


def questions(*names: AnalysisName) -> tuple[Question, ...]:
    return Analyses(names).questions(labels_from=55, moderation_from=50)


BOUNDS = {"MinConfidence": 55, "MaxLabels": 50}


@pytest.mark.parametrize(
    ("names", "asked"),
    [
        ((), ()),
        (
            ("labels",),
            (Question("detect_labels", {"Features": ["GENERAL_LABELS"], **BOUNDS}),),
        ),
        (("properties",), (Question("detect_labels", {"Features": ["IMAGE_PROPERTIES"]}),)),
        (
            ("properties", "labels"),
            (
                Question(
                    "detect_labels",
                    {"Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES"], **BOUNDS},
                ),
            ),
        ),
        (("moderation",), (Question("detect_moderation_labels", {"MinConfidence": 50}),)),
        (
            ("celebrities", "text", "faces"),
            (
                Question("detect_faces", {"Attributes": ["DEFAULT"]}),
                Question("detect_text", {}),
                Question("recognize_celebrities", {}),
            ),
        ),
    ],
)
def test_each_operation_is_asked_once(
    names: tuple[AnalysisName, ...], asked: tuple[Question, ...]
) -> None:
    assert questions(*names) == asked


def test_analyses_are_read_in_their_order() -> None:
    assert Analyses.from_json('["labels", "text"]') == Analyses(("labels", "text"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('["smells"]', "analyses must be among labels, properties, moderation, faces, text, "),
        ('"labels"', "analyses must be among"),
        ("labels", "Expecting value"),
    ],
)
def test_an_unknown_analysis_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Analyses.from_json(text)


def test_labels_quality_and_colours_come_from_one_answer() -> None:
    assert analysis_of({"detect_labels": LABELS}) == Analysis(
        labels=(
            {"name": "Cat", "confidence": 98.77, "parents": ["Animal", "Mammal", "Pet"]},
            {"name": "Animal", "confidence": 99.0, "parents": []},
        ),
        quality={"brightness": 62.12, "sharpness": 87.65, "contrast": 71.5},
        colors=(
            {"hex": "#2f4f4f", "name": "darkslategrey", "percent": 41.23},
            {"hex": "#a9a9a9", "name": "darkgrey", "percent": 20.0},
        ),
    )


def test_labels_without_properties_leave_the_quality_unknown() -> None:
    answer = {name: value for name, value in LABELS.items() if name != "ImageProperties"}
    found = analysis_of({"detect_labels": answer})
    assert (len(found.labels), found.quality, found.colors) == (2, None, ())


def test_properties_without_labels_find_none() -> None:
    answer = {"ImageProperties": LABELS["ImageProperties"], "ResponseMetadata": {}}
    found = analysis_of({"detect_labels": answer})
    assert found.labels == ()
    assert found.quality == {"brightness": 62.12, "sharpness": 87.65, "contrast": 71.5}


def test_moderation_keeps_the_whole_branch_of_the_taxonomy() -> None:
    assert analysis_of({"detect_moderation_labels": MODERATION}) == Analysis(
        moderation=(
            {
                "name": "Weapon Violence",
                "confidence": 97.61,
                "parent": "Graphic Violence",
                "level": 3,
            },
            {"name": "Graphic Violence", "confidence": 97.61, "parent": "Violence", "level": 2},
            {"name": "Violence", "confidence": 97.61, "parent": "", "level": 1},
        )
    )


def test_a_face_is_a_box_in_fractions_and_may_hang_over_the_edge() -> None:
    assert analysis_of({"detect_faces": FACES}) == Analysis(
        faces=(
            {
                "confidence": 100.0,
                "box": {"left": -0.0123, "top": 0.25, "width": 0.5, "height": 0.3333},
                "quality": {"brightness": 80.12, "sharpness": 92.23},
            },
        )
    )


def test_text_is_kept_by_the_line() -> None:
    assert analysis_of({"detect_text": TEXT}) == Analysis(
        text=(
            {
                "text": "Zürich HB",
                "confidence": 98.77,
                "box": {"left": 0.1, "top": 0.2, "width": 0.3, "height": 0.05},
            },
        )
    )


def test_celebrities_are_names_with_a_confidence() -> None:
    assert analysis_of({"recognize_celebrities": CELEBRITIES}) == Analysis(
        celebrities=({"name": "Ada Lovelace", "confidence": 96.54},)
    )


@pytest.mark.parametrize(
    ("operation", "response"),
    [
        ("detect_moderation_labels", {"ModerationLabels": []}),
        ("detect_faces", {"FaceDetails": []}),
        ("detect_text", {"TextDetections": []}),
        ("recognize_celebrities", {"CelebrityFaces": []}),
    ],
)
def test_nothing_found_is_nothing_known(operation: str, response: dict[str, Any]) -> None:
    assert analysis_of({operation: response}) == Analysis()


def test_what_was_not_asked_is_not_known() -> None:
    assert analysis_of({}) == Analysis()
