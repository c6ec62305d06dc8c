"""Step Functions: state machines, whose roles the local AWS never checks; so this does."""

import json
from collections.abc import Iterator
from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

_TYPE = "aws:sfn/stateMachine:StateMachine"


@REGISTRY.resource(
    _TYPE,
    "name",
    "definition",
    "roleArn",
    "tags*",
    named=Named(longest=80),
    delete=operation("stepfunctions", "delete_state_machine", stateMachineArn="id"),
)
def state_machine(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical, tags = inputs["name"], deployment.tags(inputs.plain("tags"))
    _check_rights(deployment, inputs)
    arn = deployment.aws.client("stepfunctions").create_state_machine(
        name=physical,
        definition=inputs["definition"],
        roleArn=inputs["roleArn"],
        tags=[{"key": key, "value": value} for key, value in tags.items()],
    )["stateMachineArn"]
    return Created(arn, {"arn": arn, "name": physical, "tagsAll": tags})


@REGISTRY.updates(_TYPE)
def change_state_machine(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    _check_rights(deployment, inputs)
    deployment.aws.client("stepfunctions").update_state_machine(
        stateMachineArn=identity, definition=inputs["definition"], roleArn=inputs["roleArn"]
    )
    return {}


@REGISTRY.reads(_TYPE)
def read_state_machine(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("stepfunctions").describe_state_machine(stateMachineArn=identity)
    return {
        "name": found["name"],
        "definition": found["definition"],
        "roleArn": found["roleArn"],
    }


def _check_rights(deployment: Deployment, inputs: Inputs) -> None:
    """Refuse a state machine whose role may not do what its definition says."""
    role, iam = inputs["roleArn"], deployment.aws.client("iam")
    # The local AWS looks for a role by what follows its path.
    account, _, path = role.partition(":role/")
    name = path.rpartition("/")[2]
    for action, resource in _needed(json.loads(inputs["definition"])):
        [result] = iam.simulate_principal_policy(
            PolicySourceArn=f"{account}:role/{name}", ActionNames=[action], ResourceArns=[resource]
        )["EvaluationResults"]
        if result["EvalDecision"] != "allowed":
            raise PermissionError(f"{role} must be allowed {action} on {resource}")


def _needed(definition: Any) -> Iterator[tuple[str, str]]:
    """The actions of a definition whose resources it names, wherever they are in it."""
    if isinstance(definition, list):
        for each in definition:
            yield from _needed(each)
    if not isinstance(definition, dict):
        return
    parameters = definition.get("Parameters", {})
    match definition.get("Resource"):
        case "arn:aws:states:::lambda:invoke":
            yield "lambda:InvokeFunction", parameters["FunctionName"]
        case "arn:aws:states:::s3:putObject":
            place = f"{parameters['Bucket']}/{parameters['Prefix']}"
            yield "s3:PutObject", f"arn:aws:s3:::{place}/any/manifest.json"
    for each in definition.values():
        yield from _needed(each)
