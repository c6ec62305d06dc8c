"""What people write in YAML, and the values that YAML would change silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagefile import StageFileError, from_template, parse, settings, stages


def stage(folder: Path, text: str) -> Path:
    (folder / "Pulumi.yaml").write_text(
        "name: darkroom\nconfig:\n  aws:region: {value: eu-west-1}\n  gate: {default: open}\n"
    )
    (folder / "Pulumi.dev.yaml").write_text(text)
    return folder


def test_a_stages_own_values_are_over_the_defaults(tmp_path: Path) -> None:
    folder = stage(tmp_path, "config:\n  darkroom:gate: guarded\n  darkroom:protect: true\n")

    assert settings(folder, "dev") == {
        "aws:region": "eu-west-1",
        "darkroom:gate": "guarded",
        "darkroom:protect": True,
    }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: 1\na: 2\n", "line 2: key a must be unique, got it twice"),
        ("config:\n  a: 1\n  b: 2\n  a: 1\n", "line 4: key a must be unique, got it twice"),
        (
            "a:\n  - +4915112345678\n",
            "line 2: +4915112345678 must be in quotes: YAML reads the number 4915112345678",
        ),
        ("a: 000000\n", "line 1: 000000 must be in quotes: YAML reads the number 0"),
        ("a: 000000000123\n", "line 1: 000000000123 must be in quotes: YAML reads the number 83"),
        ("a: 1_000\n", "line 1: 1_000 must be in quotes: YAML reads the number 1000"),
        ("a: 12:30\n", "line 1: 12:30 must be in quotes: YAML reads the number 750"),
        ("a: 2026-01-02\n", "line 1: 2026-01-02 must be in quotes: YAML reads a date"),
    ],
)
def test_a_value_that_yaml_would_change_is_refused_with_its_line(text: str, problem: str) -> None:
    with pytest.raises(StageFileError) as refused:
        parse(text.encode(), "a.yaml")

    assert str(refused.value) == f"a.yaml must be YAML, got a mistake in {problem}"


@pytest.mark.parametrize(
    ("value", "read"),
    [("'+49151'", "+49151"), ("-5", -5), ("40", 40), ("0.50", 0.5), ("true", True), ("yes", "yes")],
)
def test_any_other_value_is_what_it_looks_like(value: str, read: object) -> None:
    assert parse(f"a: {value}".encode(), "a.yaml") == {"a": read}


@pytest.mark.parametrize("value", ["", "#000000", "~", "[a, ~]"])
def test_a_setting_without_a_value_is_refused_with_the_fix(tmp_path: Path, value: str) -> None:
    folder = stage(tmp_path, f"config:\n  darkroom:background: {value}\n")

    with pytest.raises(StageFileError) as refused:
        settings(folder, "dev")

    assert str(refused.value) == (
        "darkroom:background of Pulumi.dev.yaml must have a value, got nothing: write one that "
        "begins with # in quotes"
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_mistake(encoding: str) -> None:
    assert parse("a: größer".encode(encoding), "a.yaml") == {"a": "größer"}


@pytest.mark.parametrize(
    ("content", "encoding"), [(b"a: \xff", "UTF-8"), (b"\xff\xfea", "UTF-16-LE")]
)
def test_bytes_of_no_known_encoding_are_named(content: bytes, encoding: str) -> None:
    with pytest.raises(StageFileError, match=f"got bytes that are not {encoding}"):
        parse(content, "a.yaml")


def test_merged_keys_and_keys_that_are_lists_are_read_as_yaml_has_them() -> None:
    assert parse(b"a: &a {x: 1}\nb: {<<: *a, y: 2}\n", "a.yaml")["b"] == {"x": 1, "y": 2}
    with pytest.raises(StageFileError, match="unhashable key"):
        parse(b"? [a]\n: 1\n", "a.yaml")


def test_a_setting_that_stands_with_and_without_the_project_is_refused(tmp_path: Path) -> None:
    folder = stage(tmp_path, "config:\n  darkroom:gate: guarded\n  gate: open\n")

    with pytest.raises(StageFileError, match=r"^darkroom:gate of Pulumi.dev.yaml must be unique"):
        settings(folder, "dev")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[" * 20_000, "must be YAML, got lists or maps nested too deeply"),
        (b"a: " + b"9" * 5000, "number must have at most 40 digits, got 5000"),
    ],
)
def test_what_python_has_no_room_for_is_named(content: bytes, problem: str) -> None:
    with pytest.raises(StageFileError, match=problem):
        parse(content, "a.yaml")


def template(folder: Path, text: str) -> Path:
    stage(folder, "config: {}\n")
    (folder / "Pulumi.preview.yaml").write_text(text)
    return folder


TEMPLATE = (
    "secretsprovider: awskms://alias/x\nencryptedkey: a2V5\nconfig:\n  darkroom:gate: guarded\n"
)


def test_a_new_stage_is_the_template_with_an_owner_and_a_day_of_expiry(tmp_path: Path) -> None:
    folder = template(tmp_path, TEMPLATE)

    assert from_template(folder, "pr-7", owner="ann: @home", expires="2027-01-31")
    assert settings(folder, "pr-7") == {
        "aws:region": "eu-west-1",
        "darkroom:gate": "guarded",
        "darkroom:owner": "ann: @home",
        "darkroom:expires": "2027-01-31",
    }
    # Whoever destroys the stage reads its secrets with the same key.
    assert (folder / "Pulumi.pr-7.yaml").read_text().startswith(TEMPLATE)


def test_a_stage_that_has_a_file_keeps_it(tmp_path: Path) -> None:
    folder = template(tmp_path, TEMPLATE)
    before = (folder / "Pulumi.dev.yaml").read_text()

    assert not from_template(folder, "dev", owner="ann", expires="2027-01-31")
    assert (folder / "Pulumi.dev.yaml").read_text() == before


def test_the_template_is_no_stage(tmp_path: Path) -> None:
    assert stages(template(tmp_path, TEMPLATE)) == ["dev"]


def test_a_template_that_has_an_owner_for_everybody_is_refused(tmp_path: Path) -> None:
    folder = template(tmp_path, f"{TEMPLATE}  darkroom:owner: ann\n")

    with pytest.raises(
        StageFileError, match=r"^Pulumi.preview.yaml must leave out darkroom:owner$"
    ):
        from_template(folder, "pr-7", owner="bob", expires="2027-01-31")
    assert not (folder / "Pulumi.pr-7.yaml").exists()
