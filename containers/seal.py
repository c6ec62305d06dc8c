"""Run while an image is built: make the folders given as arguments the same whoever builds them.

Afterwards every module has its bytecode beside it, every file can be read by any user and
written by none but the owner, and times and modes no longer tell where or when the checkout was
made. The bytecode holds the hash of its source instead of its time (PEP 552, unchecked), so it
stays valid in a layer whose times are all alike and is never written again at run time.
"""

import compileall
import os
import sys
from pathlib import Path
from py_compile import PycInvalidationMode

EARLIEST = 315532800
"""1980-01-01, the earliest time that every archive format can hold, in Unix seconds."""


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
    for argument in sys.argv[1:]:
        seal(Path(argument))
