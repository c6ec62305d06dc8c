"""Nothing that can happen between the functions loses, doubles or shows what it should not.

What this does not prove: that S3, EventBridge, SQS and DynamoDB keep their own promises.
"""

import random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.pipeline.world import OUTCOMES, World

KEYS = ("uploads/a.jpg", "uploads/b c+%.jpg")
WORLDS = [(gate, versioned) for gate in ("open", "guarded") for versioned in (True, False)]


class Interleavings(RuleBasedStateMachine):
    """Users, deliveries, crashes and redrives in whatever order Hypothesis thinks of."""

    @initialize(world=st.sampled_from(WORLDS))
    def begin(self, world: tuple[str, bool]) -> None:
        gate, versioned = world
        self.world = World(gate=gate, versioned=versioned)

    @rule(key=st.sampled_from(KEYS), kind=st.sampled_from(sorted(OUTCOMES)))
    def upload(self, key: str, kind: str) -> None:
        self.world.upload(key, kind)

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: str) -> None:
        self.world.delete(key)

    @rule(key=st.sampled_from(KEYS))
    def delete_newest(self, key: str) -> None:
        self.world.delete_newest(key)

    @rule()
    def wait(self) -> None:
        self.world.wait()

    @precondition(lambda self: self.world.queue)
    @rule(data=st.data())
    def start(self, data: st.DataObject) -> None:
        self.world.start(data.draw(_index(self.world.queue)))

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
            self.world.check_end()


def _index(entries: list[object]) -> st.SearchStrategy[int]:
    return st.integers(0, len(entries) - 1)


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(max_examples=400, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize(("gate", "versioned"), WORLDS)
def test_ten_thousand_random_interleavings_end_where_an_orderly_run_does(
    gate: str, versioned: bool
) -> None:
    for seed in range(2_500):
        world = World(gate=gate, versioned=versioned)
        chance = random.Random(seed)
        try:
            _live(world, chance)
            world.settle(chance.randrange)
            world.check_end()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def _live(world: World, chance: random.Random) -> None:
    for _ in range(chance.randrange(10, 90)):
        match chance.choices(
            ("upload", "delete", "delete_newest", "start", "step", "crash", "repeat", "wait"),
            (6, 2, 2, 25, 100, 4, 3, 1),
        )[0]:
            case "upload":
                world.upload(chance.choice(KEYS), chance.choice(sorted(OUTCOMES)))
            case "delete":
                world.delete(chance.choice(KEYS))
            case "delete_newest":
                world.delete_newest(chance.choice(KEYS))
            case "start" if world.queue:
                world.start(chance.randrange(len(world.queue)))
            case "step" if world.workers:
                world.step(chance.randrange(len(world.workers)))
                world.check_always()
            case "crash" if world.workers:
                world.crash(chance.randrange(len(world.workers)))
            case "repeat" if world.queue:
                world.repeat(chance.randrange(len(world.queue)))
            case "wait":
                world.wait()
