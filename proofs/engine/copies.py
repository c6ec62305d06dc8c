"""Copies of the project, which the engine and a proof may write into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from local.children import ROOT

__all__ = ["Say", "copy_project"]

FILES = ("Pulumi.yaml", "Pulumi.dev.yaml", "Pulumi.prod.yaml", "__main__.py", "stagefile.py")
FOLDERS = ("components", "settings", "containers")

Say: TypeAlias = Callable[[str], None]


def copy_project(folder: Path) -> Path:
    """A copy, in `folder`, of what the program consists of."""
    project = folder / "project"
    project.mkdir()
    for file in FILES:
        shutil.copy(ROOT / file, project / file)
    for tree in FOLDERS:
        shutil.copytree(ROOT / tree, project / tree, ignore=shutil.ignore_patterns("__pycache__"))
    return project
