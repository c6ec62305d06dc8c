"""`python -m local.guard MODULE [ARGUMENT...]`: run a module that must not outlive its parent.

Standard input is a pipe that only the parent holds the other end of. When it closes, however the
parent ended, this process and everything it started are killed: the parent starts it as the leader
of a process group of its own.
"""

import os
import runpy
import signal
import sys
import threading


def _die_with_the_parent() -> None:
    while os.read(0, 1024):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    del sys.argv[0]
    threading.Thread(target=_die_with_the_parent, name="guard", daemon=True).start()
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
