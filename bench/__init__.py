"""Benchmarks: renditions against peers and against the codecs' own limit."""

import sys
from pathlib import Path

# The functions' import root, as in Lambda: the benchmarks measure the functions' own code.
_CONTAINERS = str(Path(__file__).resolve().parent.parent / "containers")
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
