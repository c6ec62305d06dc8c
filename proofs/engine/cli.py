"""The Pulumi CLI: the one on PATH, or one that is built here from its Go module."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

__all__ = ["CliError", "pulumi_cli"]

VERSION = "v3.274.1"
"""The version that runs programs of the SDK in requirements.txt; older ones are not served."""

_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
_MODULE = f"""\
module darkroom/pulumi

go 1.25

require (
\tgithub.com/pulumi/pulumi/pkg/v3 {VERSION}
\tgithub.com/pulumi/pulumi/sdk/v3 {VERSION}
)
"""
"""With a version of Go, which reads of the modules below these only what the build needs. One of
them requires a version that was never published."""

_STAMP = f"-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={VERSION}"


class CliError(RuntimeError):
    """There is no CLI and none can be built; the message says what is missing."""


def pulumi_cli(say: Callable[[str], None]) -> Path:
    """The CLI's path. Building one takes some minutes the first time, and then is kept.

    Raises:
        CliError: no CLI on PATH and no Go toolchain, or the build failed.
    """
    if found := shutil.which("pulumi"):
        return Path(found)
    cache = Path(os.environ.get("DARKROOM_CACHE") or Path.home() / ".cache" / "darkroom")
    binary = cache / f"pulumi-{VERSION}" / "pulumi"
    if binary.is_file():
        return binary
    go = shutil.which("go")
    if go is None:
        raise CliError("the Pulumi CLI must be on PATH, or a Go toolchain that can build it")
    binary.parent.mkdir(parents=True, exist_ok=True)
    (binary.parent / "go.mod").write_text(_MODULE)
    say(f"building the Pulumi CLI {VERSION} from its Go module: some minutes, once")
    draft = binary.with_suffix(".draft")
    build = [go, "build", "-mod=mod", "-o", str(draft), "-ldflags", _STAMP, _PACKAGE]
    _run(build, binary.parent, say)
    draft.replace(binary)
    return binary


def _run(command: list[str], folder: Path, say: Callable[[str], None]) -> None:
    """Run a step of the build, and report every half minute that it is still running."""
    began, log = time.monotonic(), folder / "build.log"
    with log.open("w") as output:
        step = subprocess.Popen(command, cwd=folder, stdout=output, stderr=output)  # noqa: S603 - fixed
        while True:
            try:
                status = step.wait(30)
                break
            except subprocess.TimeoutExpired:
                say(f"go {command[1]} is running for {time.monotonic() - began:.0f} s")
    if status:
        last = log.read_text(errors="replace").strip().splitlines()[-3:]
        raise CliError(f"go {command[1]} failed: {' '.join(last)}")
