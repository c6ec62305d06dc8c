"""The score of what is measured."""

import pytest

from pipeline.score import technical

GOOD = {"sharpness": 60, "brightness": 45, "contrast": 50, "shadows": 0, "highlights": 0}
FULL = (4000, 3000)


@pytest.mark.parametrize(
    ("measured", "size", "score"),
    [
        (GOOD, FULL, 100.0),
        (GOOD | {"sharpness": 25}, FULL, 75.8),
        (GOOD | {"sharpness": 0}, FULL, 0.0),
        (GOOD | {"brightness": 15}, FULL, 84.1),
        (GOOD | {"brightness": 85}, FULL, 84.1),
        (GOOD | {"brightness": 0}, FULL, 0.0),
        (GOOD | {"shadows": 10, "highlights": 20}, FULL, 84.1),
        (GOOD | {"contrast": 10}, FULL, 81.2),
        (GOOD, (640, 480), 81.4),
        (GOOD, (200, 200), 0.0),
        (GOOD, (0, 0), 0.0),
    ],
)
def test_each_measure_costs_what_it_is_short_of(
    measured: dict[str, float], size: tuple[int, int], score: float
) -> None:
    assert technical(measured, *size) == score


def test_what_is_more_than_enough_changes_nothing() -> None:
    assert technical(GOOD | {"sharpness": 100, "contrast": 100}, 9000, 9000) == 100.0
