"""The images as the program asks for them, and a local AWS that their containers reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from local.aws import LocalAws, child_environment
from local.children import HOST, ROOT, Child, free_port, start
from local.docker import emulator
from local.docker.bridge import Bridge, gateway
from local.docker.builds import build, requested
from local.docker.engine import Engine
from proofs.docker.base import provided_base
from proofs.docker.engine import ready_engine
from proofs.recorder import Graph, record

REGION = "eu-west-1"
MACHINES = {"amd64": "x86_64", "arm64": "arm64"}
START_SECONDS = 120.0


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The engine of this machine, installed and started if need be."""
    return ready_engine(_say)


@pytest.fixture(scope="session")
def base(engine: Engine) -> str:
    return provided_base(engine, _say)


@pytest.fixture(scope="session")
def graph(engine: Engine, base: str) -> Graph:
    """The program as it is deployed from this machine, for functions that run here."""
    return record("dev", {"architecture": MACHINES[engine.architecture], "baseImage": base})


@pytest.fixture(scope="session")
def images(engine: Engine, graph: Graph) -> dict[str, str]:
    """The id of each function's image, built exactly as the recorded graph asks for it."""
    built = {}
    for resource in graph.of_kind("docker.Image"):
        _say(f"building {resource.name}")
        wanted = requested(resource.name, resource.inputs)
        built[resource.name] = build(engine, ROOT, wanted, f"darkroom/{resource.name}")
    return built


@dataclass(frozen=True)
class Cloud:
    """A bare local AWS with what the functions' environments name, and no program in it."""

    aws: LocalAws
    environments: Mapping[str, dict[str, str]]
    """What each function's container is given."""


@pytest.fixture(scope="session")
def cloud(
    engine: Engine, graph: Graph, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cloud]:
    folder = tmp_path_factory.mktemp("cloud")
    port, stand_in_port = free_port(), free_port()
    endpoint = f"http://{HOST}:{port}"
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": HOST, "MINISTACK_REGION": REGION}
    children = [
        _child(folder, "ministack", [], settings),
        _child(
            folder,
            "local.rekognition",
            ["--port", str(stand_in_port), "--s3-endpoint", endpoint, "--no-models"],
            {},
        ),
    ]
    bridge = Bridge(gateway(engine), [port, stand_in_port])
    try:
        children[0].wait_until_healthy(f"{endpoint}/_ministack/health", START_SECONDS)
        children[1].wait_until_healthy(f"http://{HOST}:{stand_in_port}/health", START_SECONDS)
        aws = LocalAws(endpoint, REGION)
        found = _furnish(aws, graph)
        outside = {
            "AWS_ENDPOINT_URL": endpoint.replace(HOST, emulator.HOST),
            "AWS_ENDPOINT_URL_REKOGNITION": f"http://{emulator.HOST}:{stand_in_port}",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        yield Cloud(
            aws,
            {
                each.name: {
                    name: found.get(name, value)
                    for name, value in each.inputs["environment"]["variables"].items()
                }
                | outside
                for each in graph.of_kind("lambda.Function")
            },
        )
    finally:
        bridge.close()
        for child in children:
            child.stop()


def _furnish(aws: LocalAws, graph: Graph) -> dict[str, str]:
    """Create what the environments name; the values of those whose names AWS chooses."""
    functions = {each.name: each for each in graph.of_kind("lambda.Function")}
    names: dict[str, str] = {
        name: value
        for each in ("resize", "rekognition")
        for name, value in functions[each].inputs["environment"]["variables"].items()
    }
    for store in ("ORIGINALS_BUCKET", "RENDITIONS_BUCKET", "PREVIEWS_BUCKET"):
        aws.client("s3").create_bucket(
            Bucket=names[store], CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    aws.client("dynamodb").create_table(
        TableName=names["CATALOG_TABLE"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "image_id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "image_id", "KeyType": "HASH"}],
    )
    aws.client("dynamodb").create_table(
        TableName=names["SPENDING_TABLE"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "day", "AttributeType": "S"},
            {"AttributeName": "part", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "day", "KeyType": "HASH"},
            {"AttributeName": "part", "KeyType": "RANGE"},
        ],
    )
    aws.client("dynamodb").create_table(
        TableName=names["LIKENESS_TABLE"],
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "shelf", "AttributeType": "S"},
            {"AttributeName": "picture", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "shelf", "KeyType": "HASH"},
            {"AttributeName": "picture", "KeyType": "RANGE"},
        ],
    )
    aws.client("events").create_event_bus(Name=names["PIPELINE_BUS"])
    distribution = aws.client("cloudfront").create_distribution(
        DistributionConfig={
            "CallerReference": "here",
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "o.example.org"}]},
            "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
        }
    )
    topic = aws.client("sns").create_topic(Name="notices")
    return {
        "NOTICES_TOPIC": topic["TopicArn"],
        "DISTRIBUTION_ID": distribution["Distribution"]["Id"],
    }


def _child(folder: Path, module: str, arguments: list[str], settings: dict[str, str]) -> Child:
    environment = child_environment({"TMPDIR": str(folder), **settings})
    return start(module, module, arguments, environment, folder / f"{module}.log")


def _say(step: str) -> None:
    print(f"\n{step} ...", end="", flush=True)  # noqa: T201 - on a new machine minutes pass
