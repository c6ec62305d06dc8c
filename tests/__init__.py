"""The tests; `containers/` is an import root for them as it is in Lambda."""

import sys
from pathlib import Path

_CONTAINERS = str(Path(__file__).resolve().parents[1] / "containers")
if _CONTAINERS not in sys.path:
    sys.path.append(_CONTAINERS)
