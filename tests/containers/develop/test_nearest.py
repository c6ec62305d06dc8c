"""What stands in for a rendition that is not made now."""

import pytest

from develop.nearest import nearest
from pipeline.recipe import Format, Recipe, Rendition, Watermark

RECIPE = Recipe(
    renditions=(
        Rendition(name="plain", width=500, height=500),
        Rendition(name="faceless", width=600, height=600, hide_faces="pixelate"),
        Rendition(name="marked", width=700, height=700, watermark="logo"),
    ),
    formats=(Format(format="jpeg"),),
    watermarks=(
        Watermark(name="logo", sha256="0" * 64),
        Watermark(name="other", sha256="1" * 64),
    ),
)
MADE = {
    name: {"jpeg": {"key": name, "width": width, "height": width, "bytes": 1}}
    for name, width in (("plain", 500), ("faceless", 600), ("marked", 700), ("former", 800))
}


@pytest.mark.parametrize(
    ("covering", "keys"),
    [
        ({}, ["plain", "faceless", "marked"]),
        ({"hide_faces": "blur"}, ["faceless"]),
        ({"hide_text": "blur"}, []),
        ({"hide_faces": "blur", "hide_text": "blur"}, []),
        ({"watermark": "logo"}, ["marked"]),
        ({"watermark": "other"}, []),
    ],
)
def test_what_is_to_be_covered_is_covered_in_what_stands_in(
    covering: dict[str, str], keys: list[str]
) -> None:
    wanted = Rendition(name="wanted", width=400, height=400, **covering)  # type: ignore[arg-type]
    assert list(nearest(wanted, "jpeg", MADE, RECIPE)) == keys
