"""What Cloud Control makes: tables with vector indexes, which the provider's own resource lacks."""

import json
import time
from typing import Any, TypeAlias

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, RefusedError, Values, operation

TYPE = "aws:cloudcontrol/resource:Resource"
TABLE = "AWS::DynamoDB::Table"

State: TypeAlias = dict[str, Any]

_FIXED = ("TableName", "KeySchema", "BillingMode")
"""What would make another table, or is the same for every table with a vector index."""

_CREATED = (*_FIXED, "AttributeDefinitions", "VectorIndexes")
"""What CloudFormation and DynamoDB give the same name and form."""

_CHANGED = ("PointInTimeRecoverySpecification", "Tags")

_IGNORED = ("DeletionProtectionEnabled",)
"""Nothing outlives the local stack."""

_BUILDING_SECONDS = 60.0
"""How long an index may take that is added to a table; MiniStack takes 12."""


@REGISTRY.resource(
    TYPE,
    "typeName",
    "desiredState",
    delete=operation("dynamodb", "delete_table", TableName="id"),
)
def resource(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    state = _state(inputs)
    dynamodb = deployment.aws.client("dynamodb")
    request = {key: state[key] for key in _CREATED}
    made = dynamodb.create_table(**request)["TableDescription"]
    _back_up_and_tag(dynamodb, made, state)
    return Created(made["TableName"], _outputs(made, state))


@REGISTRY.updates(TYPE)
def change(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Indexes, backups and tags; DynamoDB adds or removes one vector index at a time."""
    state = _state(inputs)
    dynamodb = deployment.aws.client("dynamodb")
    table = dynamodb.describe_table(TableName=identity)["Table"]
    fixed = {**table, "BillingMode": table["BillingModeSummary"]["BillingMode"]}
    for key in _FIXED:
        if state[key] != fixed[key]:
            raise RefusedError(f"{key} of {identity} must stay {fixed[key]}, got {state[key]}")
    existing = {index["IndexName"] for index in table["VectorIndexes"]}
    wanted = {index["IndexName"]: index for index in state["VectorIndexes"]}
    changes: list[dict[str, Any]] = [
        *({"Create": wanted[name]} for name in sorted(wanted.keys() - existing)),
        *({"Delete": {"IndexName": name}} for name in sorted(existing - wanted.keys())),
    ]
    for each in changes:
        dynamodb.update_table(
            TableName=identity,
            AttributeDefinitions=state["AttributeDefinitions"],
            VectorIndexUpdates=[each],
        )
        _wait_for_indexes(dynamodb, identity)
    _back_up_and_tag(dynamodb, table, state)
    return _outputs(table, state)


@REGISTRY.reads(TYPE)
def read(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Which of the indexes there are; the rest as it was given."""
    state = _state(inputs)
    table = deployment.aws.client("dynamodb").describe_table(TableName=identity)["Table"]
    existing = {index["IndexName"] for index in table["VectorIndexes"]}
    left = [index for index in state["VectorIndexes"] if index["IndexName"] in existing]
    return {"desiredState": json.dumps({**state, "VectorIndexes": left}, sort_keys=True)}


def _state(inputs: Inputs) -> State:
    if (kind := inputs["typeName"]) != TABLE:
        raise RefusedError(f"typeName must be {TABLE}, got {kind}")
    state: State = json.loads(inputs["desiredState"])
    for key in sorted(state.keys() ^ {*_CREATED, *_CHANGED, *_IGNORED}):
        problem = "is not known to the local deployment" if key in state else "is missing"
        raise RefusedError(f"{key} of {TABLE} {problem}")
    return state


def _outputs(table: State, state: State) -> Values:
    return {"properties": json.dumps({**state, "Arn": table["TableArn"]})}


def _wait_for_indexes(dynamodb: Any, identity: str) -> None:
    """As Cloud Control does, which reports a change once it is complete."""
    deadline = time.monotonic() + _BUILDING_SECONDS
    while time.monotonic() < deadline:
        table = dynamodb.describe_table(TableName=identity)["Table"]
        if all(index["IndexStatus"] == "ACTIVE" for index in table["VectorIndexes"]):
            return
        time.sleep(0.5)
    raise TimeoutError(f"indexes of {identity} not built within {_BUILDING_SECONDS:.0f} s")


def _back_up_and_tag(dynamodb: Any, table: State, state: State) -> None:
    dynamodb.update_continuous_backups(
        TableName=table["TableName"],
        PointInTimeRecoverySpecification=state["PointInTimeRecoverySpecification"],
    )
    arn, wanted = table["TableArn"], {each["Key"] for each in state["Tags"]}
    had = {each["Key"] for each in dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]}
    if gone := sorted(had - wanted):
        dynamodb.untag_resource(ResourceArn=arn, TagKeys=gone)
    dynamodb.tag_resource(ResourceArn=arn, Tags=state["Tags"])
