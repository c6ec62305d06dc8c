"""Recorded graphs as the policy pack sees a deployment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from policies.rules import RULES, Resource
from proofs.recorder import Graph

__all__ = ["broken", "changed", "deployed"]

Deployment = list[tuple[Resource, Resource]]
"""Each resource by its inputs, and by its outputs."""


def deployed(graph: Graph) -> Deployment:
    """The resources of `graph`, without components."""
    tags = {
        f"{each.urn}::{each.name}-0a1b2c": json.loads(each.inputs["defaultTags"])["tags"]
        for each in graph.of_kind("providers.aws")
    }
    return [
        (
            Resource(
                urn=each.urn,
                type=each.type,
                name=each.name,
                props=each.inputs,
                protect=each.protect,
                ignored=each.ignored,
                tags=tags.get(each.provider, {}),
            ),
            Resource(urn=each.urn, type=each.type, name=each.name, props=each.outputs),
        )
        for each in graph.resources
        if each.custom
    ]


def changed(
    deployment: Deployment,
    name: str,
    type_: str,
    props: Mapping[str, Any] | None = None,
    **options: Any,
) -> Deployment:
    """The same with other properties and options of one resource; None removes a property."""
    found = [pair for pair in deployment if pair[0].name == name and pair[0].type.endswith(type_)]
    assert len(found) == 1, (name, type_)

    def other(resource: Resource) -> Resource:
        own = {**resource.props, **(props or {})}
        kept = {key: value for key, value in own.items() if value is not None}
        return replace(resource, props=kept, **options)

    return [(other(pair[0]), other(pair[1])) if pair is found[0] else pair for pair in deployment]


def broken(deployment: Deployment) -> Iterable[tuple[str, str, str]]:
    """The name of each rule that is broken, the resource's, and the problem."""
    for rule in RULES:
        if rule.check is not None:
            for resource, _ in deployment:
                for problem in rule.check(resource):
                    yield rule.name, resource.name, problem
        for resource, problem in rule.check_all([outputs for _, outputs in deployment]):
            yield rule.name, resource.name, problem
