"""The stack's dashboard in the terminal, with the values that CloudWatch would have."""

import json
import time
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from local.metrics import Metrics, Point, together
from local.state import RunningStack

__all__ = ["dashboard"]

_BARS = " ▁▂▃▄▅▆▇█"
_COLUMNS = 30
_SECONDS = 600
"""What a graph reaches back to."""


def dashboard(stack: RunningStack) -> Group:
    """Every graph of the dashboard, below its question: the last ten minutes and their value."""
    metrics = Metrics(stack)
    metrics.look()
    [resource] = stack.named("aws:cloudwatch/dashboard:Dashboard")
    found = stack.aws.client("cloudwatch").get_dashboard(DashboardName=resource.id)
    parts: list[RenderableType] = []
    for widget in json.loads(found["DashboardBody"])["widgets"]:
        shown = widget["properties"]
        if widget["type"] == "text":
            parts += ["", Text(shown["markdown"].lstrip("# "), "bold reverse"), ""]
        else:
            parts.append(_graph(metrics, shown))
    return Group(*parts)


def _graph(metrics: Metrics, shown: dict[str, Any]) -> Table:
    table = Table(title=shown["title"], title_justify="left", box=None, show_header=False)
    table.add_column(width=24)
    table.add_column(width=_COLUMNS, style="cyan")
    table.add_column(justify="right", width=10)
    since = time.time() - _SECONDS
    for namespace, name, *dimensions, style in shown["metrics"]:
        pairs = dict(zip(dimensions[::2], dimensions[1::2], strict=True))
        points = metrics.points(namespace, name, pairs, since)
        value = together(points, style["stat"])
        text = "-" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")
        table.add_row(style["label"], _line(points, style["stat"], since), text)
    return table


def _line(points: list[Point], statistic: str, since: float) -> str:
    width = _SECONDS / _COLUMNS
    slots: list[list[Point]] = [[] for _ in range(_COLUMNS)]
    for point in points:
        slots[min(int((point.at - since) / width), _COLUMNS - 1)].append(point)
    values = [together(slot, statistic) or 0 for slot in slots]
    most = max(values) or 1
    return "".join(_BARS[round(value / most * (len(_BARS) - 1))] for value in values)
