"""The two hashes of how a picture looks: what they are, and what they take for the same picture."""

from __future__ import annotations

import random
from pathlib import Path

import imagehash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from pictures.measures import dhash, phash
from proofs.recorder import ROOT
from proofs.specimens import chart

SAMPLES = {
    "astronaut.jpg": ("cd8dd91d897293a7", "c2924c5532bddfc8"),
    "camera.png": ("509a3c7fbc756cec", "bff1c1c0434e8cbc"),
    "grass.jpg": ("d994a869b56df3ca", "92f2e18ba30b770d"),
    "temple.jpg": ("bfbf3a383c3870e0", "9db8c2c7445dbb24"),
}
"""The hashes of each, at 512 pixels."""


def small(name: str) -> Image.Image:
    image = Image.open(Path(ROOT, "samples", name)).convert("RGB")
    image.thumbnail((512, 512))
    return image


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_have_these_perceptual_hashes(name: str) -> None:
    assert phash(small(name)) == SAMPLES[name][1]


@pytest.mark.parametrize("name", SAMPLES)
def test_the_samples_have_these_difference_hashes_to_the_bit_or_two_of_another_engine(
    name: str,
) -> None:
    apart = int(dhash(small(name)), 16) ^ int(SAMPLES[name][0], 16)
    assert apart.bit_count() <= 2


@given(
    st.binary(min_size=30 * 20, max_size=30 * 20),
    st.integers(8, 80),
    st.integers(8, 80),
    st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_a_perceptual_hash_is_the_one_that_imagehash_makes(
    pixels: bytes, width: int, height: int, seed: int
) -> None:
    # Noise of the test's own under it: in a symmetrical picture, a frequency that is absent is a
    # rounding error in imagehash, above or below the median by chance.
    grain = random.Random(seed).randbytes(width * height)
    noise = Image.frombytes("L", (width, height), grain)
    image = Image.blend(Image.frombytes("L", (30, 20), pixels).resize((width, height)), noise, 0.5)
    assert phash(image) == str(imagehash.phash(image))


def test_a_perceptual_hash_of_colours_and_of_transparency_is_that_of_what_is_seen_on_grey() -> None:
    photograph = small("astronaut.jpg")
    assert phash(photograph) == str(imagehash.phash(photograph))
    seen = photograph.convert("RGBA")
    seen.putalpha(255)
    assert phash(seen) == phash(photograph)
    hidden = Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert phash(hidden) == phash(Image.new("L", (64, 64), 128))


def test_what_is_absent_from_a_symmetrical_picture_sets_no_bit_by_chance() -> None:
    sideways = chart().convert("L")
    sideways.paste(sideways.transpose(Image.Transpose.FLIP_LEFT_RIGHT).crop((0, 0, 1, 1)), (0, 0))
    mirrored = Image.new("L", (64, 64))
    half = sideways.resize((32, 64))
    mirrored.paste(half, (0, 0))
    mirrored.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (32, 0))
    bits = f"{int(phash(mirrored), 16):064b}"
    # A wave that is odd from left to right does not occur in it: all of them fall to one side.
    assert len({bits[row * 8 + column] for row in range(8) for column in (1, 3, 5, 7)}) == 1


def test_one_pixel_has_a_hash() -> None:
    assert phash(Image.new("RGB", (1, 1), "teal")) == "8000000000000000"
