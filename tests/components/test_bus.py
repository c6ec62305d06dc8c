from __future__ import annotations

from components.bus import Bus, BusArgs
from proofs.recorder import run
from tests.components.parts import children, given

ARN = "arn:aws:events:eu-west-1:123456789012:event-bus/news-0a1b2c"


def bus() -> Bus:
    return Bus("news", BusArgs(source="press"))


def test_a_bus_is_one_resource_and_hands_out_its_name_and_arn() -> None:
    def program() -> None:
        bus()

    graph = run(program)

    assert children(graph, "Bus", "news") == [("cloudwatch.EventBus", "news")]
    assert graph.resource("Bus", "news").outputs == {"name": "news-0a1b2c", "arn": ARN}


def test_events_of_a_bus_are_of_its_source_and_of_the_kinds_asked_for() -> None:
    patterns: list[object] = []

    def program() -> None:
        patterns.append(bus().events("War", "Peace").pattern)

    run(program)

    assert patterns == [{"source": ["press"], "detail-type": ["War", "Peace"]}]


def test_a_speaker_may_put_events_on_this_bus_alone() -> None:
    assert given(lambda work: bus().grant_put(work)) == (
        "work-put-news",
        [{"Effect": "Allow", "Action": ["events:PutEvents"], "Resource": [ARN]}],
    )
