"""Reads Pulumi.yaml, a stage's file and other YAML that people write, with mistakes named.

YAML has traps that would change a setting silently: a second value under the same key, a number
made of `+4915112345678` or `000000`, nothing made of `#000000`. Each is refused in one line.
"""

import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

__all__ = [
    "TEMPLATE",
    "StageFileError",
    "defaults",
    "from_template",
    "parse",
    "project",
    "settings",
    "stages",
]

TEMPLATE = "preview"
"""The name of no stage: Pulumi.preview.yaml is the template of those that live for some days."""

_TOP = ("config", "encryptionsalt", "secretsprovider", "encryptedkey", "environment")
"""What Pulumi itself writes or reads at the top of a stage's file."""


_DIGITS = 40
"""Of a whole number; Python itself reads no more than 4,300."""


class StageFileError(ValueError):
    """A file that cannot be used; the message names the file, the line and the mistake."""


def parse(content: bytes, name: str) -> Any:
    """The value in YAML or JSON of UTF-8 or, with a byte order mark, UTF-16.

    Raises `StageFileError`, with `name` for the file.
    """
    try:
        return yaml.load(content, _Loader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise StageFileError(f"{name} must be YAML, {_mistake(error)}") from None
    except RecursionError:
        raise StageFileError(f"{name} must be YAML, got lists or maps nested too deeply") from None


def project(root: Path) -> dict[str, Any]:
    """All of Pulumi.yaml."""
    return _mapping(root / "Pulumi.yaml")


def stages(root: Path) -> list[str]:
    """The stages that have a file of their own, sorted."""
    names = {file.name.split(".")[1] for file in root.glob("Pulumi.*.yaml")}
    return sorted(names - {TEMPLATE})


def from_template(root: Path, stage: str, *, owner: str, expires: str) -> bool:
    """Write the stage's file as the template has it, with these two settings; False if it has one.

    Raises `StageFileError` if the template is not what Pulumi writes, or has either setting.
    """
    template = root / f"Pulumi.{TEMPLATE}.yaml"
    known = _stage(template)
    if given := sorted({"darkroom:owner", "darkroom:expires"} & known.keys()):
        raise StageFileError(f"{template.name} must leave out {' and '.join(given)}")
    text = template.read_text(encoding="utf-8").rstrip("\n")
    text += "".join(
        f"\n  darkroom:{key}: {json.dumps(value)}"
        for key, value in {"owner": owner, "expires": expires}.items()
    )
    try:
        with (root / f"Pulumi.{stage}.yaml").open("x", encoding="utf-8") as file:
            file.write(f"{text}\n")
    except FileExistsError:
        return False
    return True


def settings(root: Path, stage: str) -> dict[str, Any]:
    """Every setting of a stage by its full name (`darkroom:gate`): defaults, then its own file.

    Raises `StageFileError` for a file that is missing or not what Pulumi writes.
    """
    if stage not in stages(root):
        known = ", ".join(stages(root))
        raise StageFileError(f"Pulumi.{stage}.yaml is missing; stage must be one of {known}")
    name = str(project(root)["name"])
    own: dict[str, Any] = {}
    for key, value in _stage(root / f"Pulumi.{stage}.yaml").items():
        full = _full(name, key)
        if full in own:
            raise StageFileError(
                f"{full} of Pulumi.{stage}.yaml must be unique, got it with and without {name}:"
            )
        own[full] = value
    return defaults(root) | own


def defaults(root: Path) -> dict[str, Any]:
    """The settings that Pulumi.yaml gives every stage, by their full names."""
    declared = project(root)
    name = str(declared["name"])
    values: dict[str, Any] = {}
    for key, declaration in declared.get("config", {}).items():
        value = declaration
        if isinstance(declaration, dict):
            value = declaration.get("default", declaration.get("value"))
        if value is not None:
            values[_full(name, key)] = value
    return values


def _stage(file: Path) -> dict[str, Any]:
    content = _mapping(file)
    if unknown := [str(key) for key in content if key not in _TOP]:
        raise StageFileError(
            f"{file.name} must have its settings under config, got {', '.join(unknown)} beside it"
        )
    config = content.get("config")
    if config is None:
        return {}
    if not isinstance(config, dict):
        raise StageFileError(
            f"{file.name} must have settings under config, one a line, got {config}"
        )
    for key, value in config.items():
        if value is None or (isinstance(value, list) and None in value):
            raise StageFileError(
                f"{key} of {file.name} must have a value, got nothing: write one that begins "
                "with # in quotes"
            )
    return {str(key): value for key, value in config.items()}


def _mapping(file: Path) -> dict[str, Any]:
    content = parse(file.read_bytes(), file.name)
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise StageFileError(f"{file.name} must be keys with values, got {content}")
    return content


def _full(name: str, key: str) -> str:
    return key if ":" in key else f"{name}:{key}"


def _mistake(error: yaml.YAMLError) -> str:
    """Where a file goes wrong, in one line that begins with `got`."""
    match error:
        case yaml.MarkedYAMLError(problem=str() as problem, problem_mark=yaml.Mark() as mark):
            return f"got a mistake in line {mark.line + 1}: {problem}"
        case yaml.reader.ReaderError(encoding=("utf-8" | "utf-16-le" | "utf-16-be") as encoding):
            return f"got bytes that are not {encoding.upper()}"
        case _:
            return "got characters that YAML does not have"


class _Loader(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, without the values that it would change silently."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in known:
                raise _refused(key, f"key {key.value} must be unique, got it twice")
            known.add(key.value)
        return super().construct_mapping(node, deep)


def _refused(node: yaml.Node, problem: str) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


def _whole(loader: _Loader, node: yaml.ScalarNode) -> int:
    if len(node.value) > _DIGITS:
        raise _refused(node, f"number must have at most {_DIGITS} digits, got {len(node.value)}")
    number = loader.construct_yaml_int(node)
    if str(number) != node.value:
        raise _refused(node, f"{node.value} must be in quotes: YAML reads the number {number}")
    return int(number)


def _truth(loader: _Loader, node: yaml.ScalarNode) -> bool | str:
    """A flag if it is `true` or `false`; Pulumi takes `yes` and `on` for texts."""
    text = str(node.value)
    return bool(loader.construct_yaml_bool(node)) if text in ("true", "false") else text


def _moment(_loader: _Loader, node: yaml.ScalarNode) -> str:
    raise _refused(node, f"{node.value} must be in quotes: YAML reads a date")


_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:bool", _truth)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _moment)
