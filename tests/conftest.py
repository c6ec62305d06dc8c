"""What every test starts from."""

import logging

import pytest


@pytest.fixture(autouse=True)
def _quiet_functions(caplog: pytest.LogCaptureFixture) -> None:
    """The functions log every message; a test that wants to read them lowers the level."""
    caplog.set_level(logging.CRITICAL + 1, logger="service_undefined")
