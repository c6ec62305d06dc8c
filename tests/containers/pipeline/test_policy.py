"""Verdicts, up to each bound and just beyond it."""

import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import pytest

from pipeline.facts import Analysis, ModerationLabel
from pipeline.item import Verdict
from pipeline.policy import Moderation, Policy, Quality, known_twin

POLICY = Policy(
    min_confidence=55,
    quality=Quality(min_sharpness=40, min_brightness=10, max_brightness=97, min_contrast=20),
    moderation=Moderation(hold=50, reject=90),
)
GOOD = {"sharpness": 80.0, "brightness": 50.0, "contrast": 60.0}


def violence(confidence: float) -> ModerationLabel:
    return {"name": "Violence", "confidence": confidence, "parent": "", "level": 1}


def moderated(*confidences: float) -> Analysis:
    return Analysis(moderation=tuple(map(violence, confidences)))


def reason(rule: str, limit: float, value: float, **more: Any) -> dict[str, Any]:
    return {"rule": rule, "limit": limit, "value": value, **more}


@pytest.mark.parametrize(
    ("confidence", "decision"),
    [
        (0, "accept"),
        (49.99, "accept"),
        (50, "hold"),
        (89.99, "hold"),
        (90, "reject"),
        (100, "reject"),
    ],
)
def test_a_moderation_label_holds_and_rejects_from_its_bound_on(
    confidence: float, decision: str
) -> None:
    assert POLICY.judge(moderated(confidence)).decision == decision


@pytest.mark.parametrize(
    ("measure", "value", "rule", "limit"),
    [
        ("sharpness", 40, None, 0),
        ("sharpness", 39.99, "quality.min_sharpness", 40),
        ("brightness", 10, None, 0),
        ("brightness", 9.99, "quality.min_brightness", 10),
        ("brightness", 97, None, 0),
        ("brightness", 97.01, "quality.max_brightness", 97),
        ("contrast", 20, None, 0),
        ("contrast", 19.99, "quality.min_contrast", 20),
    ],
)
def test_a_quality_on_its_bound_is_good_and_beyond_it_holds(
    measure: str, value: float, rule: str | None, limit: float
) -> None:
    verdict = POLICY.judge(Analysis(quality={**GOOD, measure: value}))
    reasons = (reason(rule, limit, value),) if rule else ()
    assert verdict == Verdict(decision="hold" if rule else "accept", reasons=reasons)


def test_every_reason_to_hold_is_given_with_its_numbers() -> None:
    quality = {"sharpness": 5.0, "brightness": 99.0, "contrast": 1.0}
    verdict = POLICY.judge(replace(moderated(60.5), quality=quality))
    assert verdict == Verdict(
        decision="hold",
        reasons=(
            reason("moderation.hold", 50, 60.5, name="Violence"),
            reason("quality.min_sharpness", 40, 5),
            reason("quality.max_brightness", 97, 99),
            reason("quality.min_contrast", 20, 1),
        ),
    )


def test_a_rejection_names_what_rejects_and_nothing_lesser() -> None:
    verdict = POLICY.judge(replace(moderated(95, 60, 91), quality={"sharpness": 0}))
    assert verdict == Verdict(
        decision="reject",
        reasons=(
            reason("moderation.reject", 90, 95, name="Violence"),
            reason("moderation.reject", 90, 91, name="Violence"),
        ),
    )


@pytest.mark.parametrize("analysis", [Analysis(), Analysis(quality={})])
def test_what_was_not_analysed_is_no_reason(analysis: Analysis) -> None:
    assert POLICY.judge(analysis) == Verdict(decision="accept")


def test_labels_are_asked_for_from_the_lowest_bound_that_can_matter() -> None:
    assert POLICY.moderation_from == 50


def test_a_policy_is_read_from_its_json_and_every_name_is_required() -> None:
    document = {
        "min_confidence": 55,
        "quality": {
            "min_sharpness": 40,
            "min_brightness": 10,
            "max_brightness": 97,
            "min_contrast": 20,
        },
        "moderation": {"hold": 50, "reject": 90},
        "duplicates": "allow",
        "min_score": 0,
    }
    assert Policy.from_json(json.dumps(document)) == POLICY
    del document["moderation"]
    with pytest.raises(KeyError, match="moderation"):
        Policy.from_json(json.dumps(document))


def test_a_rule_against_duplicates_names_the_other_picture_beside_every_other_reason() -> None:
    analysis = replace(moderated(60), quality={"sharpness": 30.0})
    twin = {"rule": "duplicates", "other": "a" * 32}
    holding = replace(POLICY, duplicates="hold").judge(analysis, "a" * 32)
    assert holding.decision == "hold"
    assert [each["rule"] for each in holding.reasons] == [
        *("moderation.hold", "quality.min_sharpness", "duplicates")
    ]
    assert replace(POLICY, duplicates="reject").judge(analysis, "a" * 32) == Verdict(
        decision="reject", reasons=(twin,)
    )
    assert POLICY.judge(Analysis(), "a" * 32) == Verdict(decision="accept")
    assert known_twin(holding) == "a" * 32
    assert known_twin(POLICY.judge(analysis)) is known_twin(None) is None


def test_verdicts_of_releases_without_the_rule_are_not_stale() -> None:
    values = asdict(POLICY)
    del values["duplicates"], values["min_score"]
    before = sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
    assert POLICY.fingerprint == before != replace(POLICY, duplicates="hold").fingerprint
    assert replace(POLICY, min_score=40).fingerprint != before


@pytest.mark.parametrize(
    ("appeal", "held"), [(None, False), (0.0, True), (39.9, True), (40.0, False)]
)
def test_a_picture_that_a_model_finds_less_appealing_is_held_where_that_is_a_rule(
    appeal: float | None, held: bool
) -> None:
    analysis = Analysis(appeal=appeal)
    rule = {"rule": "quality.min_score", "limit": 40, "value": appeal}
    verdict = replace(POLICY, min_score=40).judge(analysis)
    assert verdict == (
        Verdict(decision="hold", reasons=(rule,)) if held else Verdict(decision="accept")
    )
    assert POLICY.judge(analysis) == Verdict(decision="accept")
