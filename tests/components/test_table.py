from __future__ import annotations

import pytest

from components.table import Index, Table, TableArgs
from proofs.recorder import Graph, run
from tests.components.parts import children, given


def table(*, protect: bool = False, indexes: tuple[Index, ...] = ()) -> Table:
    return Table(
        "things",
        TableArgs(hash_key="id", expires_at="gone_at", protect=protect, indexes=indexes),
    )


def build(*, protect: bool = False, indexes: tuple[Index, ...] = ()) -> Graph:
    def program() -> None:
        table(protect=protect, indexes=indexes)

    return run(program)


def test_a_table_is_one_resource_and_hands_out_its_name_and_arn() -> None:
    graph = build()

    assert children(graph, "Table", "things") == [("dynamodb.Table", "things")]
    assert graph.resource("Table", "things").outputs == {
        "name": "things-0a1b2c",
        "arn": "arn:aws:dynamodb:eu-west-1:123456789012:table/things-0a1b2c",
    }


def test_a_table_declares_exactly_the_attributes_that_are_keys() -> None:
    index = Index(name="by-colour", hash_key="colour", range_key="id")

    inputs = build(indexes=(index,)).resource("dynamodb.Table", "things").inputs

    assert inputs["hashKey"] == "id"
    assert inputs["attributes"] == [
        {"name": "colour", "type": "S"},
        {"name": "id", "type": "S"},
    ]
    assert inputs["globalSecondaryIndexes"] == [
        {
            "name": "by-colour",
            "projectionType": "KEYS_ONLY",
            "keySchemas": [
                {"attributeName": "colour", "keyType": "HASH"},
                {"attributeName": "id", "keyType": "RANGE"},
            ],
        }
    ]


def test_an_index_has_the_attributes_that_it_is_to_carry_and_no_other() -> None:
    index = Index(name="by-colour", hash_key="colour", range_key="id", carries=["weight", "size"])

    assert build(indexes=(index,)).resource("dynamodb.Table", "things").inputs[
        "globalSecondaryIndexes"
    ] == [
        {
            "name": "by-colour",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": ["weight", "size"],
            "keySchemas": [
                {"attributeName": "colour", "keyType": "HASH"},
                {"attributeName": "id", "keyType": "RANGE"},
            ],
        }
    ]


def test_a_table_is_paid_by_the_request_and_lets_items_expire() -> None:
    inputs = build().resource("dynamodb.Table", "things").inputs

    assert inputs["billingMode"] == "PAY_PER_REQUEST"
    assert inputs["ttl"] == {"attributeName": "gone_at", "enabled": True}


@pytest.mark.parametrize("protect", [True, False])
def test_a_protected_table_is_kept_and_can_be_restored(protect: bool) -> None:
    resource = build(protect=protect).resource("dynamodb.Table", "things")

    assert resource.protect is protect
    assert resource.inputs["deletionProtectionEnabled"] is protect
    days = {"recoveryPeriodInDays": 35} if protect else {}
    assert resource.inputs["pointInTimeRecovery"] == {"enabled": protect, **days}


def test_a_reader_of_a_whole_table_gets_many_items_and_scans() -> None:
    assert given(lambda work: table().grant_read_all(work)) == (
        "work-read-all-things",
        [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:BatchGetItem", "dynamodb:Scan"],
                "Resource": ["arn:aws:dynamodb:eu-west-1:123456789012:table/things-0a1b2c"],
            }
        ],
    )


def test_a_user_of_a_table_gets_and_puts_single_items() -> None:
    assert given(lambda work: table().grant_read_write(work)) == (
        "work-read-write-things",
        [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:GetItem", "dynamodb:PutItem"],
                "Resource": ["arn:aws:dynamodb:eu-west-1:123456789012:table/things-0a1b2c"],
            }
        ],
    )


def test_removing_items_is_one_right_to_the_table_alone() -> None:
    assert given(lambda work: table().grant_remove(work)) == (
        "work-remove-things",
        [
            {
                "Effect": "Allow",
                "Action": ["dynamodb:DeleteItem"],
                "Resource": ["arn:aws:dynamodb:eu-west-1:123456789012:table/things-0a1b2c"],
            }
        ],
    )
