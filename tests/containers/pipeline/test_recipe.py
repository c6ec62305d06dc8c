"""A recipe is understood wholly, or refused in the words of who wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.recipe import Format, Preset, Recipe, RecipeError, Rendition, Watermark

RELEASES = Path(__file__).parents[2] / "releases"

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
        ({"sizes": 64}, "sizes must be a list, got 64"),
        ({"sizes": [0]}, "sizes must be a whole number from 1 to 10000, got 0"),
        ({"sizes": [128, 64]}, "sizes must ascend, got 128, 64"),
        ({"foci": ["left"]}, "foci must be one of centre, faces, salient, got 'left'"),
        (
            {"presets": [{"name": "large", "width": 9, "height": 9}]},
            "presets must not be called like renditions, got large",
        ),
        (
            {"presets": [{"name": "a", "width": 9, "height": 9, "watermark": "logo"}]},
            "watermark of a must be one of the watermarks (there are none), got 'logo'",
        ),
        (
            {"presets": [{"name": "a", "width": 9, "height": 9, "rotate": 45}]},
            "presets[0]: rotate must be 0, 90, 180 or 270, got 45",
        ),
        (
            {"presets": [{"name": "a", "width": 9, "height": 9, "blur": 21}]},
            "presets[0]: blur must be a whole number from 0 to 20, got 21",
        ),
        (
            {"presets": [{"name": "a", "width": 9, "height": 9, "pad": "red"}]},
            "presets[0]: pad must be like #ffffff, got 'red'",
        ),
        (
            {"presets": [{"name": "a", "width": 9, "height": 9, "fit": "cover", "pad": "#ffffff"}]},
            "presets[0]: pad must be left out where fit is cover, got '#ffffff'",
        ),
        (
            {"watermarks": [{"name": "a", "sha256": "b"}]},
            "watermarks[0]: sha256 must be 64 hexadecimal digits, got 'b'",
        ),
        ({"background": "white"}, "background must be like #ffffff, got 'white'"),
        ({"animated": "always"}, "animated must be one of keep, first, got 'always'"),
        (
            {"backgroud": "#ffffff"},
            (
                "recipe must have no fields but animated, background, foci, formats, presets, "
                "renditions, sizes, watermarks, got backgroud"
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


def test_a_recipe_of_the_first_release_keeps_its_text_and_its_fingerprint() -> None:
    """Otherwise an upgrade would make every rendition of every stack again."""
    text = (RELEASES / "0.1.0" / "recipe.json").read_text().strip()
    recipe = Recipe.from_json(text)
    assert recipe.to_json() == text
    assert recipe.fingerprint == "b9a84209d8a74218"


def test_the_ladder_makes_no_rendition_stale() -> None:
    recipe = Recipe.from_json(json.dumps(DEFAULT))
    laddered = replace(recipe, sizes=(64, 128), foci=("centre", "salient", "faces"))
    assert laddered.fingerprint == recipe.fingerprint
    assert Recipe.from_json(laddered.to_json()) == laddered


LOGO = Watermark(name="logo", sha256="a" * 64)
EVERYTHING = replace(
    Recipe.from_json(json.dumps(DEFAULT)),
    presets=(
        Preset(name="card", width=9, height=9, sizes=True, watermark="logo"),
        Preset(
            name="mark",
            width=9,
            height=9,
            rotate=90,
            trim=10,
            pad="#102030",
            hide_faces="blur",
            hide_text="pixelate",
            grey=True,
            blur=1,
            sharpen=100,
            round=50,
            quality=70,
            max_bytes=9000,
        ),
    ),
    watermarks=(LOGO,),
)


def test_every_step_is_read_as_it_was_written() -> None:
    assert Recipe.from_json(EVERYTHING.to_json()) == EVERYTHING


@pytest.mark.parametrize(
    "changed",
    [
        replace(EVERYTHING, presets=EVERYTHING.presets[:1]),
        replace(EVERYTHING, watermarks=(replace(LOGO, sha256="b" * 64),)),
        replace(EVERYTHING, watermarks=(replace(LOGO, opacity=51),)),
        replace(
            EVERYTHING, presets=(EVERYTHING.presets[0], replace(EVERYTHING.presets[1], blur=2))
        ),
    ],
)
def test_what_presets_and_watermarks_look_like_is_in_the_fingerprint(changed: Recipe) -> None:
    assert changed.fingerprint != EVERYTHING.fingerprint
