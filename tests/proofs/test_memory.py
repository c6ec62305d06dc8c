"""The in-memory stand-ins do what the real ones must."""

import pytest

from proofs.memory import MemoryVectors
from tests.containers.vectors import VectorsContract


class TestMemoryVectors(VectorsContract):
    @pytest.fixture
    def vectors(self) -> MemoryVectors:
        return MemoryVectors()
