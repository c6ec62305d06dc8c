"""The page about cost, compared with the prices and the configuration of today."""

import re

from pipeline.address import recipe_key
from pipeline.analyses import Analyses
from pipeline.prices import analyses_usd, writes_usd
from pipeline.recipe import Recipe
from proofs.recorder import ROOT, record


def page() -> str:
    return (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")


def rows() -> dict[str, tuple[str, str]]:
    found = re.findall(r"\| (.*) \| (.*) \| (.*) \|", page())
    return {name: (amount, usd) for name, amount, usd in found}


def test_the_page_prices_the_analyses_and_the_renditions_of_the_dev_stage() -> None:
    graph = record("dev")
    analyses = graph.resource("lambda.Function", "rekognition").inputs["environment"]["variables"]
    names = Analyses.from_json(analyses["ANALYSES"]).names
    resize = graph.resource("lambda.Function", "resize").inputs["environment"]["variables"]
    recipe = Recipe.from_json(graph.kept(recipe_key(resize["RECIPE"])))
    files = len(recipe.renditions) * len(recipe.formats)

    stated = rows()

    assert stated["Rekognition"] == (", ".join(names), f"{1000 * analyses_usd(names):.4f}")
    assert stated["S3, writing renditions"] == (f"{files} files", f"{1000 * writes_usd(files):.4f}")


def test_the_page_prices_a_description_which_is_none_of_the_dev_stages_analyses() -> None:
    [stated] = re.findall(r"`descriptions: nova-lite`.* cost ([0-9.]+) USD\nmore", page())

    assert stated == f"{1000 * analyses_usd(['nova-lite']):.2f}"
    assert "nova-lite" not in rows()["Rekognition"][0]
