"""Photographs in memory, searched by the API's own code with the models of the local stand-in."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from api.caller import REVIEWERS, Caller
from api.pictures import Pictures
from api.search import Search
from local.rekognition import bedrock, responses
from local.rekognition.meaning import Meanings
from local.rekognition.models import cache_folder
from local.rekognition.pictures import READING_SIDE, decode
from local.rekognition.requests import LabelsRequest, TextRequest
from local.rekognition.vision import Models
from pictures.encoding import encode
from pictures.limits import Limits
from pipeline.catalog import Catalog
from pipeline.embedding import Placing, Searchable
from pipeline.facts import Label, Text
from pipeline.item import Item
from pipeline.query import Found, parse, rank
from pipeline.recipe import Format
from pipeline.vectors import Placed, Vector
from proofs.memory import (
    MemoryBus,
    MemoryClock,
    MemoryItems,
    MemoryListing,
    MemoryStatuses,
    MemoryTable,
    MemoryVectors,
)
from rekognition.analysis import analysis_of
from rekognition.canonical import canonical_jpeg
from rendering.versions import Versions

__all__ = ["ALL", "Library", "LocalEmbedder", "Seen", "open_models", "see"]

MIN_CONFIDENCE = 55
"""The default of the setting `minConfidence`."""

ALL = 1_000
"""More results than there are."""

_REVIEWER = Caller("reviewer", frozenset({REVIEWERS}))
_CONTENT = "content"
_SAMPLE = Format(format="jpeg")
_LIMITS = Limits.for_memory(1769)


@dataclass(frozen=True)
class LocalEmbedder:
    """Places words and pictures as the stand-in does, without its wire."""

    sight: Models
    meaning: Meanings
    name: str = "local"

    def of_picture(self, jpeg: bytes) -> Vector:
        asked = bedrock.Embedding(None, jpeg)
        return _vector(bedrock.embed(asked, decode(jpeg), self.sight, self.meaning))

    def of_words(self, text: str) -> Vector:
        asked = bedrock.Embedding(text, None)
        return _vector(bedrock.embed(asked, None, self.sight, self.meaning))


@dataclass(frozen=True)
class Seen:
    """What the pipeline keeps of a photograph that a search goes by."""

    vector: Vector
    labels: tuple[Label, ...]
    text: tuple[Text, ...]


def open_models(folder: Path) -> LocalEmbedder:
    """The prepared models."""
    return LocalEmbedder(Models(folder), Meanings(folder))


def see(image: Image.Image, embedder: LocalEmbedder) -> Seen:
    """What the pipeline would find out about an upload of this image; remembered on disk."""
    digest = hashlib.sha256(f"{image.mode} {image.size} ".encode() + image.tobytes()).hexdigest()
    place = cache_folder() / "search" / _version() / f"{digest}.json"
    if not place.exists():
        found = _look(image, embedder)
        kept = {**asdict(found), "vector": found.vector.base64}
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.with_suffix(".draft")
        draft.write_text(json.dumps(kept), encoding="utf-8")
        draft.replace(place)
    kept = json.loads(place.read_text(encoding="utf-8"))
    return Seen(Vector.from_base64(kept["vector"]), tuple(kept["labels"]), tuple(kept["text"]))


def _look(image: Image.Image, embedder: LocalEmbedder) -> Seen:
    upload = BytesIO()
    image.save(upload, "PNG", compress_level=1)
    small = Versions(image).within(512)
    sample = encode(small, _SAMPLE.format, _SAMPLE.quality, "#ffffff")
    jpeg = canonical_jpeg(upload.getvalue(), _LIMITS).data
    asked: dict[str, Any] = {"Image": {"Bytes": b64encode(jpeg).decode("ascii")}}
    labels = LabelsRequest.parse({**asked, "MinConfidence": MIN_CONFIDENCE})
    analysis = analysis_of(
        {
            "detect_labels": responses.labels(decode(jpeg), labels, embedder.sight),
            "detect_text": responses.text(
                decode(jpeg, READING_SIDE), TextRequest.parse(asked), embedder.sight
            ),
        }
    )
    return Seen(embedder.of_picture(sample), analysis.labels, analysis.text)


class Library:
    """The photographs, by their names, and three ways to rank them for words."""

    def __init__(self, seen: Mapping[str, Seen], embedder: LocalEmbedder) -> None:
        self._items = {name: _item(name, each) for name, each in seen.items()}
        self._names = {item.image_id: name for name, item in self._items.items()}
        self._whole = _search(self._items.values(), seen.values(), embedder)
        bare = [replace(each, labels=(), text=()) for each in self._items.values()]
        self._bare = _search(bare, seen.values(), embedder)

    @property
    def names(self) -> set[str]:
        return set(self._items)

    def by_words(self, text: str) -> list[tuple[str, float]]:
        """What `?q=` returns: names with similarities."""
        return self._named(self._whole.by_words(text, _REVIEWER, ALL).found)

    def by_vectors(self, text: str) -> list[tuple[str, float]]:
        """The same where no picture has labels or texts."""
        return self._named(self._bare.by_words(text, _REVIEWER, ALL).found)

    def by_labels(self, text: str) -> list[tuple[str, float]]:
        """Pictures that have words of the text as labels or texts, and no others. Those that have
        equally many are in an order that means nothing."""
        query = parse(text)
        ranked = rank(query, (Found(item=each, similarity=0) for each in self._items.values()))
        return self._named([each for each in ranked if not query.words or query.exact(each.item)])

    def like(self, name: str) -> list[tuple[str, float]]:
        """What `?like=` returns."""
        return self._named(self._whole.like(self._items[name], _REVIEWER, ALL))

    def labels(self, name: str) -> list[str]:
        """The labels of the picture, the likeliest first."""
        return [each["name"] for each in self._items[name].labels]

    def _named(self, found: Sequence[Found]) -> list[tuple[str, float]]:
        return [(self._names[each.item.image_id], each.similarity) for each in found]


def _item(name: str, seen: Seen) -> Item:
    return Item(
        # Of equal results the order is by this id.
        image_id=hashlib.sha256(name.encode()).hexdigest()[:32],
        bucket="originals",
        key=f"uploads/{name}",
        sequencer="1",
        etag="",
        bytes=1,
        content=_CONTENT,
        labels=seen.labels,
        text=seen.text,
        created_at="2026-01-01T00:00:00.000+00:00",
    )


def _search(items: Iterable[Item], seen: Iterable[Seen], embedder: LocalEmbedder) -> Search:
    clock, table, vectors = MemoryClock(), MemoryTable(), MemoryVectors()
    for item, each in zip(items, seen, strict=True):
        table.items[item.image_id] = item
        placed = Placed(
            image_id=item.image_id,
            content=_CONTENT,
            owner="ann",
            shown=True,
            vector=each.vector,
        )
        vectors.put(placed, at=clock())
    found = MemoryItems(table)
    pictures = Pictures(
        Catalog(table, clock),
        found,
        MemoryListing(table),
        MemoryStatuses(table),
        MemoryBus(),
        "open",
        shared=False,
    )
    return Search(Searchable(Placing(embedder, vectors)), found, pictures)


def _vector(made: Mapping[str, Any]) -> Vector:
    return Vector.of(made["embedding"])


@cache
def _version() -> str:
    """Changes with whatever the stand-in sees by."""
    code = Path(bedrock.__file__).parent
    files = sorted([*code.rglob("*.py"), *code.glob("*.txt"), *code.glob("taxonomy/*")])
    digest = hashlib.sha256()
    for each in files:
        if each.is_file():
            digest.update(each.read_bytes())
    return digest.hexdigest()[:16]
