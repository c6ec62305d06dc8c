"""Copies of the project, which the engine and a proof may write into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from local.children import ROOT
from proofs import PAGE

__all__ = ["Say", "copy_project"]

_LEFT_OUT = shutil.ignore_patterns(
    *(".*", "__pycache__", "node_modules"),
    *("bench", "docs", "gallery", "local", "ops", "proofs", "samples", "tests"),
)
"""What no program reads; a folder that it may come to read is copied."""

Say: TypeAlias = Callable[[str], None]


def copy_project(folder: Path) -> Path:
    """A copy, in `folder`, of what the program consists of; its page is one that is built."""
    project = folder / "project"
    shutil.copytree(ROOT, project, ignore=_LEFT_OUT)
    shutil.copytree(ROOT / PAGE, project / "gallery")
    return project
