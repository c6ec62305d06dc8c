"""The page about the rights, docs/rights.md: one row per right."""

from collections.abc import Sequence

from rich.table import Table

from proofs import markdown
from proofs.rights.roles import Right
from proofs.rights.trials import Outcome, unshown

__all__ = ["page", "summary"]

_HEAD = ("function", "without", "on", "breaks")
_SUPERFLUOUS = "NOTHING: superfluous"


def page(
    held: Sequence[Right], outcomes: Sequence[Outcome], complaints: Sequence[str], seconds: float
) -> str:
    """The whole page."""
    broke = {outcome.trial.right for outcome in outcomes if outcome.broke}
    quiet = [right for right in held if unshown(right)]
    superfluous = len(held) - len(broke) - len(quiet)
    wrong = "\n".join(f"- wrong: {complaint}" for complaint in complaints)
    return f"""\
# Rights: what breaks without each of them

Written by `make test-rights`. The stack runs on this machine with every analysis, the embedding,
descriptions by a model and a mail sender configured, its roles enforced, its queues disconnected.
For each action of each statement of each function's role, the role's policy is replaced by one
without that action, the function is invoked with a message as its queue would deliver it, and the
policy is restored. A loss counts as shown only if the function leaves the message on its queue
*and* its log names the missing action. Then the same message must succeed with the right back, and
its work must be done. A picture that nobody may describe does not wait: its loss shows in the log
and in the item, and the picture must be described when it is analysed again. `api` is invoked with
a request as its gateway would forward it. Its loss shows in a 500, or in S3's refusal of a request
that it signed.

{len(held)} rights, {len(outcomes)} trials, {seconds:.0f} s ({markdown.machine()}). **{len(broke)}
losses broke an operation, {superfluous} broke nothing, {len(quiet)} cannot show on one machine**
and are covered by tests of the program.

{markdown.table(_HEAD, _rows(held, outcomes))}
{wrong}

This run cannot show whether a resource is wider than necessary, nor the policies of queues, topics
and buckets; `tests/program` and `tests/components` compare all of these in full. It cannot show
the rights that AWS's services need among each other.
"""


def summary(held: Sequence[Right], outcomes: Sequence[Outcome]) -> Table:
    """The same table for the console."""
    table = Table(*_HEAD)
    for row in _rows(held, outcomes):
        table.add_row(*row, style="red" if row[-1] == _SUPERFLUOUS else "")
    return table


def _rows(held: Sequence[Right], outcomes: Sequence[Outcome]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for right in held:
        broken = [o.trial.operation.name for o in outcomes if o.trial.right == right and o.broke]
        shown = "; ".join(broken) if broken else unshown(right) or _SUPERFLUOUS
        rows.append((right.function, right.action, right.resource, shown))
    return rows
