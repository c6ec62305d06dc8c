"""The operator's commands, as a shell runs them, against the running stack."""

import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from aws.dynamodb import to_attributes
from local.pictures import Pictures
from local.state import RunningStack
from pipeline.item import Item
from pipeline.original import image_id
from tests.end_to_end.commands import Ops
from tests.end_to_end.journeys import PICTURE, Queues, eventually, item, upload

pytestmark = pytest.mark.long

CONTENT = "0123456789abcdef"


@pytest.fixture
def ops(stack: RunningStack) -> Ops:
    return Ops(stack)


def test_status_counts_what_was_uploaded(ops: Ops, pictures: Pictures) -> None:
    before = ops("status", "--json").lines[0]
    upload(pictures, "uploads/ops-counted.jpg")
    upload(pictures, "uploads/ops-no-picture.jpg", b"no picture")
    after = ops("status", "--json").lines[0]
    for status in ("ready", "failed"):
        more = after["pictures"][status]["pictures"] - before["pictures"][status]["pictures"]
        assert (status, more) == (status, 1)
    assert after["last_failures"][0]["key"] == "uploads/ops-no-picture.jpg"
    assert after["last_failures"][0]["code"] == "not_an_image"


def test_dead_letters_are_told_and_go_back_to_their_queue(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    picture = upload(pictures, "uploads/ops-dead-letter.jpg")
    event = Queues(stack).heard(picture, "Object Created")
    body = {
        "source": event.source,
        "detail-type": event.type,
        "time": event.at,
        "detail": event.detail,
    }
    dead_letters = stack.outputs["dead_letters"]["rekognition"]
    waiting = ops("status", "--json").lines[0]["dead_letters"]["rekognition"]["waiting"]
    for _ in range(12):
        ops.client("sqs").send_message(QueueUrl=dead_letters, MessageBody=json.dumps(body))

    assert ops("status").status == 1
    dry = ops("redrive", "--dry-run")
    assert (dry.status, f"rekognition: {waiting + 12} dead letters would" in dry.text) == (1, True)
    done = ops("redrive", "--function", "rekognition", "--json")
    assert (done.status, done.lines) == (
        0,
        [{"function": "rekognition", "dead_letters": waiting + 12, "moved": waiting + 12}],
    )
    assert ops("redrive", "--function", "rekognition").text == "no dead letters\n"
    queue = stack.outputs["queues"]["rekognition"]

    def is_empty() -> bool:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = ops.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)
        return set(answer["Attributes"].values()) == {"0"}

    assert eventually(is_empty)


def test_reconciling_repairs_what_each_part_of_the_stack_lost(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    names = ("unknown", "incomplete", "gone", "untold")
    unknown, incomplete, gone, untold = (
        upload(pictures, f"uploads/ops-{name}.jpg") for name in names
    )
    # Otherwise `notify` could record the notice after it is taken away.
    assert eventually(lambda: pictures.find(untold.key).noticed)
    s3, dynamodb = ops.client("s3"), ops.client("dynamodb")
    dynamodb.delete_item(
        TableName=stack.outputs["catalog"], Key={"image_id": {"S": unknown.image_id}}
    )
    lost = item(incomplete).renditions["small"]["jpeg"]["key"]  # type: ignore[index]
    s3.delete_object(Bucket=stack.outputs["renditions"], Key=lost)
    elsewhere = {**item(gone).to_dict(), "key": "uploads/ops-elsewhere.jpg"}
    nowhere = type(item(gone)).from_dict(
        {**elsewhere, "image_id": image_id(elsewhere["key"]), "claimed": [], "renditions": {}}
    )
    dynamodb.put_item(TableName=stack.outputs["catalog"], Item=to_attributes(nowhere))
    told = item(untold).to_dict()
    del told["notices"]
    dynamodb.put_item(
        TableName=stack.outputs["catalog"],
        Item=to_attributes(type(item(untold)).from_dict(told)),
    )
    lone = f"i/{'e' * 32}/{CONTENT}/small.jpg"
    s3.put_object(Bucket=stack.outputs["renditions"], Key=lone, Body=b"lone")

    ids = (*(each.image_id for each in (unknown, incomplete, nowhere, untold)), "e" * 32)
    assert ops.found(*ids) == {
        (unknown.image_id, "uncatalogued"),
        (unknown.image_id, "orphaned"),
        (unknown.image_id, "unclaimed"),
        (incomplete.image_id, "incomplete"),
        (nowhere.image_id, "gone"),
        (untold.image_id, "untold"),
        ("e" * 32, "orphaned"),
    }
    dry_run = ops("reconcile", "--grace", "0", "--repair", "--dry-run")
    assert dry_run.status == 1
    assert re.search(r"repairing what is left costs about \d+\.\d{4} USD", dry_run.text)

    assert ops("reconcile", "--grace", "0", "--repair").status == 0
    ops.wait_until_nothing_is_found(*ids)
    assert ops("explain", "uploads/ops-elsewhere.jpg", "--json").lines[0]["item"]["status"] == (
        "deleted"
    )
    recorded = ops("audit", "--kind", "repair", "--json").lines
    assert {each["subject"] for each in recorded} >= {*ids}
    assert {(each["by"], each["detail"]["command"]) for each in recorded} >= {
        (ops.client("sts").get_caller_identity()["Arn"], "reconcile")
    }


def test_the_stacks_own_function_reconciles_when_asked(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    picture = upload(pictures, "uploads/ops-nightly.jpg")
    key = {"image_id": {"S": picture.image_id}}
    table = stack.outputs["catalog"]
    ops.client("dynamodb").delete_item(TableName=table, Key=key)

    assert ops("reconcile", "--in-stack", "--repair", "--grace", "0").status == 0

    def is_back() -> bool:
        return "Item" in ops.client("dynamodb").get_item(TableName=table, Key=key)

    assert eventually(is_back)
    ops.wait_until_nothing_is_found(picture.image_id)


def test_a_picture_is_explained_by_id_and_by_key_with_and_without_uploads(
    ops: Ops, pictures: Pictures
) -> None:
    picture = upload(pictures, "uploads/ops/explained.jpg")
    told = ops("explain", picture.image_id)
    assert told.status == 0
    assert "received uploads/ops/explained.jpg" in told.text
    assert "accepted: nothing in the policy speaks against it" in told.text
    assert "notice sent: it is ready" in told.text
    for name in ("uploads/ops/explained.jpg", "ops/explained.jpg"):
        assert ops("explain", name).text == told.text


def test_a_deleted_picture_is_explained_without_what_is_forgotten(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    picture = upload(pictures, "uploads/ops/deleted.jpg")

    def told() -> list[str]:
        lines = ops("explain", picture.key, "--json").lines[0]["story"]
        return [re.sub(r"in \d+ ms|since [^\s;]+", "...", line["words"]) for line in lines]

    assert eventually(lambda: "notice sent: it is ready" in told())
    ops.client("s3").delete_object(Bucket=stack.outputs["originals"], Key=picture.key)

    assert eventually(lambda: "cleaned: no file is left that is not shown any more" in told())
    *happened, now = told()
    assert sorted(happened) == [
        "analysed ...",
        "cleaned: no file is left that is not shown any more",
        "deleted: the original is gone",
        "notice sent",
        "received",
        "rendered ...",
    ]
    assert now == "now deleted ...; a tombstone keeps late events from bringing it back"


def test_a_stricter_policy_is_tried_without_changing_anything(
    ops: Ops, pictures: Pictures, tmp_path: Path
) -> None:
    picture = upload(pictures, "uploads/ops-judged.jpg")
    sharpness = (item(picture).quality or {})["sharpness"]
    policy = tmp_path / "Pulumi.strict.yaml"
    policy.write_text("config:\n  darkroom:minSharpness: 100\n  darkroom:gate: guarded\n")
    tried = ops("policy", "try", str(policy), "--json")
    assert tried.status == (1 if sharpness < 100 else 0)
    *flips, summary = tried.lines
    assert summary["flipped"] == len(flips)
    policy.write_text("{}")
    assert ops("policy", "try", str(policy)).status == 0


@contextmanager
def deployed(ops: Ops, **quality: float) -> Iterator[None]:
    """Another policy for a while."""
    lambda_, name = ops.client("lambda"), ops.stack.outputs["functions"]["rekognition"]
    before = lambda_.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    policy = json.loads(before["POLICY"])
    policy["quality"] |= quality

    def deploy(variables: dict[str, str]) -> None:
        lambda_.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )

    deploy({**before, "POLICY": json.dumps(policy)})
    try:
        yield
    finally:
        deploy(before)


def dark(value: int) -> bytes:
    """The picture, too dark for the policy; another value makes other bytes."""
    with Image.open(io.BytesIO(PICTURE)) as picture:
        made = io.BytesIO()
        picture.point(lambda level: level * value // 1000).save(made, "JPEG")
    return made.getvalue()


def test_a_held_picture_is_judged_afresh_by_the_policy_that_is_deployed(
    ops: Ops, pictures: Pictures
) -> None:
    picture = upload(pictures, "uploads/ops-dark.jpg", dark(50))
    assert item(picture).status == "held"

    def judged_again(status: str, before: Item) -> Item:
        """The item, once the picture has come to an end afresh."""

        def look() -> Item | None:
            now = pictures.find(picture.key)
            told = (now.notices or {}).get(status, {}).get("state") == "sent"
            return now if now.as_of != before.as_of and told and now.renditions else None

        return eventually(look)

    assert ops("restore", "ops-dark.jpg", "--dry-run").text.splitlines()[0] == (
        "would    uploads/ops-dark.jpg  was held"
    )
    done = ops("restore", "ops-dark.jpg")
    assert (done.status, done.text.splitlines()[0]) == (
        0,
        "restored uploads/ops-dark.jpg  was held",
    )
    again = judged_again("held", item(picture))
    assert again.sequencer == f"{item(picture).sequencer}1"
    assert [line["stage"] for line in again.timeline].count("analysed") == 1
    assert again.timeline[0]["at"] > item(picture).timeline[-1]["at"]

    with deployed(ops, min_brightness=0, min_contrast=0, min_sharpness=0):
        one, totals = ops("restore", picture.image_id, "--json").lines
        assert one == {
            "image_id": picture.image_id,
            "key": picture.key,
            "was": "held",
            "outcome": "restored",
        }
        assert totals == {
            "restored": 1,
            "would": 0,
            "gone": 0,
            "refused": 0,
            "unreadable": 0,
            "cost_usd": pytest.approx(again.cost_usd, abs=1e-6),
            "invalidations_usd": 0.005,
            "unchanged_since": None,
        }
        shown = judged_again("ready", again)
    assert (shown.status, shown.sequencer) == ("ready", f"{again.sequencer}1")


def test_all_pictures_of_a_state_are_restored_but_for_those_whose_original_is_gone(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    held = [
        upload(pictures, f"uploads/ops-dark-{value}.jpg", dark(value)) for value in (30, 40, 50)
    ]
    assert [picture.status for picture in held] == ["held"] * 3
    keys = [picture.key for picture in held]
    dynamodb, table = ops.client("dynamodb"), stack.outputs["catalog"]
    gone = "uploads/ops-dark-gone.jpg"
    nowhere = {**item(held[0]).to_dict(), "key": gone, "image_id": image_id(gone)}
    dynamodb.put_item(TableName=table, Item=to_attributes(Item.from_dict(nowhere)))

    def outcomes(*words: str) -> tuple[int, dict[str, str]]:
        """The exit status, and what became of the pictures of this test."""
        done = ops("restore", "--status", "held", "--json", *words)
        *lines, _ = done.lines
        ours = [line for line in lines if line["key"] in (*keys, gone)]
        return done.status, {line["key"]: line["outcome"] for line in ours}

    first = item(held[0]).updated_at
    assert outcomes("--dry-run") == (1, {gone: "gone", **dict.fromkeys(keys, "would")})
    assert outcomes("--dry-run", "--unchanged-since", first) == (
        1,
        {gone: "gone", keys[0]: "would"},
    )
    assert [pictures.find(key).as_of for key in keys] == [item(each).as_of for each in held]

    assert outcomes() == (1, {gone: "gone", **dict.fromkeys(keys, "restored")})

    def all_are_held_again() -> bool:
        now = [pictures.find(key) for key in keys]
        later = [each.as_of for each in now] == [f"{item(each).as_of}1" for each in held]
        return later and {each.status for each in now} == {"held"}

    assert eventually(all_are_held_again)
    dynamodb.delete_item(TableName=table, Key={"image_id": {"S": nowhere["image_id"]}})


def test_what_is_wrong_is_told_in_one_line_and_by_a_status_of_its_own(
    ops: Ops, tmp_path: Path
) -> None:
    nobody = Ops(replace(ops.stack, folder=str(tmp_path / "none")))
    policy = tmp_path / "policy.json"
    policy.write_text('{"minSharpnes": 40}')
    outputs = tmp_path / "outputs.json"
    outputs.write_text('{"gate": "open"}')
    for made, words, status, start in (
        (nobody, ("status",), 3, "error: no stack runs in"),
        (ops, ("--outputs", str(outputs), "status"), 3, "error: outputs must be those of a"),
        (ops, ("explain", "uploads/nothing.jpg"), 4, "error: the catalog has no picture"),
        (ops, ("restore", "uploads/nothing.jpg"), 4, "error: the catalog has no picture"),
        (ops, ("policy", "try", str(policy)), 2, f"error: {policy} may hold only minConfid"),
    ):
        done = made(*words)
        assert (done.status, done.error.count("\n")) == (status, 1), done
        assert done.error.startswith(start), done.error
    for wrong in (
        ("explain", ""),
        ("restore", ""),
        ("redrive", "--function", "nobody"),
        ("restore",),
        ("restore", "a.jpg", "--status", "held"),
        ("restore", "--status", "hold"),
        ("restore", "--status", "deleted"),
        ("restore", "a.jpg", "--unchanged-since", "2026-01-01"),
        ("restore", "--status", "held", "--unchanged-since", "yesterday"),
        ("restore", "--status", "held", "--unchanged-since", "0001-01-01T00:00:00+14:00"),
        ("reconcile", "--grace", "999999999999"),
    ):
        assert ops(*wrong).status == 2, wrong


def test_an_item_of_an_older_release_gets_what_lists_need(
    ops: Ops, pictures: Pictures, stack: RunningStack
) -> None:
    picture = upload(pictures, "uploads/ops-migrated.jpg")
    eventually(lambda: (pictures.find(picture.key).notices or {}).get("ready"))
    key, table = {"image_id": {"S": picture.image_id}}, stack.outputs["catalog"]
    dynamodb = ops.client("dynamodb")

    def stored() -> dict[str, Any]:
        found: dict[str, Any] = dynamodb.get_item(TableName=table, Key=key)["Item"]
        return found

    today = stored()
    added = ("schema", "status_shard", "owner_month", "shown_at")
    older = {name: value for name, value in today.items() if name not in added}
    dynamodb.put_item(TableName=table, Item=older)
    broken = {"image_id": {"S": "f" * 32}, "key": {"S": "uploads/ops-broken.jpg"}}
    dynamodb.put_item(TableName=table, Item=broken)

    tried = ops("migrate", "--dry-run", "--json")
    assert (tried.status, tried.error) == (
        1,
        (
            f"error: item {'f' * 32} of uploads/ops-broken.jpg cannot be read: "
            "item must have bucket, sequencer, etag, bytes, got none\n"
        ),
    )
    assert tried.lines[0]["would"] == 1
    assert "schema" not in stored()

    dynamodb.delete_item(TableName=table, Key={"image_id": {"S": "f" * 32}})
    done = ops("migrate", "--json")
    assert (done.status, done.lines[0]["migrated"]) == (0, 1)
    revision = {"N": str(int(today["revision"]["N"]) + 1)}
    assert stored() == {**today, "revision": revision}
    assert ops("migrate").text.startswith("0 migrated of ")
    assert ops("migrate", "--after", "nonsense").status == 2
