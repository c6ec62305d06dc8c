"""The report on search: its queries, its measures, and what it computes of costs."""

from fractions import Fraction

import pytest

from bench.retrieval import EXAMPLE, NOTHING, Score, first_right, read_queries, score
from bench.vector_speed import (
    EXAMINED_USD,
    INDEX_BYTES,
    examined_usd,
    filled,
    filling_usd,
    found_usd,
    month_usd,
    percentile,
)
from local.rekognition.taxonomy import load_taxonomy
from pipeline.vectors import Among
from proofs.memory import MemoryVectors


@pytest.mark.parametrize(
    ("found", "place"),
    [(["a", "b"], 1), (["x", "b", "a"], 2), (["x", "y"], None), ([], None)],
)
def test_the_place_of_the_first_right_one_counts_from_one(
    found: list[str], place: int | None
) -> None:
    assert first_right(found, {"a", "b"}) == place


def test_queries_that_find_nothing_right_count_as_zero() -> None:
    assert score([1, 2, None, 5, 6, 1]) == Score(
        queries=6, first=2, top=4, mrr=(2 + Fraction(1, 2) + Fraction(1, 5) + Fraction(1, 6)) / 6
    )
    assert score([None]) == Score(queries=1, first=0, top=0, mrr=Fraction(0))
    assert score([1, 4]).cells == (1, 2, "0.62")


def test_only_queries_for_nothing_have_nothing_right() -> None:
    queries = read_queries()
    assert len(queries) >= 100
    assert {each.kind for each in queries if not each.right} == {NOTHING}
    assert all(each.right for each in queries if each.kind != NOTHING)
    assert not any(each.text in each.right for each in queries if each.kind == EXAMPLE)


def test_synonyms_are_no_labels_of_the_classifier() -> None:
    labels = {label.name.casefold() for label in load_taxonomy().labels}
    synonyms = {each.text for each in read_queries() if each.kind == "synonym"}
    assert synonyms & labels == set()


def test_percentiles_are_values_that_occurred() -> None:
    times = tuple(float(each) for each in range(20, 0, -1))
    assert percentile(times, 95) == 19
    assert percentile(times, 50) == 10
    assert percentile((7.0,), 95) == 7


def test_as_many_vectors_as_wanted_are_put_and_found() -> None:
    vectors = MemoryVectors()
    assert filled(vectors, 3) > 0
    wanted = vectors.of(f"{1:032x}", "content")
    assert wanted
    assert vectors.nearest(wanted, Among())[0].image_id == f"{1:032x}"
    assert len(vectors.nearest(wanted, Among())) == 3


def test_costs_grow_with_the_pictures_and_a_search_examines_at_least_a_kilobyte() -> None:
    # 60 USD for Titan, three write units at 0.625 per million, 0.858 for the index.
    assert filling_usd(1_000_000) == pytest.approx(60 + 3 * 0.625 + 0.858)
    assert month_usd(1_000_000) == pytest.approx(0.93125)
    assert found_usd() == pytest.approx(0.000008 + 0.0000125)
    assert examined_usd(10) == pytest.approx(10 * INDEX_BYTES / 1e9 * EXAMINED_USD)
    assert examined_usd(0) == pytest.approx(1e-6 * EXAMINED_USD)
