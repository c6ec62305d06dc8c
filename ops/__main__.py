"""`python -m ops`: one line and a status of its own for every problem that has a name."""


def main() -> None:
    """Run one command, and end with its exit status."""
    try:
        # Imported here, so that Ctrl-C during the imports, which take most of a second, ends like
        # any other.
        from ops.streams import leave, plain_numbers, starting

        with starting():
            plain_numbers()
            from ops.run import run

        leave(run())
    except KeyboardInterrupt:
        from ops.streams import INTERRUPTED, leave

        leave(INTERRUPTED)


if __name__ == "__main__":
    main()
