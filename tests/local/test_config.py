"""The program gets the settings that the CLI would give it."""

from pathlib import Path

import pytest

from local.children import ROOT
from local.config import ConfigError, load, stages

PROJECT = """
name: darkroom
config:
  aws:region: {value: eu-west-1}
  gate: {type: string, default: open}
  formats: {type: array, default: [avif 60, jpeg 80]}
  minConfidence: {type: integer, default: 55}
  protect: {type: boolean, default: false}
  architecture: {type: string, default: sparc}
  maxConcurrency: {type: integer, default: 1000}
  plain: {type: string}
"""


def project(folder: Path, dev: str = "") -> Path:
    (folder / "Pulumi.yaml").write_text(PROJECT)
    (folder / "Pulumi.dev.yaml").write_text(dev)
    return folder


def test_defaults_become_text_and_a_key_without_one_stays_away(tmp_path: Path) -> None:
    settings = load(project(tmp_path), "dev", {})

    assert settings.pop("darkroom:architecture") in ("arm64", "x86_64")
    assert int(settings.pop("darkroom:maxConcurrency")) in range(2, 1000)
    assert settings == {
        "aws:region": "eu-west-1",
        "darkroom:gate": "open",
        "darkroom:formats": '["avif 60", "jpeg 80"]',
        "darkroom:minConfidence": "55",
        "darkroom:protect": "false",
    }


def test_a_stage_s_file_wins_over_defaults_and_an_override_over_both(tmp_path: Path) -> None:
    folder = project(tmp_path, "config: {darkroom:gate: guarded, darkroom:minConfidence: 60}")

    settings = load(folder, "dev", {"minConfidence": "70", "darkroom:plain": "x"})

    assert settings["darkroom:gate"] == "guarded"
    assert settings["darkroom:minConfidence"] == "70"
    assert settings["darkroom:plain"] == "x"


def test_an_unknown_stage_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"^stage must be one of dev, got prod$"):
        load(project(tmp_path), "prod", {})


def test_an_unknown_setting_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"declares, got gait$"):
        load(project(tmp_path), "dev", {"gait": "open"})


def test_an_encrypted_setting_is_refused_with_the_way_out(tmp_path: Path) -> None:
    folder = project(tmp_path, "config: {darkroom:plain: {secure: abc}}")

    with pytest.raises(ConfigError, match=r"^darkroom:plain is encrypted: give it in the clear"):
        load(folder, "dev", {})


@pytest.mark.parametrize("stage", stages(ROOT))
def test_every_stage_of_the_project_can_be_read(stage: str) -> None:
    settings = load(ROOT, stage, {})

    assert settings["darkroom:gate"] in ("open", "guarded")
    assert settings["aws:region"]
