"""A base image like Lambda's own, for machines that cannot pull that one.

The same places and the same way in as AWS's `lambda/python` image: the runtime interface client in
`/var/runtime`, the function in `/var/task`, an entry point that takes the handler's name and puts
the runtime interface emulator before it when no real one is there. Python comes from Debian. There
is no boto3 inside, other than in AWS's: a function that forgot to bring its own fails here first.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from local.docker.base import base_image
from local.docker.engine import Engine, EngineError, Say
from proofs.debian import install

__all__ = ["made_base", "provided_base"]

DEBIAN = "trixie"
"""The Debian release whose Python is 3.13."""

PACKAGES = ("ca-certificates", "python3", "python3-pip")
HERE = Path(__file__).parent
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
EMULATORS = {"amd64": "x86_64", "arm64": "arm64"}

ENTRYPOINT = """\
#!/bin/sh
# Takes the handler as its only argument, as AWS's images do.
[ $# -eq 1 ] || { echo "the handler must be the one argument, got $#" >&2; exit 142; }
export _HANDLER="$1"
[ -n "$AWS_LAMBDA_RUNTIME_API" ] && exec /var/runtime/bootstrap
exec /usr/local/bin/aws-lambda-rie /var/runtime/bootstrap
"""

BOOTSTRAP = """\
#!/bin/sh
cd "$LAMBDA_TASK_ROOT"
export PYTHONPATH=/var/runtime
export AWS_EXECUTION_ENV=AWS_Lambda_python3.13
exec /usr/bin/python3 -m awslambdaric "$_HANDLER"
"""

CHANGES = (
    "ENV LANG=C.UTF-8",
    "ENV LAMBDA_TASK_ROOT=/var/task",
    "ENV LAMBDA_RUNTIME_DIR=/var/runtime",
    "WORKDIR /var/task",
    'ENTRYPOINT ["/lambda-entrypoint.sh"]',
)

SUPERFLUOUS = (
    *("usr/share/doc", "usr/share/locale", "usr/share/man", "usr/share/info"),
    *("var/cache/apt", "var/lib/apt/lists", "var/log"),
)
"""Folders of the Debian tree that an image does not need; they stay, emptied."""


def provided_base(engine: Engine, say: Say) -> str:
    """The base image to build on, made here where AWS's cannot be pulled."""
    if "BASE_IMAGE" not in os.environ and engine.has(_tag()):
        return _tag()
    try:
        return base_image(engine, say)
    except EngineError:
        return made_base(engine, say)


def made_base(engine: Engine, say: Say) -> str:
    """The tag of our own base, made now unless the engine keeps one made by the same recipe.

    Raises:
        EngineError: not root, or a step failed; the message has its last lines.
    """
    tag = _tag()
    if engine.has(tag):
        return tag
    if os.geteuid():
        raise EngineError("making a base image needs root: use sudo, or set BASE_IMAGE to an image")
    if not shutil.which("debootstrap"):
        say("installing debootstrap")
        install(["debootstrap"])
    with tempfile.TemporaryDirectory(prefix="darkroom-base-", dir="/var/tmp") as folder:
        root = Path(folder) / "root"
        _debian(root, say)
        say("adding the runtime interface client and emulator")
        _runtime(root, Path(folder) / "emulator", engine.architecture)
        say("importing the image")
        changes = [part for change in CHANGES for part in ("--change", change)]
        engine.load(["tar", "-C", root, "-c", "."], "import", *changes, "-", tag)
    return tag


def _tag() -> str:
    """The base's tag, a hash of everything that goes into it: a changed recipe has another tag."""
    recipe = hashlib.sha256()
    for file in (Path(__file__), HERE / "runtime.txt", HERE / "emulator.txt", CERTIFICATES):
        recipe.update(file.read_bytes())
    return f"darkroom-lambda-python:3.13-{recipe.hexdigest()[:12]}"


def _debian(root: Path, say: Say) -> None:
    """Unpack and configure a small Debian with Python under `root`."""
    command = [
        "debootstrap",
        "--variant=minbase",
        f"--include={','.join(PACKAGES)}",
        DEBIAN,
        str(root),
    ]
    output: list[str] = []
    step = ""
    with subprocess.Popen(  # noqa: S603 - fixed arguments
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as child:
        assert child.stdout
        for line in child.stdout:
            output.append(line)
            verb = line.removeprefix("I: ").split(" ")[0]
            if verb in ("Retrieving", "Extracting", "Unpacking", "Configuring") and verb != step:
                step = verb
                say(f"{verb.lower()} Debian {DEBIAN}'s packages")
    if child.returncode:
        raise EngineError("debootstrap failed: " + "".join(output[-5:]).strip())
    for folder in SUPERFLUOUS:
        shutil.rmtree(root / folder, ignore_errors=True)
        (root / folder).mkdir(parents=True)
    # A machine behind a proxy of its own trusts more than Debian does; so must pip inside.
    shutil.copyfile(CERTIFICATES, root / CERTIFICATES.relative_to("/"))
    # Debian keeps its Python from pip; AWS's base image does not.
    for marker in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()


def _runtime(root: Path, scratch: Path, architecture: str) -> None:
    """Put the client, the emulator and the two scripts where AWS's image has them."""
    runtime = root / "var/runtime"
    (root / "var/task").mkdir(parents=True)
    _pip(HERE / "runtime.txt", runtime, architecture)
    _pip(HERE / "emulator.txt", scratch, architecture)
    emulator = root / "usr/local/bin/aws-lambda-rie"
    packaged = scratch / "samcli/local/rapid" / f"aws-lambda-rie-{EMULATORS[architecture]}"
    shutil.copyfile(packaged, emulator)
    (runtime / "bootstrap").write_text(BOOTSTRAP, encoding="utf-8")
    (root / "lambda-entrypoint.sh").write_text(ENTRYPOINT, encoding="utf-8")
    for script in (emulator, runtime / "bootstrap", root / "lambda-entrypoint.sh"):
        script.chmod(0o755)
    compilation = ["chroot", str(root), "python3", "-m", "compileall", "-q", "/var/runtime"]
    subprocess.run(compilation, check=True)  # noqa: S603 - fixed arguments


def _pip(requirements: Path, target: Path, architecture: str) -> None:
    """Install hashed wheels for Python 3.13 on `architecture`, whatever runs here."""
    done = subprocess.run(  # noqa: S603 - fixed arguments
        [
            *(sys.executable, "-m", "uv", "pip", "install", "--quiet", "--no-deps"),
            *("--require-hashes", "--only-binary", ":all:", "--python-version", "3.13"),
            *("--python-platform", f"{MACHINES[architecture]}-manylinux_2_28"),
            *("--target", str(target), "--requirement", str(requirements)),
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise EngineError(f"installing {requirements.name} failed: {done.stderr.strip()}")
