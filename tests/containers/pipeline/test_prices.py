"""What a picture costs, by hand and by the functions."""

import pytest

from pipeline.prices import analyses_usd, function_usd, invalidations_usd, writes_usd


def test_an_analysis_costs_what_its_price_list_says() -> None:
    assert analyses_usd(("labels", "properties", "moderation")) == pytest.approx(0.00275)
    assert analyses_usd(()) == 0


def test_a_gigabyte_second_of_lambda_is_a_sixtythousandth_of_a_dollar() -> None:
    assert function_usd(1000, 1024) == pytest.approx(1 / 60_000, rel=1e-4)
    assert function_usd(500, 2048) == function_usd(1000, 1024)


def test_two_hundred_thousand_writes_cost_a_dollar() -> None:
    assert writes_usd(200_000) == pytest.approx(1)


def test_two_hundred_invalidated_paths_cost_a_dollar() -> None:
    assert invalidations_usd(200) == pytest.approx(1)
