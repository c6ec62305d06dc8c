"""What repairs cost."""

import pytest

from reconcile.findings import repair_usd


def test_a_picture_processed_again_costs_its_analyses() -> None:
    counts = {"uncatalogued": 2, "hidden": 3, "stuck": 5}
    assert repair_usd(counts, ("labels", "moderation")) == pytest.approx(10 * 0.002)


def test_files_that_go_cost_one_invalidated_path_a_picture() -> None:
    assert repair_usd({"leftover": 1, "gone": 2, "orphaned": 3}, ("labels",)) == pytest.approx(0.03)


def test_a_picture_made_again_in_place_of_another_costs_both() -> None:
    assert repair_usd({"outdated": 1, "incomplete": 1}, ("labels",)) == pytest.approx(0.012)


def test_a_missing_notice_and_what_s3_denies_cost_nothing() -> None:
    assert repair_usd({"untold": 7, "unreadable": 7}, ("labels",)) == 0


def test_a_picture_placed_again_costs_what_its_models_charge() -> None:
    models = ("titan", "nova")
    assert repair_usd({"unplaced": 10}, ("labels",), models) == pytest.approx(10 * 0.00012)
    assert repair_usd({"stuck": 1}, ("labels",), models) == pytest.approx(0.00112)
    assert repair_usd({"unlisted": 7}, ("labels",), models) == 0
