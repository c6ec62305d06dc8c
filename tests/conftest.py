"""What every test starts from."""

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

OWN_STACK = ("next_model", "on_demand", "reprocess", "rights", "search", "shards", "watermark")
"""Whose tests start a stack of their own settings, and need not wait for the others."""

SHARED = (
    "tests/images/",
    "tests/end_to_end/test_command_line.py",
    *(f"tests/end_to_end/test_{name}.py" for name in OWN_STACK),
    "tests/end_to_end/",
    "tests/local/rekognition/test_rekognition_models.py",
    "tests/local/engine/test_resources.py",
    "tests/program/",
    "tests/policies/",
    "tests/releases/",
    "tests/bootstrap/",
    "tests/test_contracts.py",
)
"""Where tests share something that is costly to set up: a running stack, images, models, recorded
graphs."""

# No example fails for being slow: the machine may have other things to do.
settings.register_profile("darkroom", parent=settings(), deadline=None)
settings.load_profile("darkroom")


class SharedScheduling(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Sends tests that share something to one worker, and each other one where there is room.

    The groups of pytest-xdist 3.8 are not known to pytest 9.2: they were kept in a private field
    that is gone.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((place for place in SHARED if nodeid.startswith(place)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedScheduling:
    """Tell pytest-xdist how to deal the tests out."""
    return SharedScheduling(config, log)


@pytest.fixture(autouse=True, scope="session")
def _quiet_functions() -> None:
    """The functions log every message; the tests that read them ask for it."""
    from runtime.logging import logger

    logger.setLevel("CRITICAL")
