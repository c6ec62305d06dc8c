"""Copies of the project, which the engine and a proof may write into."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from local.children import ROOT
from proofs import PAGE

__all__ = ["OTHER_PAGE", "Say", "copy_project"]

OTHER_PAGE = "other-page"

_LEFT_OUT = shutil.ignore_patterns(
    *(".*", "__pycache__", "node_modules"),
    *("bench", "docs", "gallery", "local", "ops", "proofs", "tests"),
)
"""What no program reads; a folder that it may come to read is copied."""

Say: TypeAlias = Callable[[str], None]


def copy_project(folder: Path) -> Path:
    """A copy, in `folder`, of what the program consists of, with two pages that are built: the
    second lacks a file of the first and has another title."""
    project = folder / "project"
    shutil.copytree(ROOT, project, ignore=_LEFT_OUT)
    for page in ("gallery", OTHER_PAGE):
        shutil.copytree(ROOT / PAGE, project / page)
    build = project / OTHER_PAGE / "dist"
    (build / "icon.svg").unlink()
    document = (build / "index.html").read_text()
    (build / "index.html").write_text(document.replace("A page", "Another page"))
    return project
