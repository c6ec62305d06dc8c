"""`python -m local` as somebody with two terminals uses it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.aws import child_environment
from local.children import ROOT
from local.samples import SAMPLES
from local.state import running
from pipeline.original import image_id
from proofs import PAGE
from tests.end_to_end.journeys import eventually
from tests.foreground import listen_to_signals

pytestmark = pytest.mark.long

SETTINGS = ("--no-models", "-c", "gate=guarded", "-c", f"page={PAGE}")


def environment(folder: Path) -> dict[str, str]:
    return child_environment({"DARKROOM_STATE": str(folder)})


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "local", *arguments],
        cwd=ROOT,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=300,
    )


def said(folder: Path, *arguments: str) -> Any:
    done = run(folder, *arguments, "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Terminal:
    """The first of two terminals: a stack that was started by hand, in a folder of its own."""

    folder: Path
    process: subprocess.Popen[bytes]


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    folder = tmp_path_factory.mktemp("terminal") / "state"
    folder.mkdir()
    with (folder / "up.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "local", "up", *SETTINGS],
            cwd=ROOT,
            env=environment(folder),
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=listen_to_signals,
        )
        try:
            eventually(lambda: (folder / "stack.json").is_file() or process.poll() is not None, 300)
            assert process.poll() is None, (folder / "up.log").read_text()
            yield Terminal(folder, process)
        finally:
            process.kill()
            process.wait(60)


def test_pictures_can_be_uploaded_and_looked_at_from_another_terminal(terminal: Terminal) -> None:
    temple, hubble = str(SAMPLES / "temple.jpg"), str(SAMPLES / "hubble.jpg")

    uploaded = said(terminal.folder, "upload", temple, hubble, "--timeout", "180")
    assert [picture["status"] for picture in uploaded] == ["ready", "held"]
    assert set(uploaded[0]["seconds"]) == {"received", "analysed", "rendered", "ready", "notified"}

    listed = said(terminal.folder, "list", "--status", "held")
    assert [item["key"] for item in listed] == ["uploads/hubble.jpg"]
    # The gate is guarded: what is held was never rendered.
    assert "renditions" not in listed[0]

    shown = said(terminal.folder, "show", uploaded[0]["image_id"][:8])
    assert shown["key"] == "uploads/temple.jpg"
    assert [line["stage"] for line in shown["timeline"]] == [
        "received",
        "analysed",
        "rendered",
        "notified",
    ]

    def heard(name: str, types: list[str]) -> list[Any] | None:
        """The events about an upload, all of which may be heard only after its end."""
        events: list[Any] = said(terminal.folder, "events", "--key", f"uploads/{name}")
        return events if sorted(event["type"] for event in events) == sorted(types) else None

    told = ["Image Accepted", "Image Ready"]
    events = eventually(lambda: heard("temple.jpg", ["Object Created", *told]))
    # Each bus is heard by itself, so that the order among the two means nothing.
    assert [event["type"] for event in events if event["source"] == "darkroom"] == told
    assert said(terminal.folder, "show", "uploads/temple.jpg")["events"] == events
    eventually(lambda: heard("hubble.jpg", ["Object Created", "Image Held"]))

    notices = eventually(lambda: _pair(said(terminal.folder, "notices")))
    assert {notice["subject"].split(" ")[0] for notice in notices} == {"temple.jpg", "hubble.jpg"}

    logged = said(terminal.folder, "logs", "resize")
    assert {line["function"] for line in logged} == {"resize"}
    # By its id: file names are personal data, and logs survive the picture.
    assert any(image_id("uploads/temple.jpg") in line["message"] for line in logged)
    assert not any("temple.jpg" in line["message"] for line in logged)


def _pair(found: list[Any]) -> list[Any] | None:
    return found if len(found) == 2 else None


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (("list",), ["uploads/temple.jpg", "ready", "640x427"]),
        (("show", "temple.jpg"), ["stage", "analysed", "Image Accepted", "/large.jpg"]),
        (("events",), ["Object Created", "Image Held"]),
        (("notices",), ["temple.jpg is ready", "to nobody: dev has no subscribers"]),
        (("logs", "rekognition"), ["rekognition"]),
        (("resources",), ["aws:s3/bucket:Bucket", "nothing outlives the local stack"]),
    ],
)
def test_people_get_tables(terminal: Terminal, command: tuple[str, ...], words: list[str]) -> None:
    done = run(terminal.folder, *command)

    assert (done.returncode, done.stderr) == (0, "")
    assert [word for word in words if word not in done.stdout] == []


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (("up",), "a stack runs in"),
        (("show", "nothing.jpg"), "no picture is called nothing.jpg"),
        (
            ("upload", str(SAMPLES / "temple.jpg"), "--key", "else/a.jpg"),
            "must start with uploads/",
        ),
        (("logs", "develop"), "function must be one of"),
        (("up", "-c", "gate=open", "-c", "darkroom:gate=guarded"), "got gate twice"),
        (("list", "--status", "bogus"), "must be one of received, processing"),
        (("upload", "/dev/null"), "must be a regular file, got /dev/null"),
        (
            ("upload", str(SAMPLES / "temple.jpg"), str(SAMPLES / "temple.jpg")),
            "two files would become uploads/temple.jpg",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line(
    terminal: Terminal, command: tuple[str, ...], problem: str
) -> None:
    done = run(terminal.folder, *command)

    assert done.returncode != 0
    assert problem in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_everything_that_was_started(terminal: Terminal) -> None:
    stack = running(terminal.folder)
    terminal.process.send_signal(signal.SIGINT)

    assert terminal.process.wait(60) == 0
    assert not (terminal.folder / "scratch").exists()
    for address in (stack.endpoint, stack.front, stack.rekognition):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address, trust_env=False)
    done = run(terminal.folder, "list")
    assert done.returncode == 1
    assert "no stack runs in" in done.stderr
