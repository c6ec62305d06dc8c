"""The deployed queues and their settings, read from the program's own resource graph."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from proofs.recorder import Graph, Resource

__all__ = ["Deployed", "Route", "deployed"]

BULK_CONCURRENCY = 2
"""Executions of a function for the backfill lane, where the graph has no lane yet: the least that
SQS accepts as an event source mapping's maximum."""


@dataclass(frozen=True)
class Route:
    """One queue, its function and the mapping between them."""

    name: str
    function: str
    concurrency: int
    """Most executions at once."""
    batch_size: int
    window_seconds: int
    """How long messages are collected for a batch."""
    visibility_seconds: int
    deliveries: int
    """After so many a message goes to the dead-letter queue."""
    retention_seconds: int
    memory_mb: int


@dataclass(frozen=True)
class Deployed:
    """What the model needs to know about a stage."""

    gate: str
    routes: Mapping[str, Route]
    """By name: the function's, or the function's with `-bulk` for the backfill lane."""
    indexes: int
    """Secondary indexes of the catalog."""
    daily_budget_usd: float = 0.0
    """What may be spent in a day before the queues are paused; 0 sets no limit."""

    def route(self, function: str, *, bulk: bool = False) -> Route:
        """The function's route for live uploads, or for the backfill lane."""
        if not bulk:
            return self.routes[function]
        live = self.routes[function]
        found = self.routes.get(f"{function}-bulk")
        return found or Route(**{**live.__dict__, "concurrency": BULK_CONCURRENCY})


def deployed(graph: Graph) -> Deployed:
    """The settings in a graph that `proofs.recorder` recorded."""
    queues = {each.name: each for each in graph.of_kind("sqs.Queue")}
    memory = {
        each.name: int(each.inputs["memorySize"]) for each in graph.of_kind("lambda.Function")
    }
    routes = [_route(each, queues, memory) for each in graph.of_kind("lambda.EventSourceMapping")]
    catalog = graph.resource("dynamodb.Table", "catalog")
    return Deployed(
        gate=str(graph.outputs["gate"]),
        routes={each.name: each for each in routes},
        indexes=len(catalog.inputs["globalSecondaryIndexes"]),
        daily_budget_usd=float(graph.outputs["daily_budget_usd"]),
    )


def _route(mapping: Resource, queues: Mapping[str, Resource], memory: Mapping[str, int]) -> Route:
    name = mapping.name.removesuffix("-consumer")
    function = name.removesuffix("-bulk")
    queue, inputs = queues[name].inputs, mapping.inputs
    return Route(
        name=name,
        function=function,
        concurrency=int(inputs["scalingConfig"]["maximumConcurrency"]),
        batch_size=int(inputs["batchSize"]),
        window_seconds=int(inputs.get("maximumBatchingWindowInSeconds") or 0),
        visibility_seconds=int(queue["visibilityTimeoutSeconds"]),
        deliveries=int(json.loads(queue["redrivePolicy"])["maxReceiveCount"]),
        retention_seconds=int(queue["messageRetentionSeconds"]),
        memory_mb=memory[function],
    )
