"""A container image and its repository."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_docker as docker
from pulumi_aws import ecr

from components.build_context import settle_modes
from components.policy import Statement, beside, document

__all__ = ["ContainerImage", "ContainerImageArgs"]

# Superseded images that are kept, so that a deployment can be rolled back.
SUPERSEDED_IMAGES = 10

# Docker's name for each architecture that Lambda knows.
PLATFORMS = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


@dataclass(frozen=True, kw_only=True)
class ContainerImageArgs:
    """How an image is built. Paths are relative to the program's folder."""

    context: str
    dockerfile: str
    architecture: str
    """"arm64" or "x86_64". Always explicit: the default is the builder's own architecture, and two
    people with different machines would keep rebuilding each other's images."""
    build_args: Mapping[str, str]
    protect: bool
    """Refuses to delete the repository while it holds images."""


class ContainerImage(pulumi.ComponentResource):
    """An image built on this machine, pushed to ECR and named by its digest.

    `uri` changes when and only when the image does. Lambda's right to pull it is part of this
    component, so whatever depends on the component also waits for the right.
    """

    uri: pulumi.Output[str]
    architecture: str

    def __init__(
        self, name: str, args: ContainerImageArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:ContainerImage", name, None, opts)
        self.architecture = args.architecture

        repository = self._repository(name, args)
        self._expire(name, repository)
        self._let_lambda_pull(name, repository)
        image = self._build(name, args, repository)
        self.uri = image.repo_digest.apply(lambda digest: pinned(name, digest))

        self.register_outputs({"uri": self.uri})

    def _repository(self, name: str, args: ContainerImageArgs) -> ecr.Repository:
        return ecr.Repository(
            f"{name}-repository",
            # Functions are pinned by digest; a tag that cannot move would refuse the next push.
            image_tag_mutability="MUTABLE",
            image_scanning_configuration=ecr.RepositoryImageScanningConfigurationArgs(
                scan_on_push=True
            ),
            force_delete=not args.protect,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _expire(self, name: str, repository: ecr.Repository) -> None:
        ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=pulumi.Output.json_dumps(
                {
                    "rules": [
                        {
                            "rulePriority": 1,
                            "description": "Superseded images",
                            "selection": {
                                "tagStatus": "untagged",
                                "countType": "imageCountMoreThan",
                                "countNumber": SUPERSEDED_IMAGES,
                            },
                            "action": {"type": "expire"},
                        }
                    ]
                }
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _let_lambda_pull(self, name: str, repository: ecr.Repository) -> None:
        ecr.RepositoryPolicy(
            f"{name}-pull",
            repository=repository.name,
            policy=document(
                Statement(
                    service="lambda.amazonaws.com",
                    actions=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                    # For functions of this account alone.
                    when={
                        "ArnLike": {
                            "aws:SourceArn": [beside(repository.arn, "lambda", "function:*")]
                        }
                    },
                )
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _build(
        self, name: str, args: ContainerImageArgs, repository: ecr.Repository
    ) -> docker.Image:
        settle_modes(Path(args.context))
        token = ecr.get_authorization_token_output(
            registry_id=repository.registry_id, opts=pulumi.InvokeOutputOptions(parent=self)
        )
        return docker.Image(
            name,
            image_name=pulumi.Output.concat(repository.repository_url, ":latest"),
            build=docker.DockerBuildArgs(
                context=args.context,
                dockerfile=args.dockerfile,
                platform=PLATFORMS[args.architecture],
                args=args.build_args,
            ),
            registry=docker.RegistryArgs(
                server=repository.repository_url,
                username=token.user_name,
                password=pulumi.Output.secret(token.password),
            ),
            # A provider that returns its inputs would put the password into the state in the clear.
            opts=pulumi.ResourceOptions(parent=self, additional_secret_outputs=["registry"]),
        )


def pinned(name: str, digest: str) -> str:
    """`digest` if it names a repository and a digest.

    The Docker provider returns `<none>@<none>` after an engine built an image without pushing it,
    and Lambda's own error about that names neither the image nor the cause.

    Raises:
        RunError: it does not.
    """
    repository, _, hashed = digest.partition("@")
    if not repository or "<none>" in digest or not hashed.startswith("sha256:"):
        raise pulumi.RunError(
            f"image {name} must be repository@sha256:..., got {digest}: "
            "it was built but not pushed, check the Docker engine and run again"
        )
    return digest
