"""The deploy targets of the Makefile, with stand-ins for the Pulumi CLI and Docker on PATH."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import stagefile

ROOT = Path(__file__).resolve().parent.parent

PULUMI = """#!/bin/sh
echo "pulumi $* DOCKER_HOST=$DOCKER_HOST" >> "$CALLS"
case "$*" in
    "stack select --create"*) echo "error: passphrase must be set" >&2; exit "$CREATES" ;;
    "stack select"*) exit "$SELECTS" ;;
esac
"""
DOCKER = """#!/bin/sh
case "$1" in
    context) echo unix:///run/colima/docker.sock ;;
    version) echo 29.0.0 ;;
    info) echo '[["driver-type","io.containerd.snapshotter.v1"]]' ;;
esac
"""


@dataclass
class Shell:
    """A shell with these commands on PATH."""

    folder: Path
    root: Path = ROOT

    def __post_init__(self) -> None:
        for name, script in {"pulumi": PULUMI, "docker": DOCKER}.items():
            (self.folder / name).write_text(script)
            (self.folder / name).chmod(0o755)

    def make(
        self, *words: str, selects: int = 0, creates: int = 0
    ) -> subprocess.CompletedProcess[str]:
        # The virtual environment is this process's own, and up to date.
        own = [
            f"BIN={Path(sys.executable).parent}",
            *("-o", ".venv/installed", "-o", "policies/.venv/installed"),
            *("-o", "credentials", "-o", "gallery"),
        ]
        environment = {
            "PATH": f"{self.folder}:{os.environ['PATH']}",
            "CALLS": str(self.folder / "calls"),
            "SELECTS": str(selects),
            "CREATES": str(creates),
        }
        return subprocess.run(  # noqa: S603 - our own Makefile
            ["make", "--no-print-directory", *own, *words],  # noqa: S607 - whichever is on PATH
            cwd=self.root,
            env=environment,
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> list[str]:
        file = self.folder / "calls"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def copied(tmp_path: Path) -> Shell:
    """A shell in a copy of what the deploy targets need, which may write a stage's file."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "ops", root / "ops", ignore=shutil.ignore_patterns("__pycache__"))
    for name in (
        "Makefile",
        "stagefile.py",
        "Pulumi.yaml",
        "Pulumi.dev.yaml",
        "Pulumi.preview.yaml",
    ):
        shutil.copy(ROOT / name, root)
    return Shell(tmp_path, root)


def test_the_provider_builds_with_the_engine_of_the_docker_context(shell: Shell) -> None:
    done = shell.make("preview", "STAGE=dev")

    assert done.returncode == 0, done.stderr
    assert shell.calls == [
        "pulumi stack select dev DOCKER_HOST=",
        "pulumi preview --stack dev --policy-pack policies DOCKER_HOST=unix:///run/colima/docker.sock",
    ]


def test_a_stack_that_cannot_be_created_says_why(copied: Shell) -> None:
    done = copied.make("preview", "STAGE=anna", "OWNER=anna", selects=1, creates=255)

    assert done.returncode == 2
    assert done.stdout.endswith("stack anna cannot be selected: error: passphrase must be set\n")
    assert copied.calls[-1] == "pulumi stack select --create anna DOCKER_HOST="


def test_a_new_stage_with_a_long_name_is_not_created(shell: Shell) -> None:
    done = shell.make("up", "STAGE=a-long-stage-name", selects=1)

    assert done.returncode == 2
    assert "a new stage must be 1 to 12 lower-case letters" in done.stderr
    assert shell.calls == ["pulumi stack select a-long-stage-name DOCKER_HOST="]


def test_an_older_stage_with_a_long_name_is_still_deployed(shell: Shell) -> None:
    assert shell.make("up", "STAGE=a-long-stage-name").returncode == 0


def test_a_protected_stage_is_not_destroyed_and_the_cli_is_not_called(shell: Shell) -> None:
    done = shell.make("destroy", "STAGE=prod")

    assert done.returncode == 2
    assert "stage prod is protected: set darkroom:protect to false" in done.stderr
    assert shell.calls == []


def test_any_other_stage_is_destroyed(shell: Shell) -> None:
    assert shell.make("destroy", "STAGE=dev").returncode == 0
    assert shell.calls[-1].startswith("pulumi destroy --stack dev ")


def expires(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def test_a_new_stage_gets_its_file_from_the_template(copied: Shell) -> None:
    done = copied.make("up", "STAGE=mine", "OWNER=ann@example.org", "YES=1", selects=1)

    assert done.returncode == 0, done.stderr
    own = stagefile.settings(copied.root, "mine")
    assert (own["darkroom:owner"], own["darkroom:expires"]) == ("ann@example.org", expires(7))
    assert own["darkroom:retentionDays"] == 3
    assert [each.partition(" DOCKER_HOST=")[0] for each in copied.calls] == [
        "pulumi stack select mine",
        "pulumi stack select --create mine",
        "pulumi up --stack mine --policy-pack policies --yes --non-interactive",
    ]


def test_a_pull_requests_stage_gets_its_file_on_every_machine(copied: Shell) -> None:
    done = copied.make("destroy", "STAGE=pr-7", "OWNER=ann", "DAYS=2", "YES=1")

    assert done.returncode == 0, done.stderr
    assert stagefile.settings(copied.root, "pr-7")["darkroom:expires"] == expires(2)
    assert copied.calls[-1].partition(" DOCKER_HOST=")[0] == (
        "pulumi destroy --stack pr-7 --refresh --remove --yes --non-interactive"
    )


def test_an_older_stage_without_a_file_keeps_the_defaults(copied: Shell) -> None:
    assert copied.make("up", "STAGE=mine").returncode == 0
    assert stagefile.stages(copied.root) == ["dev"]


def test_a_new_stack_is_encrypted_with_the_key_that_is_named(copied: Shell) -> None:
    key = "awskms://alias/darkroom-secrets?region=eu-west-1"

    assert copied.make("up", "STAGE=pr-7", "OWNER=ann", f"SECRETS={key}", selects=1).returncode == 0
    assert (
        f"pulumi stack select --create pr-7 --secrets-provider {key} DOCKER_HOST=" in copied.calls
    )


def test_the_template_is_not_deployed(copied: Shell) -> None:
    done = copied.make("up", "STAGE=preview", "OWNER=ann", selects=1)

    assert done.returncode == 2
    assert "stage must not be preview: Pulumi.preview.yaml is the template" in done.stderr


@pytest.mark.parametrize("target", ["preview", "up", "demo", "local", "apply"])
def test_whatever_deploys_the_page_builds_it_first(target: str) -> None:
    # Only printed, and with a CLI that exists.
    own = [f"BIN={Path(sys.executable).parent}", "-o", ".venv/installed", "-o", "pulumi-cli"]
    printed = subprocess.run(  # noqa: S603 - our own Makefile
        ["make", "--dry-run", *own, target],  # noqa: S607 - whichever is on PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert (
        0
        <= printed.find("-m pagebuild")
        < max(printed.find(each) for each in ("pulumi preview", "pulumi up", "-m local"))
    )
