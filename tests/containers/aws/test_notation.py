"""DynamoDB's notation of values, held against the one that boto3 writes."""

import json
from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from aws.notation import from_notation, to_notation

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.text(st.characters(codec="utf-8"))
    | st.integers(-(10**37), 10**37)
    | st.floats(-1e15, 1e15).filter(lambda number: not 0 < abs(number) < 1e-100),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), inner, max_size=3)
    ),
    max_leaves=8,
)


def _decimals(value: Any) -> Any:
    return json.loads(json.dumps(value), parse_float=Decimal)


@given(VALUES)
def test_values_are_written_as_boto3_writes_them(value: Any) -> None:
    noted = to_notation({"a": value})["a"]
    assert TypeDeserializer().deserialize(noted) == _decimals(value)


@given(VALUES)
def test_what_boto3_wrote_is_read_as_it_was(value: Any) -> None:
    noted = TypeSerializer().serialize(_decimals(value))
    assert from_notation({"a": noted}) == {"a": value}


@pytest.mark.parametrize(
    ("text", "number", "kind"),
    [("7", 7, int), ("-7.0", -7, int), ("1E+3", 1000, int), ("0.5", 0.5, float)],
)
def test_whole_numbers_are_read_as_int_and_others_as_float(
    text: str, number: float, kind: type
) -> None:
    read = from_notation({"a": {"N": text}})["a"]
    assert (read, type(read)) == (number, kind)


@pytest.mark.parametrize(
    "noted", [{"B": b"\xff"}, {"SS": ["a", "b"]}, {"NS": ["1", "2"]}, {"BS": [b"a"]}]
)
def test_a_value_of_a_type_that_is_never_written_is_kept_as_it_is(noted: dict[str, Any]) -> None:
    assert to_notation(from_notation({"a": noted, "b": {"L": [noted]}})) == {
        "a": noted,
        "b": {"L": [noted]},
    }


def test_a_value_that_is_not_plain_is_refused() -> None:
    with pytest.raises(TypeError, match="a value must be plain, got Decimal"):
        to_notation({"a": Decimal(1)})
