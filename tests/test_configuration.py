"""The table of settings in docs/configuration.md. Run this file to regenerate it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration.md"
MARKED = re.compile(r"(?<=<!-- config -->\n).*?(?=<!-- /config -->)", re.DOTALL)


def table() -> str:
    """A row for each key of the project in Pulumi.yaml: key, default, description."""
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    rows = [
        f"| `{key}` | {_shown(entry['default'])} | {entry['description']} |"
        for key, entry in declared.items()
        if ":" not in key
    ]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows, ""])


def test_the_table_of_settings_is_that_of_pulumi_yaml() -> None:
    marked = MARKED.findall(PAGE.read_text())

    assert marked == [table()], f"regenerate it: python {Path(__file__).relative_to(ROOT)}"


def _shown(default: Any) -> str:
    if default in ("", []):
        return "none"
    values = default if isinstance(default, list) else [default]
    return "<br>".join(
        f"`{each if isinstance(each, str) else json.dumps(each)}`" for each in values
    )


if __name__ == "__main__":
    PAGE.write_text(MARKED.sub(lambda _: table(), PAGE.read_text()))
