"""Commands for whoever runs a stack, on AWS and on one machine alike.

`python -m ops --help` is the way in. A stack is known by its outputs alone.
"""

import sys
from pathlib import Path

# The functions' import root, as in Lambda: the commands keep the functions' own rules.
_CONTAINERS = str(Path(__file__).resolve().parent.parent / "containers")
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
