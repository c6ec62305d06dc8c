"""Sizes that nobody foresaw: made at the first request, few, and gone with their picture."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from io import BytesIO

import httpx
import pytest
from PIL import Image

from local.apply import apply
from local.pictures import Followed, Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from pipeline.spending import demand_day
from proofs import PAGE
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import eventually

pytestmark = pytest.mark.long

PER_PICTURE = 12
SETTINGS = {
    "page": PAGE,
    "onDemandDailyUsd": "1",
    "onDemandPerPicture": str(PER_PICTURE),
    "onDemandConcurrency": "6",
    "presets": '["card 400x300 cover"]',
}
STORED = "public, max-age=86400, s-maxage=31536000"
MADE = "public, max-age=60"
ALLOWED = {200, 302, 400, 404, 429, 503}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("on-demand")
    with LocalStack(Plan(folder=folder, models=False, settings=SETTINGS)) as local:
        yield local.up()


class Picture:
    """One picture that is ready, and what is made of it on demand."""

    def __init__(self, stack: RunningStack, sent: Followed) -> None:
        assert sent.item
        self.stack, self.item = stack, sent.item
        self.folder = f"i/{sent.item.image_id}/{sent.item.content}/"

    def get(self, name: str, method: str = "GET") -> httpx.Response:
        address = f"{self.stack.front}/{self.folder}{name}"
        return httpx.request(method, address, timeout=60)

    @property
    def files(self) -> set[str]:
        found = self.stack.aws.client("s3").list_objects_v2(
            Bucket=self.stack.outputs["renditions"], Prefix=self.folder
        )
        return {each["Key"].removeprefix(self.folder) for each in found.get("Contents", [])}

    @property
    def granted(self) -> int:
        """How often something was made."""
        [table] = [
            each for each in self.stack.named("aws:dynamodb/table:Table") if each.name == "claims"
        ]
        found = self.stack.aws.client("dynamodb").get_item(
            TableName=table.id, Key={"content": {"S": self.folder}}, ConsistentRead=True
        )
        return int(found["Item"]["granted"]["N"]) if "Item" in found else 0

    def made(self, name: str) -> list[str]:
        """What the function logged about a file: each time that it was made, also where another
        was stored first."""
        pages = (
            self.stack.aws.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=self.stack.outputs["logs"]["develop"])
        )
        lines = [each["message"] for page in pages for each in page["events"]]
        logged = [json.loads(line) for line in lines if line.startswith("{")]
        return [each["message"] for each in logged if each.get("key") == f"{self.folder}{name}"]


def ready(stack: RunningStack, name: str) -> Picture:
    pictures = Pictures(stack)
    # Of its own: two pictures of the same bytes would share the answers of their analysis.
    data = photograph(sum(name.encode()), width=1200, height=900)
    sent = pictures.upload(data, f"{name}.jpg", f"uploads/{name}.jpg")
    for _ in pictures.follow([sent], 120):
        pass
    return Picture(stack, sent)


def delete(picture: Picture) -> None:
    picture.stack.aws.client("s3").delete_object(
        Bucket=picture.stack.outputs["originals"], Key=picture.item.key
    )


def size_of(response: httpx.Response) -> tuple[int, int]:
    return Image.open(BytesIO(response.content)).size


def test_the_first_request_makes_a_file_and_the_second_is_served_from_the_bucket(
    stack: RunningStack,
) -> None:
    picture = ready(stack, "first")
    ahead = picture.files

    made = picture.get("320x240,cover.jpg")
    again = picture.get("320x240,cover.jpg")

    assert (made.status_code, made.headers["cache-control"]) == (200, MADE)
    assert size_of(made) == (320, 240)
    assert (again.status_code, again.headers["cache-control"]) == (200, STORED)
    assert again.content == made.content
    assert picture.granted == 1
    assert picture.files - ahead == {"320x240,cover.jpg"}
    *_, sums = Ops(stack).json("cost", "--days", "1")
    assert 0 < sums["on_demand_usd"] < 0.001
    # Everything that means the same is the same file.
    assert picture.get("cover,centre,160x120,2x.jpg").content == made.content
    assert picture.granted == 1


def test_a_head_of_a_new_address_makes_it_too(stack: RunningStack) -> None:
    picture = ready(stack, "head")
    head = picture.get("card.avif", "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert picture.get("card.avif").headers["cache-control"] == STORED
    assert picture.granted == 1


def test_what_is_refused_reaches_no_function(stack: RunningStack) -> None:
    picture = ready(stack, "refused")
    ahead = picture.files
    assert [picture.get(each).status_code for each in ("640,blur.avif", "9999.avif")] == [400] * 2
    assert picture.get("nothing.avif").status_code == 404
    assert (picture.granted, picture.files) == (0, ahead)


def test_a_hundred_at_once_have_it_made_once(stack: RunningStack) -> None:
    picture = ready(stack, "hundred")
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: picture.get("480.avif"), range(100)))
    assert Counter(each.status_code for each in answers) == {200: 100}
    assert picture.granted == 1
    assert picture.get("480.avif").headers["cache-control"] == STORED


def test_of_many_who_reach_the_function_at_once_one_has_it_made(stack: RunningStack) -> None:
    """As from several caches of CloudFront, each of which collapses only its own requests."""
    picture = ready(stack, "claimed")
    request = {
        "rawPath": f"/{picture.folder}560.avif",
        "requestContext": {"http": {"method": "GET"}},
    }

    def ask(_: int) -> int:
        answer = stack.aws.client("lambda").invoke(
            FunctionName=stack.outputs["functions"]["develop"], Payload=json.dumps(request)
        )
        return int(json.loads(answer["Payload"].read())["statusCode"])

    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(ask, range(6)))
    assert statuses <= {200, 503}
    assert 200 in statuses
    assert picture.granted == 1
    # Whoever ignored the claim would have found another's file in the way of its own.
    eventually(lambda: picture.made("560.avif"))
    assert picture.made("560.avif") == ["developed"]


def test_no_file_outlives_a_deletion_that_its_making_races(stack: RunningStack) -> None:
    picture = ready(stack, "raced")
    sizes = [f"{size}.jpg" for size in (64, 96, 128, 160, 200, 240, 320, 400, 480, 560, 640, 720)]
    with ThreadPoolExecutor(len(sizes) + 1) as pool:
        asked = [pool.submit(picture.get, each) for each in sizes]
        pool.submit(delete, picture).result()
        statuses = {each.result().status_code for each in asked}
    assert statuses <= ALLOWED
    eventually(lambda: Pictures(stack).find(picture.item.key).deleted)
    eventually(lambda: picture.files == set())
    assert picture.get("640.jpg").status_code == 404
    assert picture.files == set()


def test_random_addresses_make_a_bounded_number_of_files(stack: RunningStack) -> None:
    picture = ready(stack, "random")
    ahead = picture.files
    chance = random.Random(6)

    def address(_: int) -> str:
        width, height = chance.randrange(1, 6000), chance.randrange(1, 6000)
        words = chance.sample(["cover", "faces", "centre", "2x", "card", "blur", "x"], 2)
        extension = chance.choice(["avif", "jpg", "gif", "webp"])
        return f"{width}x{height},{','.join(words)}.{extension}"

    shaped = [
        f"{chance.choice((64, 96, 128))}x{chance.choice((64, 96, 128))}.jpg" for _ in range(40)
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(picture.get, [*map(address, range(260)), *shaped]))
    assert {each.status_code for each in answers} <= ALLOWED
    assert len(picture.files - ahead) <= picture.granted <= PER_PICTURE


def test_beyond_the_dollars_of_a_day_the_nearest_rendition_is_shown(stack: RunningStack) -> None:
    picture = ready(stack, "spent")
    ahead = picture.files
    ledger = stack.aws.client("dynamodb")
    part = {"day": {"S": demand_day(f"{datetime.now(UTC):%Y-%m-%d}")}, "part": {"S": "test"}}
    ledger.put_item(TableName=stack.outputs["spending"], Item={**part, "usd": {"N": "1"}})
    try:
        answer = picture.get("480.avif")
    finally:
        ledger.delete_item(TableName=stack.outputs["spending"], Key=part)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, MADE)
    assert answer.content == picture.get("small.avif").content
    assert (picture.granted, picture.files) == (0, ahead)


def test_a_preset_that_is_added_has_its_addresses_while_the_stack_runs(stack: RunningStack) -> None:
    """The last test, as the stack is another one from then on."""
    picture = ready(stack, "added")
    assert picture.get("band,1x.jpg").status_code == 400
    presets = '["card 400x300 cover", "band 300x100 cover"]'
    apply(stack, {"presets": presets}, lambda _step: None)
    eventually(lambda: picture.get("band,1x.jpg").status_code == 200)
    assert size_of(picture.get("band.jpg")) == (300, 100)
