"""What every place for vectors must do, whatever it is made of."""

from datetime import UTC, datetime
from typing import Any

from pipeline.vectors import MOST_NEAR, SIZE, Among, Placed, Vector, Vectors

__all__ = ["VectorsContract", "placed", "toward"]

AT = datetime(2026, 1, 1, tzinfo=UTC)
EVERYTHING = Among()


def toward(x: float, y: float = 0.0) -> Vector:
    """A direction in a plane of the space."""
    return Vector.of([x, y, *[0.0] * (SIZE - 2)])


def placed(
    image: int, vector: Vector, *, content: str = "c", owner: str = "ann", shown: bool = True
) -> Placed:
    """The vector of a picture of that number."""
    return Placed(
        image_id=f"{image:032x}", content=content, owner=owner, shown=shown, vector=vector
    )


class VectorsContract:
    """Its tests run against whatever the subclass's fixture `vectors` is: one that is empty."""

    def nearest(
        self, vectors: Vectors, vector: Vector, among: Among = EVERYTHING, most: int = MOST_NEAR
    ) -> list[tuple[int, str]]:
        found = vectors.nearest(vector, among, most)
        return [(int(each.image_id, 16), each.content) for each in found]

    def test_where_nothing_was_put_nothing_is_found(self, vectors: Vectors) -> None:
        assert vectors.nearest(toward(1), EVERYTHING) == []

    def test_the_most_similar_come_first_with_the_cosine(self, vectors: Vectors) -> None:
        for image, vector in (
            (1, toward(0, 1)),
            (2, toward(1, 0.1)),
            (3, toward(-1)),
            (4, toward(1)),
        ):
            vectors.put(placed(image, vector), at=AT)
        found = vectors.nearest(toward(1), EVERYTHING)
        assert [int(each.image_id, 16) for each in found] == [4, 2, 1, 3]
        assert [round(each.similarity, 3) for each in found] == [1, 0.995, 0, -1]

    def test_no_more_are_found_than_wanted(self, vectors: Vectors) -> None:
        for image in range(3):
            vectors.put(placed(image, toward(1, image)), at=AT)
        assert self.nearest(vectors, toward(1), most=2) == [(0, "c"), (1, "c")]

    def test_an_owner_finds_what_is_theirs_alone(self, vectors: Vectors) -> None:
        vectors.put(placed(1, toward(1), owner="ann"), at=AT)
        vectors.put(placed(2, toward(1), owner="ben"), at=AT)
        assert self.nearest(vectors, toward(1), Among(owner="ben")) == [(2, "c")]
        assert self.nearest(vectors, toward(1), Among(owner="eve")) == []

    def test_what_is_not_shown_is_found_only_where_that_is_wanted(self, vectors: Vectors) -> None:
        vectors.put(placed(1, toward(1), shown=False), at=AT)
        vectors.put(placed(2, toward(1, 1)), at=AT)
        assert self.nearest(vectors, toward(1)) == [(1, "c"), (2, "c")]
        assert self.nearest(vectors, toward(1), Among(shown=True)) == [(2, "c")]
        assert self.nearest(vectors, toward(1), Among(owner="ben", shown=True)) == []

    def test_the_last_put_of_a_content_counts(self, vectors: Vectors) -> None:
        vectors.put(placed(1, toward(1), shown=False), at=AT)
        vectors.put(placed(1, toward(0, 1), shown=True), at=AT)
        found = vectors.nearest(toward(0, 1), Among(shown=True))
        assert [round(each.similarity, 3) for each in found] == [1]

    def test_the_vector_of_a_content_is_that_which_was_put(self, vectors: Vectors) -> None:
        vectors.put(placed(1, toward(3, 4), content="a"), at=AT)
        found = vectors.of(f"{1:032x}", "a")
        assert found
        assert found.similarity(toward(3, 4)) > 0.9999
        assert vectors.of(f"{1:032x}", "b") is None
        assert vectors.of(f"{2:032x}", "a") is None

    def test_contents_of_a_picture_do_not_replace_each_other(self, vectors: Vectors) -> None:
        vectors.put(placed(1, toward(1), content="new"), at=AT)
        vectors.put(placed(1, toward(0, 1), content="old"), at=AT)
        assert self.nearest(vectors, toward(1)) == [(1, "new"), (1, "old")]

    def test_the_vectors_of_some_contents_go(self, vectors: Vectors) -> None:
        for content in ("a", "b", "c"):
            vectors.put(placed(1, toward(1), content=content), at=AT)
        vectors.put(placed(2, toward(0, 1), content="a"), at=AT)
        assert vectors.remove(f"{1:032x}", ["a", "c", "unknown"]) == 2
        assert self.nearest(vectors, toward(1)) == [(1, "b"), (2, "a")]

    def test_a_walk_meets_every_vector_and_continues_after_a_place(self, vectors: Any) -> None:
        for image in range(4):
            vectors.put(placed(image, toward(1)), at=AT)
        vectors.put(placed(2, toward(1), content="d", owner="ben"), at=AT)
        met = list(vectors.after(""))
        assert {(int(each.image_id, 16), each.content, each.owner) for each in met} == {
            *((image, "c", "ann") for image in range(4)),
            (2, "d", "ben"),
        }
        assert {each.at for each in met} == {AT}
        assert list(vectors.after(met[2].place)) == met[3:]
        assert list(vectors.after(met[-1].place)) == []
        parts = [list(vectors.after("", part=part, parts=4)) for part in range(4)]
        assert sorted(each.place for part in parts for each in part) == sorted(
            each.place for each in met
        )

    def test_all_vectors_of_a_picture_go_if_no_content_is_named(self, vectors: Vectors) -> None:
        for content in ("a", "b"):
            vectors.put(placed(1, toward(1), content=content), at=AT)
        assert vectors.remove(f"{1:032x}", []) == 0
        assert vectors.remove(f"{1:032x}") == 2
        assert vectors.remove(f"{1:032x}") == 0
        assert self.nearest(vectors, toward(1)) == []
