"""The notice about a whole backfill."""

from pipeline.backfill import OUTCOMES, Backfill
from pipeline.notices import Notice

__all__ = ["summary"]


def summary(backfill: Backfill, stage: str) -> Notice:
    """What became of the objects that the backfill looked at."""
    headline = f"Backfill {backfill.name} has finished ({stage})"
    lines = [
        f"{backfill.outcomes[outcome]:,} {meaning}"
        for outcome, meaning in OUTCOMES.items()
        if backfill.outcomes.get(outcome)
    ]
    text = "\n".join([headline, "", f"Of {backfill.seen:,} objects:", *lines, ""])
    return Notice(subject=headline, text=text, sms=f"{headline}: {backfill.seen:,} objects")
