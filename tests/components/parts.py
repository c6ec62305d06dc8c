"""Parts that the components' tests share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from components.container_image import ContainerImage, ContainerImageArgs
from components.function import Function, FunctionArgs
from proofs.recorder import Graph, run

__all__ = ["children", "given", "image", "worker"]


def image(*, protect: bool = False) -> ContainerImage:
    """The image `work`; to be called within a program."""
    return ContainerImage(
        "work",
        ContainerImageArgs(
            context="containers",
            dockerfile="containers/work/Dockerfile",
            architecture="arm64",
            build_args={"BASE_IMAGE": "base"},
            protect=protect,
        ),
    )


def worker() -> Function:
    """The function `work`; to be called within a program."""
    return Function(
        "work",
        FunctionArgs(
            image=image(),
            memory_mb=128,
            timeout_seconds=10,
            environment={"COLOUR": "red"},
            retention_days=7,
        ),
    )


def children(graph: Graph, kind: str, name: str) -> list[tuple[str, str]]:
    """The kind and logical name of each child of a component, sorted."""
    return sorted((each.kind, each.name) for each in graph.children(graph.resource(kind, name)))


def given(grant: Callable[[Function], None]) -> tuple[str, list[dict[str, Any]]]:
    """The name and the statements of the one policy that `grant` gives a function."""
    graph = run(lambda: grant(worker()))
    [policy] = [each for each in graph.of_kind("iam.RolePolicy") if each.name != "work-write-logs"]
    assert policy.parent == graph.resource("Function", "work").urn
    assert policy.inputs["role"] == graph.resource("iam.Role", "work-role").outputs["name"]
    return policy.name, policy.document("policy")["Statement"]
