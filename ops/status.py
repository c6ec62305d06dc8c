"""How a stack is doing: its pictures by status, its queues, its last failures."""

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.queues import Ages, Alarm, Alarms, Depth, Queues
from pipeline.spending import Day, Ledger, Paused
from pipeline.statuses import STATUSES, Count, Failed, StatusCounts

__all__ = ["Report", "report"]


@dataclass(frozen=True)
class Report:
    """What `status` shows. Ages are seconds, None where nobody measures them."""

    pictures: Mapping[str, Count]
    queues: Mapping[str, Depth]
    dead_letters: Mapping[str, Depth]
    oldest_seconds: Mapping[str, float | None]
    last_failures: tuple[Failed, ...]
    alarms: tuple[Alarm, ...]
    today: Day
    paused: Paused | None

    @property
    def dead(self) -> int:
        """All dead letters."""
        return sum(depth.messages for depth in self.dead_letters.values())


def report(
    *,
    statuses: StatusCounts,
    queues: Queues,
    ages: Ages,
    urls: Mapping[str, str],
    dead_letter_urls: Mapping[str, str],
    count_to: int,
    failures: int,
    alarms: Alarms,
    ledger: Ledger,
    day: str,
) -> Report:
    """Look at everything once."""
    return Report(
        pictures={status: statuses.count(status, most=count_to) for status in STATUSES},
        queues={name: queues.depth(url) for name, url in urls.items()},
        dead_letters={name: queues.depth(url) for name, url in dead_letter_urls.items()},
        oldest_seconds={name: ages.oldest_seconds(url) for name, url in urls.items()},
        last_failures=tuple(statuses.last_failures(failures)),
        alarms=tuple(alarms.on()),
        today=ledger.day(day),
        paused=ledger.paused(),
    )
