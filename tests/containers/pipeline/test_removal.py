"""A person who leaves takes everything of theirs along."""

from dataclasses import replace

import pytest

from pipeline.catalog import Catalog
from pipeline.facts import Analysis
from pipeline.item import Verdict
from pipeline.lifecycle import Analysed, Deleted, Received
from pipeline.likeness import Listed, Look
from pipeline.original import Original
from pipeline.people import Erased, erased
from proofs.memory import (
    MemoryClock,
    MemoryLooks,
    MemoryOriginals,
    MemoryPreviews,
    MemoryTable,
    MemoryVectors,
    MemoryVersions,
)
from tests.containers.found import SHA256
from tests.containers.vectors import placed, toward

ANN = "11111111-1111-4111-8111-111111111111"
BOB = "33333333-3333-4333-8333-333333333333"
UPLOAD = "00000001-0000-4000-8000-000000000000"


class Stack:
    """Originals whose deletions reach the catalog at once, as S3's events would have them do."""

    def __init__(self) -> None:
        self.clock = MemoryClock()
        self.originals = MemoryOriginals(self.clock)
        self.catalog = Catalog(MemoryTable(), self.clock)
        self.previews = MemoryPreviews()
        self.looks = MemoryLooks()
        self.vectors = MemoryVectors()
        self.versions = MemoryVersions(self.originals, self.retire)

    def retire(self, original: Original) -> None:
        self.catalog.advance(Deleted(original=original))

    def held(self, owner: str, data: bytes) -> Original:
        original = self.originals.store(f"uploads/{owner}/{UPLOAD}/a.jpg", data)
        item = self.catalog.advance(Received(original=original))
        assert item is not None
        self.catalog.advance(Received(original=original, preview=item.preview))
        self.previews.write(item.preview, b"preview")
        look = Look(dhash=1, phash=2)
        listed = Listed(image_id=item.image_id, content="0123456789abcdef", look=look)
        self.looks.add(owner, listed, at=self.clock())
        place = replace(placed(0, toward(1), owner=owner), image_id=item.image_id)
        self.vectors.put(place, at=self.clock())
        hold = Verdict(decision="hold")
        self.catalog.advance(
            Analysed(original=original, verdict=hold, analysis=Analysis(), sha256=SHA256)
        )
        return original

    def erase(self, owner: str) -> list[Erased]:
        return list(
            erased(
                owner,
                versions=self.versions,
                previews=self.previews,
                looks=self.looks,
                catalog=self.catalog,
                vectors=self.vectors,
            )
        )


def test_every_version_preview_and_fact_of_theirs_goes_and_nothing_of_others() -> None:
    stack = Stack()
    ann = stack.held(ANN, b"one")
    bob = stack.held(BOB, b"two")
    assert stack.erase(ANN) == [
        Erased(key=ann.key, versions=1, bytes=3, previews=1, looks=1, vectors=1)
    ]
    assert [image for image, _ in stack.vectors.placed] == [bob.image_id]
    assert stack.originals.versions[ann.key] == []
    item = stack.catalog.get(ann.image_id)
    assert item
    assert (item.purged, item.trashed, item.curations, item.hashes) == (True, None, (), None)
    left = stack.catalog.get(bob.image_id)
    assert left
    assert (left.status, list(stack.previews.files)) == ("held", [left.preview])


def test_no_version_is_shown_again_on_the_way() -> None:
    stack = Stack()
    stack.held(ANN, b"one")
    original = stack.held(ANN, b"two")
    shown: list[bool] = []
    stack.originals.pause = lambda _: shown.append(
        bool(stack.originals.newest(original.key)) and "delete version" in _
    )
    stack.erase(ANN)
    assert not any(shown)


@pytest.mark.parametrize("step", ["write delete marker", "delete version", "list versions"])
def test_an_interrupted_removal_goes_on(step: str) -> None:
    stack = Stack()
    original = stack.held(ANN, b"one")

    def stop(word: str) -> None:
        if word == step:
            stack.originals.pause = lambda _: None
            raise OSError(step)

    stack.originals.pause = stop
    with pytest.raises(OSError, match=step):
        stack.erase(ANN)
    stack.erase(ANN)
    assert stack.originals.versions[original.key] == []
    item = stack.catalog.get(original.image_id)
    assert item
    assert item.purged
