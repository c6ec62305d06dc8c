"""What must hold for every workflow; `make lint` checks the rest of their form."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from proofs.recorder import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
PINNED = re.compile(r"uses: [\w.-]+/[\w.-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+(, .*)?")
NAMES = ["audit", "check", "deploy", "preview", "reap"]


def load(name: str) -> dict[Any, Any]:
    content: dict[Any, Any] = yaml.safe_load((ROOT / f".github/workflows/{name}.yml").read_text())
    return content


def steps(name: str) -> list[dict[str, Any]]:
    return [step for job in load(name)["jobs"].values() for step in job["steps"]]


def test_the_workflows_are_these() -> None:
    assert [each.stem for each in FILES] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_action_is_pinned_by_its_commit_and_named_by_its_version(name: str) -> None:
    lines = (ROOT / f".github/workflows/{name}.yml").read_text().splitlines()
    used = [line.strip().removeprefix("- ") for line in lines if "uses:" in line]

    assert used
    assert [each for each in used if not PINNED.fullmatch(each)] == []


@pytest.mark.parametrize("name", NAMES)
def test_steps_are_make_targets_or_the_forges_own_client(name: str) -> None:
    for step in steps(name):
        if "run" in step:
            command = re.sub(r'^echo "\w+=\$\(', "", step["run"]).split()
            assert command[0] in ("make", "gh"), step
            assert command[0] == "gh" or command[1] in TARGETS, step


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cancelled_and_nothing_has_a_right_that_its_job_does_not_name(name: str) -> None:
    workflow = load(name)

    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    for job in workflow["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        # AWS gives a token only for an environment: its role's trust names one.
        assert ("id-token" in job["permissions"]) == ("environment" in job)
        assert job["timeout-minutes"] <= 120


def test_who_may_do_what() -> None:
    rights = {
        (name, job): (content.get("environment"), {*content["permissions"]} - {"contents"})
        for name in NAMES
        for job, content in load(name)["jobs"].items()
    }

    assert rights == {
        ("audit", "audit"): (None, set()),
        ("check", "check"): (None, set()),
        ("deploy", "deploy"): ("prod", {"id-token"}),
        ("preview", "up"): ("preview", {"id-token", "pull-requests"}),
        ("preview", "down"): ("preview", {"id-token"}),
        ("reap", "reap"): ("reap", {"id-token", "pull-requests"}),
    }


def test_a_fork_gets_no_stage() -> None:
    same = "github.event.pull_request.head.repo.full_name == github.repository"

    assert all(job["if"].endswith(f" && {same}") for job in load("preview")["jobs"].values())


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("word", ["pull_request_target", "upsert", "{{ secrets"])
def test_what_could_leak_or_lose_a_stack_is_not_used(name: str, word: str) -> None:
    assert word not in (ROOT / f".github/workflows/{name}.yml").read_text()
