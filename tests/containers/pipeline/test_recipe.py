"""A recipe is understood wholly, or refused in the words of who wrote it."""

from __future__ import annotations

import json

import pytest

from pipeline.recipe import Format, Recipe, RecipeError, Rendition

DEFAULT = {
    "renditions": [
        {"name": "thumbnail", "width": 128, "height": 128, "fit": "cover", "focus": "faces"},
        {"name": "large", "width": 1600, "height": 1200},
        {"name": "enhanced", "width": 1600, "height": 1600, "enhance": True, "enlarge": True},
    ],
    "formats": [{"format": "jpeg", "quality": 75}, {"format": "webp"}],
    "background": "#102030",
    "animated": "keep",
}


def test_a_recipe_is_read_with_its_defaults() -> None:
    assert Recipe.from_json(json.dumps(DEFAULT)) == Recipe(
        renditions=(
            Rendition(name="thumbnail", width=128, height=128, fit="cover", focus="faces"),
            Rendition(name="large", width=1600, height=1200, fit="inside"),
            Rendition(name="enhanced", width=1600, height=1600, enhance=True, enlarge=True),
        ),
        formats=(Format(format="jpeg", quality=75), Format(format="webp", quality=80)),
        background="#102030",
        animated="keep",
    )


def test_a_recipe_written_as_json_reads_the_same() -> None:
    recipe = Recipe.from_json(json.dumps(DEFAULT))
    assert Recipe.from_json(recipe.to_json()) == recipe


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"renditions": []}, "renditions must have at least one entry, got none"),
        ({"formats": []}, "formats must have at least one entry, got none"),
        ({"renditions": {}}, "renditions must be a list, got {}"),
        ({"renditions": [7]}, "renditions[0]: the entry must be an object, got 7"),
        (
            {"renditions": [{"name": "a", "width": 0, "height": 5}]},
            "renditions[0]: width must be a whole number from 1 to 10000, got 0",
        ),
        (
            {"renditions": [{"name": "a", "width": 9, "height": True}]},
            "renditions[0]: height must be a whole number from 1 to 10000, got True",
        ),
        ({"renditions": [{"name": "a", "width": 9}]}, "renditions[0] must have 'height'"),
        (
            {"renditions": [{"name": "A/B", "width": 9, "height": 9}]},
            (
                "renditions[0]: name must be a lower-case letter, then up to 31 lower-case "
                "letters, digits and hyphens, got 'A/B'"
            ),
        ),
        (
            {"renditions": [{"name": "a", "width": 9, "height": 9, "fit": "fill"}]},
            "renditions[0]: fit must be one of inside, cover, got 'fill'",
        ),
        (
            {"renditions": [{"name": "a", "width": 9, "height": 9, "enhance": 1}]},
            "renditions[0]: enhance must be true or false, got 1",
        ),
        (
            {"renditions": [{"name": "a", "width": 9, "height": 9}] * 2},
            "renditions must differ in their names, got a, a",
        ),
        (
            {"formats": [{"format": "bmp"}]},
            "formats[0]: format must be one of avif, jpeg, webp, got 'bmp'",
        ),
        (
            {"formats": [{"format": "jpeg", "quality": 101}]},
            "formats[0]: quality must be a whole number from 1 to 100, got 101",
        ),
        (
            {"formats": [{"format": "jpeg", "quality": False}]},
            "formats[0]: quality must be a whole number from 1 to 100, got False",
        ),
        (
            {"formats": [{"format": "jpeg", "qualty": 80}]},
            "formats[0]: the entry must have no fields but format, quality, got qualty",
        ),
        ({"background": "white"}, "background must be like #ffffff, got 'white'"),
        ({"animated": "always"}, "animated must be one of keep, first, got 'always'"),
        (
            {"backgroud": "#ffffff"},
            (
                "recipe must have no fields but animated, background, formats, renditions, "
                "got backgroud"
            ),
        ),
    ],
)
def test_a_mistake_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(RecipeError) as mistake:
        Recipe.from_json(json.dumps(DEFAULT | change))
    assert str(mistake.value) == message


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(RecipeError, match=r"^recipe must be JSON, got 'renditions: none'"):
        Recipe.from_json("renditions: none")
