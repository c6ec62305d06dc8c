"""The program gets the settings that the CLI would give it."""

from pathlib import Path

import pytest

from local.children import ROOT
from local.engine.config import ConfigError, StageFileError, load, stages
from settings import ARCHITECTURES

PROJECT = """
name: darkroom
config:
  aws:region: {value: eu-west-1}
  gate: {type: string, default: open}
  formats: {type: array, default: [avif 60, jpeg 80]}
  minConfidence: {type: integer, default: 55}
  protect: {type: boolean, default: false}
  architecture: {type: string, default: arm64}
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


def test_a_stage_without_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        StageFileError, match=r"^Pulumi\.prod\.yaml is missing; stage must be one of dev$"
    ):
        load(project(tmp_path), "prod", {})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("config: [", "must be YAML, got a mistake in line 1: "),
        ("config: hello", "must have settings under config, one a line, got hello$"),
        ("config: [a]", r"must have settings under config, one a line, got \['a'\]$"),
        ("hello", "must be keys with values, got hello$"),
        ("\0", "must be YAML, got characters that YAML does not have$"),
        (
            "darkroom:gate: open\nconfig: {}\nregion: x",
            "must have its settings under config, got darkroom:gate, region beside it$",
        ),
    ],
)
def test_a_stage_s_file_that_pulumi_would_not_have_written_is_refused(
    tmp_path: Path, content: str, problem: str
) -> None:
    with pytest.raises(StageFileError, match=rf"^[^\n]*Pulumi\.dev\.yaml {problem}"):
        load(project(tmp_path, content), "dev", {})


def test_what_pulumi_itself_keeps_in_a_stage_s_file_is_no_mistake(tmp_path: Path) -> None:
    kept = "encryptionsalt: v1\nsecretsprovider: x\nencryptedkey: k\nenvironment: [e]\nconfig:\n"
    assert load(project(tmp_path, kept), "dev", {})["darkroom:gate"] == "open"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("architecture", "sparc"),
        ("maxConcurrency", "1"),
        ("maxConcurrency", "0"),
        ("maxConcurrency", "1001"),
        ("maxConcurrency", "2.5"),
        ("maxConcurrency", "many"),
    ],
)
def test_this_machine_does_not_hide_a_value_that_the_program_refuses(
    tmp_path: Path, key: str, value: str
) -> None:
    folder = project(tmp_path, f"config: {{darkroom:{key}: {value}}}")
    assert load(folder, "dev", {})[f"darkroom:{key}"] == value


@pytest.mark.parametrize("copies", [2, 9, 10, 99, 100, 999, 1000])
def test_this_machine_decides_in_the_place_of_every_valid_value(
    tmp_path: Path, copies: int
) -> None:
    folder = project(tmp_path, f"config: {{darkroom:maxConcurrency: {copies}}}")
    decided = load(project(tmp_path), "dev", {})["darkroom:maxConcurrency"]
    assert load(folder, "dev", {})["darkroom:maxConcurrency"] == decided
    assert set(ARCHITECTURES) == {"arm64", "x86_64"}


def test_an_unknown_setting_of_the_program_is_left_to_it_to_refuse(tmp_path: Path) -> None:
    assert load(project(tmp_path), "dev", {"gait": "open"})["darkroom:gait"] == "open"


def test_unknown_settings_of_others_are_refused_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"declares, got aws:regio, other:x$"):
        load(project(tmp_path), "dev", {"aws:regio": "x", "other:x": "y", "aws:region": "z"})


@pytest.mark.parametrize("value", ["{secure: abc}", "[{secure: abc}]"])
def test_an_encrypted_setting_is_refused_with_the_way_out(tmp_path: Path, value: str) -> None:
    folder = project(tmp_path, f"config: {{darkroom:plain: {value}}}")

    with pytest.raises(ConfigError, match=r"^darkroom:plain is encrypted: give it in the clear"):
        load(folder, "dev", {})


@pytest.mark.parametrize("stage", stages(ROOT))
def test_every_stage_of_the_project_can_be_read(stage: str) -> None:
    settings = load(ROOT, stage, {})

    assert settings["darkroom:gate"] in ("open", "guarded")
    assert settings["aws:region"]
