"""Which file a viewer gets at an address without a format."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import negotiation
from local.http import Reply, Request
from local.viewer import ViewerFunction
from pipeline.demand import DemandError, canonical, names
from pipeline.recipe import Animated, Format, FormatName, Preset, Recipe, Rendition

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
    returned = ViewerFunction(negotiation(made))(request)
    assert isinstance(returned, str)
    return returned.removeprefix(target)


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


EVERYTHING = replace(
    recipe("jpeg", "avif"),
    presets=(
        Preset(name="card", width=640, height=480, sizes=True),
        Preset(name="mark", width=300, height=200),
    ),
    sizes=(64, 320, 480, 640, 1280),
    foci=("centre", "salient", "faces"),
)
PICTURE = f"/i/{'a' * 32}/{'b' * 16}/"


def returned(function: ViewerFunction, name: str, accept: str = CHROME) -> Reply | str:
    return function(Request("GET", f"{PICTURE}{name}", [("accept", accept)]))


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("small.jpg", "small.jpg"),
        ("gone.webp", "gone.webp"),
        ("640x400,cover,faces", "640x480,cover,faces.avif"),
        ("cover,600.jpg", "640,cover.jpg"),
        ("card,2x", "1280,card.avif"),
        ("card,640.jpg", "card.jpg"),
    ],
)
def test_an_address_is_asked_for_in_its_canonical_form(name: str, canonical: str) -> None:
    function = ViewerFunction(negotiation(EVERYTHING))
    assert returned(function, name) == f"{PICTURE}{canonical}"


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("640,glow", "glow must be a size, 1x to 3x, a fit, a focus or a preset"),
        ("640,320", "320 must be left out: 640 is given already"),
        ("1281", "1281 must be at most 1280 after its dpr"),
        ("640,3x", "640 must be at most 1280 after its dpr"),
        ("cover,faces", "an address must have a size, like 640"),
        ("640,faces", "faces must be left out without cover"),
        ("320,mark", "320 must be left out beside mark"),
        ("9999,card", "9999 must be at most 1280"),
        ("card,cover", "cover must be left out beside card"),
        ("320x200,card", "320x200 must be a width alone beside card"),
        ("640.webp", ".webp must be one of .jpg, .avif, or left out"),
        ("card.webp", ".webp must be one of .jpg, .avif, or left out"),
        ("small.png", ".png must be one of .jpg, .avif, or left out"),
        ("small/", "there is no such address"),
        ("small%20", "there is no such address"),
        ("640%2Ccover", "there is no such address"),
        ("", "there is no such address"),
        ("constructor,640", "constructor must be a size, 1x to 3x, a fit, a focus or a preset"),
        ("__proto__", "there is no such address"),
    ],
)
def test_what_is_no_address_is_refused_without_asking_an_origin(name: str, problem: str) -> None:
    function = ViewerFunction(negotiation(EVERYTHING))
    assert returned(function, name) == Reply(
        400,
        f"{problem}\n",
        headers=(
            ("cache-control", "public, max-age=60"),
            ("x-content-type-options", "nosniff"),
        ),
    )


@pytest.mark.parametrize(
    "target", [f"/i/{'a' * 31}/{'b' * 16}/small", f"/x{PICTURE}small", "/i/", "/"]
)
def test_what_is_no_picture_is_refused(target: str) -> None:
    reply = ViewerFunction(negotiation(EVERYTHING))(Request("GET", target, ()))
    assert isinstance(reply, Reply)
    assert reply.status == 400


def test_a_stage_without_a_ladder_refuses_sizes() -> None:
    bare = negotiation(replace(EVERYTHING, sizes=()))
    assert returned(ViewerFunction(bare), "card.jpg") == f"{PICTURE}card.jpg"
    for name in ("640", "320,card"):
        assert isinstance(returned(ViewerFunction(bare), name), Reply)


def test_an_animation_that_is_kept_has_its_address_on_demand() -> None:
    kept = ViewerFunction(negotiation(replace(EVERYTHING, animated="keep")))
    assert returned(kept, "640.webp") == f"{PICTURE}640.webp"


NAMES = st.lists(
    st.sampled_from(
        [
            *("0", "1", "64", "65", "320", "640", "640x", "640x480", "300x200", "1280", "1281"),
            *("1x", "2x", "3x", "4x", "inside", "cover", "centre", "salient", "faces", "card"),
            *("mark", "small", "glow", "", "-", "x", "99999", "100000", "064", "640x0"),
        ]
    )
    | st.text("0123456789x,-abcdefghilmnorstuvw.%=A", max_size=12),
    min_size=1,
    max_size=4,
).map(",".join)


@pytest.mark.parametrize(
    "stage",
    [EVERYTHING, replace(EVERYTHING, sizes=()), replace(EVERYTHING, foci=("centre",), presets=())],
    ids=["everything", "no ladder", "no presets"],
)
def test_the_edge_and_the_functions_agree_on_every_address(stage: Recipe) -> None:
    function = ViewerFunction(negotiation(stage))

    @settings(max_examples=2_000, deadline=None)
    @given(NAMES)
    def agree(name: str) -> None:
        if "." in name:
            return  # an extension, which the functions see apart
        try:
            expected: str | None = f"{PICTURE}{canonical(name, stage)}.avif"
        except DemandError:
            expected = None
        answer = returned(function, name)
        assert (None if isinstance(answer, Reply) else answer) == expected
        if isinstance(answer, str):
            assert function(Request("GET", answer, ())) == answer

    agree()


def test_every_canonical_address_passes_as_it_is() -> None:
    function = ViewerFunction(negotiation(EVERYTHING))
    for name in names(EVERYTHING):
        for extension in ("avif", "jpg"):
            assert returned(function, f"{name}.{extension}") == f"{PICTURE}{name}.{extension}"


def test_a_query_stays_behind_the_address() -> None:
    request = Request("GET", f"{ADDRESS}?v=1", [("accept", CHROME)])
    function = ViewerFunction(negotiation(recipe("avif", "jpeg")))
    assert function(request) == f"{ADDRESS}.avif?v=1"
