"""Which results of a picture are stale."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.analyses import Analyses
from pipeline.answers import would_be_asked
from pipeline.item import Item, Verdict
from pipeline.policy import Moderation, Policy, Quality
from pipeline.stale import Deployed, stale
from tests.containers.pipeline.test_item import BARE, RENDITIONS

DEPLOYED = Deployed(
    recipe="r1",
    policy=Policy(
        min_confidence=55,
        quality=Quality(min_sharpness=0, min_brightness=0, max_brightness=100, min_contrast=0),
        moderation=Moderation(hold=50, reject=90),
    ),
    analyses=Analyses(("labels", "moderation")),
    models={"detect_labels": "3.0"},
)
SENT = {each: {"state": "sent"} for each in ("ready", "held", "rejected")}
READY = replace(
    BARE,
    verdict=Verdict(decision="accept"),
    policy=DEPLOYED.policy.fingerprint,
    asked=would_be_asked(DEPLOYED.policy.questions(DEPLOYED.analyses), DEPLOYED.models),
    renditions=RENDITIONS,
    content="c1",
    recipe=DEPLOYED.recipe,
    notices=SENT,
)
MORE = Analyses(("labels", "moderation", "text"))


def test_what_the_deployed_functions_made_is_not_stale() -> None:
    assert stale(READY, DEPLOYED) == ()


@pytest.mark.parametrize(
    ("item", "deployed", "found"),
    [
        ({"recipe": "another"}, {}, ("renditions",)),
        ({"policy": "another"}, {}, ("verdicts",)),
        ({}, {"analyses": MORE}, ("analysis",)),
        ({}, {"models": {"detect_labels": "4.0"}}, ("analysis",)),
        # Older releases wrote no fingerprints.
        (
            {"recipe": None, "policy": None, "asked": None},
            {},
            ("renditions", "verdicts", "analysis"),
        ),
        ({}, {"embeddings": ("titan",)}, ("vectors",)),
        ({"placed": {"titan": True}}, {"embeddings": ("titan", "nova")}, ("vectors",)),
        ({"placed": {"titan": True, "nova": False}}, {"embeddings": ("titan", "nova")}, ()),
    ],
)
def test_each_result_is_stale_by_its_own_fingerprint(
    item: dict[str, Any], deployed: dict[str, Any], found: tuple[str, ...]
) -> None:
    assert stale(replace(READY, **item), replace(DEPLOYED, **deployed)) == found


def test_no_more_is_stale_than_what_was_asked_for() -> None:
    old = replace(READY, recipe=None, policy=None, asked=None)
    assert stale(old, DEPLOYED, ("verdicts",)) == ("verdicts",)


@pytest.mark.parametrize(
    "item",
    [
        replace(READY, renditions=None),
        replace(READY, deleted=True),
        # Somebody waits for its notice.
        replace(READY, notices=None),
    ],
)
def test_what_is_under_way_or_gone_is_left_alone(item: Item) -> None:
    assert stale(replace(item, recipe=None, policy=None, asked=None), DEPLOYED) == ()


def test_a_rejected_picture_has_no_stale_renditions() -> None:
    rejected = replace(READY, verdict=Verdict(decision="reject"), recipe="another", policy="old")
    assert stale(rejected, DEPLOYED) == ("verdicts",)


def test_only_what_is_shown_or_held_lacks_a_place() -> None:
    placing = replace(DEPLOYED, embeddings=("titan",))
    rejected = replace(READY, verdict=Verdict(decision="reject"))
    assert stale(rejected, placing) == stale(replace(READY, content=None), placing) == ()
    held = replace(READY, verdict=Verdict(decision="hold"))
    assert (stale(held, placing), placing.unplaced(held)) == (("vectors",), ("titan",))


def test_new_renditions_are_placed_anyway() -> None:
    old, placing = replace(READY, recipe="another"), replace(DEPLOYED, embeddings=("titan",))
    assert stale(old, placing) == ("renditions",)
    assert stale(old, placing, ("vectors",)) == ("vectors",)
