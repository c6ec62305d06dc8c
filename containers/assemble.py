"""Run while an image is built, on the builder's own architecture, whichever the image is for.

    python assemble.py libraries <requirements.txt> <folder> <amd64 | arm64> <service>...
    python assemble.py code <folder>

Either leaves a folder that is the same whoever builds it: every module has its bytecode beside
it, every file can be read by any user and written by none but the owner, and times and modes do
not tell where or when the checkout was made. The bytecode holds the hash of its source instead of
its time (PEP 552, unchecked), so it stays valid in a layer whose times are all alike and is never
written again at run time.
"""

import compileall
import os
import platform
import runpy
import shutil
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

EARLIEST = 315532800
"""1980-01-01, the earliest time that every archive format can hold, in Unix seconds."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""What a wheel's name calls the architecture that Docker calls by the key."""

NEWEST_GLIBC = 34
"""Amazon Linux 2023, under every Lambda runtime from Python 3.12 on, has glibc 2.34."""

OLDEST_GLIBC = 17
"""manylinux2014 is glibc 2.17; no wheel for Python 3.13 asks for less."""


def install(requirements: Path, target: Path, architecture: str) -> None:
    """Install exactly the hashed wheels of `requirements`; nothing is built from source.

    Raises:
        SystemExit: pip refused, and has said why.
    """
    machine = MACHINES[architecture]
    glibcs = range(NEWEST_GLIBC, OLDEST_GLIBC - 1, -1)
    tags = [f"manylinux_2_{minor}_{machine}" for minor in glibcs]
    tags.append(f"manylinux2014_{machine}")
    sys.argv = [
        *("pip", "install", "--require-hashes", "--no-deps", "--only-binary", ":all:"),
        *("--no-cache-dir", "--no-compile", "--quiet", "--disable-pip-version-check"),
        *("--root-user-action", "ignore"),
        *(part for tag in tags for part in ("--platform", tag)),
        *("--target", str(target), "--requirement", str(requirements)),
    ]
    # pip holds `platform_machine` markers against the machine it runs on, whatever `--platform`.
    platform.machine = lambda: machine
    try:
        runpy.run_module("pip", run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
    shutil.rmtree(target / "bin", ignore_errors=True)


def keep_services(botocore: Path, services: list[str]) -> None:
    """Remove the models of every AWS service but `services`; exit if one of those is not there.

    Making the first client asks the file system for each model that there could be, twice; and
    the models are most of what the SDK weighs.
    """
    models = {folder.name: folder for folder in (botocore / "data").iterdir() if folder.is_dir()}
    unknown = sorted(set(services) - set(models))
    if unknown or not services:
        sys.exit(f"services must be ones that botocore has a model of, got {unknown}")
    for name in models.keys() - set(services):
        shutil.rmtree(models[name])


def seal(root: Path) -> None:
    """Compile, open for reading and date everything under `root`; exit if a module has an error."""
    compiled = compileall.compile_dir(
        root,
        stripdir=root,
        quiet=1,
        invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
    )
    if not compiled:
        sys.exit(f"{root} must hold only modules that compile")
    for path in sorted([root, *root.rglob("*")], reverse=True):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (EARLIEST, EARLIEST))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["libraries", requirements, folder, architecture, *services]:
            install(Path(requirements), Path(folder), architecture)
            keep_services(Path(folder, "botocore"), services)
            seal(Path(folder))
        case ["code", folder]:
            seal(Path(folder))
        case _:
            sys.exit(__doc__)
