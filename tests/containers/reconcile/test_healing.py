"""Whatever is lost, and whenever a run comes, reconciling brings every picture to its right end.

Both kinds of runs: walks, and shards by an inventory that shows the bucket as it was.

What this does not prove: that a listing or inventory of S3, or a scan of DynamoDB, shows what it
should.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from pipeline.inventory import Inventory
from pipeline.original import image_id
from proofs.interleavings.explore import KEYS, WORLDS, skews
from proofs.interleavings.world import OUTCOMES, RECIPES, World
from reconcile.cursor import Cursor
from reconcile.findings import Finding
from reconcile.shards import started
from reconcile.walk import Reconciliation, Step
from tests.containers.reconcile.memory import (
    MemoryInventories,
    MemoryItems,
    files,
    preview_files,
    uploads,
)

_HAPPENINGS = {
    "step": 100,
    "start": 25,
    "upload": 6,
    "lose": 6,
    "run": 6,
    "crash": 4,
    "delete": 2,
    "delete_newest": 2,
    "redeploy": 1,
}
"""How often each is chosen, of all of them together; a run means a batch of one."""


@dataclass
class _Walks:
    """Runs that walk."""

    world: World
    _run: Iterator[Step] = field(default_factory=lambda: iter(()))

    def go_on(self, _: random.Random) -> None:
        """Make a batch, of a new run if there is none. Without any grace, it meets pictures in the
        middle of everything."""
        if next(self._run, None) is None:
            self._run = self._steps(timedelta(0))

    def whole(self, repairs: int = 1000) -> list[Finding]:
        """What a run finds that begins now, with an hour of grace."""
        steps = self._steps(timedelta(hours=1), repairs)
        return [finding for step in steps for finding, _ in step.findings]

    def _steps(self, grace: timedelta, repairs: int = 1000) -> Iterator[Step]:
        cursor = Cursor(before=self.world.clock.now - grace, repairs=repairs)
        return _reconciliation(self.world).steps(cursor)


@dataclass
class _Shards:
    """Runs by inventory, of which each shard goes on by itself after every batch."""

    world: World
    inventories: MemoryInventories = field(default_factory=MemoryInventories)
    _waiting: list[Cursor] = field(default_factory=list)

    def go_on(self, chance: random.Random) -> None:
        """Make a batch of any shard; where none is left, begin with the last inventory, or with one
        that is taken now."""
        if self._waiting:
            cursor = self._waiting.pop(chance.randrange(len(self._waiting)))
            step = next(self._compared.steps(cursor))
            if step.cursor.part != "end":
                self._waiting.append(Cursor.from_dict(step.cursor.to_dict()))
            return
        newest = self.inventories.newest()
        if newest is None or chance.random() < 0.5:
            newest = self._take()
        self._waiting = list(started(newest, repairs=1000, grace=timedelta(0)))

    def whole(self, repairs: int = 1000) -> list[Finding]:
        """The same by an inventory that is taken now."""
        cursors = started(self._take(), repairs=repairs, grace=timedelta(hours=1))
        return [
            finding
            for cursor in cursors
            for step in self._compared.steps(cursor)
            for finding, _ in step.findings
        ]

    def _take(self) -> Inventory:
        return self.inventories.take(uploads(self.world.originals), self.world.clock.now)

    @property
    def _compared(self) -> Reconciliation:
        return replace(_reconciliation(self.world), inventories=self.inventories)


def _reconciliation(world: World) -> Reconciliation:
    return Reconciliation(
        "originals",
        "open" if world.gate == "open" else "guarded",
        uploads(world.originals),
        files(world.renditions),
        preview_files(world.previews),
        MemoryItems(world.table),
        world.originals,
        world.renditions,
        world.previews,
        world.looks,
        world.edge,
        world.bus,
    )


@pytest.mark.parametrize(
    "seeds", [range(100), pytest.param(range(100, 500), marks=pytest.mark.long)]
)
@pytest.mark.parametrize("runs", [_Walks, _Shards])
@pytest.mark.parametrize(("gate", "versioned"), WORLDS)
def test_worlds_that_lose_events_are_healed(
    gate: str, versioned: bool, runs: type[_Walks | _Shards], seeds: range
) -> None:
    for seed in seeds:
        world = World(gate=gate, versioned=versioned)
        chance = random.Random(seed)
        try:
            _live(world, chance, runs(world))
            _heal(world, runs(world))
            world.check_end()
            _check_nothing_is_left(world)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize(("gate", "versioned"), WORLDS)
def test_shards_find_what_a_walk_finds(gate: str, versioned: bool) -> None:
    found = 0
    for seed in range(100):
        world = World(gate=gate, versioned=versioned)
        chance = random.Random(seed)
        _live(world, chance, None)
        world.settle()
        for key in KEYS:
            _break(world, key, chance)
        world.clock.wait(7200)
        by_walk, in_shards = (_sorted(each(world).whole(0)) for each in (_Walks, _Shards))
        assert in_shards == by_walk, f"seed {seed}"
        found += len(by_walk)
    assert found > 50


def _break(world: World, key: str, chance: random.Random) -> None:
    """Change one thing of a picture, and tell nobody."""
    image = image_id(key)
    there = sorted(each for each in world.renditions.files if each.startswith(f"i/{image}/"))
    match chance.choice(("delete", "overwrite", "forget", "add", "remove", "remove all", "none")):
        case "delete" if world.originals.newest(key):
            world.originals.delete(key)
        case "overwrite":
            world.originals.store(key, b"overwritten")
        case "forget":
            world.table.items.pop(image, None)
        case "add":
            world.renditions.files[f"i/{image}/{'f' * 16}/small.jpg"] = b"bytes"
        case "remove" if there:
            del world.renditions.files[chance.choice(there)]
        case "remove all":
            for each in there:
                del world.renditions.files[each]


def _sorted(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda each: (each.image_id, each.kind))


def _live(world: World, chance: random.Random, runs: _Walks | _Shards | None) -> None:
    for _ in range(chance.randrange(10, 90)):
        match chance.choices(tuple(_HAPPENINGS), tuple(_HAPPENINGS.values()))[0]:
            case "upload":
                world.upload(chance.choice(KEYS), chance.choice(sorted(OUTCOMES)))
            case "delete":
                world.delete(chance.choice(KEYS), skews(chance))
            case "delete_newest":
                world.delete_newest(chance.choice(KEYS), skews(chance))
            case "redeploy":
                world.redeploy(chance.choice(RECIPES))
            case "start" if world.queue:
                world.start(chance.randrange(len(world.queue)), skews(chance))
            case "step" if world.workers:
                world.step(chance.randrange(len(world.workers)))
                world.check_always()
            case "crash" if world.workers:
                world.crash(chance.randrange(len(world.workers)))
            case "lose" if world.queue:
                world.lose(chance.randrange(len(world.queue)))
            case "run" if runs:
                runs.go_on(chance)


def _heal(world: World, runs: _Walks | _Shards) -> None:
    for _ in range(6):
        world.settle()
        world.clock.wait(7200)
        found = runs.whole()
        if not found:
            return
    raise AssertionError(f"still found: {found}")


def _check_nothing_is_left(world: World) -> None:
    assert not {key.split("/")[2] for key in world.renditions.files} & world.abandoned
    for item in world.table.items.values():
        assert item.deleted == (world.originals.newest(item.key) is None)
