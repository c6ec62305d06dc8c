"""A dashboard of CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.metric import Metric

__all__ = ["Dashboard", "DashboardArgs", "Graph"]

WIDTH, HEIGHT = 24, 6
"""Of a row, in the units that CloudWatch places widgets by."""

PERIOD_SECONDS = 300


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Metrics in one frame, by the names of their lines."""

    title: str
    lines: Mapping[str, Metric]


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """What the dashboard shows, from top to bottom."""

    rows: Mapping[str, Sequence[Graph]]
    """Questions, and the graphs that answer each."""
    region: str


class Dashboard(pulumi.ComponentResource):
    """Rows of graphs, each below the question that it answers."""

    def __init__(
        self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Dashboard", name, None, opts)

        cloudwatch.Dashboard(
            name,
            # It has no autonaming.
            dashboard_name=f"{pulumi.get_project()}-{pulumi.get_stack()}",
            dashboard_body=pulumi.Output.json_dumps({"widgets": _widgets(args)}),
            opts=pulumi.ResourceOptions(parent=self),
        )

        self.register_outputs({})


def _widgets(args: DashboardArgs) -> list[dict[str, Any]]:
    widgets: list[dict[str, Any]] = []
    for row, (question, graphs) in enumerate(args.rows.items()):
        top = row * (HEIGHT + 1)
        heading = {"type": "text", "x": 0, "y": top, "width": WIDTH, "height": 1}
        widgets.append({**heading, "properties": {"markdown": f"## {question}"}})
        width = WIDTH // len(graphs)
        widgets += [
            {
                "type": "metric",
                "x": column * width,
                "y": top + 1,
                "width": width,
                "height": HEIGHT,
                "properties": {
                    "title": graph.title,
                    "region": args.region,
                    "period": PERIOD_SECONDS,
                    "metrics": [_line(label, metric) for label, metric in graph.lines.items()],
                },
            }
            for column, graph in enumerate(graphs)
        ]
    return widgets


def _line(label: str, metric: Metric) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    shown = {"stat": metric.statistic, "label": label}
    return [metric.namespace, metric.name, *dimensions, shown]
