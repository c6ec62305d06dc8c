"""Each function in its image, under Lambda's emulator, with the recorded events."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from local.docker.emulator import Emulated, emulated
from local.docker.engine import Engine
from proofs.recorder import ROOT, Graph
from tests.events import NAMES, batch, sample
from tests.images.conftest import Cloud
from tests.patterns import matches

pytestmark = pytest.mark.docker

DONE: dict[str, Any] = {"batchItemFailures": []}
PICTURE = ROOT / "samples/coffee.jpg"


@pytest.fixture(scope="module")
def running(
    engine: Engine, graph: Graph, images: dict[str, str], cloud: Cloud
) -> Iterator[dict[str, Emulated]]:
    """A container of each function, with the memory that the program gives it."""
    with ExitStack() as stack:
        yield {
            each.name: stack.enter_context(
                emulated(
                    engine,
                    images[each.name],
                    cloud.environments[each.name],
                    memory_mb=each.inputs["memorySize"],
                )
            )
            for each in graph.of_kind("lambda.Function")
        }


@pytest.fixture
def uploaded(cloud: Cloud) -> dict[str, Any]:
    """`Object Created` for a picture that exists."""
    event = sample("object-created")
    put = cloud.aws.client("s3").put_object(
        Bucket=cloud.environments["resize"]["ORIGINALS_BUCKET"],
        Key=event["detail"]["object"]["key"],
        Body=PICTURE.read_bytes(),
    )
    event["detail"]["object"] |= {
        "etag": put["ETag"].strip('"'),
        "size": PICTURE.stat().st_size,
    }
    event["detail"]["object"].pop("version-id", None)
    return event


def item(cloud: Cloud, image_id: str) -> dict[str, Any]:
    response = cloud.aws.client("dynamodb").get_item(
        TableName=cloud.environments["resize"]["CATALOG_TABLE"],
        Key={"image_id": {"S": image_id}},
        ConsistentRead=True,
    )
    found: dict[str, Any] = response["Item"]
    return found


def renditions(cloud: Cloud) -> set[str]:
    listed = cloud.aws.client("s3").list_objects_v2(
        Bucket=cloud.environments["resize"]["RENDITIONS_BUCKET"]
    )
    return {each["Key"] for each in listed.get("Contents", [])}


def named(detail_type: str) -> str:
    """The sample event of this type."""
    if detail_type == "Object Deleted":
        return "object-deleted-marker"
    return detail_type.lower().replace(" ", "-")


def about(original: dict[str, Any], detail_type: str, **changed: Any) -> dict[str, Any]:
    """The pipeline's sample event of this type, for the picture of an `Object Created`."""
    event = sample(named(detail_type))
    of = original["detail"]["object"]
    event["detail"] |= {
        "bucket": original["detail"]["bucket"]["name"],
        "key": of["key"],
        "sequencer": of["sequencer"],
        "etag": of["etag"],
        "bytes": of["size"],
        "version_id": None,
        **changed,
    }
    return event


def test_a_picture_is_made_announced_and_deleted_in_containers(
    running: dict[str, Emulated], uploaded: dict[str, Any], cloud: Cloud
) -> None:
    assert running["rekognition"].invoke(batch(uploaded)) == DONE
    assert running["resize"].invoke(batch(uploaded)) == DONE
    image_id = about(uploaded, "Image Ready")["detail"]["image_id"]
    ready = item(cloud, image_id)
    assert ready["status"] == {"S": "ready"}
    assert renditions(cloud) == {
        file["M"]["key"]["S"]
        for formats in ready["renditions"]["M"].values()
        for file in formats["M"].values()
    }

    assert running["notify"].invoke(batch(about(uploaded, "Image Ready"))) == DONE
    assert item(cloud, image_id)["notices"]["M"]["ready"]["M"]["state"] == {"S": "sent"}

    cloud.aws.client("s3").delete_object(
        Bucket=cloud.environments["retire"]["ORIGINALS_BUCKET"],
        Key=uploaded["detail"]["object"]["key"],
    )
    deleted = sample("object-deleted-marker")
    deleted["time"] = datetime.now(UTC).isoformat()
    deleted["detail"]["object"] = {
        "key": uploaded["detail"]["object"]["key"],
        "sequencer": uploaded["detail"]["object"]["sequencer"] + "F",
    }
    assert running["retire"].invoke(batch(deleted)) == DONE
    assert item(cloud, image_id)["status"] == {"S": "deleted"}
    assert renditions(cloud) == set()


def test_reconcile_walks_the_stack_in_its_container(running: dict[str, Emulated]) -> None:
    hour = {"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}}
    assert running["reconcile"].invoke(batch(hour)) == DONE
    assert '"message":"reconciled"' in running["reconcile"].log()


def routed(graph: Graph) -> dict[tuple[str, str], dict[str, Any]]:
    """The sample events that the rules send to each function of pictures, by its and their
    name.

    S3's come from the stack's own bucket.
    """
    samples = {name: sample(name) for name in NAMES}
    for event in samples.values():
        if event["source"] == "aws.s3":
            event["detail"]["bucket"]["name"] = graph.outputs["originals"]
    return {
        (function, name): event
        for rule in graph.of_kind("cloudwatch.EventRule")
        for function in (rule.name.partition("-")[0],)
        if function not in ("reconcile", "budget")
        for name, event in samples.items()
        if matches(rule.document("eventPattern"), event)
    }


def test_every_event_that_a_rule_sends_is_acknowledged_when_its_picture_is_gone(
    running: dict[str, Emulated], graph: Graph
) -> None:
    events = routed(graph)
    assert {
        (function, name): running[function].invoke(batch(event))
        for (function, name), event in events.items()
    } == dict.fromkeys(events, DONE)


@pytest.mark.parametrize("function", ["notify", "rekognition", "resize", "retire"])
def test_only_the_messages_of_unknown_types_are_returned_to_the_queue(
    running: dict[str, Emulated], graph: Graph, function: str
) -> None:
    known = next(event for (name, _), event in routed(graph).items() if name == function)
    response = running[function].invoke(batch(known, {"detail-type": "Dinner Ready"}, "nonsense"))
    assert response == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}


def test_a_function_without_its_environment_names_the_missing_variable(
    engine: Engine, images: dict[str, str], cloud: Cloud
) -> None:
    environment = dict(cloud.environments["notify"])
    del environment["NOTICES_TOPIC"]
    with emulated(engine, images["notify"], environment) as container:
        response = container.invoke(batch(sample("image-ready")))
    assert response["errorType"] == "SettingError"
    assert response["errorMessage"] == "NOTICES_TOPIC must be set in the function's environment"
