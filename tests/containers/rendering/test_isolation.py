"""A picture developed in a child process: the same result, and no harm done."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from pictures.isolation import CrashedError, isolated
from pictures.limits import Limits, UnreadableError
from pipeline.recipe import Rendition, Watermark
from proofs.specimens import exif_block, jpeg
from rendering.framing import Area, Focus
from rendering.isolation import develop_isolated
from rendering.renditions import develop
from tests.containers.rendering.test_renditions import recipe

LIMITS = Limits.for_memory(1769)


def hang(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that never ends."""
    while True:
        pass


def devour(_: bytes, limits: Limits, __: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that takes memory until there is none."""
    return None, [bytes(16 * limits.memory)]


def starve(_: bytes, limits: Limits, __: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that ends as a decoder does that reports missing memory like damage."""
    bytearray(limits.memory * 3 // 4)
    raise UnreadableError("decoder_failed", "this PNG is damaged and could not be decoded")


def give_up(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that ends as libvips does without memory."""
    os.write(2, b"GLib-ERROR **: gmem.c:106: failed to allocate 36003194 bytes")
    os.abort()


def find_damage(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that finds its picture damaged."""
    raise UnreadableError("decoder_failed", "this PNG is damaged and could not be decoded")


def die(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that ends as a decoder does that writes where it must not."""
    os.abort()


def blunder(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task with a mistake in it."""
    raise KeyError("no such rendition")


def sleep(*_: Any) -> tuple[Any, Sequence[bytes]]:
    """A task that waits for something that never comes."""
    time.sleep(1000)
    return None, []


def test_a_picture_comes_out_the_same() -> None:
    data = jpeg(exif=exif_block(1))
    focus = Focus(faces=(Area(0.1, 0.2, 0.3, 0.4),))
    asked = recipe("jpeg", "webp")
    assert develop_isolated(data, asked, LIMITS, focus=focus) == develop(
        data, asked, LIMITS, focus=focus
    )


def test_a_child_knows_everything_that_the_function_knows() -> None:
    face = Area(0.1, 0.2, 0.3, 0.4)
    focus = Focus(
        faces=(face,), text=(face,), point=Area(0.9, 0.9, 0, 0), searched=("faces", "text")
    )
    asked = replace(
        recipe(),
        renditions=(
            Rendition(
                name="a",
                width=50,
                height=50,
                fit="cover",
                focus="salient",
                hide_faces="blur",
                hide_text="pixelate",
                watermark="logo",
            ),
        ),
        watermarks=(Watermark(name="logo", sha256="a" * 64),),
    )
    marks = {"logo": jpeg()}
    assert develop_isolated(jpeg(), asked, LIMITS, focus=focus, marks=marks) == develop(
        jpeg(), asked, LIMITS, focus=focus, marks=marks
    )


def test_a_refusal_comes_out_the_same() -> None:
    with pytest.raises(UnreadableError) as refused:
        develop_isolated(jpeg()[:400], recipe(), LIMITS)
    assert refused.value.code == "truncated"
    assert str(refused.value) == "this JPEG is cut short; upload the whole file again"


@pytest.mark.parametrize(
    ("task", "seconds", "code"),
    [
        ("hang", 0.5, "too_slow"),
        ("devour", LIMITS.seconds, "too_many_pixels"),
        ("starve", LIMITS.seconds, "too_many_pixels"),
        ("give_up", LIMITS.seconds, "too_many_pixels"),
        ("find_damage", LIMITS.seconds, "decoder_failed"),
        ("die", LIMITS.seconds, "decoder_failed"),
    ],
)
def test_a_picture_that_hangs_devours_or_dies_is_refused(
    task: str, seconds: float, code: str
) -> None:
    limits = replace(LIMITS, seconds=seconds)
    with pytest.raises(UnreadableError) as refused:
        isolated(f"tests.containers.rendering.test_isolation:{task}", b"", limits, None)
    assert refused.value.code == code


def test_a_picture_that_waits_for_ever_is_refused() -> None:
    limits = replace(LIMITS, seconds=-8.0)
    with pytest.raises(UnreadableError) as refused:
        isolated("tests.containers.rendering.test_isolation:sleep", b"", limits, None)
    assert refused.value.code == "too_slow"


@pytest.mark.parametrize(
    ("task", "traceback"),
    [
        ("tests.containers.rendering.test_isolation:blunder", "KeyError: 'no such rendition'"),
        ("tests.containers.rendering.nowhere:at_all", "ModuleNotFoundError: No module named"),
    ],
)
def test_a_mistake_of_this_code_is_not_blamed_on_the_picture(task: str, traceback: str) -> None:
    with pytest.raises(CrashedError, match=traceback):
        isolated(task, b"", LIMITS, None)


def test_a_sample_is_made_on_both_sides_alike_if_one_is_wanted() -> None:
    data, asked = jpeg(), recipe()
    developed = develop_isolated(data, asked, LIMITS, sampled=True)
    assert developed == develop(data, asked, LIMITS, sampled=True)
    assert developed.sample
    assert developed.sample.startswith(b"\xff\xd8\xff")
    assert replace(developed, sample=None) == develop(data, asked, LIMITS)
