"""What of a model's answer is taken."""

from typing import Any

import pytest

from pipeline.description import LONGEST, Description, NotDescribedError


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("A cat asleep on a sofa.", "A cat asleep on a sofa"),
        ("two dogs\nrun\u202e ", "Two dogs run"),
        ("An image of a boat", "A boat"),
        ("The photograph shows three people", "Three people"),
        ("Picture: a boat", "A boat"),
        ("Photo frames on a wall", "Photo frames on a wall"),
        ("word " * 40, f"Word{' word' * 28}\u2026"),
    ],
)
def test_a_text_is_one_line_without_what_everybody_knows(text: str, taken: str) -> None:
    made = Description.of(text, 50)
    assert made == Description(text=taken, appeal=50.0)
    assert len(made.text) <= LONGEST


@pytest.mark.parametrize(
    ("text", "appeal", "reason"),
    [
        (None, 50, "must have a text and a number"),
        ("a", "50", "must have a text and a number"),
        ("a", True, "must be 0 to 100, got True"),
        ("a", -1, "must be 0 to 100, got -1"),
        ("a", float("nan"), "must be 0 to 100, got nan"),
        (" . ", 50, "must not be empty"),
    ],
)
def test_any_other_answer_is_refused(text: Any, appeal: Any, reason: str) -> None:
    with pytest.raises(NotDescribedError, match=reason):
        Description.of(text, appeal)
