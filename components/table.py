"""A DynamoDB table paid by the request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import dynamodb

from components.function import Function
from components.policy import Statement

__all__ = ["Index", "Table", "TableArgs"]


# DynamoDB keeps no backup of single seconds for longer.
LONGEST_BACKUP_DAYS = 35


@dataclass(frozen=True, kw_only=True)
class Index:
    """A global secondary index. Its keys are strings; an item without them is not in it."""

    name: str
    hash_key: str
    range_key: str
    carries: Sequence[str] = ()
    """Attributes besides its own keys and the table's. A write that changes any of these is paid
    for in the index too, by the size of the entry."""


@dataclass(frozen=True, kw_only=True)
class TableArgs:
    """What a table is made of. All keys are strings."""

    hash_key: str
    range_key: str | None = None
    expires_at: str
    """The attribute with the time, in seconds since 1970, after which DynamoDB may delete the
    item; an item without it stays."""
    protect: bool
    """Refuses deletion, and keeps backups from which any second of the last days can be
    restored."""
    backup_days: int = LONGEST_BACKUP_DAYS
    """How many days the backups reach back, at most 35."""
    indexes: Sequence[Index] = ()


class Table(pulumi.ComponentResource):
    """A DynamoDB table paid by the request, with items that expire and global indexes.

    DynamoDB creates or deletes one index of a table at a time; the provider carries out several
    changes one after the other, and none replaces the table.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: TableArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Table", name, None, opts)
        self._label = name

        # DynamoDB refuses a declared attribute that is no key, and a key that is not declared.
        own = {args.hash_key, args.range_key or args.hash_key}
        keys = own.union(*({each.hash_key, each.range_key} for each in args.indexes))
        table = dynamodb.Table(
            name,
            billing_mode="PAY_PER_REQUEST",
            hash_key=args.hash_key,
            range_key=args.range_key,
            attributes=[dynamodb.TableAttributeArgs(name=key, type="S") for key in sorted(keys)],
            global_secondary_indexes=[_index(each) for each in args.indexes] or None,
            ttl=dynamodb.TableTtlArgs(attribute_name=args.expires_at, enabled=True),
            point_in_time_recovery=dynamodb.TablePointInTimeRecoveryArgs(
                enabled=args.protect,
                recovery_period_in_days=(
                    min(args.backup_days, LONGEST_BACKUP_DAYS) if args.protect else None
                ),
            ),
            deletion_protection_enabled=args.protect,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.name = table.name
        self.arn = table.arn

        self.register_outputs({"name": self.name, "arn": self.arn})

    def grant_read_write(self, grantee: Function) -> None:
        """Let `grantee` get and put single items; conditions on a put need no further right."""
        grantee.allow(
            f"read-write-{self._label}",
            Statement(actions=["dynamodb:GetItem", "dynamodb:PutItem"], resources=[self.arn]),
        )

    def grant_add(self, grantee: Function) -> None:
        """Let `grantee` add to single items."""
        grantee.allow(
            f"add-{self._label}", Statement(actions=["dynamodb:UpdateItem"], resources=[self.arn])
        )

    def grant_query(self, grantee: Function) -> None:
        """Let `grantee` read all items that share a hash key."""
        grantee.allow(
            f"query-{self._label}", Statement(actions=["dynamodb:Query"], resources=[self.arn])
        )

    def grant_change(self, grantee: Function) -> None:
        """Let `grantee` get, update and delete single items."""
        grantee.allow(
            f"change-{self._label}",
            Statement(
                actions=["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"],
                resources=[self.arn],
            ),
        )

    def grant_tally(self, grantee: Function) -> None:
        """Let `grantee` get single items, and add to them."""
        grantee.allow(
            f"tally-{self._label}",
            Statement(actions=["dynamodb:GetItem", "dynamodb:UpdateItem"], resources=[self.arn]),
        )

    def grant_read_many(self, grantee: Function) -> None:
        """Let `grantee` get items, many at once."""
        grantee.allow(
            f"read-many-{self._label}",
            Statement(actions=["dynamodb:BatchGetItem"], resources=[self.arn]),
        )

    def grant_get(self, grantee: Function) -> None:
        """Let `grantee` get single items."""
        grantee.allow(
            f"get-{self._label}", Statement(actions=["dynamodb:GetItem"], resources=[self.arn])
        )

    def grant_find(self, grantee: Function, *indexes: str) -> None:
        """Let `grantee` query these indexes, and get the items that it found, many at once."""
        grantee.allow(
            f"find-{self._label}",
            Statement(
                actions=["dynamodb:Query"],
                resources=[pulumi.Output.concat(self.arn, "/index/", name) for name in indexes],
            ),
            Statement(actions=["dynamodb:BatchGetItem"], resources=[self.arn]),
        )

    def grant_remove(self, grantee: Function) -> None:
        """Let `grantee` delete items that it has the keys of."""
        grantee.allow(
            f"remove-{self._label}",
            Statement(actions=["dynamodb:DeleteItem"], resources=[self.arn]),
        )

    def grant_keep(self, grantee: Function) -> None:
        """Let `grantee` get, put and delete single items."""
        grantee.allow(
            f"keep-{self._label}",
            Statement(
                actions=["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
                resources=[self.arn],
            ),
        )

    def grant_append(self, grantee: Function) -> None:
        """Let `grantee` put items and read none. A put replaces what has its key, unless the put
        has a condition against it."""
        grantee.allow(
            f"append-{self._label}",
            Statement(actions=["dynamodb:PutItem"], resources=[self.arn]),
        )

    def grant_read_all(self, grantee: Function) -> None:
        """Let `grantee` read the items, many at once or one after the other."""
        grantee.allow(
            f"read-all-{self._label}",
            Statement(actions=["dynamodb:BatchGetItem", "dynamodb:Scan"], resources=[self.arn]),
        )


def _index(index: Index) -> dynamodb.TableGlobalSecondaryIndexArgs:
    return dynamodb.TableGlobalSecondaryIndexArgs(
        name=index.name,
        projection_type="INCLUDE" if index.carries else "KEYS_ONLY",
        non_key_attributes=list(index.carries) or None,
        key_schemas=[
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                attribute_name=index.hash_key, key_type="HASH"
            ),
            dynamodb.TableGlobalSecondaryIndexKeySchemaArgs(
                attribute_name=index.range_key, key_type="RANGE"
            ),
        ],
    )
