"""The configuration of one stage, as the Pulumi CLI would hand it to the program."""

import json
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import stagefile
from stagefile import StageFileError, stages

__all__ = ["ConfigError", "StageFileError", "load", "project_name", "stages"]

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


class ConfigError(StageFileError):
    """The settings cannot be used on one machine."""


def load(root: Path, stage: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Every setting by its full name (`darkroom:gate`), in the text form that the SDK reads.

    Pulumi.yaml's defaults come first, then the stage's file, then what this machine decides (its
    architecture, and as many copies of a function as it has cores; but not in place of a value
    that the program would refuse), then `overrides`, whose names may leave the project out. The
    program refuses keys of its own that it does not know. Raises `StageFileError` for a file that
    is missing or not what Pulumi writes, and `ConfigError` for an override of anything else that
    Pulumi.yaml does not declare and for a value that is encrypted.
    """
    project = stagefile.project(root)
    name = str(project["name"])
    declared: dict[str, Any] = project.get("config", {})
    settings = stagefile.settings(root, stage)
    for key, (value, valid) in _machine().items():
        full = _full(name, key)
        if key in declared and re.fullmatch(valid, str(settings.get(full, value))):
            settings[full] = value
    foreign = []
    for key, value in overrides.items():
        full = _full(name, key)
        if full not in settings and not full.startswith(f"{name}:") and key not in declared:
            foreign.append(key)
        settings[full] = value
    if foreign:
        raise ConfigError(
            f"setting must be one that Pulumi.yaml declares, got {', '.join(foreign)}"
        )
    return {key: _text(key, value) for key, value in settings.items()}


def project_name(root: Path) -> str:
    """The project's name in Pulumi.yaml."""
    return str(stagefile.project(root)["name"])


def _machine() -> dict[str, tuple[Any, str]]:
    """What this machine decides, and a pattern of the valid values that it takes the place of.

    Those are its architecture, and one copy of a function for each core.
    """
    return {
        "architecture": (_ARCHITECTURES.get(platform.machine(), "x86_64"), "arm64|x86_64"),
        "maxConcurrency": (max(2, os.cpu_count() or 2), r"[2-9]|[1-9]\d{1,2}|1000"),
    }


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(key: str, value: Any) -> str:
    if any(isinstance(each, dict) and "secure" in each for each in _each(value)):
        raise ConfigError(f"{key} is encrypted: give it in the clear with --config {key}=VALUE")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
