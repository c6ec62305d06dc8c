"""Commands for operators of a stack, on AWS and on one machine alike.

`python -m ops --help` is the way in. A stack is known by its outputs alone.
"""

import sys

# The functions' import root, as in Lambda: the commands keep the functions' own rules.
# Without pathlib, whose import Ctrl-C would interrupt with a traceback.
_CONTAINERS = f"{__path__[0].rpartition('/')[0]}/containers"
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
