"""A vector as a value: its bytes, and what is refused."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.vectors import SIZE, Vector, VectorError

# A few numbers over and over: hypothesis shrinks no list of 384 numbers.
NUMBERS = (
    st.lists(st.floats(-1e3, 1e3, width=32), min_size=1, max_size=8)
    .filter(lambda some: math.hypot(*some) > 1e-3)
    .map(lambda some: [some[each % len(some)] for each in range(SIZE)])
)


def axis(position: int, length: float = 1.0) -> list[float]:
    return [length if each == position else 0.0 for each in range(SIZE)]


@given(NUMBERS)
def test_a_vector_has_length_one_whatever_it_was_made_of(numbers: list[float]) -> None:
    vector = Vector.of(numbers)
    assert math.hypot(*vector.numbers) == pytest.approx(1, abs=1e-6)
    assert vector.similarity(vector) == pytest.approx(1, abs=1e-5)


@given(NUMBERS)
def test_bytes_and_base64_give_the_vector_back(numbers: list[float]) -> None:
    vector = Vector.of(numbers)
    assert Vector(vector.packed) == vector
    assert Vector.from_base64(vector.base64) == vector


def test_similarity_is_the_cosine() -> None:
    diagonal = [*axis(0)[:1], 1.0, *axis(0)[2:]]
    assert Vector.of(axis(0)).similarity(Vector.of(axis(0, 7.5))) == 1
    assert Vector.of(axis(0)).similarity(Vector.of(axis(1))) == 0
    assert Vector.of(axis(0)).similarity(Vector.of(axis(0, -2))) == -1
    assert Vector.of(axis(0)).similarity(Vector.of(diagonal)) == pytest.approx(0.5**0.5)


def test_the_bytes_are_little_endian_float32() -> None:
    assert Vector.of(axis(1)).packed == bytes.fromhex("00000000 0000803f") + bytes(4 * (SIZE - 2))


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ([1.0] * 383, "vector must have 384 numbers, got 383"),
        ([0.0] * 384, "vector must have a finite length above 0, got 0.0"),
        (axis(5, math.inf), "vector must have a finite length above 0, got inf"),
        (axis(5, math.nan), "vector must have a finite length above 0, got nan"),
    ],
)
def test_what_has_no_direction_is_refused(numbers: list[float], message: str) -> None:
    with pytest.raises(VectorError) as refused:
        Vector.of(numbers)
    assert str(refused.value) == message


@pytest.mark.parametrize(
    ("packed", "message"),
    [
        (b"", "vector must have 1536 bytes, got 0"),
        (bytes(1536), "vector must have length 1, got 0.0"),
        (b"\x00\x00\xc0\x7f" + bytes(1532), "vector must have length 1, got nan"),
    ],
)
def test_bytes_that_are_no_vector_are_refused(packed: bytes, message: str) -> None:
    with pytest.raises(VectorError) as refused:
        Vector(packed)
    assert str(refused.value) == message


@pytest.mark.parametrize("text", ["not base64", "AAAA", "", "\u00e4"])
def test_text_that_is_no_vector_is_refused(text: Any) -> None:
    with pytest.raises(VectorError, match=r"^vector must "):
        Vector.from_base64(text)
