"""A function's settings, read from its environment."""

from dataclasses import dataclass

import pytest

from runtime.settings import SettingError, from_environment


@dataclass(frozen=True)
class Number:
    """A setting with a reader of its own."""

    value: int

    @classmethod
    def from_json(cls, text: str) -> "Number":
        return cls(int(text))


@dataclass(frozen=True)
class Settings:
    catalog_table: str
    limit: Number


def test_each_field_comes_from_the_variable_of_its_name() -> None:
    environment = {"CATALOG_TABLE": "catalog", "LIMIT": "7", "PATH": "/bin"}
    assert from_environment(Settings, environment) == Settings("catalog", Number(7))


def test_an_empty_text_is_a_text() -> None:
    environment = {"CATALOG_TABLE": "", "LIMIT": "7"}
    assert from_environment(Settings, environment).catalog_table == ""


@dataclass(frozen=True)
class Plain:
    most: int
    shared: bool


def test_numbers_and_booleans_are_read_as_such() -> None:
    assert from_environment(Plain, {"MOST": "7", "SHARED": "true"}) == Plain(7, True)
    assert from_environment(Plain, {"MOST": "0", "SHARED": "false"}) == Plain(0, False)


@pytest.mark.parametrize(("most", "shared"), [("7.5", "true"), ("7", "True"), ("7", "")])
def test_neither_is_guessed(most: str, shared: str) -> None:
    with pytest.raises(SettingError, match="cannot be parsed"):
        from_environment(Plain, {"MOST": most, "SHARED": shared})


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingError, match=r"^LIMIT must be set in the function's environment$"):
        from_environment(Settings, {"CATALOG_TABLE": "catalog"})


def test_a_variable_that_cannot_be_read_is_named_with_its_value() -> None:
    with pytest.raises(SettingError, match=r"^LIMIT cannot be parsed, got 'seven': invalid"):
        from_environment(Settings, {"CATALOG_TABLE": "catalog", "LIMIT": "seven"})
