"""What the API tells about pictures that look the same, and to whom."""

from dataclasses import replace
from typing import Any

from pipeline.item import Item
from pipeline.likeness import Listed, Look
from tests.containers.api.client import ANN, AS_ANN, AS_RITA, CONTENT, Client, Memory, claims_of

BOB = "33333333-3333-4333-8333-333333333333"
AS_BOB = claims_of(BOB)


def looking(
    memory: Memory,
    bits: int,
    owner: str | None = ANN,
    sha256: str = "",
    taken_at: str | None = None,
    **changes: Any,
) -> Item:
    """A picture whose hashes together are so many bits away from zero."""
    item = memory.picture(owner, name=f"{len(memory.table.items)}.jpg")
    digest = sha256 or item.image_id * 2
    look = Look(
        dhash=(1 << bits // 2) - 1,
        phash=(1 << (bits - bits // 2)) - 1,
        sha256=digest,
        taken_at=taken_at,
    )
    hashes = {"sha256": digest, "dhash": f"{look.dhash:016x}", "phash": f"{look.phash:016x}"}
    measured = {"contrast": 50.0, "sharpness": 40.0}
    changed = replace(item, **{"hashes": hashes, "measured": measured, **changes})
    memory.table.items[item.image_id] = changed
    listed = Listed(image_id=item.image_id, content=CONTENT, look=look)
    memory.looks.add(owner or "none", listed, at=memory.clock())
    return changed


def alike(memory: Memory, item: Item, claims: Any = AS_ANN) -> list[tuple[str, str]]:
    answer = Client(memory.services).request(
        "GET", f"/api/pictures/{item.image_id}/alike", claims=claims
    )
    assert answer.status == 200, answer.text
    return [(each["id"], each["alike"]) for each in answer.body["pictures"]]


def grouped(memory: Memory, claims: Any = AS_ANN, **query: str) -> Any:
    answer = Client(memory.services).request("GET", "/api/duplicates", claims=claims, query=query)
    assert answer.status == 200, answer.text
    return answer.body


def ids(body: Any) -> list[list[str]]:
    return [[each["id"] for each in group["pictures"]] for group in body["groups"]]


def test_the_same_picture_comes_before_the_same_scene_and_another_not_at_all() -> None:
    memory = Memory()
    item = looking(memory, 0)
    scene, same, _ = looking(memory, 20), looking(memory, 6), looking(memory, 40)
    assert alike(memory, item) == [(same.image_id, "same"), (scene.image_id, "scene")]


def test_nobody_s_picture_is_compared_with_another_owner_s() -> None:
    memory = Memory()
    own, other, nobody = looking(memory, 0), looking(memory, 0, BOB), looking(memory, 0, None)
    assert alike(memory, own) == []
    assert alike(memory, other, AS_RITA) == []
    assert alike(memory, nobody, AS_RITA) == []
    assert ids(grouped(memory)) == []
    answer = Client(memory.services).request(
        "GET", f"/api/pictures/{own.image_id}/alike", claims=AS_BOB
    )
    assert (answer.status, answer.code) == (404, "not_found")


def test_held_pictures_are_found_and_those_that_are_gone_are_not() -> None:
    memory = Memory()
    item, deleted, rejected = looking(memory, 0), looking(memory, 1), looking(memory, 2)
    changed, held = looking(memory, 3, content="another"), looking(memory, 4)
    memory.trashed(deleted)
    for each, decision in ((rejected, "reject"), (held, "hold")):
        assert each.verdict
        verdict = replace(each.verdict, decision=decision)  # type: ignore[arg-type]  # a word of it
        memory.table.items[each.image_id] = replace(each, verdict=verdict)
    assert changed.content == "another"
    assert alike(memory, item) == [(held.image_id, "same")]
    assert sorted(*ids(grouped(memory))) == sorted([item.image_id, held.image_id])


def test_a_file_that_is_the_same_to_the_byte_is_told_apart() -> None:
    memory = Memory()
    item = looking(memory, 0)
    copy = looking(memory, 0, hashes=item.hashes)
    other = looking(memory, 1)
    answer = Client(memory.services).request("GET", f"/api/pictures/{item.image_id}/alike")
    found = {each["id"]: each["identical"] for each in answer.body["pictures"]}
    assert found == {copy.image_id: True, other.image_id: False}


def of_size(memory: Memory, sharpness: float, side: int, created_at: str = "2026-01-01") -> Item:
    """A picture that looks like all others that this function makes."""
    return looking(
        memory,
        len(memory.table.items),
        measured={"contrast": 50.0, "sharpness": sharpness},
        width=side,
        height=side,
        created_at=created_at,
    )


def test_a_group_begins_with_the_most_detail_then_the_oldest() -> None:
    memory = Memory()
    blurred = of_size(memory, 4.0, 1200)
    late = of_size(memory, 80.0, 1000, "2026-02-01")
    early = of_size(memory, 80.0, 1000, "2026-01-01")
    large = of_size(memory, 80.0, 2000, "2026-03-01")
    [group] = grouped(memory)["groups"]
    order = [large, early, late, blurred]
    assert [each["id"] for each in group["pictures"]] == [each.image_id for each in order]
    assert group["best"] == large.image_id


def test_a_thumbnail_is_not_the_best_though_it_measures_sharper() -> None:
    memory = Memory()
    # As measured of a photograph, half of it, and 128 pixels of it.
    original, half, small = (
        of_size(memory, sharpness, side, created)
        for sharpness, side, created in (
            (13.4, 2560, "2026-03-01"),
            (13.6, 1280, "2026-02-01"),
            (47.2, 128, "2026-01-01"),
        )
    )
    [group] = grouped(memory)["groups"]
    assert [each["id"] for each in group["pictures"]] == [
        each.image_id for each in (original, half, small)
    ]


def test_what_compression_adds_to_sharpness_does_not_outrank_the_older_original() -> None:
    memory = Memory()
    compressed = of_size(memory, 14.3, 2560, "2026-02-01")
    original = of_size(memory, 12.8, 2560, "2026-01-01")
    [group] = grouped(memory)["groups"]
    assert [each["id"] for each in group["pictures"]] == [original.image_id, compressed.image_id]


def test_a_group_of_more_than_are_told_ends_once_all_that_is_told_is_kept() -> None:
    memory = Memory()
    digest = "d" * 64
    everything = {looking(memory, 0, sha256=digest).image_id for _ in range(130)}
    told: list[str] = []
    for _ in range(5):
        if not (groups := ids(grouped(memory))):
            break
        [group] = groups
        assert len(group) <= 100
        told += group
        assert ask(memory, "distinct", {"ids": group}).status == 204
    assert ids(grouped(memory)) == []
    assert set(told) == everything


def test_frames_of_a_burst_are_in_no_group_together_though_a_copy_is_like_both() -> None:
    memory = Memory()
    copy = looking(memory, 2, width=4000, height=3000)
    frames = [
        looking(memory, bits, taken_at=f"2026-05-10T10:00:0{bits}").image_id for bits in (0, 1)
    ]
    told = []
    for _ in frames:
        [group] = ids(grouped(memory))
        assert group[0] == copy.image_id
        told += group[1:]
        ask(memory, "distinct", {"ids": group})
    assert sorted(told) == sorted(frames)
    assert ids(grouped(memory)) == []


def test_what_is_like_a_copy_and_not_like_the_best_does_not_go_for_its_sake() -> None:
    memory = Memory()
    best = looking(memory, 0, width=4000, height=3000)
    between, far = looking(memory, 10), looking(memory, 20)
    assert ids(grouped(memory)) == [[best.image_id, between.image_id]]
    ask(memory, "distinct", {"ids": [best.image_id, between.image_id]})
    [group] = ids(grouped(memory))
    assert sorted(group) == sorted([between.image_id, far.image_id])


def test_the_same_scene_makes_no_group() -> None:
    memory = Memory()
    looking(memory, 0)
    looking(memory, 20)
    assert grouped(memory) == {"groups": [], "more": False}


def test_a_reviewer_also_gets_the_groups_that_nobody_owns() -> None:
    memory = Memory()
    nobody = [looking(memory, bits, None) for bits in (0, 1)]
    for bits in (0, 1):
        looking(memory, bits)
    assert sorted(*ids(grouped(memory, AS_RITA))) == sorted(each.image_id for each in nobody)


def test_more_groups_than_are_asked_for_are_said_to_be_there() -> None:
    memory = Memory()
    for far in (0, 60):
        for bits in (0, 1):
            looking(memory, far + bits)
    assert grouped(memory, limit="1")["more"]
    assert len(ids(grouped(memory))) == 2


def ask(memory: Memory, route: str, body: Any, claims: Any = AS_ANN) -> Any:
    return Client(memory.services).request(
        "POST", f"/api/duplicates/{route}", body=body, claims=claims
    )


def test_merging_moves_the_copies_to_the_trash_and_restoring_undoes_it() -> None:
    memory = Memory()
    keep, copy = looking(memory, 0), looking(memory, 1)
    answer = ask(memory, "merge", {"keep": keep.image_id, "remove": [copy.image_id]})
    assert (answer.status, answer.body) == (200, {"removed": [copy.image_id]})
    assert memory.versions.of(copy.key)[0].hides
    assert not memory.versions.of(keep.key)[0].hides
    restored = Client(memory.services).request("POST", f"/api/pictures/{copy.image_id}/restore")
    assert restored.status == 202
    assert not memory.versions.of(copy.key)[0].hides


def test_nothing_is_merged_into_a_picture_that_is_gone_itself_or_another_owner_s() -> None:
    memory = Memory()
    keep, copy, other = looking(memory, 0), looking(memory, 1), looking(memory, 2, BOB)
    own = {"keep": keep.image_id, "remove": [keep.image_id]}
    assert ask(memory, "merge", own).status == 400
    foreign = {"keep": other.image_id, "remove": [copy.image_id]}
    assert ask(memory, "merge", foreign).status == 404
    assert ask(memory, "merge", foreign, AS_RITA).status == 400
    memory.trashed(keep)
    gone = ask(memory, "merge", {"keep": keep.image_id, "remove": [copy.image_id]})
    assert (gone.status, gone.code) == (409, "conflict")
    assert not memory.versions.of(copy.key)[0].hides


def test_what_its_owner_keeps_is_proposed_no_more_until_that_is_undone() -> None:
    memory = Memory()
    group = sorted(looking(memory, bits).image_id for bits in (0, 1, 2))
    for _ in range(2):
        assert ask(memory, "distinct", {"ids": group}).status == 204
    assert ids(grouped(memory)) == []
    assert len(alike(memory, memory.table.items[group[0]])) == 2
    assert ask(memory, "distinct", {"ids": group, "distinct": False}).status == 204
    assert sorted(*ids(grouped(memory))) == group


def test_a_new_copy_of_what_its_owner_keeps_is_proposed_with_all_of_it() -> None:
    memory = Memory()
    kept = [looking(memory, bits).image_id for bits in (0, 1)]
    ask(memory, "distinct", {"ids": kept})
    new = looking(memory, 2).image_id
    assert sorted(*ids(grouped(memory))) == sorted([*kept, new])


def test_keeping_belongs_to_the_bytes_and_survives_new_renditions() -> None:
    memory = Memory()
    first, second = looking(memory, 0), looking(memory, 1)
    ask(memory, "distinct", {"ids": [first.image_id, second.image_id]})
    item = memory.table.items[second.image_id]
    memory.table.items[second.image_id] = replace(item, recipe="another")
    assert ids(grouped(memory)) == []
    other = replace(item, version_id="v9", hashes={**(item.hashes or {}), "sha256": "9" * 64})
    memory.table.items[second.image_id] = other
    assert len(ids(grouped(memory))) == 1


def test_an_upload_is_told_of_the_same_file_among_one_s_own_pictures() -> None:
    memory = Memory()
    digest = "d" * 64
    item = looking(memory, 0, sha256=digest)
    looking(memory, 0, BOB, sha256="e" * 64)
    files = [
        {"name": "b.jpg", "type": "image/jpeg", "bytes": 10, "sha256": letter * 64}
        for letter in "def"
    ]
    answer = Client(memory.services).request("POST", "/api/uploads", body={"files": files})
    assert answer.status == 200, answer.text
    named = {"id": item.image_id, "name": item.key.rpartition("/")[2]}
    assert [each["same"] for each in answer.body["uploads"]] == [named, None, None]
    assert all(each["url"] for each in answer.body["uploads"])
