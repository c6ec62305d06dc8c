"""Starting a stack that cannot come up leaves nothing behind."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from local.children import HOST, ROOT
from local.docker.base import AWS_BASE
from local.docker.engine import Engine
from local.engine import config
from local.rekognition.models import ModelsError
from local.up import LocalStack, Plan, overridden

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


def test_a_cache_that_cannot_be_used_is_named_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("DARKROOM_CACHE", str(file / "cache"))
    problem = rf"^cache folder must be .*, got {file}/cache: not a directory: .*DARKROOM_CACHE"
    with pytest.raises(ModelsError, match=problem), LocalStack(Plan(tmp_path / "state")) as local:
        local.up()
    assert not (tmp_path / "state" / "ministack.log").exists()


def engine_without_images(folder: Path) -> tuple[Engine, Path]:
    """An engine that has no image and can pull every one, and the file of what it was asked."""
    asked, client = folder / "asked", folder / "docker"
    client.write_text(f'#!/bin/sh\necho "$@" >> {asked}\n[ "$1" = pull ]\n')
    client.chmod(0o755)
    return Engine(client), asked


def test_the_base_image_of_aws_is_pulled_before_the_build(tmp_path: Path) -> None:
    engine, asked = engine_without_images(tmp_path)
    settings = overridden(Plan(folder=tmp_path), engine, lambda _step: None)
    assert settings["darkroom:baseImage"] == AWS_BASE
    assert asked.read_text().splitlines()[-1] == f"pull --quiet {AWS_BASE}"


def test_with_a_base_image_of_ones_own_that_of_aws_is_not_pulled(tmp_path: Path) -> None:
    engine, asked = engine_without_images(tmp_path)
    own = {"baseImage": "mirror.example.org/python:3.13"}
    plan = Plan(folder=tmp_path, models=False, settings=own)
    assert overridden(plan, engine, lambda _step: None) == own
    assert not asked.exists()


def test_base_image_in_the_environment_takes_the_place_of_that_of_aws(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, asked = engine_without_images(tmp_path)
    monkeypatch.setenv("BASE_IMAGE", "darkroom-base:local")
    named = overridden(Plan(folder=tmp_path), engine, lambda _step: None)
    assert named["darkroom:baseImage"] == "darkroom-base:local"
    own = Plan(folder=tmp_path, settings={"darkroom:baseImage": "own:1"})
    assert overridden(own, engine, lambda _step: None)["darkroom:baseImage"] == "own:1"
    assert not asked.exists()


@pytest.mark.parametrize(
    ("plan", "embedding", "usd"),
    [
        ({}, "titan", "5"),
        ({"models": False}, "none", "0"),
        ({"settings": {"embedding": "none"}}, "none", "5"),
        ({"settings": {"darkroom:onDemandDailyUsd": "0"}}, "titan", "0"),
    ],
)
def test_with_models_what_costs_nothing_here_is_on_unless_a_setting_says_otherwise(
    tmp_path: Path, plan: dict[str, Any], embedding: str, usd: str
) -> None:
    settings = overridden(Plan(folder=tmp_path, **plan), None, lambda _step: None)
    stage = config.load(ROOT, "dev", settings)
    assert stage["darkroom:embedding"] == embedding
    assert stage["darkroom:onDemandDailyUsd"] == usd
