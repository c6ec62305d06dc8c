"""What keeps an engine from starting is cleared away, and nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from proofs.docker.engine import forget_stale_pid

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="engines run on Linux")


def test_a_pid_that_another_process_has_by_now_is_forgotten(tmp_path: Path) -> None:
    file = tmp_path / "docker.pid"
    file.write_text(f"{os.getpid()}\n")
    forget_stale_pid(file)
    assert not file.exists()


def test_the_pid_of_an_engine_that_runs_is_kept(tmp_path: Path) -> None:
    file, engine = tmp_path / "docker.pid", tmp_path / "dockerd"
    engine.symlink_to(sys.executable)
    with subprocess.Popen(  # noqa: S603 - waits for its input to end
        [engine, "-c", "print(flush=True); input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        file.write_text(str(process.pid))
        forget_stale_pid(file)
        assert file.read_text() == str(process.pid)
        process.kill()


@pytest.mark.parametrize("content", [None, "", "no number", "4194305"])
def test_a_file_that_names_no_process_is_left_to_the_engine(
    tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "docker.pid"
    if content is not None:
        file.write_text(content)
    forget_stale_pid(file)
    assert file.exists() == (content is not None)
