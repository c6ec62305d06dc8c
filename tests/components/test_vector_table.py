from __future__ import annotations

from typing import Any

import pytest

from components.vector_table import VectorTable, VectorTableArgs
from proofs.recorder import Graph, run
from tests.components.parts import children, given

ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/things-0a1b2c"


def table(*, protect: bool = False, backup_days: int = 35) -> VectorTable:
    return VectorTable(
        "things",
        VectorTableArgs(
            hash_key="id",
            range_key="place",
            vectors={"shape": 384},
            filters=["owner", "shown"],
            protect=protect,
            backup_days=backup_days,
            tags={"stage": "test", "project": "darkroom"},
        ),
    )


def build(*, protect: bool = False, backup_days: int = 35) -> Graph:
    def program() -> None:
        table(protect=protect, backup_days=backup_days)

    return run(program)


def state(graph: Graph) -> dict[str, Any]:
    made = graph.resource("cloudcontrol.Resource", "things")
    assert made.inputs["typeName"] == "AWS::DynamoDB::Table"
    document: dict[str, Any] = made.document("desiredState")
    return document


def test_a_table_is_one_resource_and_hands_out_its_name_and_arn() -> None:
    graph = build()

    assert children(graph, "VectorTable", "things") == [("cloudcontrol.Resource", "things")]
    assert graph.resource("VectorTable", "things").outputs == {
        "name": "things-0a1b2c",
        "arn": ARN,
    }


def test_a_table_is_named_and_tagged_like_everything_else_of_the_stage() -> None:
    made = state(build())

    assert made["TableName"] == "darkroom-test-things"
    assert made["Tags"] == [
        {"Key": "project", "Value": "darkroom"},
        {"Key": "stage", "Value": "test"},
    ]


def test_a_table_is_paid_by_the_request_and_has_an_index_for_each_vector() -> None:
    made = state(build())

    assert made["BillingMode"] == "PAY_PER_REQUEST"
    assert made["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "place", "KeyType": "RANGE"},
    ]
    assert made["AttributeDefinitions"] == [
        {"AttributeName": name, "AttributeType": "S"} for name in ("id", "owner", "place", "shown")
    ]
    assert made["VectorIndexes"] == [
        {
            "IndexName": "by-shape",
            "VectorAttribute": {"AttributeName": "shape"},
            "SearchSchema": [
                {"AttributeName": "owner", "SearchSchemaElementType": "INLINE_FILTER"},
                {"AttributeName": "shown", "SearchSchemaElementType": "INLINE_FILTER"},
            ],
            "Projection": {"ProjectionType": "KEYS_ONLY"},
            "Dimensions": 384,
            "DistanceFunction": "COSINE",
        }
    ]


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_table_is_kept_and_can_be_restored(protect: bool) -> None:
    graph = build(protect=protect, backup_days=14)

    days = {"RecoveryPeriodInDays": 14} if protect else {}
    assert graph.resource("cloudcontrol.Resource", "things").protect is protect
    assert state(graph)["DeletionProtectionEnabled"] is protect
    assert state(graph)["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": protect,
        **days,
    }


def allowed(resource: str, *actions: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": [resource]}


def test_who_appends_puts_items_and_reads_none() -> None:
    assert given(lambda work: table().grant_append(work)) == (
        "work-append-things",
        [allowed(ARN, "dynamodb:PutItem")],
    )


def test_who_gets_single_items_may_do_nothing_else() -> None:
    assert given(lambda work: table().grant_get(work)) == (
        "work-get-things",
        [allowed(ARN, "dynamodb:GetItem")],
    )


def test_who_reads_all_items_reads_many_at_once_or_one_after_the_other() -> None:
    assert given(lambda work: table().grant_read_all(work)) == (
        "work-read-all-things",
        [allowed(ARN, "dynamodb:BatchGetItem", "dynamodb:Scan")],
    )


def test_who_removes_finds_and_deletes() -> None:
    assert given(lambda work: table().grant_remove(work)) == (
        "work-remove-things",
        [allowed(ARN, "dynamodb:Query", "dynamodb:DeleteItem")],
    )


def test_searching_is_a_right_to_these_indexes() -> None:
    assert given(lambda work: table().grant_search(work, ["shape", "colour"])) == (
        "work-search-things",
        [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:SearchVectors"],
                "Resource": [f"{ARN}/index/by-shape", f"{ARN}/index/by-colour"],
            }
        ],
    )
