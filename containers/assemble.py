"""Run while an image is built, on the builder's own architecture, whichever the image is for.

    python assemble.py libraries <requirements.txt> <amd64 | arm64> <service>...
    python assemble.py code

Makes /build/libraries or finishes /build/code, each laid out as under the image's root, and the
same on every builder: every module has its bytecode beside it, every file can be read by any user
and written by none but the owner, and times and modes do not depend on the checkout. The
bytecode holds the hash of its source instead of its time (PEP 552, unchecked), so it stays valid in
a layer whose times are all alike and is never written again at run time.
"""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

LIBRARIES = Path("/build/libraries")
CODE = Path("/build/code")
TOOLS = Path("/build/tools")

EARLIEST = 315532800
"""1980-01-01, the earliest time that every archive format can hold, in Unix seconds."""

MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""What a wheel's name calls the architecture that Docker calls by the key."""

GLIBC_MINORS = range(34, 16, -1)
"""From 2.34, which Amazon Linux 2023 has under every Lambda runtime since Python 3.12, down to
2.17, which is manylinux2014; no wheel for Python 3.13 asks for less."""

FROM_SOURCE = "pyvips"
"""Comes without wheels. It is Python alone: its compiled part is pyvips-binary."""


def install(requirements: Path, target: Path, architecture: str) -> None:
    """Install exactly the hashed files of `requirements`: wheels, and `FROM_SOURCE`.

    Raises:
        CalledProcessError: pip failed and printed why.
    """
    machine = MACHINES[architecture]
    builders = requirements.with_name("builders.txt")
    if builders.exists():
        pip(platform.machine(), "--target", TOOLS, "--only-binary", ":all:", "-r", builders)
    tags = [f"manylinux_2_{minor}_{machine}" for minor in GLIBC_MINORS]
    pip(
        machine,
        *(part for tag in [*tags, f"manylinux2014_{machine}"] for part in ("--platform", tag)),
        *("--only-binary", ":all:", "--no-binary", FROM_SOURCE, "--no-build-isolation"),
        *("--target", target, "-r", requirements),
    )


def pip(machine: str, *arguments: str | Path) -> None:
    """Run `pip install` with environment markers evaluated for `machine` instead of this one."""
    patched = f"import platform, runpy; platform.machine = lambda: {machine!r}; "
    subprocess.run(  # noqa: S603 - our own
        [
            *(sys.executable, "-c", patched + "runpy.run_module('pip', run_name='__main__')"),
            *("install", "--require-hashes", "--no-deps", "--no-cache-dir", "--no-compile"),
            *("--quiet", "--disable-pip-version-check", "--root-user-action", "ignore"),
            *arguments,
        ],
        env=os.environ | {"PYTHONPATH": str(TOOLS)},
        check=True,
    )


def leave_out(libraries: Path, services: list[str]) -> None:
    """Remove what pip installed and nothing needs at run time.

    That is scripts, cffi's headers, Powertools' page about an API, and the models of every AWS
    service but `services`: the first client looks up every model in the file system twice, and the
    models are most of the SDK's size.
    Exits if one of `services` is not there.
    """
    shutil.rmtree(libraries / "bin", ignore_errors=True)
    for header in libraries.glob("cffi/*.h"):
        header.unlink()
    for asset in libraries.glob("aws_lambda_powertools/**/swagger-ui*.min.*"):
        asset.unlink()
    models = {
        folder.name: folder for folder in (libraries / "botocore/data").iterdir() if folder.is_dir()
    }
    unknown = sorted(set(services) - set(models))
    if unknown or not services:
        sys.exit(f"services must be ones that botocore has a model of, got {unknown}")
    for name in models.keys() - set(services):
        shutil.rmtree(models[name])


def seal(root: Path) -> None:
    """Compile, open for reading and date everything under `root`.

    Raises:
        CalledProcessError: a module has an error, which was printed.
    """
    # In a process of its own: bytecode differs with what else the interpreter has in memory.
    compilation = [sys.executable, "-m", "compileall", "-q", "-s", str(root), "-p", "/"]
    invalidation = ["--invalidation-mode", "unchecked-hash"]
    subprocess.run([*compilation, *invalidation, str(root)], check=True)  # noqa: S603 - our own
    for path in sorted([root, *root.rglob("*")], reverse=True):
        executable = path.is_dir() or path.stat().st_mode & 0o100
        path.chmod(0o755 if executable else 0o644)
        os.utime(path, (EARLIEST, EARLIEST))


if __name__ == "__main__":
    task = os.environ["LAMBDA_TASK_ROOT"].lstrip("/")
    match sys.argv[1:]:
        case ["libraries", requirements, architecture, *services]:
            install(Path(requirements), LIBRARIES / task, architecture)
            leave_out(LIBRARIES / task, services)
            seal(LIBRARIES)
        case ["code"]:
            for lock in CODE.rglob("requirements.txt"):
                lock.unlink()
            seal(CODE)
        case _:
            sys.exit(__doc__)
