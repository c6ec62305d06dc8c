"""What every test starts from."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _quiet_functions() -> None:
    """The functions log every message; the tests that read them ask for it."""
    from pipeline.logging import logger

    logger.setLevel("CRITICAL")
