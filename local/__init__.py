"""The whole Pulumi program on this machine, with no AWS account.

A local AWS (MiniStack) runs as a child process, the unmodified `__main__.py` is run under the
Pulumi SDK's own runtime hooks, and every resource that it registers is created there. The functions
run the same handlers; `python -m local --help` is the way in.
"""

import sys

# The functions' import root, as in Lambda and in the tests: `local` reads the catalog with the
# code that writes it.
# Without pathlib, whose import Ctrl-C would interrupt with a traceback.
_CONTAINERS = f"{__path__[0].rpartition('/')[0]}/containers"
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
