"""Programs that prove a property of the whole and write the page that shows the result.

They run the program on this machine, or the functions on in-memory stand-ins, and fail if the
property does not hold.
"""

import sys
from pathlib import Path

# The functions' import root, as in Lambda: the proofs drive the functions' own code.
_CONTAINERS = str(Path(__file__).resolve().parent.parent / "containers")
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)

PAGE = "proofs/page"
"""A small page with its build, for stacks that need none in particular: the setting `page`."""
