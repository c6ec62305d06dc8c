"""The configuration of one stage, as the Pulumi CLI would hand it to the program."""

import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


class ConfigError(ValueError):
    """The project or stage files cannot be used on one machine."""


def stages(root: Path) -> list[str]:
    """The stages that have a file of their own, sorted."""
    return sorted(file.name.split(".")[1] for file in root.glob("Pulumi.*.yaml"))


def load(root: Path, stage: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Every setting by its full name (`darkroom:gate`), in the text form that the SDK reads.

    Pulumi.yaml's defaults come first, then the stage's file, then what this machine decides (its
    architecture, and as many copies of a function as it has cores), then `overrides`, whose names
    may leave the project out. Raises `ConfigError` for a stage without a file, a name that
    Pulumi.yaml does not declare, and a value that is encrypted.
    """
    project = _read(root / "Pulumi.yaml")
    name = str(project["name"])
    if stage not in stages(root):
        raise ConfigError(f"stage must be one of {', '.join(stages(root))}, got {stage}")
    declared: dict[str, Any] = project.get("config", {})
    settings: dict[str, Any] = {}
    for key, declaration in declared.items():
        value = declaration
        if isinstance(declaration, dict):
            value = declaration.get("default", declaration.get("value"))
        if value is not None:
            settings[_full(name, key)] = value
    settings.update(
        {
            _full(name, key): value
            for key, value in (_read(root / f"Pulumi.{stage}.yaml").get("config") or {}).items()
        }
    )
    settings.update(
        {_full(name, key): value for key, value in _machine().items() if key in declared}
    )
    known = {_full(name, key) for key in declared}
    for key, value in overrides.items():
        if _full(name, key) not in known:
            raise ConfigError(f"setting must be one that Pulumi.yaml declares, got {key}")
        settings[_full(name, key)] = value
    return {key: _text(key, value) for key, value in settings.items()}


def project_name(root: Path) -> str:
    """The project's name in Pulumi.yaml."""
    return str(_read(root / "Pulumi.yaml")["name"])


def _machine() -> dict[str, Any]:
    """What this machine decides: its architecture, and one copy of a function for each core."""
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), "x86_64"),
        "maxConcurrency": max(2, os.cpu_count() or 2),
    }


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _read(file: Path) -> dict[str, Any]:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {}


def _text(key: str, value: Any) -> str:
    if isinstance(value, dict) and "secure" in value:
        raise ConfigError(f"{key} is encrypted: give it in the clear with --config {key}=VALUE")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value)
