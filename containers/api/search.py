"""Search by words and by example, among the pictures that a caller may see."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from api.caller import Caller
from api.cursors import Cursor
from api.errors import ConflictError
from api.pictures import Pictures
from pipeline.embedding import NotEmbeddableError, Placing, Searchable
from pipeline.inventory import Items
from pipeline.item import Item
from pipeline.listing import Filters, Row
from pipeline.query import Found, Query, parse, rank
from pipeline.vectors import Among, NotSearchableYetError, Vector

__all__ = ["Known", "Results", "Search"]

_AT_ONCE = 100
"""Items that are found at once."""

_ROWS = 1000
"""Rows of a page of the caller's list."""

_NEWEST = 5000
"""Rows that are read where nothing is compared."""

_PAGES = 120
"""Pages that are read for them, at most: each is of one month, so these are ten years."""


@dataclass(frozen=True)
class Results:
    """The pictures that a search found, the best first."""

    found: list[Found]
    exact: bool
    """Whether words were looked for literally alone, as nothing compared them with pictures."""
    query: Query = field(default_factory=Query)
    """What was asked for, which tells what of each picture matches. By example it is nothing."""


@dataclass(frozen=True)
class Known:
    """How many pictures have each label and each camera."""

    labels: Counter[str]
    cameras: Counter[str]


@dataclass(frozen=True)
class Search:
    """Finds pictures by what they are about.

    Words are compared with pictures, and conditions beside them apply to the 100 nearest.
    Conditions alone go through the newest 5,000 pictures, with or without vectors. So do words
    where nothing places them, or while the index is being built: they find what has them as a
    label, a text or a description.
    """

    searchable: Searchable | None
    """None in a stage whose pictures have no vectors."""
    items: Items
    """Whole ones, with their labels and texts."""
    pictures: Pictures

    def _placing(self) -> Placing:
        if self.searchable is None:
            raise ConflictError(
                "pictures are not found by example here: the stage has no embedding"
            )
        return self.searchable.placing()

    def by_words(self, text: str, caller: Caller, most: int) -> Results:
        """The pictures that the text of the search field asks for. Raises `QueryError`."""
        query = parse(text)
        placing = self.searchable.placing() if query.words and self.searchable else None
        if placing and (vector := _vector(placing, query.words)):
            try:
                near = list(self._near(placing, vector, caller))
            except NotSearchableYetError:
                pass  # What can be found without the index is better than nothing.
            else:
                return Results(rank(query, near)[:most], exact=False, query=query)
        if query.words:
            newest = self._newest(query, caller)
            found = [each for each in newest if query.exact(each.item)]
        else:
            found = list(self._newest(query, caller, most))
        return Results(rank(query, found)[:most], exact=bool(query.words), query=query)

    def by_example(self, jpeg: bytes, caller: Caller, most: int) -> list[Found]:
        """The pictures like these bytes, which are kept nowhere, the most similar first.

        Raises `NotEmbeddableError` for bytes that the model does not take, and `ConflictError`
        where nothing is compared.
        """
        placing = self._placing()
        vector = placing.embedder.of_picture(jpeg)
        return rank(Query(), self._near(placing, vector, caller))[:most]

    def like(self, item: Item, caller: Caller, most: int) -> list[Found]:
        """Other pictures like this one, the most similar first; none of one without a vector.

        Raises `ConflictError` where nothing is compared.
        """
        placing = self._placing()
        # While a new version is processed, what is shown is the previous content.
        contents = filter(None, (item.content, item.previous_content))
        vectors = (placing.vectors.of(item.image_id, content) for content in contents)
        if (vector := next(filter(None, vectors), None)) is None:
            return []
        others = (
            each
            for each in self._near(placing, vector, caller)
            if each.item.image_id != item.image_id
        )
        return rank(Query(), others)[:most]

    def _near(self, placing: Placing, vector: Vector, caller: Caller) -> Iterator[Found]:
        """The nearest pictures, each with the content that its vector is of."""
        near: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for among in self._scopes(caller):
            for each in placing.vectors.nearest(vector, among):
                near[each.image_id][each.content] = each.similarity
        for item in self._seen(list(near), caller):
            # One that is obsolete may be nearer, until it is removed.
            shown = [item.content, item.previous_content]
            contents = near[item.image_id]
            if content := next((each for each in shown if each in contents), None):
                yield Found(item=item, similarity=contents[content])

    def known(self, caller: Caller) -> Known:
        """The labels and cameras of the newest 5,000 pictures that the caller may see."""
        known = Known(Counter(), Counter())
        for row in self._rows(Filters(), caller):
            known.labels.update(row.labels)
            if row.camera:
                known.cameras[row.camera] += 1
        return known

    def _newest(self, query: Query, caller: Caller, enough: int | None = None) -> Iterator[Found]:
        """The newest pictures that meet the conditions. Once there are enough of them, which may be
        some more, nothing older is read."""
        rows = self._rows(Filters(begin=query.after, end=query.before), caller)
        wanted = (row.image_id for row in rows if query.may_match(row))
        count = 0
        while (enough is None or count < enough) and (batch := list(islice(wanted, _AT_ONCE))):
            for item in self._seen(batch, caller):
                if query.match(item):
                    count += 1
                    yield Found(item=item, similarity=0)

    def _rows(self, filters: Filters, caller: Caller) -> Iterator[Row]:
        start: Cursor | None = None
        left = _NEWEST
        for _ in range(_PAGES):
            page = self.pictures.page(caller, filters, start, min(_ROWS, left))
            yield from page.rows
            left -= len(page.rows)
            start = page.next
            if start is None or not left:
                return

    def _scopes(self, caller: Caller) -> Iterator[Among]:
        """What the caller may find; the items tell what they really may."""
        if caller.is_reviewer:
            yield Among()
            return
        yield Among(owner=caller.owner_id)
        if self.pictures.shared:
            yield Among(shown=True)

    def _seen(self, image_ids: Sequence[str], caller: Caller) -> Iterator[Item]:
        names = iter(image_ids)
        while batch := list(islice(names, _AT_ONCE)):
            for item in self.items.find(batch).values():
                if isinstance(item, Item) and not item.deleted and self.pictures.sees(item, caller):
                    yield item


def _vector(placing: Placing, words: str) -> Vector | None:
    """Where the words lie; None of those that the model does not take."""
    try:
        return placing.embedder.of_words(words)
    except NotEmbeddableError:
        return None
