"""The page about the faults, docs/faults.md: one row per fault."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proofs import markdown
from proofs.audit import Finding
from proofs.faults.testbed import VISIBILITY_SECONDS, Trial

__all__ = ["HEAD", "Row", "cells", "page"]

HEAD = ("fault", "injected", "deliveries", "ended", "lost", "doubled")
_NOTHING = "nothing"


@dataclass
class Row:
    """One case and what it did."""

    trial: Trial
    injected: str = ""
    error: str = ""


def cells(
    row: Row,
    findings: Mapping[str, Finding],
    notices: Mapping[str, Counter[str]],
    deliveries: Mapping[str, Counter[str]],
) -> tuple[str, ...]:
    """The case's row: findings by key, notices and deliveries by image."""
    received: Counter[str] = Counter()
    ends: Counter[str] = Counter()
    sent = 0
    for subject in row.trial.subjects:
        received.update(deliveries.get(subject.image_id, {}))
        ends[subject.status] += 1
        sent += sum(notices[subject.image_id].values())
    lost = [text for each in row.trial.subjects for text in findings[each.key].lost]
    doubled = [text for each in row.trial.subjects for text in findings[each.key].doubled]
    required = sum(sum(each.notices.values()) for each in row.trial.subjects)
    repeated = f"; {_counted(sent - required, 'notice')} repeated" if sent > required else ""
    return (
        row.trial.name,
        row.injected or row.error,
        ", ".join(f"{name} {count}" for name, count in sorted(received.items())),
        ", ".join(f"{count} {status}" for status, count in ends.items())
        + f", {_counted(sent, 'notice')}",
        "; ".join(lost) or _NOTHING,
        "; ".join(doubled) or _NOTHING + repeated,
    )


def page(
    table: Sequence[Sequence[str]],
    pictures: int,
    problems: Sequence[str],
    seconds: float,
    *,
    small: bool,
) -> str:
    """The whole page."""
    hidden = ", ".join(f"{name} {seconds} s" for name, seconds in VISIBILITY_SECONDS.items())
    size = "the small form; `make test-faults` runs all" if small else "the full form"
    lost = sum(row[4] != _NOTHING for row in table)
    doubled = sum(not row[5].startswith(_NOTHING) for row in table)
    repeated = sum(row[5].endswith("repeated") for row in table)
    wrong = "\n".join(f"- wrong: {problem}" for problem in problems)
    return f"""\
# Faults: what happens when something fails

Written by `make test-faults`. The stack runs on this machine with its roles enforced. A proxy
between the functions and the local AWS keeps the calls' signatures and fails calls as AWS fails
them: with the services' own error codes, with responses that never arrive or arrive incomplete, or
by holding a call while the function is killed. Each fault has pictures of its own. In the full
form most calls fail more often than the SDK retries, so that the queue's retry is needed as well.

At the end an audit compares for every picture: its status with the expected one; the files under
its address with the catalog, by key and size, in both directions; and the notices in the inbox
with one per version and outcome, plus one mail if the upload has an address. All queues and
dead-letter queues must be empty.

Different from AWS:

- The visibility timeouts are {hidden}. Deployed are 180 to 5400 s, six times the functions'
  timeouts.
- No function receives messages: Lambda itself receives and deletes them. Repeats are provoked by a
  second target on every rule, by a visibility timeout shorter than the work, and by killing
  functions.
- Rekognition is the local stand-in.

Two kinds of fault may repeat a notice, because no sender could avoid it: SNS or SES accepts it and
the response is lost, or the function dies between sending and recording. Even then a failed mail
never repeats the notice to subscribers. Nothing else may be doubled. *Deliveries* counts the
messages that each function received, by its own log; what a killed process did not log is missing.

{len(table)} faults on {pictures} pictures in {seconds:.0f} s, {size} ({markdown.machine()}).
**Faults that lost something: {lost}. Faults that doubled something: {doubled}. Faults that
repeated a notice, as they may: {repeated}.**

{markdown.table(HEAD, table)}
{wrong}"""


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
