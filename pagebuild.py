"""Builds the web page and finds the build: `python -m pagebuild`, by `make gallery`.

A build is the folder `dist` of the page's folder. `dist.sha256` beside it holds the digest of the
sources that it was made of, by which a deployment refuses a build that is out of date. Nothing but
the standard library is imported, as `pulumi up` has little else.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["BUILD", "BuildError", "build", "environment", "files", "tool"]

BUILD = "dist"
"""The folder of the build, within the page's folder."""

_SOURCES = (
    *("index.html", "package.json", "package-lock.json", "tsconfig*.json", "vite.config.*"),
    *("public/**/*", "src/**/*"),
)
"""What a build is made of, as patterns of paths within the page's folder."""


class BuildError(RuntimeError):
    """The page cannot be built, or its build cannot be used; the message names the fix."""


def files(page: Path) -> list[str]:
    """The paths of the build's files within `dist`, sorted.

    Raises `BuildError` if the build is missing or was made of other sources.
    """
    folder = page / BUILD
    if not (folder / "index.html").is_file():
        raise BuildError(f"{page.name} must be built: run make gallery")
    if _recorded(page / f"{BUILD}.sha256") != _sources(page):
        raise BuildError(f"{page.name}/{BUILD} must be of the present sources: run make gallery")
    return sorted(
        each.relative_to(folder).as_posix() for each in folder.rglob("*") if each.is_file()
    )


def build(page: Path) -> None:
    """Install the page's packages and build it, each only if what it is made of has changed.

    Raises `BuildError` if a step fails; what npm wrote about it is on standard error.
    """
    lock = _digest([page / "package-lock.json"], page)
    installed = page / "node_modules" / ".lock.sha256"
    if _recorded(installed) != lock:
        _npm(page, "installing the page's packages", "ci", "--ignore-scripts", *_QUIETLY)
        installed.parent.mkdir(exist_ok=True)  # npm makes none for a page without packages
        installed.write_text(lock)
    # Before the build: what changes meanwhile is then built again the next time.
    sources = _sources(page)
    record = page / f"{BUILD}.sha256"
    if _recorded(record) != sources or not (page / BUILD / "index.html").is_file():
        record.unlink(missing_ok=True)
        _npm(page, "building the page", "run", "build")
        record.write_text(sources)


_QUIETLY = ("--no-audit", "--no-fund", "--no-update-notifier")


def _npm(page: Path, step: str, *arguments: str) -> None:
    """Run npm as the lock has it, and with its Node.js for the tools that it starts."""
    print(step, file=sys.stderr)  # noqa: T201 - the progress of a command
    try:
        done = subprocess.run(  # noqa: S603 - npm of this virtual environment, fixed arguments
            [tool("npm"), *arguments],
            cwd=page,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except FileNotFoundError:
        raise BuildError("npm must be installed: run make install") from None
    if done.returncode:
        sys.stderr.buffer.write(done.stdout)
        command = " ".join(["npm", *arguments])
        raise BuildError(f"{command} ended with status {done.returncode}")


def tool(name: str) -> str:
    """The path of `node` or `npm` of this virtual environment."""
    return str(_OWN / name)


def environment() -> dict[str, str]:
    """This process's environment, with the virtual environment's Node.js for what a tool starts."""
    return {**os.environ, "PATH": f"{_OWN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}


_OWN = Path(sys.prefix) / "bin"


def _sources(page: Path) -> str:
    return _digest(_matching(page), page)


def _matching(page: Path) -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from (each for each in page.glob(pattern) if each.is_file())


def _digest(paths: Iterator[Path] | list[Path], page: Path) -> str:
    """A digest of these files' names and bytes."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(page).as_posix()} {content}\n".encode())
    return digest.hexdigest()


def _recorded(file: Path) -> str | None:
    return file.read_text().strip() if file.is_file() else None


def main() -> int:
    """Build the page in the folder that is named, `gallery` by default; returns a status."""
    parser = argparse.ArgumentParser(prog="python -m pagebuild", description="Build the web page.")
    parser.add_argument("page", nargs="?", type=Path, default=Path(__file__).parent / "gallery")
    try:
        build(parser.parse_args().page)
    except (BuildError, OSError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - the command's one complaint
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
