"""How long a search of vectors takes, and what DynamoDB and Bedrock charge for it."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from aws.clients import Connection, connect
from aws.dynamodb_vectors import DynamoVectors
from local.aws import ACCESS_KEY, SECRET_KEY
from local.up import LocalStack, Plan
from pipeline.prices import embeddings_usd
from pipeline.vectors import MOST_NEAR, SIZE, Among, Near, Placed, Vector, Vectors
from proofs import PAGE
from proofs.cost import MILLION, PRICES
from proofs.memory import MemoryClock, MemoryVectors

__all__ = [
    "EXAMINED_USD",
    "INDEX_BYTES",
    "ITEM_BYTES",
    "ITEM_UNITS",
    "STORED_USD",
    "VECTOR_WRITE_USD",
    "WORDS_TOKENS",
    "WORDS_USD",
    "Agreement",
    "Speed",
    "compare_with_emulator",
    "examined_usd",
    "filled",
    "filling_usd",
    "found_usd",
    "month_usd",
    "percentile",
    "speed_of",
]

GB = 1_000_000_000

ITEM_BYTES = 2_075
"""An item of the table `vectors`, by DynamoDB's rules of item sizes: 384 numbers of five digits
take five bytes each in a list, the keys, the owner, the time and all names the other 155."""

INDEX_BYTES = 1_650
"""Its entry in the vector index. That the index keeps a number in four bytes, and the keys and
filters as they are, is assumed: AWS does not document it."""

STORED_USD = 0.25
"""Per GB and month, the table and the index alike."""
VECTOR_WRITE_USD = 0.52
"""Per GB written into a vector index."""
EXAMINED_USD = 0.002
"""Per GB that a search of a vector index examines, at least 1 KB."""
LEAST_EXAMINED_BYTES = 1_000

WORDS_USD = 0.0008
"""What Titan Multimodal Embeddings charges for 1,000 tokens of text."""
WORDS_TOKENS = 10
"""Of a search, an assumption."""

ITEM_UNITS = 1
"""Read units of a catalog item of at most 8 KB, read with eventual consistency."""

_CONTENT = "content"


@dataclass(frozen=True)
class Speed:
    """Times in ms of searches among so many vectors, and how many were put in a second."""

    size: int
    put_per_second: float
    times_ms: tuple[float, ...]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.times_ms)

    @property
    def p95_ms(self) -> float:
        return percentile(self.times_ms, 95)


@dataclass(frozen=True)
class Agreement:
    """How the emulator's index compares with the vectors in memory."""

    speed: Speed
    same: int
    """Results that both have at the same place."""
    compared: int


def percentile(values: tuple[float, ...], percent: int) -> float:
    """The smallest value that so many percent of all do not exceed (nearest rank)."""
    return sorted(values)[max(1, ceil(len(values) * percent / 100)) - 1]


def speed_of(size: int, searches: int, progress: Callable[[str], None]) -> Speed:
    """Searches of random vectors in memory, in processor time of one core."""
    vectors = MemoryVectors()
    put = filled(vectors, size)
    progress(f"{size:,} vectors in memory")
    times = []
    for wanted in _anywhere(searches, seed=2):
        began = time.process_time()
        vectors.nearest(wanted, Among())
        times.append(1000 * (time.process_time() - began))
    return Speed(size, put, tuple(times))


def compare_with_emulator(size: int, searches: int, progress: Callable[[str], None]) -> Agreement:
    """The same vectors in memory and in the table of a stack on this machine."""
    memory = MemoryVectors()
    filled(memory, size)
    with tempfile.TemporaryDirectory(prefix="darkroom-bench-search-") as folder:
        plan = Plan(Path(folder), models=False, settings={"embedding": "titan", "page": PAGE})
        with LocalStack(plan) as local:
            stack = local.up()
            connect(
                Connection(
                    endpoint=stack.endpoint,
                    region=stack.region,
                    access_key=ACCESS_KEY,
                    secret_key=SECRET_KEY,
                )
            )
            try:
                index = DynamoVectors(stack.outputs["vectors"], stack.outputs["embedding"])
                put = filled(index, size)
                progress(f"{size:,} vectors in the emulator's index")
                times, same = [], 0
                for wanted in _anywhere(searches, seed=2):
                    began = time.perf_counter()
                    found = index.nearest(wanted, Among())
                    times.append(1000 * (time.perf_counter() - began))
                    expected = memory.nearest(wanted, Among())
                    same += sum(map(_is_same, found, expected))
            finally:
                connect(None)
    return Agreement(Speed(size, put, tuple(times)), same, searches * min(size, MOST_NEAR))


def filled(vectors: Vectors, size: int) -> float:
    """Put random vectors; returns how many a second."""
    at, seconds = MemoryClock()(), 0.0
    for number, vector in enumerate(_anywhere(size, seed=1)):
        placed = Placed(
            image_id=f"{number:032x}",
            content=_CONTENT,
            owner=f"owner-{number % 100}",
            shown=True,
            vector=vector,
        )
        began = time.perf_counter()
        vectors.put(placed, at=at)
        seconds += time.perf_counter() - began
    return size / seconds


def month_usd(pictures: int) -> float:
    """What storing the vectors of so many pictures costs a month: table and index."""
    return pictures * (ITEM_BYTES + INDEX_BYTES) / GB * STORED_USD


def filling_usd(pictures: int) -> float:
    """What placing so many pictures costs once: the model, the table's write units, the index."""
    units = ceil(ITEM_BYTES / 1024)
    write = units * PRICES["DynamoDB write unit"] / MILLION + INDEX_BYTES / GB * VECTOR_WRITE_USD
    return pictures * (embeddings_usd(["titan"]) + write)


def examined_usd(pictures: int) -> float:
    """What one search of the index costs if it examines every vector, which it does not."""
    return max(pictures * INDEX_BYTES, LEAST_EXAMINED_BYTES) / GB * EXAMINED_USD


def found_usd() -> float:
    """What else one search costs: its words, and the items of the nearest."""
    items = MOST_NEAR * ITEM_UNITS * PRICES["DynamoDB read unit"] / MILLION
    return WORDS_TOKENS / 1000 * WORDS_USD + items


def _is_same(one: Near, other: Near) -> bool:
    return one.image_id == other.image_id


def _anywhere(count: int, seed: int) -> Iterator[Vector]:
    """Random vectors, the same for the same seed."""
    chance = np.random.default_rng(seed)
    for _ in range(count):
        yield Vector.of(chance.standard_normal(SIZE).tolist())
