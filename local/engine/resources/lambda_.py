"""Functions, and what feeds them."""

import json
from typing import Any
from urllib.parse import urlsplit

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation

_STAND_IN = ("AWS_ENDPOINT_URL_REKOGNITION", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
"""The variables that send a function's calls to the stand-in; the program does not set them."""


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
    "reservedConcurrentExecutions",
    "tags*",
    ignores={
        "imageConfig": "the Dockerfile's CMD is the handler",
        "skipDestroy": "nothing outlives the local stack",
        "publish": "there are no versions but $LATEST",
    },
    named=Named(),
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
    _reserve(deployment, physical, inputs)
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
    _reserve(deployment, identity, inputs)
    return {"arn": made["FunctionArn"]}


_UNRESERVED = -1
"""What the provider has of a function that no executions are reserved for."""


def _reserve(deployment: Deployment, identity: str, inputs: Inputs) -> None:
    """Limit the executions at a time, which also keeps so many from the other functions."""
    client = deployment.aws.client("lambda")
    reserved = inputs.get("reservedConcurrentExecutions", _UNRESERVED)
    if reserved == _UNRESERVED:
        client.delete_function_concurrency(FunctionName=identity)
    else:
        client.put_function_concurrency(
            FunctionName=identity, ReservedConcurrentExecutions=reserved
        )


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
        # The SDKs send these services' calls there; the path tells it whose rights to check.
        "Environment": {
            "Variables": {
                **variables,
                **dict.fromkeys(_STAND_IN, f"{deployment.rekognition}/role/{role}"),
            }
        },
    }
    storage, tracing = inputs.get("ephemeralStorage"), inputs.get("tracingConfig")
    logging = inputs.get("loggingConfig")
    request["EphemeralStorage"] = {"Size": storage["size"] if storage else 512}
    request["TracingConfig"] = {"Mode": tracing["mode"] if tracing else "PassThrough"}
    request["LoggingConfig"] = {"LogFormat": "Text"}
    if logging:
        request["LoggingConfig"] = {
            key[0].upper() + key[1:]: logging[key] for key in _LOGGING if key in logging
        }
    return request


_LOGGING = ("logFormat", "logGroup", "applicationLogLevel", "systemLogLevel")


@REGISTRY.reads("aws:lambda/function:Function")
def read_function(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    client = deployment.aws.client("lambda")
    found = client.get_function_configuration(FunctionName=identity)
    reserved = client.get_function_concurrency(FunctionName=identity)
    variables = dict(found.get("Environment", {}).get("Variables", {}))
    for name in _STAND_IN:
        variables.pop(name, None)
    logging = found.get("LoggingConfig", {})
    return {
        "role": found["Role"],
        "description": found.get("Description", ""),
        "memorySize": found["MemorySize"],
        "timeout": found["Timeout"],
        "architectures": found.get("Architectures", ["x86_64"]),
        "environment": {"variables": variables},
        "ephemeralStorage": {"size": found.get("EphemeralStorage", {}).get("Size", 512)},
        "tracingConfig": {"mode": found.get("TracingConfig", {}).get("Mode", "PassThrough")},
        "loggingConfig": {key: logging.get(key[0].upper() + key[1:]) for key in _LOGGING},
        "reservedConcurrentExecutions": reserved.get("ReservedConcurrentExecutions", _UNRESERVED),
    }


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
    delete=operation("lambda", "delete_event_source_mapping", UUID="id"),
)
def event_source_mapping(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    made = deployment.aws.client("lambda").create_event_source_mapping(
        EventSourceArn=inputs["eventSourceArn"],
        Tags=tags,
        **{"Enabled": True, **_feed(inputs)},
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
    return {"functionArn": made["FunctionArn"], "state": made["State"]}


def _feed(inputs: Inputs) -> dict[str, Any]:
    """What creating and updating an event source mapping have in common."""
    request: dict[str, Any] = {
        "FunctionName": inputs["functionName"],
        "ScalingConfig": {},
        "FilterCriteria": {},
    }
    if "enabled" in inputs:
        request["Enabled"] = inputs["enabled"]
    for key, absent in _FED.items():
        request[key[0].upper() + key[1:]] = inputs.get(key, absent)
    if "scalingConfig" in inputs:
        request["ScalingConfig"] = {
            "MaximumConcurrency": inputs["scalingConfig"]["maximumConcurrency"]
        }
    if "filterCriteria" in inputs:
        request["FilterCriteria"] = {
            "Filters": [{"Pattern": f["pattern"]} for f in inputs["filterCriteria"]["filters"]]
        }
    return request


_FED = {"batchSize": 10, "functionResponseTypes": [], "maximumBatchingWindowInSeconds": 0}
"""What Lambda has of a queue's mapping where the program leaves it out."""


@REGISTRY.reads("aws:lambda/eventSourceMapping:EventSourceMapping")
def read_event_source_mapping(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("lambda").get_event_source_mapping(UUID=identity)
    scaling = found.get("ScalingConfig") or {}
    filters = (found.get("FilterCriteria") or {}).get("Filters", [])
    runs, named = found["FunctionArn"], inputs["functionName"]
    return {
        "functionName": named if runs.endswith(named) else runs,
        "enabled": found["State"] in ("Enabled", "Enabling", "Creating", "Updating"),
        **{key: found.get(key[0].upper() + key[1:], absent) for key, absent in _FED.items()},
        "scalingConfig": {"maximumConcurrency": scaling.get("MaximumConcurrency")},
        "filterCriteria": {"filters": [{"pattern": each["Pattern"]} for each in filters]},
    }


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
    "functionUrlAuthType",
    "invokedViaFunctionUrl",
    named=Named("statementId", 100),
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
    for key in ("sourceArn", "sourceAccount", "functionUrlAuthType", "invokedViaFunctionUrl"):
        if key in inputs:
            request[key[0].upper() + key[1:]] = inputs[key]
    deployment.aws.client("lambda").add_permission(**request)
    return Created(statement, {"statementId": statement})


@REGISTRY.updates("aws:lambda/permission:Permission")
def change_permission(_deployment: Deployment, _identity: str, _inputs: Inputs) -> Values:
    """Any change of it makes another."""
    return {}


@REGISTRY.reads("aws:lambda/permission:Permission")
def read_permission(deployment: Deployment, identity: str, inputs: Inputs) -> Values | None:
    policy = deployment.aws.client("lambda").get_policy(FunctionName=inputs["function"])["Policy"]
    sids = [statement["Sid"] for statement in json.loads(policy)["Statement"]]
    return {} if identity in sids else None


@REGISTRY.resource(
    "aws:lambda/functionUrl:FunctionUrl",
    "functionName",
    "authorizationType",
    "invokeMode",
    delete=operation("lambda", "delete_function_url_config", FunctionName="id"),
)
def function_url(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    """Served by MiniStack under its host name, without a look at the function's own policy."""
    made = deployment.aws.client("lambda").create_function_url_config(**_url(inputs))
    return Created(
        inputs["functionName"],
        {
            "functionUrl": made["FunctionUrl"],
            "functionArn": made["FunctionArn"],
            "urlId": urlsplit(made["FunctionUrl"]).netloc.partition(".")[0],
        },
    )


def _url(inputs: Inputs) -> dict[str, Any]:
    return {
        "FunctionName": inputs["functionName"],
        "AuthType": inputs["authorizationType"],
        "InvokeMode": inputs.get("invokeMode", "BUFFERED"),
    }


@REGISTRY.updates("aws:lambda/functionUrl:FunctionUrl")
def change_function_url(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    made = deployment.aws.client("lambda").update_function_url_config(**_url(inputs))
    return {"functionUrl": made["FunctionUrl"]}


@REGISTRY.reads("aws:lambda/functionUrl:FunctionUrl")
def read_function_url(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("lambda").get_function_url_config(FunctionName=identity)
    return {
        "authorizationType": found["AuthType"],
        "invokeMode": found.get("InvokeMode", "BUFFERED"),
    }
