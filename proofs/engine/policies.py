"""The policy pack as the engine runs it, beside an update of the program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pulumi import automation

from local.children import ROOT
from proofs.engine.clouds import Cloud, cloud
from proofs.engine.copies import Say
from proofs.engine.inventory import inventory
from proofs.engine.stacks import Stage

__all__ = ["policies"]

PACK = ROOT / "policies"

BROKEN = {
    "owner": ("", "defaultTags must have owner: set darkroom:owner in Pulumi.dev.yaml"),
    "maxConcurrency": (51, "maximumConcurrency must be at most 50 in this stage, got 51: lower it"),
    "expires": ("2100-01-31", "expires must be within 14 days from today"),
}
"""Values that the settings take and the pack refuses, by name."""


def policies(cli: Path, say: Say) -> Iterator[str]:
    """What is wrong when the engine asks the pack: a stage is let through, a mutant refused."""
    python = PACK / ".venv" / "bin" / "python"
    if not python.is_file():
        yield "the policy pack must have its environment: run make policies"
        return
    with cloud("dev", cli) as here:
        pack = _pack(here, python)
        stage = here.engine.stage("dev")
        if refused := _preview(stage, pack):
            yield f"dev: a preview must keep every rule, got {refused}"
        stage.stack.up(policy_packs=[pack])
        say("dev: up beside the policy pack")
        before = inventory(here.aws)
        for key, (value, problem) in BROKEN.items():
            stage.configure({key: value})
            if problem not in (refused := _preview(stage, pack)):
                yield f"dev: the pack must refuse {key} {value!r}, got {refused or 'no problem'}"
        if inventory(here.aws) != before:
            yield "dev: what the pack refuses must change nothing"
        say(f"dev: {len(BROKEN)} mutants refused")
        stage.configure({})
        stage.destroy()


def _pack(here: Cloud, python: Path) -> str:
    """A program that serves the pack: without a language host the engine starts nothing else."""
    starter = here.engine.home / "policy-pack"
    starter.write_text(f'#!/bin/sh\nexec "{python}" -u "{PACK}"\n')
    starter.chmod(0o755)
    return str(starter)


def _preview(stage: Stage, pack: str) -> str:
    """What the pack refuses about the stage as it is configured; nothing if it lets it through."""
    try:
        stage.stack.preview(policy_packs=[pack])
    except automation.errors.CommandError as error:
        return str(error)
    return ""
