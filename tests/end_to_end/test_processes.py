"""The processes that serve a stack, whose work and ends the proofs measure."""

import os

from local.pictures import Pictures
from local.state import RunningStack
from proofs.processes import listed, serving
from tests.end_to_end.journeys import upload


def test_what_serves_a_stack_is_known_by_its_kind(stack: RunningStack, pictures: Pictures) -> None:
    upload(pictures, "uploads/processes.jpg")
    kinds = [kind for kind, _ in serving(stack)]
    assert kinds.count("local AWS") == 1
    assert {"stand-in", "rekognition", "resize"} <= set(kinds)


def test_this_process_is_listed() -> None:
    [own] = [each for each in listed() if each.pid == os.getpid()]
    assert own.parent == os.getppid()
    assert own.seconds >= 0
