"""Nothing that can happen between the functions loses, doubles or shows what it should not.

Hypothesis finds small examples; the many seeds after it find rare ones, and
`python -m proofs.interleavings 1000000` rarer ones still.

What this does not prove: that S3, EventBridge, SQS and DynamoDB keep their own promises, and that
`resize` leaves nothing behind that dies while it writes and is tried again by another recipe.
"""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from pipeline.stale import WHATS, What
from proofs.interleavings.explore import KEYS, WORLDS, budget_of, live
from proofs.interleavings.world import BUDGET_USD, OUTCOMES, RECIPES, SKEW, World

SKEWS = st.timedeltas(-SKEW / 2, SKEW / 2)


class Interleavings(RuleBasedStateMachine):
    """Users, deliveries, crashes and redrives in whatever order Hypothesis thinks of."""

    @initialize(world=st.sampled_from(WORLDS), budget_usd=st.sampled_from([0, BUDGET_USD]))
    def begin(self, world: tuple[str, bool], budget_usd: float) -> None:
        gate, versioned = world
        self.world = World(gate=gate, versioned=versioned, budget_usd=budget_usd)

    @rule(
        key=st.sampled_from(KEYS), kind=st.sampled_from(sorted(OUTCOMES)), invisible=st.booleans()
    )
    def upload(self, key: str, kind: str, invisible: bool) -> None:
        self.world.upload(key, kind, invisible=invisible)

    @rule(key=st.sampled_from(KEYS), focus=st.sampled_from([None, (0.25, 0.5)]))
    def describe(self, key: str, focus: tuple[float, float] | None) -> None:
        self.world.describe(key, focus)

    @rule(
        key=st.sampled_from(KEYS),
        decision=st.sampled_from(["approve", "reject"]),
        block=st.booleans(),
    )
    def decide(self, key: str, decision: str, block: bool) -> None:
        self.world.decide(key, decision, block=block and decision == "reject")

    @rule(key=st.sampled_from(KEYS), what=st.sampled_from(["trash", "restore", "purge"]))
    def throw_away(self, key: str, what: str) -> None:
        getattr(self.world, what)(key)

    @rule(key=st.sampled_from(KEYS), what=st.sampled_from(["forget", "recover"]))
    def lose_and_recover(self, key: str, what: str) -> None:
        getattr(self.world, what)(key)

    @rule(key=st.sampled_from(KEYS))
    def backfill(self, key: str) -> None:
        self.world.backfill(key)

    @rule(key=st.sampled_from(KEYS), kind=st.sampled_from(sorted(OUTCOMES)))
    def copy(self, key: str, kind: str) -> None:
        self.world.upload(key, kind, lane="backfill")

    @rule(key=st.sampled_from(KEYS), what=st.sets(st.sampled_from(WHATS), min_size=1))
    def reprocess(self, key: str, what: set[What]) -> None:
        self.world.reprocess(key, tuple(what))

    @rule()
    def quiet(self) -> None:
        self.world.quiet()

    @rule(key=st.sampled_from(KEYS))
    def unarchive(self, key: str) -> None:
        self.world.unarchive(key)

    @rule(key=st.sampled_from(KEYS), skew=SKEWS)
    def delete(self, key: str, skew: timedelta) -> None:
        self.world.delete(key, skew)

    @rule(key=st.sampled_from(KEYS), skew=SKEWS)
    def delete_newest(self, key: str, skew: timedelta) -> None:
        self.world.delete_newest(key, skew)

    @rule(recipe=st.sampled_from(RECIPES))
    def redeploy(self, recipe: str) -> None:
        self.world.redeploy(recipe)

    @rule()
    def midnight(self) -> None:
        self.world.midnight()

    @rule()
    def allow(self) -> None:
        self.world.allow()

    @rule()
    def stutter(self) -> None:
        self.world.stutter()

    @rule()
    def wait(self) -> None:
        self.world.wait()

    @precondition(lambda self: self.world.queue)
    @rule(data=st.data(), skew=SKEWS, more=st.integers(0, 4))
    def start(self, data: st.DataObject, skew: timedelta, more: int) -> None:
        self.world.start(data.draw(_index(self.world.queue)), skew, more)

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data(), steps=st.integers(1, 8))
    def step(self, data: st.DataObject, steps: int) -> None:
        for _ in range(steps):
            if self.world.workers:
                self.world.step(data.draw(_index(self.world.workers)))
                self.world.check_always()

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        self.world.crash(data.draw(_index(self.world.workers)))

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data())
    def fail(self, data: st.DataObject) -> None:
        self.world.fail(data.draw(_index(self.world.workers)))

    @precondition(lambda self: self.world.queue)
    @rule(data=st.data())
    def repeat(self, data: st.DataObject) -> None:
        self.world.repeat(data.draw(_index(self.world.queue)))

    @precondition(lambda self: self.world.dead)
    @rule()
    def redrive(self) -> None:
        self.world.redrive()

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.settle()
            self.world.check_always()
            self.world.check_end()


def _index(entries: Sequence[object]) -> st.SearchStrategy[int]:
    return st.integers(0, len(entries) - 1)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=150, stateful_step_count=40)


@pytest.mark.parametrize(
    "part",
    [*range(4), *(pytest.param(part, marks=pytest.mark.long) for part in range(4, 32))],
)
def test_random_interleavings_end_where_an_orderly_run_does(part: int) -> None:
    gate, versioned = WORLDS[part % len(WORLDS)]
    for seed in range(part * 250, (part + 1) * 250):
        world = World(gate=gate, versioned=versioned, budget_usd=budget_of(seed))
        try:
            live(world, seed)
        except Exception as error:
            raise AssertionError(f"seed {seed}, {gate}, versioned {versioned}: {error}") from error
