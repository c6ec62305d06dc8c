"""How the cores of the recorded run's machine are shared."""

import pytest
import simpy

from proofs.scale.machine import LOCAL_AWS, UPLOADERS, Machine


def _ends(cores: list[float], jobs: list[tuple[float, str | None]]) -> list[float]:
    """When each job ends, if all begin at once."""
    env = simpy.Environment()
    machine = Machine(env, cores, 10.0)
    ends = [0.0] * len(jobs)

    def run(number: int, seconds: float, process: str | None) -> simpy.events.ProcessGenerator:
        yield machine.work(seconds, process)
        ends[number] = env.now

    for number, (seconds, process) in enumerate(jobs):
        env.process(run(number, seconds, process))
    env.run()
    return ends


def test_a_job_has_one_core_at_most() -> None:
    assert _ends([2.0], [(3.0, None)]) == [3.0]


def test_more_jobs_than_cores_share_them_evenly() -> None:
    assert _ends([2.0], [(1.0, None), (1.0, None), (2.0, None), (2.0, None)]) == [2, 2, 3, 3]


def test_jobs_of_a_single_process_share_one_core() -> None:
    assert _ends([4.0], [(1.0, LOCAL_AWS), (1.0, LOCAL_AWS), (1.0, None)]) == [2, 2, 1]


def test_cores_that_others_take_meanwhile_are_missing() -> None:
    assert _ends([1.0, 0.5], [(12.0, None)]) == [14.0]


def test_a_burden_is_worked_off_after_what_the_process_has_already() -> None:
    env = simpy.Environment()
    machine = Machine(env, [1.0], 10.0)
    machine.burden(1.0, UPLOADERS)
    machine.burden(1.0, UPLOADERS)
    done = machine.work(1.0)

    env.run(until=done)

    assert env.now == pytest.approx(2.0)
