"""The program sends a function exactly the events that the function handles."""

from __future__ import annotations

from typing import Any

import pytest

from notify.handler import Notify
from pipeline.events import Event
from pipeline.spending import BudgetRaised, BudgetSpent
from proofs.recorder import Graph
from reconcile.handler import Paused
from rekognition.handler import Analyse
from resize.handler import Resize
from retire.handler import Retire

HEARS: dict[str, tuple[type[Event], ...]] = {
    "resize": Resize.handles,
    "rekognition": Analyse.handles,
    "notify": Notify.handles,
    "retire": Retire.handles,
}


def heard(function: str) -> set[str]:
    """The detail types that a function handles."""
    return {kind.detail_type for kind in HEARS[function]}


def sent(graph: Graph, route: str) -> set[str]:
    """The detail types that a route's rules let through."""
    patterns: list[Any] = [
        rule.document("eventPattern")
        for rule in graph.children(graph.resource("Route", route))
        if rule.kind == "cloudwatch.EventRule" and "eventPattern" in rule.inputs
    ]
    return {kind for pattern in patterns for kind in pattern["detail-type"]}


@pytest.mark.parametrize("function", ["rekognition", "notify", "retire"])
def test_a_function_hears_exactly_what_its_route_brings(graph: Graph, function: str) -> None:
    assert sent(graph, function) == heard(function)


def test_resize_hears_what_either_gate_brings(dev: Graph, prod: Graph) -> None:
    assert sent(dev, "resize") | sent(prod, "resize") == heard("resize")


def test_budget_hears_what_it_handles(graph: Graph) -> None:
    assert sent(graph, "budget") == {BudgetSpent.detail_type, BudgetRaised.detail_type}


def test_reconcile_hears_that_it_paused(graph: Graph) -> None:
    assert sent(graph, "reconcile") == {Paused.detail_type}
