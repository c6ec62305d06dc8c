"""A DynamoDB table that is searched by vectors, paid by the request."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudcontrol

from components.function import Function
from components.policy import Statement
from components.table import LONGEST_BACKUP_DAYS

__all__ = ["VectorTable", "VectorTableArgs"]


@dataclass(frozen=True, kw_only=True)
class VectorTableArgs:
    """What a table is made of. All keys and filters are strings."""

    hash_key: str
    range_key: str
    vectors: Mapping[str, int]
    """The size of the vectors in each attribute. Each has an index of the items that have it,
    `by-<attribute>`, which compares by the cosine."""
    filters: Sequence[str]
    """Attributes by which every index can be filtered. An index cannot get another later."""
    protect: bool
    """Refuses deletion, and keeps backups from which any second of the last days can be
    restored."""
    backup_days: int = LONGEST_BACKUP_DAYS
    """How many days the backups reach back, at most 35."""
    tags: Mapping[str, str]
    """Cloud Control applies no default tags of the provider."""


class VectorTable(pulumi.ComponentResource):
    """A DynamoDB table with vector indexes.

    The provider's own resource for tables has no vector indexes (hashicorp/terraform-provider-aws
    #49375), so Cloud Control makes it. An index is made and deleted, never changed: another size,
    key or filter is another index.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: VectorTableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:VectorTable", name, None, opts)
        self._label = name

        # Autonaming reaches no name within a desired state.
        physical = f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}"
        table = cloudcontrol.Resource(
            name,
            type_name="AWS::DynamoDB::Table",
            desired_state=json.dumps(_state(physical, args), sort_keys=True),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        made = pulumi.Output.json_loads(table.properties)
        self.name = made["TableName"]
        self.arn = made["Arn"]

        self.register_outputs({"name": self.name, "arn": self.arn})

    def grant_append(self, grantee: Function) -> None:
        """Let `grantee` put items and read none."""
        grantee.allow(
            f"append-{self._label}",
            Statement(actions=["dynamodb:PutItem"], resources=[self.arn]),
        )

    def grant_remove(self, grantee: Function) -> None:
        """Let `grantee` find the items that share a hash key, and delete them."""
        grantee.allow(
            f"remove-{self._label}",
            Statement(actions=["dynamodb:Query", "dynamodb:DeleteItem"], resources=[self.arn]),
        )

    def grant_get(self, grantee: Function) -> None:
        """Let `grantee` get single items."""
        grantee.allow(
            f"get-{self._label}", Statement(actions=["dynamodb:GetItem"], resources=[self.arn])
        )

    def grant_read_all(self, grantee: Function) -> None:
        """Let `grantee` read the items, many at once or one after the other."""
        grantee.allow(
            f"read-all-{self._label}",
            Statement(actions=["dynamodb:BatchGetItem", "dynamodb:Scan"], resources=[self.arn]),
        )

    def grant_search(self, grantee: Function, attributes: Sequence[str]) -> None:
        """Let `grantee` find items by the vectors in each of these attributes."""
        grantee.allow(
            f"search-{self._label}",
            Statement(
                actions=["dynamodb:SearchVectors"],
                resources=[
                    pulumi.Output.concat(self.arn, "/index/", _index(each)) for each in attributes
                ],
            ),
        )


def _state(name: str, args: VectorTableArgs) -> dict[str, Any]:
    """The table in the words of CloudFormation."""
    keys = [args.hash_key, args.range_key]
    recovery: dict[str, Any] = {"PointInTimeRecoveryEnabled": args.protect}
    if args.protect:
        recovery["RecoveryPeriodInDays"] = min(args.backup_days, LONGEST_BACKUP_DAYS)
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [
            {"AttributeName": each, "AttributeType": "S"} for each in sorted([*keys, *args.filters])
        ],
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind}
            for key, kind in zip(keys, ("HASH", "RANGE"), strict=True)
        ],
        "VectorIndexes": [
            {
                "IndexName": _index(attribute),
                "VectorAttribute": {"AttributeName": attribute},
                "SearchSchema": [
                    {"AttributeName": each, "SearchSchemaElementType": "INLINE_FILTER"}
                    for each in args.filters
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
                "Dimensions": size,
                "DistanceFunction": "COSINE",
            }
            for attribute, size in args.vectors.items()
        ],
        "PointInTimeRecoverySpecification": recovery,
        "DeletionProtectionEnabled": args.protect,
        "Tags": [{"Key": key, "Value": args.tags[key]} for key in sorted(args.tags)],
    }


def _index(attribute: str) -> str:
    return f"by-{attribute}"
