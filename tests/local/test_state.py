"""Terminals find the stack that runs in their state folder, and only that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from local.children import ROOT, last_lines
from local.journal import HeardEvent, HeardNotice, Journal
from local.state import (
    Claim,
    NoStackError,
    StackRunsError,
    StateFolderError,
    running,
    state_folder,
)
from tests.local.stacks import stack


def test_without_a_stack_the_error_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(NoStackError, match="start one with python -m local up"):
        running(tmp_path)


def test_a_running_stack_reads_as_it_was_saved(tmp_path: Path) -> None:
    claim = Claim.of(tmp_path)
    stack(tmp_path).save()

    assert running(tmp_path) == stack(tmp_path)
    assert [topic.id for topic in running(tmp_path).named("aws:sns/topic:Topic")] == ["arn"]
    claim.release()


def test_a_stack_that_is_still_starting_is_told_apart(tmp_path: Path) -> None:
    claim = Claim.of(tmp_path)

    with pytest.raises(NoStackError, match="is still starting"):
        running(tmp_path)
    claim.release()


def test_a_folder_holds_one_stack_at_a_time(tmp_path: Path) -> None:
    claim = Claim.of(tmp_path)

    with pytest.raises(StackRunsError, match=r"a stack runs in .* already"):
        Claim.of(tmp_path)
    claim.release()
    Claim.of(tmp_path).release()


def test_the_state_file_of_a_process_that_died_counts_for_nothing(tmp_path: Path) -> None:
    claim = Claim.of(tmp_path)
    stack(tmp_path).save()
    kept = (tmp_path / "stack.json").read_text()
    claim.release()
    (tmp_path / "stack.json").write_text(kept)

    with pytest.raises(NoStackError, match="no stack runs in"):
        running(tmp_path)


def test_darkroom_state_names_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DARKROOM_STATE", str(tmp_path))
    assert state_folder() == tmp_path

    monkeypatch.delenv("DARKROOM_STATE")
    assert state_folder().name == ".darkroom"


def event(id_: str, key: str | None) -> HeardEvent:
    return HeardEvent(id_, "2026-01-01T00:00:00Z", "default", "aws.s3", "Created", key, {"a": [1]})


def test_the_journal_keeps_events_in_order_and_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    journal.add_events([event("1", "uploads/é"), event("2", None)], heard=1.0)
    journal.add_events([event("1", "uploads/é"), event("3", "uploads/é")], heard=2.0)

    assert [e.id for e in journal.events()] == ["1", "2", "3"]
    assert journal.events("uploads/é") == [event("1", "uploads/é"), event("3", "uploads/é")]


def test_the_journal_keeps_notices_once(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.sqlite")
    notice = HeardNotice("1", "now", "notices", ["a@example.org"], "a subject", "a text")
    journal.add_notices([notice], heard=1.0)
    journal.add_notices([notice], heard=2.0)

    assert journal.notices() == [notice]


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("file", "it is a file"),
        ("file/below", "not a directory"),
        ("n" * 300, "file name too long"),
        ("/proc/darkroom", "no such file or directory"),
        ("/dev/full/darkroom", "not a directory"),
    ],
)
def test_a_state_folder_that_cannot_be_made_is_named_with_the_reason(
    tmp_path: Path, name: str, problem: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateFolderError) as refused:
        Claim.of(tmp_path / name)
    assert str(refused.value) == (
        f"state folder must be a folder that can be written to, got {tmp_path / name}: {problem}; "
        "DARKROOM_STATE names another"
    )


FULL = """
import resource, sys
from pathlib import Path
from local.state import Claim, StateFolderError
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    Claim.of(Path(sys.argv[1]))
except StateFolderError as error:
    print(error)
"""


def test_a_folder_without_room_is_refused_before_anything_starts(tmp_path: Path) -> None:
    read, write = os.pipe()
    subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", FULL, str(tmp_path)],
        cwd=ROOT,
        env={"PYTHONPATH": ".:containers"},
        stdout=write,
        check=True,
    )
    os.close(write)
    with os.fdopen(read) as told:
        assert told.read() == (
            f"state folder must be a folder that can be written to, got {tmp_path}: file too "
            "large; DARKROOM_STATE names another\n"
        )


def test_what_a_process_left_in_its_log_is_never_nothing(tmp_path: Path) -> None:
    log = tmp_path / "program.log"
    assert last_lines(log, 3) == f"its log cannot be read: no such file or directory: {log}"
    log.touch()
    assert last_lines(log, 3) == f"it wrote nothing to its log {log}"
    log.write_text("one\ntwo\nthree\nfour\n\n")
    assert last_lines(log, 3) == "two\nthree\nfour"
