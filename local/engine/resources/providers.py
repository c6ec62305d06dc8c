"""The providers themselves, and what they know of the account."""

import json

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Values


@REGISTRY.resource(
    "pulumi:providers:aws",
    "region",
    "defaultTags*",
    ignores={
        "allowedAccountIds": "there is one account, and it is not real",
        "assumeRoles": "the credentials are MiniStack's",
        "profile": "no AWS profile is read",
        "skipCredentialsValidation": "the credentials are MiniStack's",
        "skipRegionValidation": "the region is MiniStack's",
        "version": "no provider plugin runs",
    },
)
def provider(deployment: Deployment, name: str, inputs: Inputs) -> Created:
    region = inputs.get("region", deployment.region)
    if region != deployment.region:
        raise ValueError(f"region must be the local stack's {deployment.region}, got {region}")
    # A provider's inputs cross the wire as JSON text where they are not plain strings.
    tags = inputs.plain("defaultTags", {})
    deployment.default_tags.clear()
    deployment.default_tags.update(_decoded(tags).get("tags", {}))
    return Created(name)


def _decoded(value: object) -> dict[str, dict[str, str]]:
    """A provider setting that may have been written as JSON text."""
    decoded = json.loads(value) if isinstance(value, str) else value
    return decoded if isinstance(decoded, dict) else {}


@REGISTRY.resource(
    "pulumi:providers:docker", ignores={"host": "images are built without this provider"}
)
def docker_provider(_deployment: Deployment, name: str, _inputs: Inputs) -> Created:
    return Created(name)


@REGISTRY.call("aws:index/getCallerIdentity:getCallerIdentity")
def caller_identity(deployment: Deployment, _inputs: Inputs) -> Values:
    identity = deployment.aws.client("sts").get_caller_identity()
    return {
        "accountId": identity["Account"],
        "arn": identity["Arn"],
        "userId": identity["UserId"],
        "id": identity["Account"],
    }


@REGISTRY.call("aws:index/getRegion:getRegion")
def region(deployment: Deployment, _inputs: Inputs) -> Values:
    return {
        "region": deployment.region,
        "name": deployment.region,
        "id": deployment.region,
        "endpoint": f"ec2.{deployment.region}.amazonaws.com",
        "description": deployment.region,
    }


@REGISTRY.call("aws:index/getPartition:getPartition")
def partition(_deployment: Deployment, _inputs: Inputs) -> Values:
    return {
        "partition": "aws",
        "dnsSuffix": "amazonaws.com",
        "reverseDnsPrefix": "com.amazonaws",
        "id": "aws",
    }
