"""Signals for the commands that tests start, however the tests themselves were started."""

import signal

__all__ = ["SIGNALS", "listen_to_signals"]

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


def listen_to_signals(*ignored: signal.Signals) -> None:
    """Ignore these of `SIGNALS` alone, as the `preexec_fn` of a process.

    A shell in the foreground ignores none. Tests that run in the background or under nohup hand on
    that SIGINT or SIGHUP is ignored, and the commands keep what they find.
    """
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)
