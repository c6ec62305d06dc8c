"""What is uploaded: thousands of steps, drawn at random from one seed, and their expected ends."""

import json
import random
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path

from proofs.audit import Subject

__all__ = ["BROKEN", "DELETED", "OVERWRITTEN", "UPLOADERS", "Load", "Step"]

BROKEN, OVERWRITTEN, DELETED = 0.05, 0.05, 0.02
"""Shares of the uploads."""

UPLOADERS = 4
_OUTCOMES = {"good": "ready", "broken": "failed"}


@dataclass(frozen=True)
class Step:
    """One thing done to a key."""

    key: str
    kind: str
    """`good`, `broken` or `deleted`."""
    seed: int
    """Makes the content."""


@dataclass
class Load:
    """What is uploaded, by which uploader, and how far each has come."""

    run: str
    """Part of every key, and the seed of every choice."""
    count: int
    stack: str
    """The bucket that it is uploaded to."""
    done: list[int] = field(default_factory=lambda: [0] * UPLOADERS)
    seconds: float = 0.0
    """Since the first upload, over all runs."""
    uploaded_at: dict[str, float] = field(default_factory=dict)
    poisoned: dict[str, list[str]] = field(default_factory=dict)
    """Bodies of the unreadable messages, by function."""
    tps: float | None = None
    """Calls per second that Rekognition accepts of each operation; None means any number."""

    @property
    def visibility_seconds(self) -> int:
        """Visibility timeout of the functions' queues.

        Every attempt at a poisoned message fits into the run, and no message becomes visible again
        while a function waits for Rekognition.
        """
        if self.tps is not None:
            return 60
        return 30 if self.count >= 1000 else 10

    def steps(self) -> list[list[Step]]:
        """Each uploader's steps in their order; all steps of a key belong to one uploader."""
        chance = random.Random(self.run)
        steps: list[list[Step]] = [[] for _ in range(UPLOADERS)]
        used: list[str] = []
        for number in range(self.count):
            again = used and chance.random() < OVERWRITTEN
            key = chance.choice(used) if again else f"uploads/load-{self.run}/{number:05}.jpg"
            if not again:
                used.append(key)
            kind = "broken" if chance.random() < BROKEN else "good"
            mine = steps[int(key[-9:-4]) % UPLOADERS]
            mine.append(Step(key, kind, chance.getrandbits(32)))
            if chance.random() < DELETED:
                mine.append(Step(key, "deleted", 0))
        return steps

    def subjects(self) -> list[Subject]:
        """The state that each key should end in.

        A version that a later step overtook may be notified, or not.
        """
        by_key: dict[str, list[str]] = defaultdict(list)
        for steps in self.steps():
            for step in steps:
                by_key[step.key].append(step.kind)
        subjects = []
        for key, kinds in by_key.items():
            possible = Counter(_OUTCOMES[kind] for kind in kinds if kind in _OUTCOMES)
            last = kinds[-1]
            required = {} if last == "deleted" else {_OUTCOMES[last]: 1}
            subjects.append(Subject(key, _OUTCOMES.get(last, "deleted"), required, possible))
        return subjects

    def save(self, file: Path) -> None:
        """Keep it for the next run."""
        draft = file.with_suffix(".draft")
        draft.write_text(json.dumps(asdict(self)), encoding="utf-8")
        draft.replace(file)
