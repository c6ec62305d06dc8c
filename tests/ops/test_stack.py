"""A stack is known by its outputs, and what is wrong with them is told."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ops.stack import UnknownStackError, from_file, from_outputs, from_pulumi, local_stack
from proofs.recorder import Graph, record


@pytest.fixture(autouse=True)
def _own_environment() -> Iterator[None]:
    """The commands set variables for every client that they make."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return record("dev")


@pytest.fixture
def outputs(graph: Graph) -> dict[str, Any]:
    return dict(graph.outputs)


def test_the_programs_exports_are_all_that_the_commands_need(
    outputs: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(outputs))
    stack = from_file(file)
    assert stack.region == "eu-west-1"
    assert os.environ["AWS_REGION"] == "eu-west-1"
    assert stack.queues.keys() == stack.dead_letters.keys()
    # No queue feeds what requests start, and what a state machine calls.
    fed = {each.removesuffix("-bulk") for each in stack.queues}
    assert fed == stack.functions.keys() - {"api", "admit"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{}", "this lacks gate, originals"),
        ("[]", "this is no JSON object"),
        ("{", "must be readable as JSON"),
        ("[" * 100_000, "must be readable as JSON"),
    ],
)
def test_what_is_not_a_stacks_outputs_is_refused(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "outputs.json"
    file.write_text(text)
    with pytest.raises(UnknownStackError, match=told):
        from_file(file)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("notices", 5, "notices must be text, got 5"),
        ("notices", "darkroom", "notices must be the ARN of a topic, got darkroom"),
        ("queues", [], r"queues must be a map, got \[\]"),
        ("queues", {"resize": None}, "queues.resize must be text, got nothing"),
    ],
)
def test_an_output_of_another_kind_is_named(
    outputs: dict[str, Any], name: str, value: Any, told: str
) -> None:
    with pytest.raises(UnknownStackError, match=told):
        from_outputs({**outputs, name: value})


def test_an_output_that_is_missing_is_named(outputs: dict[str, Any]) -> None:
    del outputs["catalog"]
    with pytest.raises(UnknownStackError, match=r"this lacks catalog$"):
        from_outputs(outputs)


def test_without_the_pulumi_cli_a_stack_has_no_name(tmp_path: Path) -> None:
    os.environ["PATH"] = str(tmp_path)
    with pytest.raises(UnknownStackError, match="the Pulumi CLI must be on PATH"):
        from_pulumi("dev")


def pretend_pulumi(folder: Path, script: str) -> None:
    """Put a command of that name on PATH."""
    command = folder / "pulumi"
    command.write_text(f"#!/bin/sh\n{script}\n")
    command.chmod(0o755)
    os.environ["PATH"] = f"{folder}:{os.environ['PATH']}"


def test_the_outputs_come_from_the_pulumi_cli(tmp_path: Path, outputs: dict[str, Any]) -> None:
    (tmp_path / "outputs.json").write_text(json.dumps(outputs | {"catalog": "things"}))
    pretend_pulumi(tmp_path, f'echo "$@" > {tmp_path}/asked; cat {tmp_path}/outputs.json')
    assert from_pulumi("anna").catalog == "things"
    assert (tmp_path / "asked").read_text() == "stack output --json --stack anna\n"


def test_what_the_pulumi_cli_prints_must_be_outputs(tmp_path: Path) -> None:
    pretend_pulumi(tmp_path, "echo Welcome to Pulumi")
    with pytest.raises(UnknownStackError, match="pulumi printed no outputs of anna"):
        from_pulumi("anna")


def test_the_last_line_of_the_pulumi_cli_is_told_if_it_fails(tmp_path: Path) -> None:
    pretend_pulumi(tmp_path, 'echo "a lot" >&2; echo "error: no stack named anna" >&2; exit 255')
    with pytest.raises(UnknownStackError, match=r"outputs of anna: error: no stack named anna$"):
        from_pulumi("anna")


def test_without_any_stack_the_error_says_how_to_name_one(tmp_path: Path) -> None:
    os.environ["DARKROOM_STATE"] = str(tmp_path)
    with pytest.raises(
        UnknownStackError,
        match=r"start one with python -m local up, or name one with --stack or --outputs$",
    ):
        local_stack()
