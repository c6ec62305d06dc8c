"""Vectors: where a picture lies among all that words can mean, so that words find pictures.

One model places words and pictures in one space of 384 dimensions. Whatever lies near a vector is
about the same. Two vectors can be compared only if the same model made them.
"""

import math
import struct
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import mul
from typing import Protocol

from pipeline.item import Item
from pipeline.likeness import Shelved

__all__ = [
    "MOST_NEAR",
    "SIZE",
    "AllVectors",
    "Among",
    "Near",
    "NotSearchableYetError",
    "Placed",
    "Vector",
    "VectorError",
    "Vectors",
]

SIZE = 384
"""Numbers of a vector. The embedding models of Bedrock that take pictures offer this size."""

MOST_NEAR = 100
"""Vectors that one search returns, at most: DynamoDB's limit."""

_PACKED = struct.Struct(f"<{SIZE}f")

_ROUNDING = 1e-5
"""How far from 1 float32 can put the length of a vector."""


class VectorError(ValueError):
    """These are not the numbers of a vector."""


class NotSearchableYetError(RuntimeError):
    """What searches the vectors is being built; a later search succeeds."""


@dataclass(frozen=True)
class Vector:
    """A direction in the space: 384 numbers of length 1 together, as little-endian float32.

    Raises `VectorError` for bytes that are not such numbers.
    """

    packed: bytes

    def __post_init__(self) -> None:
        if len(self.packed) != _PACKED.size:
            raise VectorError(f"vector must have {_PACKED.size} bytes, got {len(self.packed)}")
        length = math.hypot(*self.numbers)
        if not abs(length - 1) < _ROUNDING:
            raise VectorError(f"vector must have length 1, got {length}")

    @classmethod
    def of(cls, numbers: Sequence[float]) -> "Vector":
        """The direction of these numbers, which may have any length but none.

        Raises `VectorError`.
        """
        if len(numbers) != SIZE:
            raise VectorError(f"vector must have {SIZE} numbers, got {len(numbers)}")
        length = math.hypot(*numbers)
        if not 0 < length < math.inf:
            raise VectorError(f"vector must have a finite length above 0, got {length}")
        return cls(_PACKED.pack(*(each / length for each in numbers)))

    @classmethod
    def from_base64(cls, text: str) -> "Vector":
        """The inverse of `base64`. Raises `VectorError`."""
        try:
            packed = b64decode(text, validate=True)
        except ValueError as error:
            raise VectorError(f"vector must be base64: {error}") from error
        return cls(packed)

    @property
    def base64(self) -> str:
        """The bytes as text, for what carries text alone."""
        return b64encode(self.packed).decode("ascii")

    @property
    def numbers(self) -> tuple[float, ...]:
        """The 384 numbers."""
        return _PACKED.unpack(self.packed)

    def similarity(self, other: "Vector") -> float:
        """The cosine of the angle between both: 1 for the same direction, -1 for the opposite."""
        return math.fsum(map(mul, self.numbers, other.numbers))


@dataclass(frozen=True, kw_only=True)
class Placed:
    """Where a picture's content lies. `owner` is whose picture it is, as `owner_of` returns it."""

    image_id: str
    content: str
    owner: str
    shown: bool
    """Whether people other than the owner and reviewers may see it."""
    vector: Vector


@dataclass(frozen=True, kw_only=True)
class Among:
    """Which vectors are searched: all, or only those of one owner, or of what is shown."""

    owner: str | None = None
    shown: bool = False


@dataclass(frozen=True, kw_only=True)
class Near:
    """A picture's content that a search found."""

    image_id: str
    content: str
    similarity: float


class Vectors(Protocol):
    """Where vectors are found by what lies near them. All were made by one model.

    Each is kept under its picture's content id, so that what an earlier version left neither
    replaces nor removes what a later one wrote. A search is a hint, and may miss what was put a
    moment ago: the item alone says whether its picture has this content, and who may see it.
    """

    def put(self, placed: Placed, *, at: datetime) -> None:
        """Keep the vector, in place of that of the same content."""

    def remove(self, image_id: str, contents: Collection[str] | None = None) -> int:
        """Remove the picture's vectors of these contents, or all; returns how many there were."""

    def of(self, image_id: str, content: str) -> Vector | None:
        """The vector of this content; None if there is none."""

    def nearest(self, vector: Vector, among: Among, most: int = MOST_NEAR) -> Sequence[Near]:
        """At most so many of those that are searched, the most similar first.

        Raises `NotSearchableYetError`.
        """


class AllVectors(Vectors, Protocol):
    """The vectors of everybody, for a comparison with the catalog."""

    @property
    def model(self) -> str:
        """The name of the model that made them."""

    def after(self, place: str, *, part: int = 0, parts: int = 1) -> Iterator[Shelved]:
        """Every vector, of whatever model, in the store's own order, those of a picture next to
        each other. Start with an empty string. Of several `parts`, which have nothing in common,
        only that one."""

    def known(self, items: Sequence[Item]) -> set[str]:
        """The image ids of those of at most 100 items whose present content has its vector, or had
        a moment ago."""
