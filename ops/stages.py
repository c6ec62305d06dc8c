"""All stages of the account at once: who has which, until when, and which of them must go."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from pipeline.stages import NotRemovedError, Remover, Tagged, TaggedResources

__all__ = [
    "PROJECT",
    "BackendError",
    "Reaped",
    "Stack",
    "Stacks",
    "Stage",
    "doomed",
    "overview",
    "reap",
]

PROJECT = "darkroom"

_PULL_REQUEST = re.compile(r"pr-([1-9][0-9]*)")


class BackendError(RuntimeError):
    """The Pulumi CLI is missing, or did not do what it was asked for."""


@dataclass(frozen=True)
class Stack:
    """A stack that the Pulumi backend knows."""

    name: str
    updated_at: datetime | None
    """None if nothing was deployed yet."""


class Stacks(Protocol):
    """The stacks of the Pulumi backend."""

    def all(self) -> list[Stack]:
        """Every stack of the project. Raises `BackendError`."""

    def destroy(self, name: str, owner: str, expires: str) -> None:
        """Delete all that it has on AWS, then the stack itself. Raises `BackendError`."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A stage: its stack, what bears its tags, or both."""

    name: str
    stack: Stack | None = None
    owner: str = ""
    expires: date | None = None
    arns: tuple[str, ...] = ()
    dollars: float | None = None
    """What it has cost so far; None where Cost Explorer does not know."""

    @property
    def pull_request(self) -> int | None:
        """The number of the pull request that it is a preview of."""
        found = _PULL_REQUEST.fullmatch(self.name)
        return int(found[1]) if found else None


def overview(
    stacks: Iterable[Stack], tagged: Iterable[Tagged], dollars: Mapping[str, float] | None = None
) -> list[Stage]:
    """Every stage that has a stack or a tagged resource, by name."""
    known = {each.name: each for each in stacks}
    resources: dict[str, list[Tagged]] = defaultdict(list)
    for each in tagged:
        resources[each.tags.get("stage", "")].append(each)
    return [
        Stage(
            name=name,
            stack=known.get(name),
            owner=_tag(resources[name], "owner"),
            expires=_day(_tag(resources[name], "expires")),
            arns=tuple(sorted(each.arn for each in resources[name])),
            dollars=dollars.get(name, 0.0) if dollars is not None else None,
        )
        for name in sorted((known.keys() | resources.keys()) - {""})
    ]


def _tag(resources: Iterable[Tagged], key: str) -> str:
    """The latest value of a tag: an update that failed half-way leaves two."""
    return max((each.tags.get(key, "") for each in resources), default="")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def doomed(
    stages: Iterable[Stage], *, today: date, open_requests: Collection[int] | None
) -> list[tuple[Stage, str]]:
    """The stages that must go, each with the reason.

    A stage without a day of expiry stays, unless it is of a pull request that is not among
    `open_requests`; None means that nobody knows which are open.
    """
    found = []
    for stage in stages:
        number = stage.pull_request
        if stage.expires is not None and stage.expires <= today:
            found.append((stage, f"expired on {stage.expires}"))
        elif number is not None and open_requests is not None and number not in open_requests:
            found.append((stage, f"pull request {number} is not open"))
    return found


@dataclass(frozen=True, kw_only=True)
class Reaped:
    """What became of one stage."""

    stage: Stage
    reason: str
    removed: tuple[str, ...] = ()
    """What bore its tags and no stack knew."""
    waiting: tuple[str, ...] = ()
    """What AWS lets go only later; the next run deletes it."""
    failures: tuple[str, ...] = ()


def reap(
    condemned: Iterable[tuple[Stage, str]],
    *,
    protected: Collection[str],
    stacks: Stacks,
    resources: TaggedResources,
    remover: Remover,
) -> Iterator[Reaped]:
    """Destroy each stage, then delete what still bears its tags and no stack knows.

    A stage that cannot be destroyed stops none of the others, and keeps its resources: its stack
    still knows them.
    """
    for stage, reason in condemned:
        if stage.name in protected:
            yield Reaped(stage=stage, reason=reason, failures=("it is protected",))
            continue
        if stage.stack is not None:
            expires = stage.expires.isoformat() if stage.expires else ""
            try:
                stacks.destroy(stage.name, stage.owner, expires)
            except BackendError as error:
                yield Reaped(stage=stage, reason=reason, failures=(str(error),))
                continue
        left = [
            each.arn
            for each in resources.of_project(PROJECT)
            if each.tags.get("stage") == stage.name
        ]
        yield _removed(stage, reason, left, remover)


def _removed(stage: Stage, reason: str, arns: Iterable[str], remover: Remover) -> Reaped:
    """What became of each resource; what another one held is tried a second time."""
    removed: list[str] = []
    waiting: list[str] = []
    failures: dict[str, str] = {}
    left = list(arns)
    for _ in range(2):
        failures = {}
        for arn in left:
            try:
                (removed if remover.remove(arn) else waiting).append(arn)
            except NotRemovedError as error:
                failures[arn] = f"{arn}: {error}"
        left = list(failures)
    return Reaped(
        stage=stage,
        reason=reason,
        removed=tuple(removed),
        waiting=tuple(waiting),
        failures=tuple(failures.values()),
    )
