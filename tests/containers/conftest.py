"""What the tests of the functions start from."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _some_region() -> Iterator[None]:
    """A client needs a Region, even one that never calls."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
        yield
