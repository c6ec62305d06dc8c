"""Each function in its image, under Lambda's emulator, with the recorded events."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from local.docker.emulator import Emulated, emulated
from local.docker.engine import Engine
from proofs.recorder import ROOT, Graph
from tests.events import batch, sample
from tests.images.conftest import Cloud

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
    answer = cloud.aws.client("dynamodb").get_item(
        TableName=cloud.environments["resize"]["CATALOG_TABLE"],
        Key={"image_id": {"S": image_id}},
        ConsistentRead=True,
    )
    found: dict[str, Any] = answer["Item"]
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


def routed(graph: Graph) -> list[tuple[str, str]]:
    """Each function but reconcile, with each type of event that a rule sends it."""
    rules = {each.name: each for each in graph.of_kind("cloudwatch.EventRule")}
    return sorted(
        {
            (name.split("-")[0], detail_type)
            for name, rule in rules.items()
            if not name.startswith("reconcile-")
            for detail_type in rule.document("eventPattern")["detail-type"]
        }
    )


def test_every_event_that_a_rule_sends_is_acknowledged_when_its_picture_is_gone(
    running: dict[str, Emulated], graph: Graph
) -> None:
    assert {
        (function, detail_type): running[function].invoke(batch(sample(named(detail_type))))
        for function, detail_type in routed(graph)
    } == dict.fromkeys(routed(graph), DONE)


@pytest.mark.parametrize("function", ["notify", "rekognition", "resize", "retire"])
def test_only_the_messages_of_unknown_types_are_returned_to_the_queue(
    running: dict[str, Emulated], graph: Graph, function: str
) -> None:
    known = next(
        sample(named(detail_type)) for name, detail_type in routed(graph) if name == function
    )
    answer = running[function].invoke(batch(known, {"detail-type": "Dinner Ready"}, "nonsense"))
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}


def test_a_function_without_its_environment_names_the_missing_variable(
    engine: Engine, images: dict[str, str], cloud: Cloud
) -> None:
    environment = dict(cloud.environments["notify"])
    del environment["NOTICES_TOPIC"]
    with emulated(engine, images["notify"], environment) as container:
        answer = container.invoke(batch(sample("image-ready")))
    assert answer["errorType"] == "SettingError"
    assert answer["errorMessage"] == "NOTICES_TOPIC must be set in the function's environment"
