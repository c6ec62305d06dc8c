"""The terminal that the README's picture is drawn from."""

import re

from proofs.capture import Frame, Screen, drawing


def test_a_cleared_line_is_written_anew() -> None:
    screen = Screen()

    screen.write("starting the local AWS\r\x1b[Kdeploying")

    assert screen.lines == ["deploying"]


def test_a_live_table_replaces_the_lines_it_wrote_before() -> None:
    screen = Screen()
    screen.write("is up\r\n")

    screen.write("a  received\r\nb  received")
    screen.write("\r\x1b[2K\x1b[1A\x1b[2Ka  ready\r\nb  received")

    assert screen.lines == ["is up", "a  ready", "b  received"]


def test_colours_stay_in_the_line() -> None:
    screen = Screen()

    screen.write("\x1b[?25l\x1b[32mready\x1b[0m")

    assert screen.lines == ["\x1b[32mready\x1b[0m"]


def test_a_drawing_shows_each_distinct_screen_once_and_ends_on_the_last() -> None:
    frames = [Frame(0.0, ("one",)), Frame(1.0, ("one",)), Frame(2.0, ("\x1b[32mtwo\x1b[0m",))]

    drawn = drawing(frames)

    assert re.findall(r">(one|two)<", drawn) == ["one", "two"]
    assert re.findall(r'<g class="(k\d)"( visibility="hidden")?>', drawn) == [
        ("k0", ' visibility="hidden"'),
        ("k1", ""),
    ]
    assert "@media (prefers-reduced-motion:no-preference)" in drawn
