"""Starting a stack that cannot come up leaves nothing behind."""

import os
import socket
from pathlib import Path

import pytest

from local.children import HOST
from local.up import LocalStack, Plan

HANGING = """
import os, time
from pathlib import Path
from pulumi_aws import sqs

Path(__file__).with_name("pid").write_text(str(os.getpid()))
sqs.Queue("first").url.apply(lambda _: time.sleep(60))
"""


def interrupted(step: str) -> None:
    """A person who presses Ctrl-C when the first resource is there."""
    if step.endswith("1 resources"):
        raise KeyboardInterrupt


def test_ctrl_c_in_the_middle_of_a_deployment_leaves_no_program(tmp_path: Path) -> None:
    program = tmp_path / "__main__.py"
    program.write_text(HANGING)
    plan = Plan(folder=tmp_path / "state", models=False, program=program)

    with pytest.raises(KeyboardInterrupt), LocalStack(plan, interrupted) as local:
        local.up()

    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


@pytest.mark.parametrize(("field", "option"), [("port", "--port"), ("front_port", "--front-port")])
def test_a_taken_port_is_told_with_its_option_before_anything_starts(
    tmp_path: Path, field: str, option: str
) -> None:
    steps: list[str] = []
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        plan = Plan(folder=tmp_path, models=False, **{field: port})
        problem = rf"^port {port} must be free, got address already in use: .* with {option},"
        with pytest.raises(OSError, match=problem), LocalStack(plan, steps.append) as local:
            local.up()
    assert steps == []


def test_ports_that_are_alike_are_refused_before_anything_starts(tmp_path: Path) -> None:
    steps: list[str] = []
    plan = Plan(folder=tmp_path, models=False, port=23_456, front_port=23_456)
    problem = "^--front-port must differ from --port, got 23456 for both$"
    with pytest.raises(OSError, match=problem), LocalStack(plan, steps.append) as local:
        local.up()
    assert steps == []
