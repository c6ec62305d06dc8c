"""Comparisons with peers: the speed of renditions, the reading of pictures, images and labels."""

import sys
from pathlib import Path

# The functions' import root, as in Lambda: the benchmarks measure the functions' own code.
_CONTAINERS = str(Path(__file__).resolve().parent.parent / "containers")
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
