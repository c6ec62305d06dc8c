"""Who finds what by words and by example, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from api.caller import Caller
from api.search import Search
from pipeline.embedding import Placing, Searchable
from pipeline.item import Item
from pipeline.lifecycle import Described, Received
from pipeline.query import Found, QueryError
from pipeline.vectors import Placed
from proofs.memory import MemoryEmbedder, MemoryItems, MemoryTakeover, MemoryVectors
from tests.containers.api.client import ANN, CONTENT, RITA, Memory

BOB = "33333333-3333-4333-8333-333333333333"
EVERYBODY = {
    "ann": Caller(ANN),
    "bob": Caller(BOB),
    "rita": Caller(RITA, frozenset({"reviewers"})),
}


class Library:
    """A stack in which each picture is about a word."""

    def __init__(self, **settings: Any) -> None:
        self.memory = Memory(**settings)
        self.embedder = MemoryEmbedder()
        self.search = Search(
            Searchable(Placing(self.embedder, self.memory.vectors)),
            MemoryItems(self.memory.table),
            self.memory.services.pictures,
        )

    def picture(self, about: str, owner: str | None = ANN, **options: Any) -> Item:
        item = self.memory.picture(owner, **options)
        placed = Placed(
            image_id=item.image_id,
            content=CONTENT,
            owner=owner or "none",
            shown=True,
            vector=self.embedder.of_words(about),
        )
        self.memory.vectors.put(placed, at=self.memory.clock())
        return item

    def words(self, text: str, who: str = "ann", most: int = 50) -> list[str]:
        return ids(self.search.by_words(text, EVERYBODY[who], most).found)

    def like(self, item: Item, who: str = "ann", most: int = 50) -> list[str]:
        return ids(self.search.like(item, EVERYBODY[who], most))


def ids(found: Sequence[Found]) -> list[str]:
    return [each.item.image_id for each in found]


@pytest.fixture
def library() -> Library:
    return Library()


def test_the_nearest_come_first_and_no_more_than_wanted(library: Library) -> None:
    far = library.picture("zebra")
    near = library.picture("boat")
    assert library.words("boat") == [near.image_id, far.image_id]
    assert library.words("boat", most=1) == [near.image_id]


def test_what_has_the_word_as_its_label_comes_before_what_is_nearer(library: Library) -> None:
    labelled = library.picture("zebra", labels=["Boat"])
    near = library.picture("boat")
    assert library.words("a boat") == [labelled.image_id, near.image_id]
    assert library.words("boat -label:boat") == [near.image_id]


def test_conditions_alone_find_pictures_without_vectors(library: Library) -> None:
    library.picture("boat")
    older = library.memory.picture(labels=["Boat", "Lake"], taken_at="2026-05-10T10:00:00")
    newer = library.picture("zebra", labels=["Boat"], taken_at="2026-05-11T10:00:00")
    assert library.words("label:boat") == [newer.image_id, older.image_id]
    assert library.words("label:boat label:lake") == [older.image_id]


def test_dates_alone_go_through_the_newest_pictures(library: Library) -> None:
    asked: list[str] = []
    library.embedder.pause = asked.append
    may, june = (
        library.picture("boat", taken_at=f"2026-{month}-10T10:00:00") for month in ("05", "06")
    )
    assert library.words("after:2026-05") == [june.image_id, may.image_id]
    assert library.words("before:2026-06") == [may.image_id]
    assert library.words("after:2026-05-11 before:2027") == [june.image_id]
    assert library.words("after:2026-05-20 before:2026-05-02") == []
    assert library.words("after:2026-06 before:2026-05-02") == []
    assert asked == ["embed words"] * 2  # those of the pictures


def test_conditions_alone_go_through_months_of_few_pictures(library: Library) -> None:
    months = [f"20{year}-{month:02}" for year in (24, 25) for month in range(1, 13)]
    pictures = [
        library.memory.picture(labels=["Boat"], taken_at=f"{month}-10T10:00:00").image_id
        for month in months
    ]
    assert library.words("label:boat") == pictures[::-1]
    assert library.search.known(EVERYBODY["ann"]).labels == {"Boat": 24}


@dataclass
class CountedItems(MemoryItems):
    """Items that are counted as they are found."""

    found: int = 0

    def find(self, image_ids: Sequence[str], *, latest: bool = False) -> dict[str, Item]:
        self.found += len(image_ids)
        return super().find(image_ids, latest=latest)


def test_conditions_alone_read_no_more_than_the_newest_that_are_wanted(library: Library) -> None:
    pictures = [
        library.memory.picture(
            labels=["Boat"] if number % 2 else [],
            taken_at=f"2026-05-10T10:{number // 60:02}:{number % 60:02}",
        )
        for number in range(600)
    ]
    newest = [item.image_id for item in reversed(pictures[1::2])]
    items = CountedItems(library.memory.table)
    search = replace(library.search, items=items)
    found = search.by_words("label:boat", EVERYBODY["ann"], 120).found
    assert (ids(found), items.found) == (newest[:120], 200)
    found = search.by_words('label:boat -text:"no entry"', EVERYBODY["ann"], 500).found
    assert (ids(found), items.found) == (newest, 500)


def test_a_wrong_date_is_refused(library: Library) -> None:
    with pytest.raises(QueryError, match="after must be a day"):
        library.words("boat after:yesterday")


@pytest.mark.parametrize(
    ("shared", "decision", "finders"),
    [
        (False, "accept", ["ann", "rita"]),
        (False, "hold", ["ann", "rita"]),
        (False, "reject", ["ann", "rita"]),
        (True, "accept", ["ann", "bob", "rita"]),
        (True, "hold", ["ann", "rita"]),
        (True, "reject", ["ann", "rita"]),
    ],
)
@pytest.mark.parametrize("text", ["boat", "after:2020"])
def test_what_is_not_shown_is_found_by_its_owner_and_reviewers_alone(
    shared: bool, decision: str, finders: list[str], text: str
) -> None:
    library = Library(shared=shared, gate="guarded")
    item = library.picture("boat", decision=decision)
    found = [who for who in EVERYBODY if library.words(text, who) == [item.image_id]]
    assert found == finders
    example = library.picture("boat", BOB)
    found = [who for who in EVERYBODY if item.image_id in library.like(example, who)]
    assert found == finders


def test_pictures_of_nobody_are_found_by_reviewers_alone(library: Library) -> None:
    item = library.picture("boat", None)
    assert library.words("boat", "ann") == []
    assert library.words("boat", "rita") == [item.image_id]


def test_a_vector_of_a_content_that_is_gone_finds_nothing(library: Library) -> None:
    item = library.picture("boat")
    newer = library.memory.originals.store(item.key, b"another picture")
    library.memory.catalog.advance(Received(original=newer))
    # Until the new version is rendered, the previous content is shown.
    assert library.words("boat") == [item.image_id]
    library.memory.trashed(item)
    assert library.words("boat") == []


def test_an_obsolete_content_hides_no_present_one(library: Library) -> None:
    item = library.picture("boar")
    obsolete = Placed(
        image_id=item.image_id,
        content="obsolete",
        owner=ANN,
        shown=True,
        vector=library.embedder.of_words("boat"),
    )
    library.memory.vectors.put(obsolete, at=library.memory.clock())
    [found] = library.search.by_words("boat", EVERYBODY["ann"], 10).found
    assert found.item.image_id == item.image_id
    assert 0.99 < found.similarity < 1


def test_others_like_a_picture_are_found_without_itself(library: Library) -> None:
    far, near = library.picture("zebra"), library.picture("boar")
    item = library.picture("boat")
    assert library.like(item) == [near.image_id, far.image_id]
    assert library.like(item, most=1) == [near.image_id]


def test_a_picture_without_a_vector_is_like_nothing(library: Library) -> None:
    library.picture("boat")
    bare = library.memory.picture()
    unrendered = library.memory.picture(rendered=False)
    library.memory.vectors.remove(bare.image_id)
    assert library.like(bare) == library.like(unrendered) == []


def test_others_like_a_picture_are_found_while_a_new_version_of_it_is_processed(
    library: Library,
) -> None:
    near, item = library.picture("boar"), library.picture("boat")
    newer = library.memory.originals.store(item.key, b"another picture")
    library.memory.catalog.advance(Received(original=newer))
    received = library.memory.table.items[item.image_id]
    assert received.content is None
    assert library.like(received) == [near.image_id]


def test_an_alt_text_is_found_by_its_words(library: Library) -> None:
    library.picture("lake")
    item = library.picture("zebra")
    library.memory.catalog.advance(
        Described(original=item.original, revision=item.revision, alt_text="Our boat", focus=None)
    )
    assert library.words("our boat")[0] == item.image_id


def test_words_that_the_model_refuses_are_looked_for_literally(library: Library) -> None:
    library.picture("lake")
    labelled = library.picture("boat", labels=["Odd"])
    results = library.search.by_words("odd", EVERYBODY["ann"], 10)
    assert (ids(results.found), results.exact) == ([labelled.image_id], True)


def test_an_example_finds_only_what_its_sender_may_see(library: Library) -> None:
    item = library.picture("boat")
    hidden = library.picture("boat", BOB)
    found = {who: ids(library.search.by_example(b"boat", EVERYBODY[who], 10)) for who in EVERYBODY}
    assert found["ann"] == [item.image_id]
    assert found["bob"] == [hidden.image_id]
    assert set(found["rita"]) == {item.image_id, hidden.image_id}


class Moving(Library):
    """A library whose pictures are placed by another model too."""

    def __init__(self) -> None:
        super().__init__()
        self.takeover = MemoryTakeover()
        self.nova = MemoryVectors(model="nova", table=self.memory.vectors.table)
        self.asked: list[str] = []
        following = Placing(
            MemoryEmbedder(lambda what: self.asked.append(f"nova: {what}"), "nova"), self.nova
        )
        self.embedder.pause = lambda what: self.asked.append(f"titan: {what}")
        now = Placing(self.embedder, self.memory.vectors)
        searchable = Searchable(now, following, self.takeover)
        self.search = replace(self.search, searchable=searchable)


def test_searches_go_by_the_next_model_once_it_has_taken_over_and_ask_one_model_once() -> None:
    library = Moving()
    known = library.picture("boat")
    moved = library.picture("zebra")
    vector = library.embedder.of_words("boat")
    placed = Placed(image_id=moved.image_id, content=CONTENT, owner=ANN, shown=True, vector=vector)
    library.nova.put(placed, at=library.memory.clock())
    library.asked.clear()

    assert library.words("boat", most=1) == [known.image_id]
    assert library.asked == ["titan: embed words"]
    assert library.like(moved) == [known.image_id]

    library.takeover.complete = True
    library.asked.clear()
    assert library.words("boat") == [moved.image_id]
    assert library.asked == ["nova: embed words"]
    assert (library.like(moved), library.like(known)) == ([], [])
    found = library.search.by_example(b"boat", EVERYBODY["ann"], 5)
    assert ids(found) == [moved.image_id]
    assert library.asked == ["nova: embed words", "nova: embed picture"]
