"""Tables."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


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
    named=Named(longest=255),
    replaced_by=["hashKey", "rangeKey"],
    delete=operation("dynamodb", "delete_table", TableName="id"),
)
def table(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
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
    _expire_and_back_up(dynamodb, physical, inputs)
    return Created(
        physical,
        {
            "name": physical,
            "arn": made["TableArn"],
            "streamArn": made.get("LatestStreamArn", ""),
            "tagsAll": tags,
        },
    )


def _expire_and_back_up(dynamodb: Any, physical: str, inputs: Inputs) -> None:
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


@REGISTRY.updates("aws:dynamodb/table:Table")
def change_table(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Billing, indexes, expiry and backups; DynamoDB takes one new or removed index per call."""
    dynamodb = deployment.aws.client("dynamodb")
    attributes = [
        {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
        for attribute in inputs["attributes"]
    ]
    described = dynamodb.describe_table(TableName=identity)["Table"]
    existing = {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    wanted = {index["name"]: _index(index) for index in inputs.get("globalSecondaryIndexes", [])}
    changes: list[dict[str, Any]] = [
        *({"Delete": {"IndexName": name}} for name in sorted(existing - wanted.keys())),
        *({"Create": wanted[name]} for name in sorted(wanted.keys() - existing)),
    ]
    for change in changes:
        dynamodb.update_table(
            TableName=identity,
            AttributeDefinitions=attributes,
            GlobalSecondaryIndexUpdates=[change],
        )
    if inputs.get("billingMode", "PROVISIONED") != described["BillingModeSummary"]["BillingMode"]:
        dynamodb.update_table(TableName=identity, BillingMode=inputs["billingMode"])
    _expire_and_back_up(dynamodb, identity, inputs)
    return {"tagsAll": deployment.tags(inputs.plain("tags"))}
