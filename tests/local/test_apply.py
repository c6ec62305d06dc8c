"""What `python -m local apply` refuses before it touches the running stack."""

import fcntl
from dataclasses import replace
from pathlib import Path

import pytest

from local.apply import apply, unheard
from local.children import ROOT
from local.deploy import Deployed, DeployError
from local.engine import config
from local.state import Resource, RunningStack
from tests.local.stacks import NOTICES, stack


def started(folder: Path) -> RunningStack:
    """A stack that remembers how it was started."""
    order = {
        "program": str(folder / "__main__.py"),
        "project": "darkroom",
        "stage": "dev",
        "config": config.load(ROOT, "dev", {}),
        "endpoint": "http://127.0.0.1:1",
        "rekognition": "http://127.0.0.1:1",
        "front": "http://127.0.0.1:1",
        "images": str(folder / "images"),
        "record": str(folder / "resources.jsonl"),
    }
    return replace(stack(folder), order=order)


def test_a_running_stack_stays_in_its_region(tmp_path: Path) -> None:
    with pytest.raises(
        DeployError,
        match=r"^aws:region must be eu-west-1 as long as the stack runs, got eu-central-1$",
    ):
        apply(started(tmp_path), {"aws:region": "eu-central-1"}, lambda _: None)


def test_two_applies_do_not_mix(tmp_path: Path) -> None:
    with (tmp_path / "apply.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(DeployError, match=r"^another apply must end first"):
            apply(started(tmp_path), {}, lambda _: None)


def test_a_program_that_fails_is_reported_with_its_own_words(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text(
        "import pulumi\nraise pulumi.RunError('gate must be open or guarded, got ajar')"
    )
    with pytest.raises(DeployError, match=r"^gate must be open or guarded, got ajar$"):
        apply(started(tmp_path), {}, lambda _: None)


def test_a_new_topic_is_one_that_the_running_command_does_not_hear(tmp_path: Path) -> None:
    deployed = Deployed(
        resources=[
            NOTICES,
            Resource("aws:sns/topic:Topic", "extra", "arn:new", None, 0.1),
            Resource("aws:sqs/queue:Queue", "work", "http://work", None, 0.1),
        ]
    )
    assert unheard(started(tmp_path), deployed) == ["extra"]
