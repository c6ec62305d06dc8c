"""When a known answer makes a question superfluous."""

import pytest

from pipeline.analyses import Analyses, AnalysisName, Question
from pipeline.answers import Asked, newest, reused, suffices, title, would_be_asked
from pipeline.facts import Analysis, Label

MODELS = {"detect_labels": "3.0", "detect_moderation_labels": "7.0"}


def questions(
    *names: AnalysisName, labels_from: float = 55, moderation_from: float = 50
) -> tuple[Question, ...]:
    return Analyses(names).questions(labels_from=labels_from, moderation_from=moderation_from)


def asked(question: Question, **changes: object) -> Asked:
    return {**would_be_asked([question], MODELS)[question.operation], **changes}  # type: ignore[typeddict-item]


[LABELS] = questions("labels")


@pytest.mark.parametrize(
    ("before", "is_enough"),
    [
        (asked(LABELS), True),
        (asked(LABELS, least=40), True),
        (asked(LABELS, least=60), False),
        (asked(LABELS, model="2.0"), False),
        (asked(*questions("labels", "properties")), False),
        (None, False),
    ],
)
def test_an_answer_suffices_for_the_same_question_of_no_less_confidence(
    before: Asked | None, is_enough: bool
) -> None:
    assert suffices(before, LABELS, MODELS) is is_enough


def test_any_model_suffices_while_none_is_known_to_be_newer() -> None:
    assert suffices(asked(LABELS, model="2.0"), LABELS, {})


def test_what_is_less_certain_than_asked_for_is_left_out() -> None:
    [surer] = questions("labels", labels_from=60)
    labels: list[Label] = [
        {"name": name, "confidence": confidence, "parents": []}
        for name, confidence in (("Cat", 60), ("Dog", 59.99))
    ]
    found = reused(Analysis(labels=tuple(labels), quality={"contrast": 5}), surer)
    assert found == {"labels": (labels[0],), "quality": {"contrast": 5}, "colors": ()}


def test_equal_bytes_questions_and_models_have_one_title() -> None:
    both = questions("labels", "moderation")
    one = title("d1", would_be_asked(both, MODELS))
    assert one == title("d1", would_be_asked(both[::-1], MODELS))
    stored: dict[str, Asked] = {
        name: {**each, "least": float(each["least"])}
        for name, each in would_be_asked(both, MODELS).items()
    }
    assert one == title("d1", stored)
    others = {
        title("d2", would_be_asked(both, MODELS)),
        title("d1", would_be_asked(both[:1], MODELS)),
        title("d1", would_be_asked(both, MODELS | {"detect_labels": "3.1"})),
        title("d1", would_be_asked(questions("labels", "moderation", labels_from=56), MODELS)),
        title("d1", would_be_asked(questions("labels", "moderation", moderation_from=9), MODELS)),
    }
    assert len(others - {one, None}) == 5
    assert title("d1", {}) is None


def test_the_newest_model_is_the_one_with_the_highest_numbers() -> None:
    known = {"detect_labels": "3.9", "detect_text": "3.0"}
    answered = {"detect_labels": "3.10", "detect_text": "2.9", "detect_moderation_labels": "7.0"}
    assert newest(known, answered) == {
        "detect_labels": "3.10",
        "detect_text": "3.0",
        "detect_moderation_labels": "7.0",
    }
