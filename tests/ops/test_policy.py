"""A changed policy is read in each form that people have, and replayed over what is stored."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ops.policy import PolicyError, Replayed, read, replay, unknowable
from pipeline.facts import Analysis
from pipeline.item import Item, Malformed
from pipeline.policy import Moderation, Policy, Quality
from proofs.memory import MemoryTable
from tests.containers.pipeline.test_explain import item
from tests.containers.reconcile.memory import MemoryItems

RUNNING = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=10, min_brightness=10, max_brightness=97, min_contrast=10),
    moderation=Moderation(hold=50, reject=90),
)
STRICTER = replace(RUNNING, quality=replace(RUNNING.quality, min_sharpness=40))
OWN_FORM = """{"min_confidence": 55, "duplicates": "allow", "min_score": 0,
"moderation": {"hold": 50, "reject": 90}, "quality":
{"min_sharpness": 40, "min_brightness": 10, "max_brightness": 97, "min_contrast": 10}}"""


@pytest.mark.parametrize(
    "text",
    [
        "minSharpness: 40",
        '{"minSharpness": 40}',
        "darkroom:minSharpness: 40",
        "config:\n  aws:region: eu-west-1\n  darkroom:gate: guarded\n  darkroom:minSharpness: 40",
        OWN_FORM,
    ],
)
def test_a_policy_is_read_in_every_form(tmp_path: Path, text: str) -> None:
    file = tmp_path / "policy"
    file.write_text(text)
    assert read(file, RUNNING) == STRICTER


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("minSharpnes: 40", "may hold only minConfidence, .*, got minSharpnes"),
        ("minSharpness: 400", "minSharpness of .* must be a number from 0 to 100, got 400"),
        ("duplicates: ask", "duplicates of .* must be one of allow, hold, reject, got ask"),
        ("minSharpness: soft", "minSharpness of .* must be a number from 0 to 100, got soft"),
        ("[40]", "must hold settings by their names, like minSharpness: 40, got a list"),
        ("", "must hold settings by their names, like minSharpness: 40, got nothing"),
        ("forty", "must hold settings by their names, like minSharpness: 40, got 'forty'"),
        ("config: 40", "config of .* must hold settings by their names, .*, got 40"),
        ("a: 1\nb: [", "must be YAML, got a mistake in line 2: "),
        (
            "minSharpness: 40\ndarkroom:minSharpness: 50",
            "minSharpness of .* must be unique, got it twice",
        ),
        ("[" * 20_000, "must be YAML, got lists or maps nested too deeply"),
        ("a: \x07", "must be YAML, got characters that YAML does not have"),
        (b"\xff", "must be YAML, got bytes that are not UTF-8"),
        (
            "config:\n  minSharpness:\n    type: integer\n    default: 10",
            "must hold values of settings, got their declarations: name a stage's file, .*",
        ),
        ('{"quality": {}}', "moderation of .* must hold names and values, got nothing"),
        ('{"quality": {}, "moderation": {}}', "whole policy, got one without duplicates"),
        (OWN_FORM.replace('"hold": 50, ', ""), "whole policy, got one without moderation.hold"),
        (OWN_FORM.replace("hold", "held"), "whole policy, got an unknown moderation.held"),
    ],
)
def test_a_file_without_a_policy_is_refused_with_the_reason(
    tmp_path: Path, text: str | bytes, told: str
) -> None:
    file = tmp_path / "policy"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PolicyError, match=told) as refused:
        read(file, RUNNING)
    assert str(file) in str(refused.value)
    assert "\n" not in str(refused.value)


def judged(number: int, **found: Any) -> Item:
    verdict = RUNNING.judge(Analysis(**found))
    key = f"uploads/{number}.jpg"
    return item(image_id=f"{number:032x}", key=key, verdict=verdict, **found)


def test_a_stricter_policy_flips_exactly_what_lies_between() -> None:
    violence = {"name": "Violence", "confidence": 60.0, "parent": "", "level": 1}
    items = [
        judged(1, quality={"sharpness": 31.0}),
        judged(2, quality={"sharpness": 41.0}),
        judged(3, quality={"sharpness": 5.0}),
        judged(4, moderation=(violence,)),
        judged(5),
        item(image_id="6" * 32),
        replace(judged(7, quality={"sharpness": 31.0}), deleted=True),
    ]
    table = MemoryTable(items={each.image_id: each for each in items})
    replayed = [each for each in replay(MemoryItems(table), STRICTER) if isinstance(each, Replayed)]
    assert Counter((each.was, each.would) for each in replayed) == {
        ("accept", "hold"): 1,
        ("accept", "accept"): 2,
        ("hold", "hold"): 2,
    }
    [flip] = [each for each in replayed if each.flips]
    assert flip.item.key == "uploads/1.jpg"
    assert flip.reasons == ({"rule": "quality.min_sharpness", "limit": 40, "value": 31},)


def test_an_item_that_cannot_be_read_stops_no_other() -> None:
    one, two = judged(1), judged(2)
    table = MemoryTable(items={each.image_id: each for each in (one, two)})
    broken = Malformed(one.image_id, one.key, "quality.sharpness must be a number, got 'sharp'")
    items = MemoryItems(table, malformed={one.image_id: broken})
    assert list(replay(items, STRICTER)) == [broken, Replayed(two, "accept", "accept", ())]


def test_a_replay_says_what_it_cannot_see() -> None:
    lower = replace(RUNNING, moderation=Moderation(hold=30, reject=90))
    assert unknowable(RUNNING, STRICTER) is None
    assert (unknowable(RUNNING, lower) or "").startswith("moderation labels from 30 to 50 percent")
    holding = replace(RUNNING, duplicates="hold")
    assert (unknowable(RUNNING, holding) or "").startswith("duplicates were not looked for when")
    assert unknowable(holding, RUNNING) is None
