"""Stacks of the program under the real engine, on a local AWS, in this process.

The program is run inline by the Automation API, so that the CLI alone is needed: no language host
and no plugins, whose part the local providers have.
"""

import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from pulumi import automation

__all__ = ["Changes", "Engine"]

Changes = dict[str, int]
"""How many resources each operation was for: `create`, `update`, `replace`, `delete`, `same`."""

_OURS = ("components", "settings", "stagefile", "pipeline", "pictures")


class Engine:
    """The engine over one project folder, which it writes a stage's salt into: give it a copy."""

    def __init__(self, project: Path, home: Path, cli: Path, providers: Mapping[str, str]) -> None:
        self.project = project
        self._environment = {
            **providers,
            "PATH": f"{cli.parent}:/usr/bin:/bin",
            "PULUMI_BACKEND_URL": f"file://{home}",
            "PULUMI_HOME": str(home),
            "PULUMI_CONFIG_PASSPHRASE": "local",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def stack(self, stage: str, program: Path | None = None) -> automation.Stack:
        """The stage's stack; `program` is the folder of another release than the project's."""
        return automation.create_or_select_stack(
            stack_name=stage,
            project_name="darkroom",
            program=_inline(program or self.project),
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(self.project),
                env_vars=self._environment,
            ),
        )


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
