"""`python -m proofs.release VERSION`: prepares a release in the working tree.

It records what the upgrade tests of later releases start from: the graph of the program, an item in
every state and a sample of every event, as this version has them. Then it gives the version to
pyproject.toml, the policy pack and the changelog. Committing and tagging are left to a person.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from aws.dynamodb import from_attributes, to_attributes
from proofs.pages import TYPES, example_item
from proofs.recorder import ROOT, Graph, record

__all__ = ["STAGES", "ReleaseError", "prepare"]

STAGES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "dev": ("dev", {}),
    "prod": ("prod", {}),
    "guarded": (
        "full",
        {
            "gate": "guarded",
            "architecture": "arm64",
            "analyses": ["labels", "properties", "moderation", "faces", "text", "celebrities"],
            "notifyEmails": ["ann@example.org", "bob@example.org"],
            "notifySms": ["+4915112345678"],
            "sesSender": "pictures@example.org",
            "domain": "pictures.example.org",
            "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0-1-2",
        },
    ),
}
"""By the name of the recorded graph: the stage, and what its configuration adds."""

STORES = (
    "aws:cloudfront/distribution:Distribution",
    "aws:cloudwatch/eventBus:EventBus",
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:ecr/repository:Repository",
    "aws:s3/bucket:Bucket",
    "aws:sns/topic:Topic",
    "aws:sqs/queue:Queue",
)
"""The types whose inputs are recorded: replacing one would lose what it holds."""

_VERSION = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+")
_UNRELEASED = "## Unreleased\n"


class ReleaseError(ValueError):
    """The release cannot be prepared; the message has the reason."""


def prepare(root: Path, version: str) -> Iterator[Path]:
    """Write a release's files into the project in `root`; yields each file that it wrote.

    Raises `ReleaseError` before anything is written.
    """
    project, changelog = root / "pyproject.toml", root / "CHANGELOG.md"
    before = _version(project.read_text())
    _refuse(version, before, changelog.read_text())
    folder = root / "tests" / "releases" / version
    folder.mkdir(parents=True)
    for name, (stage, config) in STAGES.items():
        yield _write(folder / f"graph-{name}.json", _graph(record(stage, config)))
    yield _write(folder / "items.json", _items(root / "tests" / "releases" / before))
    yield _write(folder / "events.json", _events(root))
    yield _edit(project, lambda text: text.replace(f'"{before}"', f'"{version}"', 1))
    yield _edit(
        root / "policies" / "PulumiPolicy.yaml",
        lambda text: re.sub(r"^version: .+$", f"version: {version}", text, flags=re.MULTILINE),
    )
    yield _edit(
        changelog, lambda text: text.replace(_UNRELEASED, f"{_UNRELEASED}\n## {version}\n", 1)
    )


def _refuse(version: str, before: str, changelog: str) -> None:
    if not _VERSION.fullmatch(version) or _numbers(version) <= _numbers(before):
        raise ReleaseError(f"VERSION must be three numbers above {before}, got {version}")
    begin = changelog.find(_UNRELEASED)
    notes = changelog[begin + len(_UNRELEASED) :].partition("\n## ")[0].strip()
    if begin < 0 or not notes:
        raise ReleaseError("CHANGELOG.md must have entries under Unreleased, got none")


def _version(project: str) -> str:
    found = re.search(r'^version = "([0-9.]+)"$', project, re.MULTILINE)
    if found is None:
        raise ReleaseError("pyproject.toml must have a version, got none")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _graph(graph: Graph) -> list[dict[str, Any]]:
    names = {each.urn: f"{each.type} {each.name}" for each in graph.resources}
    return [
        {
            **({"inputs": each.inputs} if each.type in STORES else {}),
            "name": each.name,
            "parent": names.get(each.parent, ""),
            "type": each.type,
        }
        for each in graph.resources
    ]


def _items(before: Path) -> dict[str, Any]:
    """The items of the release before, as today's code writes them, and one that has everything."""
    stored = json.loads((before / "items.json").read_text())
    items = {name: from_attributes(each["attributes"]) for name, each in stored.items()}
    items["example"] = example_item()
    return {
        name: {"attributes": to_attributes(item), "status": item.status}
        for name, item in items.items()
    }


def _events(root: Path) -> dict[str, Any]:
    folder = root / "tests" / "events"
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in TYPES}


def _write(file: Path, content: Any) -> Path:
    """JSON with an entry per line, so that a difference between releases can be read."""
    if isinstance(content, list):
        lines = [json.dumps(each, sort_keys=True, ensure_ascii=False) for each in content]
        text = "[\n" + ",\n".join(lines) + "\n]\n"
    else:
        lines = [
            f"{json.dumps(key)}: {json.dumps(each, sort_keys=True, ensure_ascii=False)}"
            for key, each in content.items()
        ]
        text = "{\n" + ",\n".join(lines) + "\n}\n"
    file.write_text(text, encoding="utf-8")
    return file


def _edit(file: Path, change: Callable[[str], str]) -> Path:
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    return file


def main(version: Annotated[str, typer.Argument(metavar="VERSION")]) -> None:
    """Prepare the release VERSION in the working tree."""
    try:
        for file in prepare(ROOT, version):
            typer.echo(file.relative_to(ROOT))
    except ReleaseError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"\nnext: docs/releasing.md, from the test of the upgrade to {version} on")


if __name__ == "__main__":
    typer.run(main)
