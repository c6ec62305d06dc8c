"""Which results of a picture are stale."""

from dataclasses import replace
from typing import Any

import pytest

from pipeline.analyses import Analyses
from pipeline.answers import would_be_asked
from pipeline.item import Item, Verdict
from pipeline.policy import Moderation, Policy, Quality
from pipeline.stale import WHATS, Deployed, stale
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
        ({"recipe": None, "policy": None, "asked": None}, {}, WHATS),
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
