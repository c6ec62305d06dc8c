"""Which stages must go, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops.backend import protected
from ops.cli import app
from ops.stages import BackendError, Reaped, Stack, doomed, overview, reap
from pipeline.stages import NotRemovedError, Tagged
from proofs.recorder import ROOT

TODAY = date(2027, 1, 31)
UPDATED = datetime(2027, 1, 1, tzinfo=UTC)


def tagged(arn: str, stage: str, **tags: str) -> Tagged:
    return Tagged(arn, {"project": "darkroom", "stage": stage, **tags})


@dataclass
class FakeStacks:
    """A backend with these stacks, of which one is locked."""

    names: list[str]
    locked: str = ""
    destroyed: list[tuple[str, str, str]] = field(default_factory=list)

    def all(self) -> list[Stack]:
        return [Stack(name, UPDATED) for name in self.names]

    def destroy(self, name: str, owner: str, expires: str) -> None:
        if name == self.locked:
            raise BackendError("pulumi destroy: error: the stack is currently locked")
        self.destroyed.append((name, owner, expires))


@dataclass
class FakeCloud:
    """An account: what bears tags, what needs time, and what another resource holds."""

    resources: list[Tagged]
    slow: frozenset[str] = frozenset()
    held: dict[str, str] = field(default_factory=dict)
    unknown: frozenset[str] = frozenset()
    removed: list[str] = field(default_factory=list)

    def of_project(self, project: str) -> Iterator[Tagged]:
        yield from [each for each in self.resources if each.tags["project"] == project]

    def remove(self, arn: str) -> bool:
        if arn in self.unknown:
            raise NotRemovedError("no rule for kms: delete it by hand")
        if arn in self.held and self.held[arn] not in self.removed:
            raise NotRemovedError("it has rules")
        if arn in self.slow:
            return False
        self.removed.append(arn)
        return True


def test_stages_are_what_has_a_stack_or_bears_their_tag() -> None:
    resources = [
        tagged("arn:1", "pr-7", owner="ann", expires="2027-01-30"),
        tagged("arn:2", "pr-7", owner="ann", expires="2027-02-02"),
        tagged("arn:3", "lost", owner="bob"),
        Tagged("arn:4", {"project": "darkroom"}),
    ]
    found = overview([Stack("pr-7", UPDATED), Stack("dev", None)], resources, {"pr-7": 1.5})

    assert [(each.name, each.stack is not None, each.owner) for each in found] == [
        ("dev", True, ""),
        ("lost", False, "bob"),
        ("pr-7", True, "ann"),
    ]
    # An update that failed half-way leaves two days; the later one was asked for last.
    assert found[2].expires == date(2027, 2, 2)
    assert found[2].arns == ("arn:1", "arn:2")
    assert [each.dollars for each in found] == [0.0, 0.0, 1.5]


@pytest.mark.parametrize(
    ("stage", "expires", "open_requests", "reason"),
    [
        ("pr-7", "2027-02-01", {7}, None),
        ("pr-7", "2027-02-01", None, None),
        ("pr-7", "2027-02-01", {8}, "pull request 7 is not open"),
        ("pr-7", "2027-01-31", {7}, "expired on 2027-01-31"),
        ("anna", "2027-01-30", set(), "expired on 2027-01-30"),
        ("anna", "2027-02-01", set(), None),
        ("prod", "", set(), None),
        ("pr-x", "", set(), None),
        ("anna", "tomorrow", set(), None),
    ],
)
def test_a_stage_goes_on_its_day_or_with_its_pull_request(
    stage: str, expires: str, open_requests: set[int] | None, reason: str | None
) -> None:
    found = overview([], [tagged("arn:1", stage, expires=expires)])
    going = doomed(found, today=TODAY, open_requests=open_requests)

    assert [why for _, why in going] == ([reason] if reason else [])


def run(
    stacks: FakeStacks, cloud: FakeCloud, protected: frozenset[str] = frozenset()
) -> dict[str, Reaped]:
    condemned = doomed(
        overview(stacks.all(), cloud.of_project("darkroom")), today=TODAY, open_requests=set()
    )
    done = reap(condemned, protected=protected, stacks=stacks, resources=cloud, remover=cloud)
    return {each.stage.name: each for each in done}


def test_a_stack_is_destroyed_and_then_what_still_bears_its_tags_is_deleted() -> None:
    stacks = FakeStacks(["pr-7", "dev"])
    cloud = FakeCloud(
        [
            tagged("arn:left", "pr-7", owner="ann", expires="2027-02-05"),
            tagged("arn:other", "dev", owner="bob"),
        ]
    )
    done = run(stacks, cloud)

    assert stacks.destroyed == [("pr-7", "ann", "2027-02-05")]
    assert cloud.removed == ["arn:left"]
    assert {name: (each.removed, each.failures) for name, each in done.items()} == {
        "pr-7": (("arn:left",), ())
    }


def test_a_stack_that_is_locked_keeps_its_resources_and_stops_no_other() -> None:
    stacks = FakeStacks(["pr-7", "pr-8"], locked="pr-7")
    cloud = FakeCloud([tagged("arn:7", "pr-7"), tagged("arn:8", "pr-8")])
    done = run(stacks, cloud)

    assert done["pr-7"].failures == ("pulumi destroy: error: the stack is currently locked",)
    assert done["pr-8"].removed == ("arn:8",)
    assert cloud.removed == ["arn:8"]


def test_resources_without_a_stack_go_and_those_that_others_hold_go_last() -> None:
    cloud = FakeCloud(
        [tagged("arn:bus", "pr-7"), tagged("arn:rule", "pr-7"), tagged("arn:slow", "pr-7")],
        slow=frozenset({"arn:slow"}),
        held={"arn:bus": "arn:rule"},
    )
    done = run(FakeStacks([]), cloud)["pr-7"]

    assert done.removed == ("arn:rule", "arn:bus")
    assert done.waiting == ("arn:slow",)
    assert done.failures == ()


def test_a_kind_that_nobody_can_delete_is_reported() -> None:
    cloud = FakeCloud([tagged("arn:key", "pr-7")], unknown=frozenset({"arn:key"}))

    assert run(FakeStacks([]), cloud)["pr-7"].failures == (
        "arn:key: no rule for kms: delete it by hand",
    )


def test_a_protected_stage_is_never_touched() -> None:
    stacks = FakeStacks(["prod"])
    cloud = FakeCloud([tagged("arn:1", "prod", expires="2027-01-01")])

    assert run(stacks, cloud, frozenset({"prod"}))["prod"].failures == ("it is protected",)
    assert (stacks.destroyed, cloud.removed) == ([], [])


def test_the_stages_whose_files_protect_them_are_known() -> None:
    assert protected(ROOT) == {"prod"}


def test_a_protected_stage_cannot_be_named() -> None:
    done = CliRunner().invoke(app, ["reap", "prod", "--remove"])

    assert done.exit_code == 2
    assert "STAGE must not be protected, got prod" in done.output


@pytest.mark.parametrize("command", ["stacks", "reap"])
def test_without_a_cli_nothing_is_listed(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = CliRunner().invoke(app, [command])

    assert isinstance(done.exception, BackendError)
    assert str(done.exception) == "the Pulumi CLI must be on PATH"


def test_open_pull_requests_are_numbers() -> None:
    done = CliRunner().invoke(app, ["reap", "--open", "7,x"])

    assert done.exit_code == 2
    assert "--open must be numbers, got 7,x" in done.output
