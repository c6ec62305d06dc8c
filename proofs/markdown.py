"""Result pages in Markdown, which a proof writes into docs/."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from local.children import ROOT
from local.state import state_folder

__all__ = ["machine", "place", "table", "write"]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; line breaks and bars inside a cell are escaped."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Date and machine of the run, in one line."""
    cores = os.cpu_count()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{cores} cores, Python {platform.python_version()}"
    )


def place(name: str, *, full: bool) -> Path:
    """The file of a page: in docs/ for a run of full size, else in the state folder."""
    return (ROOT / "docs" if full else state_folder()) / f"{name}.md"


def write(report: Path, page: str) -> None:
    """Write a page without double empty lines; the file appears whole or not at all."""
    report.parent.mkdir(parents=True, exist_ok=True)
    draft = report.with_suffix(".draft")
    draft.write_text(re.sub(r"\n{3,}", "\n\n", page.strip()) + "\n", encoding="utf-8")
    draft.replace(report)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c).replace("\n", "<br>").replace("|", "\\|") for c in cells) + " |"
