"""`python -m ops.comment STAGE`: the last update of a stage, as a comment on its pull request."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stagefile

__all__ = ["comment", "main"]

ROOT = Path(__file__).resolve().parents[1]
_SECONDS = 120


def comment(
    stage: str, settings: Mapping[str, Any], outputs: Mapping[str, Any], update: Mapping[str, Any]
) -> str:
    """The comment: the stage's address, when it goes, and what the update changed."""
    changes = {k: v for k, v in update.get("resourceChanges", {}).items() if v}
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(changes.items()))
    lines = [
        f"### Stage `{stage}`",
        "",
        f"- address: {outputs['pictures_url']}/",
        f"- upload to: `s3://{outputs['originals']}/uploads/`",
        f"- expires: {settings.get('darkroom:expires', 'never')}, or when this is closed",
        f"- last update: {update.get('result', 'unknown')}; {counts or 'nothing'}",
    ]
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Print the comment on the stage in `arguments`; returns the exit status."""
    cli = shutil.which("pulumi")
    if len(arguments) != 1 or cli is None:
        sys.stderr.write("usage: python -m ops.comment STAGE, with the Pulumi CLI on PATH\n")
        return 2
    [stage] = arguments
    outputs = _pulumi(cli, "stack", "output", "--json", "--stack", stage)
    history = _pulumi(cli, "stack", "history", "--json", "--page-size", "1", "--stack", stage)
    settings = stagefile.settings(ROOT, stage)
    sys.stdout.write(comment(stage, settings, outputs, history[0] if history else {}))
    return 0


def _pulumi(cli: str, *arguments: str) -> Any:
    done = subprocess.run(  # noqa: S603 - the CLI found on PATH, the stage as one argument
        [cli, *arguments], cwd=ROOT, stdout=subprocess.PIPE, timeout=_SECONDS, check=True
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
