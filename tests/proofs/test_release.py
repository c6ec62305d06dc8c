"""What preparing a release writes, in a copy of the project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from aws.dynamodb import from_attributes
from pipeline.events import parse
from pipeline.item import SCHEMA
from proofs.pages import TYPES
from proofs.recorder import ROOT
from proofs.release import STAGES, STORES, ReleaseError, prepare


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("pyproject.toml", "CHANGELOG.md", "policies/PulumiPolicy.yaml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("events", "releases"):
        shutil.copytree(ROOT / "tests" / name, tmp_path / "tests" / name)
    return tmp_path


@pytest.mark.long
def test_a_release_is_recorded_and_named_everywhere(project: Path) -> None:
    before = (project / "CHANGELOG.md").read_text()
    written = {str(each.relative_to(project)) for each in prepare(project, "99.0.0")}
    folder = project / "tests/releases/99.0.0"

    assert written == {
        *(f"tests/releases/99.0.0/graph-{name}.json" for name in STAGES),
        *(f"tests/releases/99.0.0/{name}.json" for name in ("items", "events")),
        *("pyproject.toml", "CHANGELOG.md", "policies/PulumiPolicy.yaml"),
    }
    assert 'version = "99.0.0"' in (project / "pyproject.toml").read_text()
    assert "version: 99.0.0\n" in (project / "policies/PulumiPolicy.yaml").read_text()
    after = (project / "CHANGELOG.md").read_text()
    assert after.replace("\n## 99.0.0\n", "", 1) == before
    assert after.startswith("# Changelog\n\n## Unreleased\n\n## 99.0.0\n\n- ")

    for name in STAGES:
        graph = json.loads((folder / f"graph-{name}.json").read_text())
        assert {each["type"] for each in graph if "inputs" in each} == set(STORES)
    items = json.loads((folder / "items.json").read_text())
    assert {each["attributes"]["schema"]["N"] for each in items.values()} == {str(SCHEMA)}
    assert all(from_attributes(e["attributes"]).status == e["status"] for e in items.values())
    events = json.loads((folder / "events.json").read_text())
    assert [parse(each).detail_type for each in events.values()] == [
        json.loads((ROOT / f"tests/events/{name}.json").read_text())["detail-type"]
        for name in TYPES
    ]


@pytest.mark.parametrize("version", ["0.1.0", "0.0.9", "1.0", "next"])
def test_a_version_must_be_above_the_last(project: Path, version: str) -> None:
    with pytest.raises(ReleaseError, match=r"^VERSION must be three numbers above "):
        list(prepare(project, version))


def test_a_release_without_changes_is_refused_and_nothing_is_written(project: Path) -> None:
    (project / "CHANGELOG.md").write_text("# Changelog\n\n## Unreleased\n\n## 0.1.0\n\n- First\n")

    with pytest.raises(ReleaseError, match="must have entries under Unreleased"):
        list(prepare(project, "99.0.0"))
    assert not (project / "tests/releases/99.0.0").exists()
