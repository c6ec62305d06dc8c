"""Tables."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs


@REGISTRY.resource(
    "aws:dynamodb/table:Table",
    "name",
    "billingMode",
    "hashKey",
    "rangeKey",
    "attributes[].name",
    "attributes[].type",
    "globalSecondaryIndexes[].name",
    "globalSecondaryIndexes[].keySchemas[].attributeName",
    "globalSecondaryIndexes[].keySchemas[].keyType",
    "globalSecondaryIndexes[].hashKey",
    "globalSecondaryIndexes[].rangeKey",
    "globalSecondaryIndexes[].projectionType",
    "globalSecondaryIndexes[].nonKeyAttributes[]",
    "ttl.attributeName",
    "ttl.enabled",
    "pointInTimeRecovery.enabled",
    "pointInTimeRecovery.recoveryPeriodInDays",
    "streamEnabled",
    "streamViewType",
    "tags*",
    ignores={
        "deletionProtectionEnabled": "nothing outlives the local stack",
        "serverSideEncryption": "the table is in memory",
    },
)
def table(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name, longest=255)
    dynamodb = deployment.aws.client("dynamodb")
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {
        "TableName": physical,
        "BillingMode": inputs.get("billingMode", "PROVISIONED"),
        "KeySchema": _key(inputs["hashKey"], inputs.get("rangeKey")),
        "AttributeDefinitions": [
            {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
            for attribute in inputs["attributes"]
        ],
    }
    if indexes := inputs.get("globalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = [_index(index) for index in indexes]
    if inputs.get("streamEnabled"):
        request["StreamSpecification"] = {
            "StreamEnabled": True,
            "StreamViewType": inputs["streamViewType"],
        }
    if tags:
        request["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
    made = dynamodb.create_table(**request)["TableDescription"]
    if "ttl" in inputs:
        dynamodb.update_time_to_live(
            TableName=physical,
            TimeToLiveSpecification={
                "AttributeName": inputs["ttl"]["attributeName"],
                "Enabled": inputs["ttl"].get("enabled", False),
            },
        )
    if "pointInTimeRecovery" in inputs:
        recovery = inputs["pointInTimeRecovery"]
        specification = {"PointInTimeRecoveryEnabled": recovery["enabled"]}
        if "recoveryPeriodInDays" in recovery:
            specification["RecoveryPeriodInDays"] = recovery["recoveryPeriodInDays"]
        dynamodb.update_continuous_backups(
            TableName=physical, PointInTimeRecoverySpecification=specification
        )
    return Created(
        physical,
        {
            "name": physical,
            "arn": made["TableArn"],
            "streamArn": made.get("LatestStreamArn", ""),
            "tagsAll": tags,
        },
    )


def _key(hash_key: str, range_key: str | None) -> list[dict[str, str]]:
    key = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    if range_key:
        key.append({"AttributeName": range_key, "KeyType": "RANGE"})
    return key


def _index(index: Inputs) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": index["projectionType"]}
    if "nonKeyAttributes" in index:
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    if "keySchemas" in index:
        key = [
            {"AttributeName": part["attributeName"], "KeyType": part["keyType"]}
            for part in index["keySchemas"]
        ]
    else:
        key = _key(index["hashKey"], index.get("rangeKey"))
    return {"IndexName": index["name"], "KeySchema": key, "Projection": projection}
