"""The stack's policy: from an analysis to a verdict."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from pipeline.analyses import Analyses, Question
from pipeline.facts import Analysis
from pipeline.item import Verdict

__all__ = ["Copies", "Gate", "Moderation", "Policy", "Quality", "known_twin"]

Gate = Literal["open", "guarded"]
"""What renditions are made of: every upload, or accepted pictures only."""


Copies = Literal["allow", "hold", "reject"]
"""What becomes of a picture whose owner has the same file already."""


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Bounds on Rekognition's image quality, each 0 to 100; what lies outside is held."""

    min_sharpness: float
    min_brightness: float
    max_brightness: float
    min_contrast: float


@dataclass(frozen=True, kw_only=True)
class Moderation:
    """Confidences, 0 to 100, from which a moderation label holds or rejects a picture."""

    hold: float
    reject: float


@dataclass(frozen=True, kw_only=True)
class Policy:
    """When a picture may be shown. Labels below `min_confidence`, 0 to 100, are not asked for."""

    min_confidence: float
    quality: Quality
    moderation: Moderation
    duplicates: Copies = "allow"
    min_score: float = 0
    """A picture that a model finds less appealing, 0 to 100, is held. 0 holds none."""

    @classmethod
    def from_json(cls, text: str) -> "Policy":
        """Read `{min_confidence, quality: {...}, moderation: {...}, duplicates, min_score}`; every
        name is required."""
        values = json.loads(text)
        return cls(
            min_confidence=values["min_confidence"],
            quality=Quality(**values["quality"]),
            moderation=Moderation(**values["moderation"]),
            duplicates=values["duplicates"],
            min_score=values["min_score"],
        )

    def to_json(self) -> str:
        """The inverse of `from_json`."""
        return json.dumps(asdict(self))

    @property
    def fingerprint(self) -> str:
        """16 hex digits that verdicts bear of the policy. One without a rule that earlier releases
        lacked has the same as theirs, so that no verdict of theirs is stale."""
        values = asdict(self)
        if self.duplicates == "allow":
            del values["duplicates"]
        if not self.min_score:
            del values["min_score"]
        return sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]

    def questions(self, analyses: Analyses) -> tuple[Question, ...]:
        """What Rekognition is asked, no more than matters to the policy."""
        return analyses.questions(
            labels_from=self.min_confidence, moderation_from=self.moderation_from
        )

    @property
    def moderation_from(self) -> float:
        """The lowest confidence, 0 to 100, at which a moderation label can matter."""
        return min(self.moderation.hold, self.moderation.reject)

    def judge(self, analysis: Analysis, twin: str | None = None) -> Verdict:
        """The verdict on a picture, with every reason for it; `twin` is the image id of an
        earlier one with the same file, of the same owner.

        One reason to reject rejects, else one reason to hold holds. What was not analysed is not a
        reason.
        """
        rejecting = [
            *self._moderated(analysis, self.moderation.reject, "moderation.reject"),
            *(_copied(twin) if self.duplicates == "reject" else ()),
        ]
        if rejecting:
            return Verdict(decision="reject", reasons=tuple(rejecting))
        holding = [
            *self._moderated(analysis, self.moderation.hold, "moderation.hold"),
            *self._poor(analysis.quality or {}),
            *self._unappealing(analysis.appeal),
            *(_copied(twin) if self.duplicates == "hold" else ()),
        ]
        return Verdict(decision="hold" if holding else "accept", reasons=tuple(holding))

    def _moderated(self, analysis: Analysis, limit: float, rule: str) -> Iterable[dict[str, Any]]:
        for label in analysis.moderation:
            if label["confidence"] >= limit:
                yield _reason(rule, limit, label["confidence"]) | {"name": label["name"]}

    def _unappealing(self, appeal: float | None) -> Iterable[dict[str, Any]]:
        if appeal is not None and appeal < self.min_score:
            yield _reason("quality.min_score", self.min_score, appeal)

    def _poor(self, quality: Mapping[str, float]) -> Iterable[dict[str, Any]]:
        for rule, limit in vars(self.quality).items():
            bound, measure = rule.split("_")
            value = quality.get(measure)
            if value is not None and (value < limit if bound == "min" else value > limit):
                yield _reason(f"quality.{rule}", limit, value)


def known_twin(verdict: Verdict | None) -> str | None:
    """The picture that a verdict named as having the same file, for another policy to judge by."""
    reasons = verdict.reasons if verdict else ()
    return next((each["other"] for each in reasons if each["rule"] == "duplicates"), None)


def _copied(twin: str | None) -> Iterable[dict[str, Any]]:
    if twin:
        yield {"rule": "duplicates", "other": twin}


def _reason(rule: str, limit: float, value: float) -> dict[str, Any]:
    return {"rule": rule, "limit": limit, "value": value}
