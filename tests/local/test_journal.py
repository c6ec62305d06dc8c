"""What is wrong with the journal is reported with its file."""

import subprocess
import sys
from pathlib import Path

import pytest

from local.children import ROOT
from local.journal import HeardNotice, Journal, JournalError

FULL = """
import resource, sys
from pathlib import Path
from local.journal import Journal, JournalError
from tests.local.test_journal import notice
journal = Journal(Path(sys.argv[1]))
journal.notices()
resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536))
try:
    journal.add_notices([notice(str(number)) for number in range(1000)], 1.0)
except JournalError as error:
    print(error)
"""


def notice(id_: str) -> HeardNotice:
    return HeardNotice(id_, "now", "notices", [], "a subject", "a text " * 100)


def test_a_journal_that_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    file.write_bytes(b"nothing of the kind " * 100)
    with pytest.raises(JournalError, match=f"got file is not a database: {file}$"):
        Journal(file).notices()


def test_a_journal_in_no_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "none" / "journal.sqlite"
    with pytest.raises(JournalError, match=f"got unable to open database file: {file}$"):
        Journal(file).notices()


def test_a_journal_on_a_full_disk_is_named(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", FULL, str(file)],
        cwd=ROOT,
        env={"PYTHONPATH": "."},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("journal must be usable, got ")
    assert done.stdout.endswith(f": {file}\n")
