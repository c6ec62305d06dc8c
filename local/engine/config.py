"""The configuration of one stage, as the Pulumi CLI would hand it to the program."""

import json
import os
import platform
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}

_TOP = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")
"""What Pulumi itself writes or reads at the top of a stage's file."""


class ConfigError(ValueError):
    """The project or stage files cannot be used on one machine."""


def stages(root: Path) -> list[str]:
    """The stages that have a file of their own, sorted."""
    return sorted(file.name.split(".")[1] for file in root.glob("Pulumi.*.yaml"))


def load(root: Path, stage: str, overrides: Mapping[str, str]) -> dict[str, str]:
    """Every setting by its full name (`darkroom:gate`), in the text form that the SDK reads.

    Pulumi.yaml's defaults come first, then the stage's file, then what this machine decides (its
    architecture, and as many copies of a function as it has cores; but not in place of a value
    that the program would refuse), then `overrides`, whose names may leave the project out. The
    program refuses keys of its own that it does not know. Raises `ConfigError` for a stage's file
    that is missing or not what Pulumi writes, for an override of anything else that Pulumi.yaml
    does not declare, and for a value that is encrypted.
    """
    project = _read(root / "Pulumi.yaml")
    name = str(project["name"])
    if stage not in stages(root):
        known = ", ".join(stages(root))
        raise ConfigError(f"Pulumi.{stage}.yaml is missing; stage must be one of {known}")
    declared: dict[str, Any] = project.get("config", {})
    settings: dict[str, Any] = {}
    for key, declaration in declared.items():
        value = declaration
        if isinstance(declaration, dict):
            value = declaration.get("default", declaration.get("value"))
        if value is not None:
            settings[_full(name, key)] = value
    settings.update(
        {_full(name, key): value for key, value in _stage(root / f"Pulumi.{stage}.yaml").items()}
    )
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


def mistake(error: UnicodeDecodeError | yaml.YAMLError) -> str:
    """Where a file that was read as YAML goes wrong, in one line that begins with `got`."""
    match error:
        case yaml.MarkedYAMLError(problem=str() as problem, problem_mark=yaml.Mark() as mark):
            return f"got a mistake in line {mark.line + 1}: {problem}"
        case UnicodeDecodeError():
            return "got bytes that are not UTF-8"
        case _:
            return "got characters that YAML does not have"


def project_name(root: Path) -> str:
    """The project's name in Pulumi.yaml."""
    return str(_read(root / "Pulumi.yaml")["name"])


def _machine() -> dict[str, tuple[Any, str]]:
    """What this machine decides, and a pattern of the valid values that it takes the place of.

    Those are its architecture, and one copy of a function for each core.
    """
    return {
        "architecture": (_ARCHITECTURES.get(platform.machine(), "x86_64"), "arm64|x86_64"),
        "maxConcurrency": (max(2, os.cpu_count() or 2), r"[2-9]|[1-9]\d{1,2}|1000"),
    }


def _stage(file: Path) -> dict[str, Any]:
    """The settings of a stage's file."""
    content = _read(file)
    if unknown := [str(key) for key in content if key not in _TOP]:
        raise ConfigError(
            f"{file.name} must have its settings under config, got {', '.join(unknown)} beside it"
        )
    config = content.get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise ConfigError(f"{file.name} must have settings under config, one a line, got {config}")
    return {str(key): value for key, value in config.items()}


def _full(project: str, key: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _read(file: Path) -> dict[str, Any]:
    try:
        content = yaml.safe_load(file.read_bytes())
    except yaml.YAMLError as error:
        raise ConfigError(f"{file.name} must be YAML, {mistake(error)}") from None
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise ConfigError(f"{file.name} must be keys with values, got {content}")
    return content


def _text(key: str, value: Any) -> str:
    if isinstance(value, dict) and "secure" in value:
        raise ConfigError(f"{key} is encrypted: give it in the clear with --config {key}=VALUE")
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, default=str)
