"""Whatever is asked for, one picture has few addresses, and each of them shows one thing."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.address import RENDITIONS, parse_rendition
from pipeline.demand import DemandError, addresses, canonical, formats, names, wanted
from pipeline.recipe import Format, Preset, Recipe, Rendition

RECIPE = Recipe(
    renditions=(Rendition(name="small", width=500, height=500),),
    formats=(Format(format="avif"), Format(format="jpeg")),
    presets=(
        Preset(name="card", width=640, height=480, fit="cover", focus="salient", sizes=True),
        Preset(name="mark", width=300, height=200, grey=True),
    ),
    sizes=(64, 320, 480, 640, 1280),
    foci=("centre", "salient", "faces"),
)
"""Of five steps, so that tests can go through all addresses."""


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("640", "640"),
        ("600", "640"),
        ("640x640", "640"),
        ("600x610", "640"),
        ("1", "64"),
        ("640x480", "640x480"),
        ("500x321", "640x480"),
        ("640,inside", "640"),
        ("640,inside,centre", "640"),
        ("640,1x", "640"),
        ("320,2x", "640"),
        ("3x,200x100", "640x320"),
        ("640,cover", "640,cover"),
        ("cover,640,centre", "640,cover"),
        ("faces,cover,640x480", "640x480,cover,faces"),
        ("small", "small"),
        ("gone", "gone"),
        ("card", "card"),
        ("card,1x", "card"),
        ("card,640", "card"),
        ("card,600", "card"),
        ("320,2x,card", "card"),
        ("320,card", "320,card"),
        ("card,300", "320,card"),
        ("card,2x", "1280,card"),
        ("mark,300", "mark"),
    ],
)
def test_an_address_has_one_form(name: str, form: str) -> None:
    assert canonical(name, RECIPE) == form


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("1281", "size must be at most 1280 pixels a side, got 1281x1281"),
        ("640,3x", "size must be at most 1280 pixels a side, got 1920x1920"),
        ("99999x1,3x", "size must be at most 10000 pixels a side, got 299997x3"),
        ("0", "size must be pixels like 640 or 640x480, got 0"),
        ("064", "size must be pixels like 640 or 640x480, got 064"),
        ("640x", "size must be pixels like 640 or 640x480, got 640x"),
        ("640,640", "size must be given once, got 640, 640"),
        ("640,cover,inside", "fit must be given once, got cover, inside"),
        (
            "640,faces",
            (
                "focus must be left out where the fit is inside, which keeps all of the picture "
                "(add cover), got faces"
            ),
        ),
        ("cover,faces", "must have a size (pixels like 500 or 1600x900)"),
        (
            "640,glow",
            (
                "word must be a size like 640 or 640x480; 1x, 2x or 3x; inside or cover; "
                "centre, salient or faces; a preset (card, mark), got glow"
            ),
        ),
        ("640,", "word must be a size like"),
        ("640,grey", "word must be a size like"),
        (
            "640,focus=centre",
            "address must have only a to z, 0 to 9, commas and hyphens, got 640,focus=centre",
        ),
        ("Card,640", "address must have only a to z"),
        (",640", "address must have only a to z"),
        ("", "address must have only a to z"),
        ("card,mark", "preset must be given once, got card, mark"),
        ("320,mark", "size must be left out, as mark has one only, got 320"),
        ("mark,2x", "size must be left out, as mark has one only, got 600"),
        ("card,320x200", "size must be a width alone, as card has a shape of its own, got 320x200"),
        ("card,cover", "fit must be left out, as card has its own, got cover"),
        ("320,card,faces", "focus must be left out, as card has its own, got faces"),
    ],
)
def test_what_is_no_address_is_refused_with_the_word_and_the_fix(name: str, message: str) -> None:
    with pytest.raises(DemandError) as mistake:
        canonical(name, RECIPE)
    assert str(mistake.value).startswith(message)
    assert wanted(name, RECIPE) is None


def test_a_stage_without_a_ladder_makes_no_sizes() -> None:
    recipe = Recipe(renditions=RECIPE.renditions, formats=RECIPE.formats, presets=RECIPE.presets)
    with pytest.raises(DemandError, match="must be the name of a rendition or preset, got 640,2x"):
        canonical("640,2x", recipe)
    with pytest.raises(DemandError, match="size must be left out, as card has one only, got 320"):
        canonical("320,card", recipe)
    assert list(names(recipe)) == ["card", "mark"]
    assert addresses(recipe) == 4


def test_a_focus_that_the_stage_cannot_find_is_refused() -> None:
    recipe = Recipe(renditions=RECIPE.renditions, formats=RECIPE.formats, sizes=(64,))
    assert canonical("64,cover,salient", recipe) == "64,cover,salient"
    with pytest.raises(DemandError, match="focus must be one of centre, salient, got faces"):
        canonical("64,cover,faces", recipe)


def test_the_number_of_addresses_is_known() -> None:
    every = list(names(RECIPE))
    assert len(set(every)) == len(every) == 1 + 4 + 1 + 25 * 4
    assert addresses(RECIPE) == 2 * len(every)
    assert all(canonical(name, RECIPE) == name for name in every)
    assert all(wanted(name, RECIPE) for name in every)
    assert all(parse_rendition(f"{RENDITIONS}{'a' * 32}/{'b' * 16}/{name}.avif") for name in every)


def test_animations_that_are_kept_move_as_webp_on_demand_too() -> None:
    recipe = Recipe(renditions=RECIPE.renditions, formats=RECIPE.formats, animated="keep")
    assert [each.format for each in formats(recipe)] == ["avif", "jpeg", "webp"]


WORDS = ["640", "640x480", "1x", "2x", "inside", "cover", "centre", "faces", "card", "mark", "zig"]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=5))
def test_every_order_of_the_same_words_is_one_address_or_none(words: list[str]) -> None:
    forms = set()
    for order in permutations(words):
        try:
            forms.add(canonical(",".join(order), RECIPE))
        except DemandError:
            forms.add("")
    assert len(forms) == 1
    form = forms.pop()
    assert form in ("", "zig", *WORDS) or form in set(names(RECIPE))


@pytest.mark.parametrize(
    ("name", "rendition"),
    [
        ("640", Rendition(name="on-demand", width=640, height=640)),
        (
            "320x480,cover,faces",
            Rendition(name="on-demand", width=320, height=480, fit="cover", focus="faces"),
        ),
        ("card", Rendition(name="card", width=640, height=480, fit="cover", focus="salient")),
        ("320,card", Rendition(name="card", width=320, height=240, fit="cover", focus="salient")),
        ("64,card", Rendition(name="card", width=64, height=48, fit="cover", focus="salient")),
        ("mark", Rendition(name="mark", width=300, height=200, grey=True)),
    ],
)
def test_an_address_shows_one_thing(name: str, rendition: Rendition) -> None:
    assert wanted(name, RECIPE) == rendition


@pytest.mark.parametrize("name", ["small", "gone", "600", "640,inside", "card,320", "640,card"])
def test_what_is_not_canonical_or_not_on_demand_shows_nothing(name: str) -> None:
    assert wanted(name, RECIPE) is None
