"""The model against the recorded run, against itself, and against the deployed graph."""

from dataclasses import replace

import pytest

from proofs.load import recording as recordings
from proofs.recorder import record
from proofs.scale import questions, services
from proofs.scale.flow import flow
from proofs.scale.graph import Deployed, deployed
from proofs.scale.limits import SOURCES, Limits
from proofs.scale.local import replay
from proofs.scale.questions import Case, changed, simulate
from proofs.scale.validation import RECORDING, figures


@pytest.fixture(scope="module")
def dev() -> Deployed:
    return deployed(record("dev"))


@pytest.fixture
def case(dev: Deployed) -> Case:
    return Case("dev", dev, services.read(), Limits())


def test_the_settings_are_those_of_the_graph(dev: Deployed) -> None:
    rekognition, retire = dev.route("rekognition"), dev.route("retire")

    assert (dev.gate, dev.indexes) == ("open", 4)
    assert (rekognition.concurrency, rekognition.batch_size) == (10, 1)
    assert (rekognition.visibility_seconds, rekognition.deliveries) == (360, 10)
    assert (retire.concurrency, retire.batch_size, retire.window_seconds) == (5, 50, 10)


def test_the_replay_of_the_recorded_burst_is_right_about_every_figure(dev: Deployed) -> None:
    recording = recordings.read(RECORDING)

    found = figures(recording, replay(dev, recording))

    assert [each for each in found if not each.holds] == []


def test_a_replay_with_functions_half_as_slow_again_is_wrong(dev: Deployed) -> None:
    recording = recordings.read(RECORDING)
    calm = recording.calm
    slower = replace(
        calm,
        durations_ms={
            name: [1.5 * each for each in values] for name, values in calm.durations_ms.items()
        },
        processor_ms={name: 1.5 * each for name, each in calm.processor_ms.items()},
    )

    found = figures(recording, replay(dev, replace(recording, calm=slower)))

    assert [each for each in found if not each.holds]


def test_a_seed_gives_the_same_run_every_time(case: Case) -> None:
    arrivals = [(number / 10, "good") for number in range(200)]

    first, second = (simulate(case, arrivals).pipeline.pictures for _ in range(2))

    assert [each.notified for each in first] == [each.notified for each in second]


def test_the_flow_agrees_with_the_discrete_model_about_a_burst(case: Case) -> None:
    uploads = 5000
    answer = questions.burst(case, uploads=uploads)

    found = flow([uploads / 5] * 5, 1.0, case.deployed, case.services, case.limits)

    assert found.ready_after(0.5) == pytest.approx(answer.median, rel=0.05)
    assert found.done_at == pytest.approx(answer.done, rel=0.05)


def test_pictures_that_wait_longer_than_sqs_keeps_messages_are_counted_as_lost(case: Case) -> None:
    slow = changed(case, "2 executions", concurrency=2)

    assert questions.day(case, uploads=100_000)[0].lost == 0
    assert questions.day(slow, uploads=2_500_000)[0].lost > 0


def test_a_quota_of_rekognition_bounds_the_rate(case: Case) -> None:
    throttled = changed(case, "2 calls a second", rekognition_calls=2.0)

    assert questions.burst(throttled, uploads=400).done == pytest.approx(200, rel=0.05)


def test_what_fails_every_attempt_is_a_dead_letter_and_nothing_else_is(case: Case) -> None:
    answer = questions.poisoned(case, per_second=1.0, hours=0.1)

    # Of 360 uploads a twentieth, in both queues of an open gate.
    assert answer.dead == 36


def test_every_limit_has_a_source() -> None:
    named = {field.strip("` ") for _, fields, _ in SOURCES for field in fields.split(",")}

    assert named == set(Limits().__dict__)
