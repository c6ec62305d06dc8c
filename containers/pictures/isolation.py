"""Running a task in a process of its own, with limits on its memory and time.

For a picture that may have killed its function before: here it kills a child, and the function
reports it. The child is a new process of this interpreter: a fork would copy locks that other
threads hold, and much of `multiprocessing` needs shared memory, which Lambda does not have.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path
from typing import Any, get_args

from pictures.limits import Code, Limits, UnreadableError

__all__ = ["CrashedError", "Task", "isolated"]

Task = Callable[[bytes, Limits, Any], tuple[Any, Sequence[bytes]]]
"""Takes the picture, its limits and a JSON value; returns a JSON value and what is not JSON."""

_BASELINE = 700_000_000
"""Address space, most of it never touched, that an interpreter with its libraries maps."""
_START_SECONDS = 10.0
_OUT_OF_MEMORY = re.compile(rb"memory allocation|failed to allocate|bad_alloc")
"""What Rust, GLib and C++ print before they abort because they get no memory."""


class CrashedError(Exception):
    """The task itself is at fault, not the picture; the message is the child's traceback."""


def isolated(task: str, data: bytes, limits: Limits, argument: Any) -> tuple[Any, list[bytes]]:
    """What the task, named `module:function`, returns for the picture in `data`.

    Raises the `UnreadableError` that the task raises; `too_slow` if the child exceeds its time;
    `too_many_pixels` if it runs out of memory; `decoder_failed` if it is killed, as decoders are
    that write where they must not; and `CrashedError` if it ends by any other error: a bug here.
    """
    order = json.dumps({"task": task, "limits": asdict(limits), "argument": argument})
    command = [sys.executable, "-c", _MAIN, json.dumps(sys.path)]
    try:
        done = subprocess.run(  # noqa: S603 - this interpreter, arguments made here
            command,
            input=_pack(order, [data]),
            capture_output=True,
            timeout=limits.seconds + _START_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _too_slow(limits) from None
    if done.returncode in (-24, -9) and not done.stdout:  # SIGXCPU, or SIGKILL after it
        if done.returncode == -24:
            raise _too_slow(limits)
        raise _too_large()
    if done.returncode < 0 and _OUT_OF_MEMORY.search(done.stderr):
        raise _too_large()
    if done.returncode < 0:
        raise UnreadableError(
            "decoder_failed", "this picture is damaged in a way that stops its decoder"
        )
    if done.returncode > 0:
        raise CrashedError(done.stderr.decode(errors="replace"))
    header, blobs = _unpack(done.stdout)
    result = json.loads(header)
    refused = result.get("refused")
    if refused:
        code = refused["code"]
        raise UnreadableError(
            code if code in get_args(Code) else "decoder_failed", str(refused["message"])
        )
    return result["value"], blobs


def serve() -> None:
    """The child's side: an order from standard input, its result to standard output."""
    header, blobs = _unpack(sys.stdin.buffer.read())
    order = json.loads(header)
    limits = Limits(**order["limits"])
    module, _, function = order["task"].partition(":")
    task: Task = getattr(import_module(module), function)
    before = _most_mapped()
    _confine(limits)
    try:
        value, files = task(blobs[0], limits, order["argument"])
    except MemoryError:
        _refuse(_too_large())
    except UnreadableError as refused:
        short = refused.code == "decoder_failed" and _most_mapped() - before > limits.memory // 2
        _refuse(_too_large() if short else refused)
    else:
        sys.stdout.buffer.write(_pack(json.dumps({"value": value}), files))


def _refuse(refused: UnreadableError) -> None:
    described = {"refused": {"code": refused.code, "message": str(refused)}}
    sys.stdout.buffer.write(_pack(json.dumps(described), []))


def _most_mapped() -> int:
    """The largest address space that this process has had, in bytes.

    Most decoders report that they get no memory like damage. A picture that is refused as damaged
    after it took most of the memory is therefore taken for one that needs more.
    """
    status = Path("/proc/self/status")
    if not status.exists():  # macOS
        return 0
    return 1024 * int(status.read_text().partition("VmPeak:")[2].split()[0])


def _confine(limits: Limits) -> None:
    space = limits.memory + _BASELINE
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    spent = resource.getrusage(resource.RUSAGE_SELF)
    seconds = round(spent.ru_utime + spent.ru_stime + limits.seconds + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 2))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _too_slow(limits: Limits) -> UnreadableError:
    return UnreadableError(
        "too_slow", f"decoding this picture takes longer than {limits.seconds:g} seconds"
    )


def _too_large() -> UnreadableError:
    return UnreadableError(
        "too_many_pixels", "decoding this picture takes more memory than there is"
    )


def _pack(header: str, blobs: Sequence[bytes]) -> bytes:
    parts = [header.encode(), *blobs]
    return b"".join(part for blob in parts for part in (len(blob).to_bytes(8, "big"), blob))


def _unpack(packed: bytes) -> tuple[str, list[bytes]]:
    parts: list[bytes] = []
    at = 0
    while at < len(packed):
        length = int.from_bytes(packed[at : at + 8], "big")
        parts.append(packed[at + 8 : at + 8 + length])
        at += 8 + length
    return parts[0].decode(), parts[1:]


_MAIN = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from pictures.isolation import serve
serve()
"""
