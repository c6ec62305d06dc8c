"""Which file a viewer gets at an address without a format."""

from collections.abc import Sequence

import pytest

from edge import negotiation
from local.http import Request
from local.viewer import ViewerFunction
from pipeline.recipe import Animated, Format, FormatName, Recipe, Rendition

ADDRESS = f"/i/{'a' * 32}/{'b' * 16}/small"
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"
SAFARI_13 = "image/png,image/svg+xml,image/*;q=0.8,video/*;q=0.8,*/*;q=0.5"
FIREFOX_90 = "image/webp,*/*"


def recipe(*formats: FormatName, animated: Animated = "first") -> Recipe:
    return Recipe(
        renditions=(Rendition(name="small", width=9, height=9, fit="inside"),),
        formats=tuple(Format(format=each) for each in formats),
        animated=animated,
    )


def chosen(
    accept: str | Sequence[str] | None,
    *formats: FormatName,
    animated: Animated = "first",
    target: str = ADDRESS,
) -> str:
    """What the function appends to the address."""
    lines = [accept] if isinstance(accept, str) else accept or []
    request = Request("GET", target, [("accept", line) for line in lines])
    made = recipe(*(formats or ("jpeg", "webp", "avif")), animated=animated)
    return ViewerFunction(negotiation(made))(request).removeprefix(target)


@pytest.mark.parametrize(
    ("accept", "extension"),
    [
        (CHROME, ".avif"),
        (FIREFOX_90, ".webp"),
        (SAFARI_13, ".jpg"),
        ("*/*", ".jpg"),
        ("image/*", ".jpg"),
        ("", ".jpg"),
        (None, ".jpg"),
        ("image/webp", ".webp"),
        ("image/jpeg,image/webp", ".webp"),
        ("IMAGE/AVIF", ".avif"),
        ("  image/avif  ;  q=0.1 ", ".avif"),
        ("image/avif;q=0,image/webp", ".webp"),
        ("image/avif;q=0.0,image/webp;q=0.000", ".jpg"),
        ("image/avif; Q = 0 ,image/webp", ".webp"),
        ("image/avif;level=1;q=0,*/*", ".jpg"),
        ("image/avif;q=0.001", ".avif"),
        ("image/avifs,ximage/avif", ".jpg"),
        (["text/html", "image/avif"], ".avif"),
        ("constructor,__proto__,toString", ".jpg"),
        ("," * 10_000, ".jpg"),
        ("\xff\x00;;==,image/webp", ".webp"),
    ],
)
def test_the_best_format_that_the_viewer_names_is_chosen(
    accept: str | Sequence[str] | None, extension: str
) -> None:
    assert chosen(accept) == extension


@pytest.mark.parametrize(
    ("formats", "accept", "extension"),
    [
        (("avif", "jpeg"), "image/webp", ".jpg"),
        (("avif", "webp"), "image/png", ".webp"),
        (("avif",), "image/png", ".avif"),
        (("webp", "jpeg"), CHROME, ".webp"),
        (("jpeg",), CHROME, ".jpg"),
    ],
)
def test_only_formats_that_are_made_are_chosen(
    formats: tuple[FormatName, ...], accept: str, extension: str
) -> None:
    assert chosen(accept, *formats) == extension


def test_the_format_that_moves_wins_where_animations_are_kept() -> None:
    assert chosen(CHROME, animated="keep") == ".webp"
    assert chosen("image/avif,*/*", animated="keep") == ".avif"
    assert chosen(CHROME, "avif", "jpeg", animated="keep") == ".avif"


@pytest.mark.parametrize(
    "target",
    [
        f"{ADDRESS}.jpg",
        f"{ADDRESS}.png",
        f"{ADDRESS}/",
        f"{ADDRESS}%20",
        f"/i/{'a' * 31}/{'b' * 16}/small",
        f"/x/i/{'a' * 32}/{'b' * 16}/small",
        "/i/",
    ],
)
def test_any_other_address_stays_as_it_is(target: str) -> None:
    assert chosen(CHROME, target=target) == ""


def test_a_size_made_on_demand_is_negotiated_too() -> None:
    assert chosen(CHROME, target=ADDRESS.replace("small", "640x480,cover,faces")) == ".avif"


def test_a_query_stays_behind_the_address() -> None:
    request = Request("GET", f"{ADDRESS}?v=1", [("accept", CHROME)])
    function = ViewerFunction(negotiation(recipe("avif", "jpeg")))
    assert function(request) == f"{ADDRESS}.avif?v=1"
