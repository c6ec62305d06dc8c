"""What is started here ends here."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from local.aws import child_environment
from local.children import HOST, ROOT, ChildFailedError, free_port, start

PARENT = """
import sys, time
from pathlib import Path
from local.children import start
from local.aws import child_environment
folder, port = Path(sys.argv[1]), sys.argv[2]
child = start(
    "server", "http.server", [port, "--bind", "127.0.0.1"], child_environment({}), folder / "log"
)
child.wait_until_healthy(f"http://127.0.0.1:{port}/", 60)
print("up", flush=True)
time.sleep(60)
"""


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, str(tmp_path), str(port)],
        cwd=ROOT,
        env=child_environment({}),
        stdout=subprocess.PIPE,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        assert answers(port)
        parent.kill()

    deadline = time.monotonic() + 60
    while answers(port) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not answers(port)


def test_a_child_that_ends_at_once_says_why(tmp_path: Path) -> None:
    child = start("broken", "no.such.module", [], child_environment({}), tmp_path / "log")

    with pytest.raises(ChildFailedError, match=r"broken ended with status 1(?s:.*)no\.such"):
        child.wait_until_healthy(f"http://{HOST}:{free_port()}/", 60)
    child.stop()


def test_a_child_that_never_answers_is_given_up(tmp_path: Path) -> None:
    child = start(
        "silent",
        "timeit",
        ["-n1", "-r1", "import time; time.sleep(30)"],
        child_environment({}),
        tmp_path / "log",
    )

    with pytest.raises(ChildFailedError, match="silent did not answer"):
        child.wait_until_healthy(f"http://{HOST}:{free_port()}/", 0.3)
    child.stop()
    assert child.process.poll() is not None


def test_a_taken_port_is_told_and_a_free_one_is_found() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"^port {port} must be free, got address already in"):
            free_port(port)
    # Not one that an outgoing connection may take before a child does.
    assert 20_000 <= free_port() < 32_768


def test_no_aws_setting_and_no_proxy_reaches_a_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")

    environment = child_environment({"A": "b"})

    assert environment["A"] == "b"
    assert {"AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_PROXY"} & set(environment) == set()
