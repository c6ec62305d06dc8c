"""Whatever is lost, and whenever a run comes, reconciling brings every picture to its right end.

What this does not prove: that a listing of S3 or a scan of DynamoDB shows what it should.
"""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest

from proofs.interleavings.explore import KEYS, WORLDS, skews
from proofs.interleavings.world import OUTCOMES, RECIPES, World
from reconcile.cursor import Cursor
from reconcile.walk import Reconciliation, Step
from tests.containers.reconcile.memory import MemoryItems, files, preview_files, uploads

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
        world.edge,
        world.bus,
    )


def _run(world: World, grace: timedelta) -> Iterator[Step]:
    cursor = Cursor(before=world.clock.now - grace, repairs=1000)
    return _reconciliation(world).steps(cursor)


@pytest.mark.parametrize(("gate", "versioned"), WORLDS)
def test_five_hundred_worlds_that_lose_events_are_healed(gate: str, versioned: bool) -> None:
    for seed in range(500):
        world = World(gate=gate, versioned=versioned)
        chance = random.Random(seed)
        try:
            _live(world, chance)
            _heal(world)
            world.check_end()
            _check_nothing_is_left(world)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error


def _live(world: World, chance: random.Random) -> None:
    run: Iterator[Step] = iter(())
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
            case "run":
                # No grace at all: it meets pictures in the middle of everything.
                if next(run, None) is None:
                    run = _run(world, timedelta(0))


def _heal(world: World) -> None:
    for _ in range(6):
        world.settle()
        world.clock.wait(7200)
        last = list(_run(world, timedelta(hours=1)))[-1]
        if not last.cursor.found:
            return
    raise AssertionError(f"still found: {last.cursor.found}")


def _check_nothing_is_left(world: World) -> None:
    assert not {key.split("/")[2] for key in world.renditions.files} & world.abandoned
    for item in world.table.items.values():
        assert item.deleted == (world.originals.newest(item.key) is None)
