"""`python -m local.ministack`: MiniStack, and in it what it leaves out."""

import runpy

from local import inventories, states

if __name__ == "__main__":
    states.install()
    inventories.install()
    runpy.run_module("ministack", run_name="__main__", alter_sys=True)
