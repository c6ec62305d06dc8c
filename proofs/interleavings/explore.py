"""Random lives of the small world, and the command that runs many of them."""

import random
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import typer
from rich.console import Console
from rich.progress import track

from pipeline.stale import WHATS, What
from proofs.interleavings.world import BUDGET_USD, OUTCOMES, PERSON, RECIPES, SKEW, World
from runtime.logging import logger

__all__ = ["FAILURES", "KEYS", "WORLDS", "budget_of", "live", "main", "skews"]

KEYS = ("uploads/a.jpg", f"uploads/{PERSON}/22222222-2222-4222-8222-222222222222/b c+%.jpg")
"""One that somebody wrote into the bucket, and one of the API's."""

WORLDS = tuple(product(("open", "guarded"), (True, False)))
"""Each `(gate, versioned)`."""

FAILURES = 0.03
"""How many calls to AWS fail while a world comes to rest."""

_HAPPENINGS = {
    "step": 100,
    "start": 25,
    "upload": 6,
    "upload_invisible": 1,
    "describe": 2,
    "refocus": 1,
    "approve": 4,
    "reject": 4,
    "block": 1,
    "trash": 2,
    "restore": 1,
    "purge": 2,
    "forget": 2,
    "recover": 3,
    "backfill": 4,
    "view": 4,
    "reprocess": 4,
    "copy": 1,
    "quiet": 4,
    "unarchive": 1,
    "crash": 3,
    "fail": 3,
    "repeat": 4,
    "delete": 2,
    "delete_newest": 2,
    "redeploy": 1,
    "midnight": 1,
    "allow": 1,
    "stutter": 1,
    "wait": 1,
}
"""How often each is chosen, of all of them together."""


_RACING = (
    *("upload", "quiet", "approve", "reject", "describe", "delete", "trash", "restore", "purge"),
    *("redeploy", "repeat", "recover"),
)
"""What happens to a picture while what was decided about it is recovered."""

_RECOVERIES = 0.15
"""How many lives end with such a race."""

_OVERTAKING = (
    *("backfill", "backfill", "upload", "copy", "approve", "reject", "delete", "delete_newest"),
    *("trash", "restore", "repeat", "redeploy", "redeploy", "midnight", "quiet"),
    *("reprocess", "reprocess"),
)
"""What happens to a picture while a backfill comes across it."""

_RESULTS: tuple[tuple[What, ...], ...] = (WHATS, *((each,) for each in WHATS))
"""What is made again where it is stale."""

_BACKFILLS = 0.15
"""How many lives end with such a race."""


_REPROCESSED = 0.15
"""How many lives end with such a race."""


_RELISTED = 0.15
"""How many lives end with such a race."""


_VIEWED = 0.15
"""How many lives end with such a race."""

_UNDER_VIEW = ("upload", "reject", "approve", "delete", "delete_newest", "trash", "purge", "view")
"""What happens to a picture while a size of it is made on demand."""


def budget_of(seed: int) -> float:
    """The budget of a seed's world: every other pair of worlds has one."""
    return BUDGET_USD if seed // len(WORLDS) % 2 else 0


def skews(chance: random.Random) -> timedelta:
    """How far a clock is ahead of the world's; any two differ by `SKEW` at most."""
    return SKEW * chance.uniform(-0.5, 0.5)


def live(world: World, seed: int) -> None:
    """A random life, then rest, then the checks; raises AssertionError where one does not hold."""
    chance = random.Random(seed)
    happenings = chance.choices(
        tuple(_HAPPENINGS), tuple(_HAPPENINGS.values()), k=chance.randrange(10, 100)
    )
    for happening in happenings:
        _happen(world, happening, chance)
    race = chance.random()
    if race < _RECOVERIES:
        _race_a_recovery(world, chance)
    elif race < _RECOVERIES + _BACKFILLS:
        _race_a_backfill(world, chance)
    elif race < _RECOVERIES + _BACKFILLS + _REPROCESSED:
        _race_a_reprocess(world, chance)
    elif race < _RECOVERIES + _BACKFILLS + _REPROCESSED + _RELISTED:
        _race_a_look(world, chance)
    elif race < _RECOVERIES + _BACKFILLS + _REPROCESSED + _RELISTED + _VIEWED:
        _race_a_view(world, chance)
    # Most of what follows a deletion or a verdict happens here.
    world.settle(chance.randrange, lambda: chance.random() < FAILURES)
    world.check_always()
    world.check_end()


def _race_a_recovery(world: World, chance: random.Random) -> None:
    """An operator recovers a verdict that was lost, while other things happen to the picture."""
    key, kind = chance.choice(KEYS), chance.choice(("good", "doubtful", "bad"))
    world.upload(key, kind)
    world.quiet()
    world.decide(key, chance.choice(("approve", "reject")))
    world.quiet()
    world.forget(key)
    world.recover(key)
    for _ in range(chance.randrange(4)):
        match chance.choice(_RACING):
            case "upload":
                world.upload(key, chance.choice((kind, "good", "bad")))
            case "quiet":
                world.quiet()
            case happening:
                _happen(world, happening, chance)
    _work(world, chance, chance.randrange(60))


def _race_a_backfill(world: World, chance: random.Random) -> None:
    """Backfills meet a picture at any point of its processing, while other things happen to it."""
    key, kind = chance.choice(KEYS), chance.choice(tuple(OUTCOMES))
    world.upload(key, kind)
    for _ in range(chance.randrange(1, 5)):
        _work(world, chance, chance.randrange(12))
        _overtake(world, chance, key, kind)
    world.backfill(key)
    _work(world, chance, chance.randrange(60))


def _race_a_reprocess(world: World, chance: random.Random) -> None:
    """The results of a picture are made again after a deployment, while other things happen to
    it."""
    key, kind = chance.choice(KEYS), chance.choice(("good", "doubtful", "bad", "broken"))
    world.redeploy(chance.choice(RECIPES))
    world.upload(key, kind)
    world.quiet()
    for recipe in chance.choices(RECIPES, k=chance.randrange(2, 6)):
        world.redeploy(recipe)
        world.reprocess(key, chance.choice(_RESULTS))
        _work(world, chance, chance.choice((0, 5, 15, 40)))
        if chance.random() < 0.5:
            world.quiet()
        _overtake(world, chance, key, kind)
        _work(world, chance, chance.randrange(30))


def _race_a_look(world: World, chance: random.Random) -> None:
    """A picture's look is listed again, while other things happen to it."""
    key, kind = chance.choice(KEYS), chance.choice(("good", "doubtful", "bad"))
    world.upload(key, kind)
    for _ in range(chance.randrange(2, 6)):
        if chance.random() < 0.6:
            world.quiet()
        world.relist(key)
        _work(world, chance, chance.randrange(12))
        _overtake(world, chance, key, kind)
        _work(world, chance, chance.randrange(60))


def _race_a_view(world: World, chance: random.Random) -> None:
    """Sizes of a picture are made on demand, while other things happen to it."""
    key, kind = chance.choice(KEYS), chance.choice(("good", "doubtful"))
    world.upload(key, kind)
    world.quiet()
    for _ in range(chance.randrange(1, 4)):
        world.view(key)
        _work(world, chance, chance.randrange(12))
        match chance.choice(_UNDER_VIEW):
            case "upload":
                world.upload(key, chance.choice((kind, "good", "bad")))
            case "approve" | "reject" as decision:
                world.decide(key, decision)
            case happening:
                getattr(world, happening)(key)
        _work(world, chance, chance.randrange(60))


def _overtake(world: World, chance: random.Random, key: str, kind: str) -> None:
    """Something happens to a picture that bulk work is at."""
    match chance.choice(_OVERTAKING):
        case "upload":
            world.upload(key, chance.choice((kind, "good", "doubtful")))
        case "copy":
            world.upload(key, chance.choice((kind, "good", "doubtful")), lane="backfill")
        case "approve" | "reject" as decision:
            world.decide(key, decision)
        case "backfill" | "delete" | "delete_newest" | "trash" | "restore" as happening:
            getattr(world, happening)(key)
        case "reprocess":
            world.reprocess(key, chance.choice(_RESULTS))
        case happening:
            _happen(world, happening, chance)


def _work(world: World, chance: random.Random, steps: int) -> None:
    for _ in range(steps):
        _happen(world, chance.choice(("step", "step", "step", "start", "crash", "fail")), chance)


def _happen(world: World, happening: str, chance: random.Random) -> None:
    match happening:
        case "step" if world.workers:
            world.step(chance.randrange(len(world.workers)))
            world.check_always()
        case "start" if world.queue:
            world.start(chance.randrange(len(world.queue)), skews(chance), chance.choice((0, 1, 4)))
        case "upload":
            world.upload(chance.choice(KEYS), chance.choice(tuple(OUTCOMES)))
        case "upload_invisible":
            world.upload(chance.choice(KEYS), chance.choice(tuple(OUTCOMES)), invisible=True)
        case "describe":
            world.describe(chance.choice(KEYS))
        case "refocus":
            world.describe(chance.choice(KEYS), (chance.random(), 0.5))
        case "quiet":
            world.quiet()
        case "approve" | "reject":
            world.decide(chance.choice(KEYS), happening)
        case "block":
            world.decide(chance.choice(KEYS), "reject", block=True)
        case "trash":
            world.trash(chance.choice(KEYS))
        case "restore":
            world.restore(chance.choice(KEYS))
        case "purge":
            world.purge(chance.choice(KEYS))
        case "forget":
            world.forget(chance.choice(KEYS))
        case "recover":
            world.recover(chance.choice(KEYS))
        case "backfill":
            world.backfill(chance.choice(KEYS))
        case "reprocess":
            world.reprocess(chance.choice(KEYS), chance.choice(_RESULTS))
        case "view":
            world.view(chance.choice(KEYS))
        case "copy":
            world.upload(chance.choice(KEYS), chance.choice(tuple(OUTCOMES)), lane="backfill")
        case "unarchive":
            world.unarchive(chance.choice(KEYS))
        case "crash" if world.workers:
            world.crash(chance.randrange(len(world.workers)))
        case "fail" if world.workers:
            world.fail(chance.randrange(len(world.workers)))
        case "repeat" if world.queue:
            world.repeat(chance.randrange(len(world.queue)))
        case "delete":
            world.delete(chance.choice(KEYS), skews(chance))
        case "delete_newest":
            world.delete_newest(chance.choice(KEYS), skews(chance))
        case "redeploy":
            world.redeploy(chance.choice(RECIPES))
        case "midnight":
            world.midnight()
        case "allow":
            world.allow()
        case "stutter":
            world.stutter()
        case "wait":
            world.wait()


def _failures(count: int, first: int, console: Console) -> Iterator[tuple[int, World, str]]:
    for seed in track(range(first, first + count), "interleavings", console=console):
        gate, versioned = WORLDS[seed % len(WORLDS)]
        world = World(gate=gate, versioned=versioned, budget_usd=budget_of(seed))
        try:
            live(world, seed)
        except Exception as error:
            yield seed, world, f"{type(error).__name__}: {error}"


def main(count: int, first: int = 0, story: bool = False, at_most: int = 5) -> None:
    """Run COUNT seeds from FIRST on; exit 1, naming the seeds, if a check does not hold.

    With --story, print what happened before.
    """
    logger.setLevel("CRITICAL")
    console = Console()
    failed = 0
    for seed, world, error in _failures(count, first, console):
        failed += 1
        console.print(f"seed {seed}, {world.gate}, versioned {world.versioned}: {error}"[:700])
        if story:
            console.print("\n".join("  " + ", ".join(happened) for happened in world.story))
        if failed == at_most:
            break
    console.print(f"{failed} failed")
    raise typer.Exit(1 if failed else 0)
