"""The table that the program would get, made as it is on this machine, keeps vectors and finds
them. MiniStack compares a search with every vector, one after the other, so they are few."""

import json
import random
from collections.abc import Iterator

import pytest

import local.engine.resources  # noqa: F401 - fills the registry
from aws.clients import Connection, connect
from aws.dynamodb_vectors import DynamoTakeover, DynamoVectors
from components.vector_table import VectorTable, VectorTableArgs
from local.aws import ACCESS_KEY, SECRET_KEY
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, RefusedError
from pipeline.vectors import SIZE, Among, NotSearchableYetError, Vector
from proofs.memory import MemoryVectors
from proofs.recorder import run
from tests.containers.vectors import AT, VectorsContract, placed, toward

TYPE = "aws:cloudcontrol/resource:Resource"


def inputs(*models: str, tags: dict[str, str] | None = None) -> dict[str, str]:
    """What the component asks Cloud Control for."""

    def program() -> None:
        args = VectorTableArgs(
            hash_key="image_id",
            range_key="place",
            vectors=dict.fromkeys(models, SIZE),
            filters=["owner", "shown"],
            protect=False,
            tags=tags or {"project": "darkroom"},
        )
        VectorTable("vectors", args)

    return dict(run(program).resource("cloudcontrol.Resource", "vectors").inputs)


@pytest.fixture
def table(deployment: Deployment) -> Iterator[Created]:
    made = REGISTRY.create(deployment, TYPE, "vectors", inputs("titan"))
    yield made
    REGISTRY.delete(deployment, TYPE, made.id, made.outputs)


@pytest.fixture
def vectors(table: Created, deployment: Deployment) -> Iterator[DynamoVectors]:
    aws = deployment.aws
    connect(
        Connection(
            endpoint=aws.endpoint,
            region=aws.region,
            access_key=ACCESS_KEY,
            secret_key=SECRET_KEY,
        )
    )
    yield DynamoVectors(table.id, "titan")
    connect(None)


class TestDynamoVectors(VectorsContract):
    """MiniStack's index keeps the same contract."""


@pytest.mark.long
def test_both_implementations_find_the_same_of_two_hundred(vectors: DynamoVectors) -> None:
    chance = random.Random(7)

    def anywhere() -> Vector:
        return Vector.of([chance.gauss(0, 1) for _ in range(SIZE)])

    memory = MemoryVectors()
    for image in range(200):
        each = placed(image, anywhere(), owner=f"o{image % 3}", shown=image % 2 == 0)
        vectors.put(each, at=AT)
        memory.put(each, at=AT)
    for among in (Among(), Among(owner="o1"), Among(owner="o1", shown=True)):
        wanted = anywhere()
        expected = memory.nearest(wanted, among, 20)
        found = vectors.nearest(wanted, among, 20)
        assert [each.image_id for each in found] == [each.image_id for each in expected]
        assert [each.similarity for each in found] == pytest.approx(
            [each.similarity for each in expected], abs=1e-4
        )


@pytest.mark.long
def test_another_model_gets_an_index_beside_the_first(
    deployment: Deployment, table: Created, vectors: DynamoVectors
) -> None:
    vectors.put(placed(1, toward(1)), at=AT)
    other = DynamoVectors(table.id, "nova")
    with pytest.raises(NotSearchableYetError):
        other.nearest(toward(1), Among())

    takeover = DynamoTakeover(table.id, "titan", "nova")
    assert takeover.report("a run", "", 1, at=AT) is False

    both = inputs("titan", "nova")
    outputs = REGISTRY.update(deployment, TYPE, "vectors", table.id, table.outputs, both)
    other.put(placed(1, toward(0, 1)), at=AT)

    assert [round(each.similarity) for each in vectors.nearest(toward(1), Among())] == [1]
    assert [round(each.similarity) for each in other.nearest(toward(1), Among())] == [0]
    assert REGISTRY.read(deployment, TYPE, table.id, both, outputs) == (both, outputs)
    assert [each.place for each in vectors.after("")] == [
        f"{1:032x} c#{model}" for model in ("nova", "titan")
    ]
    assert vectors.remove(f"{1:032x}") == 2

    assert takeover.report("a run", "", 1, at=AT) is True
    assert DynamoTakeover(table.id, "titan", "nova").is_complete()
    DynamoTakeover(table.id, "nova", "none").forget_others()
    assert not DynamoTakeover(table.id, "titan", "nova").is_complete()


def test_tags_are_changed_in_place(deployment: Deployment, table: Created) -> None:
    new = inputs("titan", tags={"stage": "dev"})
    outputs = REGISTRY.update(deployment, TYPE, "vectors", table.id, table.outputs, new)

    dynamodb = deployment.aws.client("dynamodb")
    arn = json.loads(outputs["properties"])["Arn"]
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == [
        {"Key": "stage", "Value": "dev"}
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"StreamSpecification": {}}, "StreamSpecification of AWS::DynamoDB::Table is not known"),
        ({"BillingMode": None}, "BillingMode of AWS::DynamoDB::Table is missing"),
    ],
)
def test_a_state_that_is_not_known_is_refused(
    deployment: Deployment, change: dict[str, object], problem: str
) -> None:
    given = inputs("titan")
    state = {**json.loads(given["desiredState"]), **change}
    state = {key: each for key, each in state.items() if each is not None}
    with pytest.raises(RefusedError, match=problem):
        REGISTRY.create(deployment, TYPE, "vectors", {**given, "desiredState": json.dumps(state)})


def test_nothing_but_tables_is_made_by_cloud_control(deployment: Deployment) -> None:
    with pytest.raises(RefusedError, match="typeName must be AWS::DynamoDB::Table, got AWS::S3"):
        REGISTRY.create(
            deployment, TYPE, "vectors", {**inputs("titan"), "typeName": "AWS::S3::Bucket"}
        )
