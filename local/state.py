"""What one terminal must know of a stack that runs in another: its state folder.

The folder is `.darkroom` in the repository's root, or what DARKROOM_STATE names: each folder holds
at most one running stack.
"""

import fcntl
import json
import os
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from local.aws import ACCESS_KEY, SECRET_KEY, LocalAws
from local.children import ROOT
from ops.terminal import in_bytes, reason

STACK = "stack.json"
"""The file of a running stack that `python -m local` reads."""

OUTPUTS = "outputs.json"
"""The file of a running stack that `python -m ops` reads: its outputs and its AWS."""


_ROOM = 1_000_000
"""Bytes that a stack writes at least."""


class NoStackError(RuntimeError):
    """No stack runs in the state folder."""


class StackRunsError(RuntimeError):
    """A stack runs in the state folder already."""


class StateFolderError(OSError):
    """The state folder cannot be used; the message names it and the reason."""

    def __init__(self, folder: Path, error: OSError) -> None:
        problem = "it is a file" if isinstance(error, FileExistsError) else _words(error)
        super().__init__(
            f"state folder must be a folder that can be written to, got {in_bytes(str(folder))}: "
            f"{problem}; DARKROOM_STATE names another"
        )


def _words(error: OSError) -> str:
    return error.strerror.lower() if error.strerror else reason(error)


def state_folder() -> Path:
    """The state folder of this terminal."""
    return Path(os.environ.get("DARKROOM_STATE") or ROOT / ".darkroom").absolute()


@dataclass(frozen=True)
class Resource:
    """One resource of the running stack; `seconds` is how long its creation took."""

    type: str
    name: str
    id: str
    arn: str | None
    seconds: float


@dataclass(frozen=True)
class RunningStack:
    """A stack that is up, as its state file describes it."""

    pid: int
    stage: str
    region: str
    endpoint: str
    front: str
    rekognition: str
    seconds_to_up: float
    folder: str
    outputs: dict[str, Any]
    resources: list[Resource] = field(default_factory=list)
    order: dict[str, Any] = field(default_factory=dict)
    """How the program was run, for the next run of it."""

    overrides: dict[str, str] = field(default_factory=dict)
    """The settings that differ from the stage's own."""

    @cached_property
    def aws(self) -> LocalAws:
        """Clients of its AWS, made once: each costs as much as a hundred calls."""
        return LocalAws(self.endpoint, self.region)

    @property
    def journal(self) -> Path:
        """What crossed its buses and what it sent."""
        return Path(self.folder) / "journal.sqlite"

    def named(self, type_: str) -> list[Resource]:
        """Its resources of one type."""
        return [resource for resource in self.resources if resource.type == type_]

    def save(self) -> None:
        """Publish it to other terminals: `STACK` for `local`, `OUTPUTS` for `ops`."""
        connection = {
            "endpoint": self.endpoint,
            "region": self.region,
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
        }
        _write(Path(self.folder) / OUTPUTS, {"outputs": self.outputs, "connection": connection})
        _write(Path(self.folder) / STACK, asdict(self))


@dataclass
class Claim:
    """The right to run a stack in a state folder, held until `release` or the process ends."""

    folder: Path
    descriptor: int

    @classmethod
    def of(cls, folder: Path) -> "Claim":
        """Take the folder.

        Raises `StackRunsError` if another process holds it, and `StateFolderError` if it cannot be
        made or written to.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StateFolderError(folder, error) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise StackRunsError(
                f"a stack runs in {in_bytes(str(folder))} already: stop it, or set DARKROOM_STATE "
                "to another"
            ) from None
        try:
            _check_room(folder)
        except OSError as error:
            os.close(descriptor)
            raise StateFolderError(folder, error) from error
        return cls(folder, descriptor)

    def release(self) -> None:
        """Let go of the folder, and remove the files that describe the stack."""
        forget(self.folder)
        os.close(self.descriptor)


def _check_room(folder: Path) -> None:
    """Raise `OSError` where not even the files that describe a stack would fit."""
    probe = folder / "probe"
    try:
        probe.write_bytes(bytes(_ROOM))
    finally:
        probe.unlink(missing_ok=True)


def forget(folder: Path) -> None:
    """Remove the files that describe a running stack."""
    for name in (STACK, OUTPUTS):
        (folder / name).unlink(missing_ok=True)


def _write(file: Path, content: dict[str, Any]) -> None:
    """Write a file that appears whole or not at all."""
    draft = file.with_suffix(".draft")
    draft.write_text(json.dumps(content, indent=2), encoding="utf-8")
    draft.replace(file)


def _read(file: Path) -> RunningStack:
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
        saved["resources"] = [Resource(**resource) for resource in saved["resources"]]
        return RunningStack(**saved)
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise NoStackError(
            f"{in_bytes(str(file))} must be what local up wrote, got {reason(error)}"
        ) from error


def running(folder: Path) -> RunningStack:
    """The stack that runs in `folder`; `NoStackError` if there is none."""
    file = folder / STACK
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        if file.is_file():
            return _read(file)
        raise NoStackError(f"the stack in {in_bytes(str(folder))} is still starting") from None
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise StateFolderError(folder, error) from error
    raise NoStackError(
        f"no stack runs in {in_bytes(str(folder))}: start one with python -m local up"
    )
