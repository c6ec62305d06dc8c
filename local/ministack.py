"""`python -m local.ministack`: MiniStack, and in it what it leaves out."""

import re
import runpy
from functools import partial

from ministack.services import cloudfront

from local import inventories, states


def _match_any_path() -> None:
    """Let `*` in a path pattern match line breaks, as on CloudFront, which compares paths encoded.

    MiniStack 1.5.33 compares them decoded, and its `*` ends at a line break.
    """
    cloudfront._re_compile = partial(re.compile, flags=re.DOTALL)


if __name__ == "__main__":
    states.install()
    inventories.install()
    _match_any_path()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
