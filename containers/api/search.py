"""Search by words and by example, among the pictures that a caller may see."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from api.caller import Caller
from api.cursors import Cursor
from api.errors import ConflictError
from api.pictures import Pictures
from pipeline.embedding import Placing
from pipeline.inventory import Items
from pipeline.item import Item
from pipeline.listing import Filters
from pipeline.query import Found, Query, parse, rank
from pipeline.vectors import Among, Vector

__all__ = ["Search"]

_AT_ONCE = 100
"""Items that are found at once, and rows that are read at once."""

_LISTED = 5
"""Pages of the caller's list that are read where there is nothing to compare with vectors."""


@dataclass(frozen=True)
class Search:
    """Finds pictures by what they are about.

    Conditions apply to the 100 nearest pictures. Where a search has no words, those of its labels
    and texts are what it is about; one of cameras and dates alone goes through the newest pictures.
    """

    placing: Placing | None
    """None in a stage whose pictures have no vectors."""
    items: Items
    """Whole ones, with their labels and texts."""
    pictures: Pictures

    @property
    def _placing(self) -> Placing:
        if self.placing is None:
            raise ConflictError("pictures are not searched here: the stage has no embedding")
        return self.placing

    def by_words(self, text: str, caller: Caller, most: int) -> list[Found]:
        """The pictures that the text of the search field asks for, the best first.

        Raises `QueryError`, `NotEmbeddableError` for words that the model does not take, and
        `ConflictError` where nothing is searched.
        """
        placing, query = self._placing, parse(text)
        if about := query.words or " ".join(sorted(query.labels | query.texts)):
            found = self._near(placing.embedder.of_words(about), caller)
        else:
            found = self._newest(query, caller)
        return rank(query, found)[:most]

    def like(self, item: Item, caller: Caller, most: int) -> list[Found]:
        """Other pictures like this one, the most similar first; none of one without a vector.

        Raises `ConflictError` where nothing is searched.
        """
        vectors = self._placing.vectors
        vector = vectors.of(item.image_id, item.content) if item.content else None
        if vector is None:
            return []
        others = (
            each for each in self._near(vector, caller) if each.item.image_id != item.image_id
        )
        return rank(Query(), others)[:most]

    def _near(self, vector: Vector, caller: Caller) -> Iterator[Found]:
        """The nearest pictures, each with the content that its vector is of."""
        near: defaultdict[str, dict[str, float]] = defaultdict(dict)
        for among in self._scopes(caller):
            for each in self._placing.vectors.nearest(vector, among):
                near[each.image_id][each.content] = each.similarity
        for item in self._seen(list(near), caller):
            # One that is obsolete may be nearer, until it is removed.
            shown = [item.content, item.previous_content]
            contents = near[item.image_id]
            if content := next((each for each in shown if each in contents), None):
                yield Found(item=item, similarity=contents[content])

    def _newest(self, query: Query, caller: Caller) -> Iterator[Found]:
        filters = Filters(begin=query.after, end=query.before)
        start: Cursor | None = None
        for _ in range(_LISTED):
            page = self.pictures.page(caller, filters, start, _AT_ONCE)
            for item in self._seen([row.image_id for row in page.rows], caller):
                yield Found(item=item, similarity=0)
            start = page.next
            if start is None:
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
