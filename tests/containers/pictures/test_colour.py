"""Colours come out as browsers show them, however a file names its colour space."""

from __future__ import annotations

import pytest

from pictures.limits import Limits
from pictures.reading import read
from proofs.specimens import Specimen
from proofs.specimens.colours import COLOURS
from proofs.specimens.profiles import difference
from tests.containers.pictures.test_reading import quarters

LIMITS = Limits.for_memory(1769)


@pytest.mark.parametrize("specimen", COLOURS, ids=lambda one: one.name)
@pytest.mark.parametrize("scale", [1, 2])
def test_a_colour_space_is_understood_however_it_is_named(specimen: Specimen, scale: int) -> None:
    picture = read(specimen.data, LIMITS, lambda size: (size[0] // scale, size[1] // scale))
    assert picture.content_type == specimen.content_type
    worst = max(map(difference, quarters(picture.image), specimen.colours))
    assert worst <= specimen.tolerance
