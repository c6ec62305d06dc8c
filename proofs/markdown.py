"""Reports in Markdown that a run writes into docs/."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from local.children import ROOT
from local.state import state_folder

__all__ = ["machine", "place", "table", "write"]


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; a cell's line breaks and bars are made harmless."""
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What the run ran on, in one line."""
    cores = os.cpu_count()
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}, "
        f"{cores} cores, Python {platform.python_version()}"
    )


def place(name: str, *, full: bool) -> Path:
    """Where a report goes: docs/ if the run has its full size, else the state folder."""
    return (ROOT / "docs" if full else state_folder()) / f"{name}.md"


def write(report: Path, *parts: str) -> None:
    """Write the parts with an empty line between them; the file appears whole or not at all."""
    report.parent.mkdir(parents=True, exist_ok=True)
    draft = report.with_suffix(".draft")
    draft.write_text(
        "\n\n".join(part.strip() for part in parts if part.strip()) + "\n", encoding="utf-8"
    )
    draft.replace(report)


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(c).replace("\n", "<br>").replace("|", "\\|") for c in cells) + " |"
