"""The race's figures: shares, goals and the chart, from times that are known."""

import pytest

from bench.cases import Case, cases_of
from bench.contender import CONTENDERS
from bench.goals import Goal, goals, share
from bench.race import Results, Times, ratio
from bench.report import chart


def times(**milliseconds: float) -> dict[str, Times]:
    """The same time in each of three rounds, and 1,000 bytes, for every contender."""
    return {
        name: Times([took] * 3, [took] * 3, 1000)
        for name in CONTENDERS
        for took in (milliseconds.get(name.replace(" ", "_"), 100.0),)
    }


def results(**milliseconds: float) -> Results:
    cases = cases_of(quick=True)
    timing = {case: times(**milliseconds) for case in cases}
    scores = {
        case: {name: {"jpeg": 75.0, "webp": 70.0} for name in CONTENDERS[:4]} for case in cases
    }
    return Results(timing, {}, {}, scores, 3)


def test_a_case_is_named_after_its_photograph_and_formats() -> None:
    names = [case.name for case in cases_of(quick=False)]

    assert names[0] == "6.jpg, JPEG + WebP"
    assert names[-1] == "24.jpg, JPEG + AVIF"


def test_a_ratio_is_the_median_over_the_rounds() -> None:
    race = {"ours": Times(cpu=[10.0, 20.0, 30.0]), "vips": Times(cpu=[20.0, 20.0, 30.0])}

    assert ratio(race, "vips", "cpu") == 1.0


def test_a_contender_that_ran_fewer_rounds_is_compared_by_its_own_median() -> None:
    race = {"ours": Times(cpu=[10.0, 20.0, 30.0]), "sharp idiomatic": Times(cpu=[40.0])}

    assert ratio(race, "sharp idiomatic", "cpu") == 0.5


def test_a_contender_that_failed_has_no_ratio() -> None:
    assert ratio({"ours": Times(cpu=[10.0]), "vips": Times(error="cannot")}, "vips", "cpu") is None


def test_a_share_is_the_geometric_mean_over_a_kind_of_photographs() -> None:
    first, second = (case for case in cases_of(quick=True) if case.photograph.form == "JPEG")
    timing = {first: times(ours=25.0), second: times(ours=100.0)}

    assert share(timing, "vips", "cpu", ".jpg") == pytest.approx(0.5)
    assert share(timing, "vips", "cpu", ".png") is None


def test_every_goal_is_reached_by_a_race_that_reaches_it() -> None:
    verdicts = {goal.verdict for goal in goals(results(ours=30.0))}

    assert verdicts == {"yes"}


def test_a_goal_that_is_missed_says_so() -> None:
    missed = [goal.text for goal in goals(results(ours=85.0)) if goal.verdict != "yes"]

    assert missed == [
        "at most 0.4 of sharp, idiomatic, wall time, one core",
        "at most 0.4 of sharp, idiomatic, processor time, one core",
        "at most 0.8 of sharp, tuned, wall time, one core",
        "at most 0.8 of sharp, tuned, processor time, one core",
    ]


@pytest.mark.parametrize(
    ("jpeg", "png", "verdict"),
    [
        (0.5, 0.5, "yes"),
        (0.5, None, "yes"),
        (0.5, 2.0, "JPEG only"),
        (2.0, 0.5, "PNG only"),
        (2.0, 2.0, "**no**"),
        (2.0, None, "**no**"),
        (None, None, "not measured"),
    ],
)
def test_a_goal_names_the_kind_that_reaches_it(
    jpeg: float | None, png: float | None, verdict: str
) -> None:
    assert Goal("at most 1", 1.0, jpeg, png).verdict == verdict


def test_the_chart_shows_how_many_times_darkrooms_time_each_contender_takes() -> None:
    case: Case = cases_of(quick=True)[0]

    drawn = chart({case: times(ours=25.0)})

    assert case.name in drawn
    assert drawn.count(">4.00<") == len(CONTENDERS) - 1
