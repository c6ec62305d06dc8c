"""Stacks of the program under the real engine, on a local AWS, in this process.

The program is run inline by the Automation API, so that the CLI alone is needed: no language host
and no plugins, whose part the local providers have.
"""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pulumi import automation

import stagefile
from local.children import ROOT

__all__ = ["Change", "Engine", "Stage"]

_OURS = ("components", "settings", "stagefile", "pipeline", "pictures")

_OPERATIONS = {
    automation.OpType.REPLACE: "replace",
    automation.OpType.CREATE_REPLACEMENT: "replace",
    automation.OpType.DELETE_REPLACED: "replace",
    automation.OpType.SAME: "same",
}


@dataclass(frozen=True, order=True)
class Change:
    """What the engine does to one resource: `create`, `update`, `replace`, `delete` or `same`."""

    step: str
    type: str
    name: str

    def __str__(self) -> str:
        return f"{self.step} {self.type.rpartition(':')[2]} {self.name}"


@dataclass
class Engine:
    """The engine over one project folder, which it writes a stage's salt into: give it a copy."""

    project: Path
    home: Path
    cli: Path
    providers: Mapping[str, str]

    def __post_init__(self) -> None:
        # The Automation API looks for the CLI on this process's own PATH.
        if str(self.cli.parent) not in os.environ["PATH"].split(os.pathsep):
            os.environ["PATH"] = f"{self.cli.parent}{os.pathsep}{os.environ['PATH']}"

    @property
    def environment(self) -> dict[str, str]:
        """What the CLI needs to find the providers and its own state."""
        return {
            **self.providers,
            "PULUMI_BACKEND_URL": f"file://{self.home}",
            "PULUMI_HOME": str(self.home),
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def stage(self, name: str, release: Path | None = None) -> Stage:
        """The stage's stack, by the program of this project or of the release in another folder."""
        folder = release or self.project
        stack = automation.create_or_select_stack(
            stack_name=name,
            project_name="darkroom",
            program=_inline(folder),
            opts=automation.LocalWorkspaceOptions(work_dir=str(folder), env_vars=self.environment),
        )
        return Stage(self, name, folder, stack)


@dataclass
class Stage:
    """One stage: its stack, and its file of settings."""

    engine: Engine
    name: str
    folder: Path
    stack: automation.Stack

    @property
    def settings(self) -> dict[str, Any]:
        """The stage's own settings by their short names, defaults included."""
        known = self.name in stagefile.stages(ROOT)
        own = stagefile.settings(ROOT, self.name) if known else stagefile.defaults(ROOT)
        return {key.removeprefix("darkroom:"): value for key, value in own.items()}

    def configure(self, settings: Mapping[str, Any]) -> None:
        """Give the stage these settings over those of its own file in the repository."""
        own = ROOT / f"Pulumi.{self.name}.yaml"
        file = self.folder / own.name
        content: dict[str, Any] = yaml.safe_load(file.read_text()) if file.is_file() else {}
        before = yaml.safe_load(own.read_text())["config"] if own.is_file() else {}
        content["config"] = {**before, **{f"darkroom:{k}": v for k, v in settings.items()}}
        file.write_text(yaml.safe_dump(content))

    def configured(self, settings: Mapping[str, Any]) -> set[Change]:
        """Give the stage these settings over those that its file has, and bring it up."""
        file = self.folder / f"Pulumi.{self.name}.yaml"
        content: dict[str, Any] = yaml.safe_load(file.read_text())
        content["config"] |= {f"darkroom:{key}": value for key, value in settings.items()}
        file.write_text(yaml.safe_dump(content))
        return self.up()

    def preview(self) -> set[Change]:
        """What an `up` would do, without what stays the same."""
        changes: set[Change] = set()
        self.stack.preview(on_event=_watch(changes))
        return {each for each in changes if each.step != "same"}

    def up(self) -> set[Change]:
        """Bring the stage up; what was done, without what stays the same."""
        changes: set[Change] = set()
        self.stack.up(on_event=_watch(changes))
        return {each for each in changes if each.step != "same"}

    def refresh(self) -> None:
        """Take into the state what AWS has otherwise."""
        self.stack.refresh()

    def outputs(self) -> dict[str, Any]:
        """What the program exports."""
        return {name: output.value for name, output in self.stack.outputs().items()}

    def destroy(self, *options: str) -> subprocess.CompletedProcess[str]:
        """`pulumi destroy`, as a person calls it."""
        return subprocess.run(  # noqa: S603 - the CLI, our own arguments
            [str(self.engine.cli), "destroy", "--yes", "--stack", self.name, *options],
            cwd=self.folder,
            env={**os.environ, **self.engine.environment},
            capture_output=True,
            text=True,
        )


def _watch(changes: set[Change]) -> Callable[[automation.EngineEvent], None]:
    def watch(event: automation.EngineEvent) -> None:
        step = event.resource_pre_event and event.resource_pre_event.metadata
        if step and step.type != "pulumi:pulumi:Stack":
            name = step.urn.rpartition("::")[2]
            operation = _OPERATIONS.get(step.op, step.op.value)
            changes.add(Change(operation, step.type, name))

    return watch


def _inline(folder: Path) -> Callable[[], None]:
    """The program in `folder`, imported anew for each run: it and the SDK keep module globals."""

    def program() -> None:
        before = list(sys.path)
        for name in [each for each in sys.modules if each.split(".")[0] in _OURS]:
            del sys.modules[name]
        sys.path[:0] = [str(folder), str(folder / "containers")]
        try:
            runpy.run_path(str(folder / "__main__.py"), run_name="__main__")
        finally:
            sys.path[:] = before

    return program
