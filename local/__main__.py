"""`python -m local`: one line for every problem that has a name."""

import sys


def main() -> int:
    """Run one command; returns its exit status."""
    try:
        # Imported here, so that Ctrl-C during the imports, which take most of a second, ends like
        # any other.
        from ops.streams import interruptible, plain_numbers

        interruptible()
        plain_numbers()
        from local.run import run

        return run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
