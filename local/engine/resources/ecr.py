"""Image repositories, and the images built for them."""

import base64

from local.engine.deployment import Deployment
from local.engine.images import Build
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


@REGISTRY.resource(
    "aws:ecr/repository:Repository",
    "name",
    "imageTagMutability",
    "imageScanningConfiguration.scanOnPush",
    "tags*",
    ignores={
        "forceDelete": "nothing outlives the local stack",
        "encryptionConfigurations": "it holds nothing: images stay where they are built",
    },
    named=Named(longest=256, lower=True),
    replaced_by=["encryptionConfigurations"],
)
def repository(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    tags = deployment.tags(inputs.plain("tags"))
    scanning = inputs.get("imageScanningConfiguration")
    made = deployment.aws.client("ecr").create_repository(
        repositoryName=physical,
        imageTagMutability=inputs.get("imageTagMutability", "MUTABLE"),
        imageScanningConfiguration={"scanOnPush": bool(scanning and scanning["scanOnPush"])},
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )["repository"]
    return Created(
        physical,
        {
            "name": physical,
            "arn": made["repositoryArn"],
            "registryId": made["registryId"],
            "repositoryUrl": made["repositoryUri"],
            "tagsAll": tags,
        },
    )


@REGISTRY.resource(
    "aws:ecr/lifecyclePolicy:LifecyclePolicy",
    "repository",
    "policy",
    replaced_by=["repository"],
    delete=operation("ecr", "delete_lifecycle_policy", repositoryName="id"),
)
def lifecycle_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("ecr").put_lifecycle_policy(
        repositoryName=inputs["repository"], lifecyclePolicyText=inputs["policy"]
    )
    return Created(inputs["repository"], {"registryId": deployment.account})


@REGISTRY.resource(
    "aws:ecr/repositoryPolicy:RepositoryPolicy",
    "repository",
    "policy",
    replaced_by=["repository"],
    delete=operation("ecr", "delete_repository_policy", repositoryName="id"),
)
def repository_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("ecr").set_repository_policy(
        repositoryName=inputs["repository"], policyText=inputs["policy"]
    )
    return Created(inputs["repository"], {"registryId": deployment.account})


@REGISTRY.call("aws:ecr/getAuthorizationToken:getAuthorizationToken")
def authorization_token(deployment: Deployment, inputs: Inputs) -> Values:
    inputs.get("registryId")
    token = deployment.aws.client("ecr").get_authorization_token()["authorizationData"][0]
    user, _, password = base64.b64decode(token["authorizationToken"]).decode().partition(":")
    return {
        "authorizationToken": token["authorizationToken"],
        "expiresAt": token["expiresAt"].isoformat(),
        "id": deployment.region,
        "password": password,
        "proxyEndpoint": token["proxyEndpoint"],
        "userName": user,
    }


@REGISTRY.resource(
    "docker:index/image:Image",
    "imageName",
    "build.context",
    "build.dockerfile",
    "build.platform",
    "build.args*",
    ignores={
        "build.builderVersion": "which Docker client builds is the machine's matter",
        "build.cacheFrom": "the machine's own cache is used",
        "buildOnPreview": "there is no preview",
        "registry": "images stay on this machine",
        "skipPush": "images stay on this machine",
    },
)
def image(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    build = inputs["build"]
    digest = deployment.images.build(
        Build(
            name=inputs["imageName"],
            context=build["context"],
            dockerfile=build["dockerfile"],
            platform=build["platform"],
            arguments=build.plain("args", {}),
        )
    )
    return Created(
        inputs["imageName"],
        {
            "imageName": inputs["imageName"],
            "baseImageName": inputs["imageName"],
            "repoDigest": digest,
            "context": build["context"],
            "dockerfile": build["dockerfile"],
            "platform": build["platform"],
        },
    )


@REGISTRY.updates("aws:ecr/repository:Repository")
def change_repository(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    ecr = deployment.aws.client("ecr")
    scanning = inputs.get("imageScanningConfiguration")
    ecr.put_image_tag_mutability(
        repositoryName=identity, imageTagMutability=inputs.get("imageTagMutability", "MUTABLE")
    )
    ecr.put_image_scanning_configuration(
        repositoryName=identity,
        imageScanningConfiguration={"scanOnPush": bool(scanning and scanning["scanOnPush"])},
    )
    tags = deployment.tags(inputs.plain("tags"))
    ecr.tag_resource(
        resourceArn=deployment.arn("ecr", f"repository/{identity}"),
        tags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )
    return {"tagsAll": tags}


@REGISTRY.deletes("aws:ecr/repository:Repository")
def delete_repository(deployment: Deployment, identity: str, inputs: Inputs) -> None:
    deployment.aws.client("ecr").delete_repository(
        repositoryName=identity, force=inputs.get("forceDelete", False)
    )
