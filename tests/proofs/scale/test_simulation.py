"""Queues, event source mappings and dead letters of the model."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

import simpy

from proofs.scale.graph import Deployed, Route
from proofs.scale.simulation import Message, Picture, Pipeline, Steps

ROUTE = Route(
    name="resize",
    function="resize",
    concurrency=2,
    batch_size=1,
    window_seconds=0,
    visibility_seconds=60,
    deliveries=3,
    retention_seconds=1_209_600,
    memory_mb=1769,
)
FUNCTIONS = ("rekognition", "resize", "notify", "retire")


class _Second:
    """A host where everything takes a second and fails for pictures of the kind `erring`."""

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self.batches: list[tuple[float, str, int]] = []

    def upload(self, picture: Picture) -> Steps:
        yield self.env.timeout(0)

    def accepts(self, function: str) -> bool:
        return True

    def invoke(
        self, route: Route, batch: Sequence[Message]
    ) -> Generator[simpy.Event, Any, set[Message]]:
        self.batches.append((self.env.now, route.function, len(batch)))
        yield self.env.timeout(1)
        return {each for each in batch if each.picture.kind == "erring"}


def _run(gate: str, kinds: Sequence[str], **routes: Route) -> tuple[Pipeline, _Second]:
    env = simpy.Environment()
    host = _Second(env)
    known = {name: replace(ROUTE, name=name, function=name) for name in FUNCTIONS}
    pipeline = Pipeline(env, Deployed(gate, {**known, **routes}, 3), host)
    env.process(pipeline.upload((0.0, kind) for kind in kinds))
    env.run()
    return pipeline, host


def test_a_guarded_picture_is_analysed_then_rendered_then_notified() -> None:
    pipeline, _ = _run("guarded", ["good"])

    [picture] = pipeline.pictures
    assert (picture.analysed, picture.rendered, picture.notified) == (1, 2, 3)


def test_an_open_gate_renders_while_it_analyses() -> None:
    pipeline, _ = _run("open", ["good"])

    [picture] = pipeline.pictures
    assert (picture.analysed, picture.rendered, picture.notified) == (1, 1, 2)


def test_an_open_gate_sends_a_second_message_if_rendering_has_not_begun() -> None:
    pipeline, host = _run(
        "open",
        ["good"] * 3,
        rekognition=replace(ROUTE, name="rekognition", function="rekognition", concurrency=3),
    )

    assert [function for _, function, _ in host.batches].count("resize") == 4
    assert [each.notified for each in pipeline.pictures] == [2, 2, 3]


def test_no_more_executions_run_at_once_than_the_mapping_allows() -> None:
    _, host = _run("guarded", ["good"] * 5)

    assert [at for at, function, _ in host.batches if function == "rekognition"] == [0, 0, 1, 1, 2]


def test_a_message_that_fails_returns_after_its_visibility_timeout_until_it_is_a_dead_letter() -> (
    None
):
    pipeline, host = _run("guarded", ["erring"])

    assert [at for at, *_ in host.batches] == [0, 60, 120]
    assert len(pipeline.stations["rekognition"].dead) == 1


def test_a_batch_window_collects_messages_from_the_first_one_on() -> None:
    _, host = _run(
        "guarded",
        ["retired"] * 3,
        retire=replace(ROUTE, name="retire", function="retire", batch_size=50, window_seconds=10),
    )

    assert host.batches == [(10, "retire", 3)]


def test_a_full_batch_does_not_wait_for_the_window() -> None:
    _, host = _run(
        "guarded",
        ["retired"] * 3,
        retire=replace(ROUTE, name="retire", function="retire", batch_size=2, window_seconds=10),
    )

    assert host.batches == [(0, "retire", 2), (10, "retire", 1)]
