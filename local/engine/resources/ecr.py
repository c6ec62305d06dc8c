"""Image repositories, and the images built for them."""

import base64

from local.engine.deployment import Deployment
from local.engine.images import Build, context_digest
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
        "build.contextDigest": "it only shows that a file has changed",
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
            root=deployment.root,
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


@REGISTRY.completes("docker:index/image:Image")
def digest_context(deployment: Deployment, values: Values) -> Values:
    """As Pulumi's Docker provider does in its check, so that a changed file builds a new image."""
    build = values.get("build")
    if build is None:  # not known yet
        return values
    digest = context_digest(
        deployment.root / build["context"], deployment.root / build["dockerfile"]
    )
    return {**values, "build": {**build, "contextDigest": digest}}


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
    return {"name": inputs["name"]}


@REGISTRY.deletes("aws:ecr/repository:Repository")
def delete_repository(deployment: Deployment, identity: str, inputs: Inputs) -> None:
    deployment.aws.client("ecr").delete_repository(
        repositoryName=identity, force=inputs.get("forceDelete", False)
    )


@REGISTRY.reads("aws:ecr/repository:Repository")
def read_repository(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("ecr").describe_repositories(repositoryNames=[identity])
    (repository,) = found["repositories"]
    scanning = repository.get("imageScanningConfiguration", {})
    return {
        "imageTagMutability": repository["imageTagMutability"],
        "imageScanningConfiguration": {"scanOnPush": scanning.get("scanOnPush", False)},
    }


@REGISTRY.reads("aws:ecr/lifecyclePolicy:LifecyclePolicy")
def read_lifecycle_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("ecr").get_lifecycle_policy(repositoryName=identity)
    return {"policy": found["lifecyclePolicyText"]}


@REGISTRY.reads("aws:ecr/repositoryPolicy:RepositoryPolicy")
def read_repository_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("ecr").get_repository_policy(repositoryName=identity)
    return {"policy": found["policyText"]}
