"""Functions, and what feeds them."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs


@REGISTRY.resource(
    "aws:lambda/function:Function",
    "name",
    "description",
    "packageType",
    "imageUri",
    "role",
    "memorySize",
    "timeout",
    "architectures[]",
    "environment.variables*",
    "ephemeralStorage.size",
    "loggingConfig.logFormat",
    "loggingConfig.logGroup",
    "loggingConfig.applicationLogLevel",
    "loggingConfig.systemLogLevel",
    "tracingConfig.mode",
    "tags*",
    ignores={
        "imageConfig": "the Dockerfile's CMD is the handler",
        "reservedConcurrentExecutions": "the event source mapping's limit is the throttle",
        "skipDestroy": "nothing outlives the local stack",
        "publish": "there are no versions but $LATEST",
    },
)
def function(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    physical = inputs.get("name") or deployment.naming.physical(name)
    if (package := inputs.get("packageType", "Image")) != "Image":
        raise ValueError(f"packageType must be Image, got {package}")
    role = inputs["role"].rpartition("/")[2]
    variables = inputs["environment"].plain("variables", {}) if "environment" in inputs else {}
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {
        "FunctionName": physical,
        "Role": inputs["role"],
        "MemorySize": inputs.get("memorySize", 128),
        "Timeout": inputs.get("timeout", 3),
        "Architectures": inputs.get("architectures", ["x86_64"]),
        # The SDKs send Rekognition's calls there; the path tells it whose rights to check.
        "Environment": {
            "Variables": {
                **variables,
                "AWS_ENDPOINT_URL_REKOGNITION": f"{deployment.rekognition}/role/{role}",
            }
        },
        "Tags": tags,
        **deployment.images.package(inputs["imageUri"]),
    }
    if "description" in inputs:
        request["Description"] = inputs["description"]
    if "ephemeralStorage" in inputs:
        request["EphemeralStorage"] = {"Size": inputs["ephemeralStorage"]["size"]}
    if "tracingConfig" in inputs:
        request["TracingConfig"] = {"Mode": inputs["tracingConfig"]["mode"]}
    if "loggingConfig" in inputs:
        logging = inputs["loggingConfig"]
        request["LoggingConfig"] = {
            key[0].upper() + key[1:]: logging[key]
            for key in ("logFormat", "logGroup", "applicationLogLevel", "systemLogLevel")
            if key in logging
        }
    made = deployment.aws.client("lambda").create_function(**request)
    return Created(
        physical,
        {
            "name": physical,
            "arn": made["FunctionArn"],
            "version": made["Version"],
            "qualifiedArn": f"{made['FunctionArn']}:{made['Version']}",
            "invokeArn": (
                f"arn:aws:apigateway:{deployment.region}:lambda:path/2015-03-31/functions/"
                f"{made['FunctionArn']}/invocations"
            ),
            "tagsAll": tags,
        },
    )


@REGISTRY.resource(
    "aws:lambda/eventSourceMapping:EventSourceMapping",
    "eventSourceArn",
    "functionName",
    "batchSize",
    "enabled",
    "functionResponseTypes[]",
    "maximumBatchingWindowInSeconds",
    "scalingConfig.maximumConcurrency",
    "filterCriteria.filters[].pattern",
    "tags*",
)
def event_source_mapping(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {
        "EventSourceArn": inputs["eventSourceArn"],
        "FunctionName": inputs["functionName"],
        "Enabled": inputs.get("enabled", True),
        "Tags": tags,
    }
    for key in ("batchSize", "functionResponseTypes", "maximumBatchingWindowInSeconds"):
        if key in inputs:
            request[key[0].upper() + key[1:]] = inputs[key]
    if "scalingConfig" in inputs:
        request["ScalingConfig"] = {
            "MaximumConcurrency": inputs["scalingConfig"]["maximumConcurrency"]
        }
    if "filterCriteria" in inputs:
        request["FilterCriteria"] = {
            "Filters": [{"Pattern": f["pattern"]} for f in inputs["filterCriteria"]["filters"]]
        }
    made = deployment.aws.client("lambda").create_event_source_mapping(**request)
    return Created(
        made["UUID"],
        {
            "uuid": made["UUID"],
            "arn": made["EventSourceMappingArn"],
            "functionArn": made["FunctionArn"],
            "state": made["State"],
            "tagsAll": tags,
        },
    )


@REGISTRY.resource(
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    "functionName",
    ignores={"recursiveLoop": "MiniStack stops no loops"},
)
def recursion(_deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    return Created(inputs["functionName"])


@REGISTRY.resource(
    "aws:lambda/permission:Permission",
    "action",
    "function",
    "principal",
    "sourceArn",
    "sourceAccount",
    "statementId",
)
def permission(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    statement = inputs.get("statementId") or deployment.naming.physical(name)
    request = {
        "FunctionName": inputs["function"],
        "StatementId": statement,
        "Action": inputs["action"],
        "Principal": inputs["principal"],
    }
    for key in ("sourceArn", "sourceAccount"):
        if key in inputs:
            request[key[0].upper() + key[1:]] = inputs[key]
    deployment.aws.client("lambda").add_permission(**request)
    return Created(statement, {"statementId": statement})
