"""The providers answer the engine over gRPC, and what they create exists."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import local.engine.resources  # noqa: F401 - fills the registry
from local.engine.deployment import Deployment
from local.engine.provider import serve

IMAGE = "docker:index/image:Image"
QUEUE = "aws:sqs/queue:Queue"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"


@pytest.fixture
def provider(deployment: Deployment) -> Iterator[Any]:
    with serve(deployment) as environment:
        port = environment["PULUMI_DEBUG_PROVIDERS"].split(",")[0].removeprefix("aws:")
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield provider_pb2_grpc.ResourceProviderStub(channel)


def struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(dict(values))
    return message


def check(
    provider: Any, type_: str, news: Mapping[str, Any], *, proposed: str = "", **olds: Any
) -> Any:
    return provider.Check(
        provider_pb2.CheckRequest(
            type=type_,
            name="work",
            news=struct(news),
            olds=struct(olds),
            autonaming=provider_pb2.CheckRequest.AutonamingOptions(proposed_name=proposed),
        )
    )


def test_a_queue_lives_from_its_proposed_name_to_its_end(
    provider: Any, deployment: Deployment
) -> None:
    checked = check(provider, QUEUE, {"delaySeconds": 5}, proposed="darkroom-dev-work-1")
    made = provider.Create(
        provider_pb2.CreateRequest(type=QUEUE, name="work", properties=checked.inputs)
    )
    sqs = deployment.aws.client("sqs")
    assert made.id.endswith("/darkroom-dev-work-1")

    again = check(
        provider,
        QUEUE,
        {"delaySeconds": 7},
        proposed="darkroom-dev-work-2",
        **MessageToDict(checked.inputs),
    )
    difference = provider.Diff(
        provider_pb2.DiffRequest(
            type=QUEUE, old_inputs=checked.inputs, olds=made.properties, news=again.inputs
        )
    )
    assert (list(difference.diffs), list(difference.replaces)) == (["delaySeconds"], [])
    changed = provider.Update(
        provider_pb2.UpdateRequest(
            type=QUEUE, name="work", id=made.id, olds=made.properties, news=again.inputs
        )
    )
    attributes = sqs.get_queue_attributes(QueueUrl=made.id, AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"] == {"DelaySeconds": "7"}

    gone = provider_pb2.DeleteRequest(type=QUEUE, id=made.id, properties=changed.properties)
    provider.Delete(gone)
    provider.Delete(gone)
    assert made.id not in sqs.list_queues().get("QueueUrls", [])


def test_another_name_replaces_a_queue(provider: Any) -> None:
    difference = provider.Diff(
        provider_pb2.DiffRequest(
            type=QUEUE,
            old_inputs=struct({"name": "one"}),
            olds=struct({"tagsAll": {}}),
            news=struct({"name": "two"}),
        )
    )
    assert list(difference.replaces) == ["name"]


@pytest.mark.parametrize(
    ("type_", "news", "proposed", "reason"),
    [
        (QUEUE, {}, "q" * 81, f"name {'q' * 81} must have at most 80 characters, got 81"),
        (
            ROLE_POLICY,
            {"role": "r", "policy": json.dumps({"Statement": "s" * 10_240})},
            "p",
            "policy must have at most 10240 characters, got 10256",
        ),
        ("aws:ec2/vpc:Vpc", {}, "", "aws:ec2/vpc:Vpc is not a resource type that the local"),
    ],
)
def test_what_aws_or_the_local_deployment_refuses_fails_in_the_preview(
    provider: Any, type_: str, news: dict[str, Any], proposed: str, reason: str
) -> None:
    (failure,) = check(provider, type_, news, proposed=proposed).failures
    assert failure.reason.startswith(reason)


def test_a_preview_creates_nothing_and_leaves_outputs_unknown(
    provider: Any, deployment: Deployment
) -> None:
    made = provider.Create(
        provider_pb2.CreateRequest(
            type=QUEUE, name="work", properties=struct({"name": "unmade"}), preview=True
        )
    )
    properties = MessageToDict(made.properties)
    assert (made.id, properties["name"], properties["arn"]) == ("", "unmade", rpc.UNKNOWN)
    urls = deployment.aws.client("sqs").list_queues().get("QueueUrls", [])
    assert not [url for url in urls if url.endswith("/unmade")]


def test_an_unknown_input_is_refused_outside_a_preview(provider: Any) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        provider.Create(
            provider_pb2.CreateRequest(
                type=QUEUE,
                name="work",
                properties=struct({"name": "w", "redrivePolicy": rpc.UNKNOWN}),
            )
        )
    assert refused.value.details() == "redrivePolicy must be known at this point"


def test_an_input_that_is_unknown_as_a_whole_passes_the_check(provider: Any) -> None:
    news = {"role": rpc.UNKNOWN, "imageUri": rpc.UNKNOWN, "environment": rpc.UNKNOWN}
    assert not check(provider, "aws:lambda/function:Function", news, proposed="f").failures


def test_an_environment_over_4_kb_fails_the_check(provider: Any) -> None:
    news = {"environment": {"variables": {"RECIPE": "r" * 4096}}}
    (failure,) = check(provider, "aws:lambda/function:Function", news, proposed="f").failures
    assert failure.property == "environment"
    assert failure.reason == "environment must have at most 4 KB, got 4110 bytes"


def test_a_name_that_autonaming_must_not_make_up_is_asked_for(provider: Any) -> None:
    mode = provider_pb2.CheckRequest.AutonamingOptions.Mode.DISABLE
    request = provider_pb2.CheckRequest(
        type=QUEUE,
        name="work",
        news=struct({}),
        autonaming=provider_pb2.CheckRequest.AutonamingOptions(mode=mode),
    )
    (failure,) = provider.Check(request).failures
    assert failure.reason == "name must be given where pulumi:autonaming is disabled"


def test_a_changed_file_of_a_build_context_changes_the_image(
    provider: Any, deployment: Deployment, tmp_path: Path
) -> None:
    deployment.root = tmp_path
    (tmp_path / "code").mkdir()
    (tmp_path / "code/Dockerfile").write_text('CMD ["one.handler"]')
    (tmp_path / "code/one.py").write_text("first")
    (tmp_path / "code/ignored.txt").write_text("first")
    (tmp_path / "code/Dockerfile.dockerignore").write_text("*.txt")
    build = {"context": "code", "dockerfile": "code/Dockerfile", "platform": "linux/amd64"}
    news = {"imageName": "one", "build": build}

    def changes(before: Any) -> tuple[list[str], Any]:
        after = check(provider, IMAGE, news).inputs
        difference = provider.Diff(
            provider_pb2.DiffRequest(type=IMAGE, old_inputs=before, news=after)
        )
        return list(difference.diffs), after

    first = check(provider, IMAGE, news).inputs
    (tmp_path / "code/ignored.txt").write_text("second")
    assert changes(first)[0] == []
    (tmp_path / "code/one.py").write_text("second")
    diffs, second = changes(first)
    assert diffs == ["build"]
    (tmp_path / "code/Dockerfile").write_text('CMD ["other.handler"]')
    assert changes(second)[0] == ["build"]


def test_refresh_finds_what_was_changed_or_deleted_elsewhere(
    provider: Any, deployment: Deployment
) -> None:
    inputs = struct({"name": "watched", "delaySeconds": 5, "tags": {"team": "a"}})
    made = provider.Create(
        provider_pb2.CreateRequest(type=QUEUE, name="watched", properties=inputs)
    )
    read = provider_pb2.ReadRequest(
        type=QUEUE, id=made.id, inputs=inputs, properties=made.properties
    )
    untouched = provider.Read(read)
    assert (untouched.inputs, untouched.properties) == (inputs, made.properties)

    sqs = deployment.aws.client("sqs")
    sqs.set_queue_attributes(QueueUrl=made.id, Attributes={"DelaySeconds": "9"})
    sqs.tag_queue(QueueUrl=made.id, Tags={"team": "b"})
    found = provider.Read(read)
    assert MessageToDict(found.inputs)["delaySeconds"] == "9"
    assert MessageToDict(found.properties)["tagsAll"] == {"team": "b"}
    difference = provider.Diff(
        provider_pb2.DiffRequest(
            type=QUEUE, old_inputs=found.inputs, olds=found.properties, news=inputs
        )
    )
    assert list(difference.diffs) == ["delaySeconds", "tagsAll"]

    sqs.delete_queue(QueueUrl=made.id)
    assert provider.Read(read).id == ""
