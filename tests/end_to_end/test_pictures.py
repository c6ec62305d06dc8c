"""Real pictures through the whole program, on this machine, under the functions' own rights."""

import io
import json
from pathlib import Path

import httpx
import pytest
from PIL import Image

from local.journal import Journal
from local.pictures import Followed, Pictures
from local.samples import SAMPLES, read
from local.state import RunningStack
from tests.end_to_end.journeys import (
    OTHER_PICTURE,
    PICTURE,
    Queues,
    eventually,
    follow,
    item,
    upload,
    upload_owned,
)


def served(stack: RunningStack, key: str) -> httpx.Response:
    return httpx.get(f"{stack.front}/{key}", trust_env=False, timeout=60)


def opened(file: Path) -> Image.Image:
    return Image.open(io.BytesIO(file.read_bytes()))


CHOSEN = [
    sample
    for sample in read(SAMPLES)
    if sample.file.suffix in (".webp", ".tif")
    or sample.file.stem in ("temple", "rotated", "hubble", "truncated", "shopping-list")
]


@pytest.fixture(scope="module")
def samples(stack: RunningStack) -> dict[str, Followed]:
    pictures = Pictures(stack)
    chosen = [
        pictures.upload(s.file.read_bytes(), s.file.name, f"uploads/{s.file.name}")
        for s in read(SAMPLES)
    ]
    follow(pictures, *chosen)
    return {picture.name: picture for picture in chosen}


def test_every_sample_comes_to_its_expected_end(samples: dict[str, Followed]) -> None:
    assert [sample.complaint(samples[sample.file.name]) for sample in read(SAMPLES)] == [
        None
    ] * len(samples)


def test_a_failed_upload_says_why_and_has_no_renditions(samples: dict[str, Followed]) -> None:
    failed = item(samples["shopping-list.jpg"])

    assert failed.failure is not None
    assert failed.failure.code == "not_an_image"
    assert failed.renditions is None


def test_every_rendition_is_served_as_the_catalogue_describes_it(
    stack: RunningStack, samples: dict[str, Followed]
) -> None:
    renditions = item(samples["temple.jpg"]).renditions or {}
    assert list(renditions) == ["thumbnail", "small", "large", "enhanced"]

    for formats in renditions.values():
        assert list(formats) == ["avif", "jpeg"]
        for kind, described in formats.items():
            answer = served(stack, described["key"])
            assert answer.status_code == 200
            assert answer.headers["content-type"] == f"image/{kind}"
            assert "s-maxage=31536000" in answer.headers["cache-control"]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert len(answer.content) == described["bytes"]
            picture = Image.open(io.BytesIO(answer.content))
            assert picture.size == (described["width"], described["height"])


def test_a_picture_stored_on_its_side_comes_out_upright_and_without_its_position(
    stack: RunningStack, samples: dict[str, Followed]
) -> None:
    rotated = item(samples["rotated.jpg"])
    answer = served(stack, (rotated.renditions or {})["large"]["jpeg"]["key"])
    picture = Image.open(io.BytesIO(answer.content))

    stored = opened(SAMPLES / "rotated.jpg")
    assert stored.size == (512, 360)
    assert picture.size == (360, 512)
    assert dict(picture.getexif()) == {}
    assert b"Example" not in answer.content
    # Upright is the photograph that it was cut from: the two differ by no more than compression.
    upright = opened(SAMPLES / "astronaut.jpg").crop((60, 0, 420, 512)).convert("L")
    difference = [
        abs(a - b)
        for a, b in zip(
            upright.resize((36, 51)).tobytes(),
            picture.convert("L").resize((36, 51)).tobytes(),
            strict=True,
        )
    ]
    assert sum(difference) / len(difference) < 4
    assert rotated.exif


@pytest.mark.parametrize("path", ["i/0/0/nothing.jpg", "uploads/temple.jpg"])
def test_nothing_else_is_served(stack: RunningStack, path: str) -> None:
    assert served(stack, path).status_code in (403, 404)


def test_the_buckets_answer_nobody_who_does_not_sign(
    stack: RunningStack, samples: dict[str, Followed]
) -> None:
    key = (item(samples["temple.jpg"]).renditions or {})["large"]["jpeg"]["key"]

    for bucket, name in (("renditions", key), ("originals", "uploads/temple.jpg")):
        address = f"{stack.endpoint}/{stack.outputs[bucket]}/{name}"
        assert httpx.get(address, trust_env=False, timeout=60).status_code == 403


def test_each_end_is_told_once_with_its_reason(
    stack: RunningStack, samples: dict[str, Followed]
) -> None:
    def told() -> dict[str, str] | None:
        notices = Journal(stack.journal).notices()
        found = {name: [n for n in notices if n.text.startswith(f"{name} ")] for name in samples}
        assert max(len(each) for each in found.values()) <= 1
        return {name: each[0].text for name, each in found.items()} if all(found.values()) else None

    texts = eventually(told)

    link = (item(samples["temple.jpg"]).renditions or {})["large"]["jpeg"]["key"]
    assert f"{stack.outputs['pictures_url']}/{link}" in texts["temple.jpg"]
    failure = item(samples["truncated.jpg"]).failure
    assert failure is not None
    assert failure.message in texts["truncated.jpg"]
    [about_truncated] = [
        notice
        for notice in Journal(stack.journal).notices()
        if notice.text == texts["truncated.jpg"]
    ]
    assert about_truncated.recipients == ["+4915112345678", "owner@example.org"]


def test_an_owner_with_an_address_is_written_to_as_well(stack: RunningStack) -> None:
    upload_owned(stack, "uploads/ann's.jpg")

    def told() -> dict[str, list[str]] | None:
        about = [n for n in Journal(stack.journal).notices() if n.text.startswith("ann's.jpg ")]
        return {n.channel: n.recipients for n in about} if len(about) == 2 else None

    assert eventually(told)["ses"] == ["ann@example.org"]


ODD_KEYS = [
    "uploads/with space.jpg",
    "uploads/a+b.jpg",
    "uploads/100%25 %zz.jpg",
    "uploads/salt & pepper?.jpg",
    "uploads/'single' \"double\" `back`.jpg",
    "uploads/déjà vu/Ελλάδα/東京.jpg",
    "uploads/🌄📷.jpg",
    "uploads/$(echo) #1; {a} [b] <c> \\d.jpg",
    "uploads//twice///slashed.jpg",
    "uploads/" + "x" * (900 - len("uploads/.jpg")) + ".jpg",
]


def test_odd_keys_work_from_upload_to_delivery(stack: RunningStack, pictures: Pictures) -> None:
    followed = [pictures.upload(PICTURE, "odd.jpg", key) for key in ODD_KEYS]
    follow(pictures, *followed)

    assert [picture.status for picture in followed] == ["ready"] * len(ODD_KEYS)
    assert [item(picture).key for picture in followed] == ODD_KEYS
    for picture in followed:
        key = (item(picture).renditions or {})["small"]["jpeg"]["key"]
        assert served(stack, key).status_code == 200


def test_a_folder_made_in_the_console_and_another_prefix_are_no_pictures(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    s3 = stack.aws.client("s3")
    s3.put_object(Bucket=stack.outputs["originals"], Key="uploads/holiday/", Body=b"")
    s3.put_object(Bucket=stack.outputs["originals"], Key="elsewhere/a.jpg", Body=PICTURE)
    upload(pictures, "uploads/after the folder.jpg")
    queues.until_empty()

    keys = {each.key for each in pictures.all()}
    assert "uploads/after the folder.jpg" in keys
    assert keys & {"uploads/holiday/", "elsewhere/a.jpg"} == set()


def test_a_duplicate_changes_nothing_and_tells_nobody_again(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    picture = upload(pictures, "uploads/heard twice.jpg")
    ready = queues.heard(picture, "Image Ready")
    queues.until_empty()
    before = pictures.find(picture.key)

    def told(key: str) -> int:
        return sum(key in notice.text for notice in Journal(stack.journal).notices())

    for _ in range(2):
        queues.say_again("rekognition", queues.heard(picture, "Object Created"))
        queues.say_again("resize", queues.heard(picture, "Object Created"))
        queues.say_again("notify", ready)
    queues.until_empty()

    assert pictures.find(picture.key) == before
    upload(pictures, "uploads/heard once.jpg")
    eventually(lambda: told("uploads/heard once.jpg") > 0)
    assert told(picture.key) == 1


def test_an_older_version_that_is_heard_late_changes_nothing(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    first = upload(pictures, "uploads/two versions.jpg")
    created = queues.heard(first, "Object Created")
    second = upload(pictures, first.key, OTHER_PICTURE)
    queues.heard(second, "Image Retired")
    queues.until_empty()
    before = pictures.find(first.key)
    assert before.etag == item(second).etag != item(first).etag

    queues.say_again("resize", created)
    queues.say_again("rekognition", created)
    queues.until_empty()

    after = pictures.find(first.key)
    assert after.renditions == before.renditions
    assert (after.status, after.sequencer) == ("ready", before.sequencer)
    gone = (item(first).renditions or {})["large"]["jpeg"]["key"]
    assert served(stack, gone).status_code in (403, 404)


def test_a_deleted_picture_leaves_no_trace_and_does_not_come_back(
    stack: RunningStack, pictures: Pictures, queues: Queues
) -> None:
    picture = upload(pictures, "uploads/short lived.jpg")
    shown = (item(picture).renditions or {})["large"]["jpeg"]["key"]
    assert served(stack, shown).status_code == 200
    stack.aws.client("s3").delete_object(Bucket=stack.outputs["originals"], Key=picture.key)
    queues.heard(picture, "Image Retired")
    queues.until_empty()
    assert pictures.find(picture.key).status == "deleted"

    for function in ("resize", "rekognition"):
        queues.say_again(function, queues.heard(picture, "Object Created"))
    queues.until_empty()

    assert pictures.find(picture.key).status == "deleted"
    renditions = stack.aws.client("s3").list_objects_v2(
        Bucket=stack.outputs["renditions"], Prefix=f"i/{picture.image_id}/"
    )
    assert renditions["KeyCount"] == 0


@pytest.mark.long
def test_a_poisoned_message_ends_in_the_dead_letters_while_others_pass(
    pictures: Pictures, queues: Queues
) -> None:
    poison = json.dumps({"source": "aws.s3", "detail-type": "Object Created", "detail": {}})
    with queues.quick_retries("resize"):
        queues.send("resize", poison)
        assert upload(pictures, "uploads/beside the poison.jpg").status == "ready"
        assert eventually(lambda: queues.dead("resize")) == [poison]
    queues.purge()
