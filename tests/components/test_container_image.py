from __future__ import annotations

import pulumi
import pytest

from components.container_image import pinned
from proofs.recorder import Graph, run
from tests.components.parts import children, image

DIGEST = f"repository@sha256:{'a' * 64}"


@pytest.fixture
def graph() -> Graph:
    def program() -> None:
        image()

    return run(program)


def test_an_image_comes_with_its_repository_and_that_with_its_policies(graph: Graph) -> None:
    assert children(graph, "ContainerImage", "work") == [
        ("docker.Image", "work"),
        ("ecr.LifecyclePolicy", "work-lifecycle"),
        ("ecr.Repository", "work-repository"),
        ("ecr.RepositoryPolicy", "work-pull"),
    ]


def test_an_image_is_handed_out_by_its_digest(graph: Graph) -> None:
    digest = graph.resource("docker.Image", "work").outputs["repoDigest"]

    assert graph.resource("ContainerImage", "work").outputs == {"uri": digest}


def test_an_image_is_built_from_relative_paths_for_a_stated_platform(graph: Graph) -> None:
    assert graph.resource("docker.Image", "work").inputs["build"] == {
        "context": "containers",
        "dockerfile": "containers/work/Dockerfile",
        "platform": "linux/arm64",
        "args": {"BASE_IMAGE": "base"},
    }


def test_an_image_is_pushed_to_its_repository_with_a_token_of_that_registry(graph: Graph) -> None:
    built = graph.resource("docker.Image", "work")
    url = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/work-repository-0a1b2c"

    assert built.inputs["imageName"] == f"{url}:latest"
    assert built.inputs["registry"] == {
        "server": url,
        "username": "AWS",
        "password": "a password of twelve hours",
    }
    assert built.secrets == {"registry"}
    assert [dict(each.args) for each in graph.invokes] == [{"registryId": "123456789012"}]


def test_ten_superseded_images_stay(graph: Graph) -> None:
    assert graph.resource("ecr.LifecyclePolicy", "work-lifecycle").document("policy") == {
        "rules": [
            {
                "rulePriority": 1,
                "description": "Superseded images",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "imageCountMoreThan",
                    "countNumber": 10,
                },
                "action": {"type": "expire"},
            }
        ]
    }


def test_functions_of_this_account_may_pull_and_no_more(graph: Graph) -> None:
    assert graph.resource("ecr.RepositoryPolicy", "work-pull").document("policy") == {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
                "Condition": {
                    "ArnLike": {
                        "aws:SourceArn": ["arn:aws:lambda:eu-west-1:123456789012:function:*"]
                    }
                },
            }
        ],
    }


@pytest.mark.parametrize("protect", [True, False])
def test_a_repository_goes_with_its_images_unless_protected(protect: bool) -> None:
    def program() -> None:
        image(protect=protect)

    repository = run(program).resource("ecr.Repository", "work-repository")

    assert repository.inputs["forceDelete"] is not protect
    assert repository.inputs["imageTagMutability"] == "MUTABLE"
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}


def test_a_digest_is_taken_as_it_is() -> None:
    assert pinned("work", DIGEST) == DIGEST


@pytest.mark.parametrize(
    "digest", ["<none>@<none>", "repository@<none>", "repository:latest", "@sha256:00", ""]
)
def test_an_image_that_was_not_pushed_is_refused_by_name(digest: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        pinned("work", digest)

    assert str(refused.value) == (
        f"image work must be repository@sha256:..., got {digest}: "
        "it was built but not pushed, check the Docker engine and run again"
    )
