"""Questions from top to bottom, and beside each other the graphs that answer them."""

from __future__ import annotations

from components.dashboard import Dashboard, DashboardArgs
from components.dashboard import Graph as Drawn
from components.metric import Metric
from proofs.recorder import run

WAITING = Metric(
    namespace="AWS/SQS", name="Waiting", statistic="Maximum", dimensions={"QueueName": "work"}
)


def test_graphs_stand_in_rows_below_their_question() -> None:
    drawn = Drawn(title="Messages", lines={"work": WAITING})
    rows = {"Is it well?": [drawn, drawn], "How fast?": [drawn]}

    def program() -> None:
        Dashboard("overview", DashboardArgs(rows=rows, region="eu-west-1"))

    graph = run(program)
    board = graph.resource("cloudwatch.Dashboard", "overview")
    widgets = board.document("dashboardBody")["widgets"]
    assert board.inputs["dashboardName"] == "darkroom-test"
    assert [
        (each["type"], each["x"], each["y"], each["width"], each["height"]) for each in widgets
    ] == [
        ("text", 0, 0, 24, 1),
        ("metric", 0, 1, 12, 6),
        ("metric", 12, 1, 12, 6),
        ("text", 0, 7, 24, 1),
        ("metric", 0, 8, 24, 6),
    ]
    assert widgets[1]["properties"] == {
        "title": "Messages",
        "region": "eu-west-1",
        "period": 300,
        "metrics": [
            ["AWS/SQS", "Waiting", "QueueName", "work", {"stat": "Maximum", "label": "work"}]
        ],
    }
