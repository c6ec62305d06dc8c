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
        request["StreamSpecification"] = _stream(inputs)
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
    expiring = dynamodb.describe_time_to_live(TableName=physical)["TimeToLiveDescription"]
    before = expiring.get("AttributeName", "")
    attribute, enabled = before, False
    if "ttl" in inputs:
        attribute, enabled = inputs["ttl"]["attributeName"], inputs["ttl"].get("enabled", False)
    if enabled != (expiring["TimeToLiveStatus"] == "ENABLED") or attribute != before:
        dynamodb.update_time_to_live(
            TableName=physical,
            TimeToLiveSpecification={"AttributeName": attribute, "Enabled": enabled},
        )
    specification = {"PointInTimeRecoveryEnabled": False}
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
    if (billing := inputs.get("billingMode", "PROVISIONED")) != _billing(described):
        dynamodb.update_table(TableName=identity, BillingMode=billing)
    if (stream := _stream(inputs)) != described.get("StreamSpecification", _NO_STREAM):
        dynamodb.update_table(TableName=identity, StreamSpecification=stream)
    _expire_and_back_up(dynamodb, identity, inputs)
    return {"name": inputs["name"], "hashKey": inputs["hashKey"]}


_NO_STREAM: dict[str, Any] = {"StreamEnabled": False}


def _stream(inputs: Inputs) -> dict[str, Any]:
    if not inputs.get("streamEnabled"):
        return _NO_STREAM
    return {"StreamEnabled": True, "StreamViewType": inputs["streamViewType"]}


def _billing(described: dict[str, Any]) -> str:
    return str(described.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED"))


@REGISTRY.reads("aws:dynamodb/table:Table")
def read_table(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Without the projections of indexes, which AWS writes in more than one way."""
    dynamodb = deployment.aws.client("dynamodb")
    table = dynamodb.describe_table(TableName=identity)["Table"]
    expiring = dynamodb.describe_time_to_live(TableName=identity)["TimeToLiveDescription"]
    backups = dynamodb.describe_continuous_backups(TableName=identity)[
        "ContinuousBackupsDescription"
    ]["PointInTimeRecoveryDescription"]
    indexes = sorted(index["IndexName"] for index in table.get("GlobalSecondaryIndexes", []))
    given = inputs.plain("globalSecondaryIndexes", [])
    same = sorted(index["name"] for index in given) == indexes
    return {
        "billingMode": _billing(table),
        "streamEnabled": table.get("StreamSpecification", _NO_STREAM)["StreamEnabled"],
        "globalSecondaryIndexes": given if same else [{"name": name} for name in indexes],
        "ttl": {
            "attributeName": expiring.get("AttributeName", ""),
            "enabled": expiring["TimeToLiveStatus"] == "ENABLED",
        },
        "pointInTimeRecovery": {
            "enabled": backups["PointInTimeRecoveryStatus"] == "ENABLED",
            "recoveryPeriodInDays": backups.get("RecoveryPeriodInDays"),
        },
    }
