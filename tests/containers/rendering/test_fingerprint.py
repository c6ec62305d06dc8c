"""What a fingerprint covers."""

import json

from pipeline.recipe import Recipe
from rendering.fingerprint import fingerprint, versions
from tests.containers.pipeline.test_recipe import DEFAULT


def test_a_fingerprint_is_the_same_for_the_same_recipe_however_written() -> None:
    recipe = Recipe.from_json(json.dumps(DEFAULT))
    spelt_out = Recipe.from_json(json.dumps(json.loads(recipe.to_json()), indent=4))
    assert fingerprint(recipe) == fingerprint(spelt_out)
    assert len(fingerprint(recipe)) == 16
    int(fingerprint(recipe), 16)


def test_a_fingerprint_changes_with_every_setting() -> None:
    prints = {fingerprint(Recipe.from_json(json.dumps(DEFAULT)))}
    changes: list[dict[str, object]] = [
        {"background": "#102031"},
        {"animated": "first"},
        {"formats": [{"format": "jpeg", "quality": 76}, {"format": "webp"}]},
        {"formats": [{"format": "webp"}]},
        {"renditions": DEFAULT["renditions"][:2]},  # type: ignore[index]
    ]
    for change in changes:
        prints.add(fingerprint(Recipe.from_json(json.dumps(DEFAULT | change))))
    assert len(prints) == 1 + len(changes)


def test_a_fingerprint_covers_every_library_that_touches_a_pixel() -> None:
    assert set(versions()) == {
        "pillow",
        "pi-heif",
        "libvips",
        "resampling",
        "libjpeg-turbo",
        "libwebp",
        "libavif",
        "zlib-ng",
        "littlecms",
    }
