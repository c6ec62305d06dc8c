"""Physical names follow pulumi:autonaming."""

import json
import re

import pytest

from local.engine.naming import Naming


def naming(**setting: str) -> Naming:
    config = {"pulumi:autonaming": json.dumps(setting), "aws:region": "eu-west-1"}
    return Naming("darkroom", "dev", config if setting else {})


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("${project}-${stack}-${name}-${hex(6)}", r"darkroom-dev-queue-[0-9a-f]{6}"),
        ("${name}${num(3)}${string(2)}${alphanum(4)}", r"queue\d{3}[a-z]{2}[a-z0-9]{4}"),
        ("${config.aws:region}-${name}", "eu-west-1-queue"),
        ("${name}-${uuid}", r"queue-[0-9a-f-]{36}"),
    ],
)
def test_patterns_are_filled_in(pattern: str, expected: str) -> None:
    assert re.fullmatch(expected, naming(pattern=pattern).physical("queue"))


def test_without_a_setting_seven_hex_digits_follow() -> None:
    assert re.fullmatch(r"queue-[0-9a-f]{7}", naming().physical("queue"))


def test_verbatim_names_stay_as_they_are() -> None:
    assert naming(mode="verbatim").physical("queue") == "queue"


def test_two_names_of_one_resource_differ() -> None:
    assert naming().physical("queue") != naming().physical("queue")


def test_a_name_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="must have at most 10 characters, got 13"):
        naming().physical("queue", longest=10)


def test_an_unknown_expression_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got \$\{moon\}$"):
        naming(pattern="${moon}").physical("queue")
