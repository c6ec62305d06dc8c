"""Functions, and what feeds them."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


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
    named=Named(),
    replaced_by=["packageType"],
    delete=operation("lambda", "delete_function", FunctionName="id"),
)
def function(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    tags = deployment.tags(inputs.plain("tags"))
    made = deployment.aws.client("lambda").create_function(
        FunctionName=physical,
        Architectures=inputs.get("architectures", ["x86_64"]),
        Tags=tags,
        **_configuration(deployment, inputs),
        **deployment.images.package(inputs["imageUri"]),
    )
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


@REGISTRY.updates("aws:lambda/function:Function")
def change_function(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Code and configuration; the code comes last, so that it never runs with old settings."""
    client = deployment.aws.client("lambda")
    package = deployment.images.package(inputs["imageUri"])
    package.pop("PackageType")
    code = package.pop("Code")
    client.update_function_configuration(
        FunctionName=identity, **_configuration(deployment, inputs), **package
    )
    made = client.update_function_code(
        FunctionName=identity, Architectures=inputs.get("architectures", ["x86_64"]), **code
    )
    tags = deployment.tags(inputs.plain("tags"))
    client.tag_resource(Resource=made["FunctionArn"], Tags=tags)
    return {"tagsAll": tags}


def _configuration(deployment: Deployment, inputs: Inputs) -> dict[str, Any]:
    """What `CreateFunction` and `UpdateFunctionConfiguration` have in common."""
    if (package := inputs.get("packageType", "Image")) != "Image":
        raise ValueError(f"packageType must be Image, got {package}")
    role = inputs["role"].rpartition("/")[2]
    variables = inputs["environment"].plain("variables", {}) if "environment" in inputs else {}
    request: dict[str, Any] = {
        "Role": inputs["role"],
        "Description": inputs.get("description", ""),
        "MemorySize": inputs.get("memorySize", 128),
        "Timeout": inputs.get("timeout", 3),
        # The SDKs send Rekognition's calls there; the path tells it whose rights to check.
        "Environment": {
            "Variables": {
                **variables,
                "AWS_ENDPOINT_URL_REKOGNITION": f"{deployment.rekognition}/role/{role}",
            }
        },
    }
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
    return request


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
    replaced_by=["eventSourceArn"],
    delete=operation("lambda", "delete_event_source_mapping", UUID="id"),
)
def event_source_mapping(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    made = deployment.aws.client("lambda").create_event_source_mapping(
        EventSourceArn=inputs["eventSourceArn"], Tags=tags, **_feed(inputs)
    )
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


@REGISTRY.updates("aws:lambda/eventSourceMapping:EventSourceMapping")
def change_event_source_mapping(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    made = deployment.aws.client("lambda").update_event_source_mapping(
        UUID=identity, **_feed(inputs)
    )
    tags = deployment.tags(inputs.plain("tags"))
    return {"functionArn": made["FunctionArn"], "state": made["State"], "tagsAll": tags}


def _feed(inputs: Inputs) -> dict[str, Any]:
    """What creating and updating an event source mapping have in common."""
    request: dict[str, Any] = {
        "FunctionName": inputs["functionName"],
        "Enabled": inputs.get("enabled", True),
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
    return request


@REGISTRY.resource(
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig",
    "functionName",
    ignores={"recursiveLoop": "MiniStack stops no loops"},
    replaced_by=["functionName"],
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
    named=Named("statementId", 100),
    replaced_by="*",
    delete=operation("lambda", "remove_permission", FunctionName="function", StatementId="id"),
)
def permission(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    statement = inputs["statementId"]
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
