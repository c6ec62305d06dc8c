"""Draw a terminal that runs `make demo`, as the animated picture of the README.

    python -m proofs.capture        writes docs/demo.svg

The command runs in a pseudoterminal of 80 columns, on five of the sample pictures. What it prints,
and when, is what the picture shows. Viewers that prefer reduced motion see the last screen only.
"""

import fcntl
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from local.children import ROOT
from local.samples import SAMPLES

__all__ = ["Screen", "drawing"]

PICTURES = ("cat.webp", "coffee.jpg", "hubble.jpg", "rotated.jpg", "shopping-list.jpg")
COLUMNS, LINES = 80, 50
PROMPT = "\x1b[2m$\x1b[0m \x1b[1mmake demo ONCE=1\x1b[0m"
LAST_SECONDS = 8.0
"""How long the last screen stays before the animation starts again."""

_STILL_SECONDS = 0.04
"""A screen that nothing is written to for so long is complete."""

_FRAME_SECONDS = 0.25
"""Complete screens are kept this often at most, which bounds the size of the picture."""

_PADDING = 18
_CHARACTER, _LINE = 12.2, 24.4
"""A cell's width and height in rich's SVG export."""

_CONTROL = re.compile(r"\x1b\[[?\d;]*[A-Za-z]|\r|\n")
_BACKGROUND = "#0f1117"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass
class Screen:
    """The part of a terminal that rich's output needs: lines that are cleared and written anew."""

    lines: list[str] = field(default_factory=lambda: [""])
    row: int = 0

    def write(self, text: str) -> None:
        """Print text with its control sequences; colours are kept in the lines."""
        position = 0
        for found in _CONTROL.finditer(text):
            self.lines[self.row] += text[position : found.start()]
            self._control(found[0])
            position = found.end()
        self.lines[self.row] += text[position:]

    def _control(self, sequence: str) -> None:
        if sequence == "\n":
            self.row += 1
            if self.row == len(self.lines):
                self.lines.append("")
        elif sequence.endswith("K"):
            self.lines[self.row] = ""
        elif sequence.endswith("A"):
            self.row = max(0, self.row - int(sequence[2:-1] or 1))
        elif sequence.endswith("m"):
            self.lines[self.row] += sequence


@dataclass(frozen=True)
class Frame:
    """What the screen showed from this moment on."""

    seconds: float
    lines: Sequence[str]


@app.command()
def main(
    output: Annotated[Path, typer.Option(help="The SVG file.")] = ROOT / "docs" / "demo.svg",
) -> None:
    """Run the demo and draw its terminal."""
    with tempfile.TemporaryDirectory(prefix="darkroom-capture-") as folder:
        for name in PICTURES:
            shutil.copy(SAMPLES / name, folder)
        frames = list(
            _frames([sys.executable, "-m", "local", "demo", "--once", "--pictures", folder])
        )
    output.write_text(drawing(frames), encoding="utf-8")
    typer.echo(f"{output}: {len(frames)} screens, {output.stat().st_size:,} bytes")


def _frames(command: Sequence[str]) -> Iterator[Frame]:
    """The screens of a command while it runs, and the last one."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = dict(os.environ, TERM="xterm-256color", COLUMNS=str(COLUMNS), LINES=str(LINES))
    process = subprocess.Popen(  # noqa: S603 - this project's own command
        command, stdin=inner, stdout=inner, stderr=inner, env=environment, cwd=ROOT
    )
    os.close(inner)
    screen = Screen([PROMPT, ""], row=1)
    began = written = time.monotonic()
    kept = began - _FRAME_SECONDS
    with os.fdopen(terminal, "rb", buffering=0) as stream:
        pending = b""
        while chunk := _read(stream):
            now = time.monotonic()
            if now - written >= _STILL_SECONDS and written - kept >= _FRAME_SECONDS:
                kept = written
                yield Frame(written - began, tuple(screen.lines))
            text, pending = _whole_characters(pending + chunk)
            screen.write(text)
            written = now
    if status := process.wait():
        raise SystemExit(f"{' '.join(command)} must end with status 0, got {status}")
    yield Frame(time.monotonic() - began, tuple(screen.lines))


def _read(stream: io.FileIO) -> bytes:
    try:
        return stream.read(65536) or b""
    except OSError:  # Linux reports the end of a pseudoterminal as an error.
        return b""


def _whole_characters(data: bytes) -> tuple[str, bytes]:
    """The decoded text, and the bytes of a character or control sequence that is cut in two."""
    end = data.rfind(b"\x1b")
    if end == -1 or re.match(rb"\x1b\[[?\d;]*[A-Za-z]", data[end:]):
        end = len(data)
    while end and len(data) - end < 4:
        try:
            return data[:end].decode(), data[end:]
        except UnicodeDecodeError:
            end -= 1
    return data[:end].decode(errors="replace"), data[end:]


def drawing(frames: Sequence[Frame]) -> str:
    """The frames as one animated SVG; equal neighbours become one."""
    distinct = [
        frame
        for number, frame in enumerate(frames)
        if number == 0 or frame.lines != frames[number - 1].lines
    ]
    total = distinct[-1].seconds + LAST_SECONDS
    rows = max(len(frame.lines) for frame in distinct)
    width = COLUMNS * _CHARACTER + 2 * _PADDING
    height = rows * _LINE + 2 * _PADDING
    style, groups = [], []
    for number, frame in enumerate(distinct):
        last = frame is distinct[-1]
        begin = 100 * frame.seconds / total
        end = 100.0 if last else 100 * distinct[number + 1].seconds / total
        style.append(
            f"@keyframes k{number}{{0%{{visibility:hidden}}{begin:.2f}%{{visibility:visible}}"
            f"{end:.2f}%{{visibility:{'visible' if last else 'hidden'}}}}}"
            f".k{number}{{animation:k{number} {total:.1f}s step-end infinite}}"
        )
        hidden = "" if last else ' visibility="hidden"'
        groups.append(f'<g class="k{number}"{hidden}>{_group(frame.lines, f"s{number}")}</g>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}">'
        "<title>A terminal that runs make demo</title>"
        f"<style>text{{font:20px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
        "white-space:pre}"
        f"@media (prefers-reduced-motion:no-preference){{{''.join(style)}}}</style>"
        f'<rect width="100%" height="100%" rx="10" fill="{_BACKGROUND}"/>'
        f'<g transform="translate({_PADDING} {_PADDING})">{"".join(groups)}</g></svg>\n'
    )


def _group(lines: Sequence[str], unique_id: str) -> str:
    """The lines as SVG text elements with the styles they use."""
    console = Console(
        width=COLUMNS,
        record=True,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
    )
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ignore", crop=False)
    exported = console.export_svg(
        theme=MONOKAI,
        unique_id=unique_id,
        code_format="<style>{styles}</style>{backgrounds}{matrix}",
    )
    return re.sub(r' clip-path="[^"]*"|\n', "", exported)


if __name__ == "__main__":
    app()
