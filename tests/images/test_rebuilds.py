"""What makes Pulumi's Docker provider build an image again, and what does not."""

import os
import shutil
import subprocess
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from components.build_context import settle_modes
from local.docker.context import context_hash

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = sorted(file.parent.name for file in (ROOT / "containers").glob("*/Dockerfile"))


@pytest.fixture
def containers(tmp_path: Path) -> Path:
    """A copy of the build context as a checkout has it."""
    ignored = shutil.ignore_patterns("__pycache__")
    copy = shutil.copytree(ROOT / "containers", tmp_path / "containers", ignore=ignored)
    settle_modes(copy)
    return copy


def hashes(containers: Path) -> dict[str, str]:
    return {
        function: context_hash(containers, containers / function / "Dockerfile")
        for function in FUNCTIONS
    }


def changed(containers: Path, change: Callable[[], object]) -> set[str]:
    """The functions whose images are built again after `change`."""
    before = hashes(containers)
    change()
    after = hashes(containers)
    return {function for function in FUNCTIONS if before[function] != after[function]}


def append(file: Path) -> Callable[[], object]:
    return lambda: file.write_text(file.read_text() + "\n")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_editing_a_function_builds_that_image_alone(containers: Path, function: str) -> None:
    assert changed(containers, append(containers / function / "handler.py")) == {function}


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", ["Dockerfile", "requirements.txt"])
def test_editing_how_an_image_is_built_builds_it_alone(
    containers: Path, function: str, name: str
) -> None:
    assert changed(containers, append(containers / function / name)) == {function}


@pytest.mark.parametrize(
    ("shared", "users"),
    [
        ("pipeline/events.py", set(FUNCTIONS)),
        ("pictures/reading.py", {"develop", "resize", "rekognition"}),
        ("builders.txt", {"develop", "resize", "rekognition"}),
        ("assemble.py", set(FUNCTIONS)),
    ],
)
def test_editing_what_is_shared_builds_the_images_that_use_it(
    containers: Path, shared: str, users: set[str]
) -> None:
    assert changed(containers, append(containers / shared)) == users


@pytest.mark.parametrize("name", ["requirements.in", "Dockerfile.dockerignore"])
def test_notes_on_how_an_image_came_about_build_nothing(containers: Path, name: str) -> None:
    assert changed(containers, append(containers / "notify" / name)) == set()


def test_bytecode_builds_nothing(containers: Path) -> None:
    def run_something() -> None:
        for folder in ("pipeline", "notify", "notify/below"):
            cache = containers / folder / "__pycache__"
            cache.mkdir(parents=True)
            (cache / "handler.cpython-313.pyc").write_bytes(b"bytecode")

    assert changed(containers, run_something) == set()


def test_times_build_nothing(containers: Path) -> None:
    def touch() -> None:
        for file in containers.rglob("*"):
            os.utime(file, (1, 1))

    assert changed(containers, touch) == set()


def test_a_new_file_of_a_function_builds_its_image(containers: Path) -> None:
    new = containers / "notify/more.py"
    assert changed(containers, lambda: new.write_text("")) == {"notify"}


def test_a_folder_that_no_image_is_made_of_builds_nothing(containers: Path) -> None:
    def add() -> None:
        (containers / "novel").mkdir()
        (containers / "novel/handler.py").write_text("")

    assert changed(containers, add) == set()


@pytest.mark.parametrize("umask", ["0002", "0027", "0077"])
def test_a_checkout_under_another_umask_builds_nothing_once_its_modes_are_settled(
    tmp_path: Path, umask: str
) -> None:
    usual, other = _checkout(tmp_path, "0022"), _checkout(tmp_path, umask)
    assert hashes(usual) != hashes(other), "the provider hashes modes"
    settle_modes(other)
    assert hashes(usual) == hashes(other)


def test_a_checkout_that_would_have_other_line_endings_builds_nothing(tmp_path: Path) -> None:
    usual = _checkout(tmp_path, "0022")
    other = _checkout(tmp_path, "0022", "-c", "core.autocrlf=true", "-c", "core.eol=crlf")
    assert hashes(usual) == hashes(other)


def _checkout(tmp_path: Path, umask: str, *options: str) -> Path:
    """The build context of a fresh clone of this tree, uncommitted changes included."""
    origin = tmp_path / "origin"
    if not origin.exists():
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "containers", origin / "containers", ignore=ignored)
        shutil.copyfile(ROOT / ".gitattributes", origin / ".gitattributes")
        _git(origin, "init", "--quiet")
        _git(origin, "add", ".")
        author = ("-c", "user.name=a", "-c", "user.email=a@example.org")
        _git(origin, *author, "commit", "--quiet", "--message", "this tree")
    clone = tmp_path / f"clone-{len(list(tmp_path.iterdir()))}"
    command = ["git", *options, "clone", "--quiet", str(origin), str(clone)]
    subprocess.run(command, check=True, umask=int(umask, 8), env=_git_environment())  # noqa: S603
    return clone / "containers"


def _git(folder: Path, *arguments: str) -> None:
    command = ["git", "-C", str(folder), *arguments]
    subprocess.run(command, check=True, env=_git_environment())  # noqa: S603


def _git_environment() -> dict[str, str]:
    """Nothing of the user's own settings."""
    return {"PATH": os.environ["PATH"], "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


def test_the_hash_is_of_paths_modes_and_contents(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "a").mkdir()
    (tmp_path / "a/b.py").write_text("b")
    (tmp_path / "Dockerfile.dockerignore").write_text("*\n!a\n")
    settle_modes(tmp_path)
    hashed = b"Dockerfile----------" + sha256(b"FROM scratch\n").digest() + b"\0"
    hashed += b"a/b.py-rw-r--r--" + sha256(b"b").digest() + b"\0"
    assert context_hash(tmp_path, tmp_path / "Dockerfile") == sha256(hashed).hexdigest()


def test_a_settled_mode_keeps_what_git_keeps(tmp_path: Path) -> None:
    script, note = tmp_path / "run.sh", tmp_path / "note"
    script.touch(0o700)
    note.touch(0o600)
    settle_modes(tmp_path)
    assert (script.stat().st_mode & 0o777, note.stat().st_mode & 0o777) == (0o755, 0o644)
