"""What crossed the buses and what was sent, kept in a SQLite file that any terminal may read."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SCHEMA = """
create table if not exists events (
    id text primary key, heard real not null, at text not null, bus text not null,
    source text not null, type text not null, key text, detail text not null
);
create table if not exists notices (
    id text primary key, heard real not null, at text not null, channel text not null,
    recipients text not null, subject text not null, text text not null
);
"""


class JournalError(OSError):
    """The journal cannot be read or written; the message names the file and the reason."""


@dataclass(frozen=True)
class HeardEvent:
    """One event of a bus; `key` is the upload's it is about, `at` the sender's own time."""

    id: str
    at: str
    bus: str
    source: str
    type: str
    key: str | None
    detail: dict[str, Any]


@dataclass(frozen=True)
class HeardNotice:
    """One message to people: `channel` is the topic's name or `ses`."""

    id: str
    at: str
    channel: str
    recipients: list[str]
    subject: str
    text: str


@dataclass(frozen=True)
class Journal:
    """The file itself. Writing the same event or notice again changes nothing."""

    file: Path

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            connection = sqlite3.connect(self.file, timeout=10, isolation_level=None)
            with closing(connection):
                connection.execute("pragma journal_mode = wal")
                connection.execute("pragma synchronous = off")
                connection.executescript(_SCHEMA)
                yield connection
        except sqlite3.Error as error:
            problem = str(error) or type(error).__name__
            raise JournalError(f"journal must be usable, got {problem}: {self.file}") from error

    def add_events(self, events: list[HeardEvent], heard: float) -> None:
        """Keep events, heard at `heard` (seconds since 1970)."""
        rows = [
            (e.id, heard, e.at, e.bus, e.source, e.type, e.key, json.dumps(e.detail))
            for e in events
        ]
        with self._open() as file:
            file.executemany("insert or ignore into events values (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def add_notices(self, notices: list[HeardNotice], heard: float) -> None:
        """Keep notices, heard at `heard` (seconds since 1970)."""
        rows = [
            (n.id, heard, n.at, n.channel, json.dumps(n.recipients), n.subject, n.text)
            for n in notices
        ]
        with self._open() as file:
            file.executemany("insert or ignore into notices values (?, ?, ?, ?, ?, ?, ?)", rows)

    def events(self, key: str | None = None) -> list[HeardEvent]:
        """Every event in the order heard, or those about the upload `key`."""
        columns = "id, at, bus, source, type, key, detail"
        query = f"select {columns} from events where ? is null or key = ? order by heard, at, rowid"  # noqa: S608 - no value is spliced in
        with self._open() as file:
            return [
                HeardEvent(id_, at, bus, source, type_, about, json.loads(detail))
                for id_, at, bus, source, type_, about, detail in file.execute(query, (key, key))
            ]

    def notices(self) -> list[HeardNotice]:
        """Every notice in the order heard."""
        query = "select id, at, channel, recipients, subject, text from notices order by heard, at"
        with self._open() as file:
            return [
                HeardNotice(row[0], row[1], row[2], json.loads(row[3]), row[4], row[5])
                for row in file.execute(query)
            ]

    def count_ended(self, prefix: str, types: Sequence[str]) -> int:
        """How many keys under a prefix an event of one of the types was heard about."""
        marks = ", ".join("?" * len(types))
        query = f"select count(distinct key) from events where key glob ? and type in ({marks})"  # noqa: S608 - only question marks are spliced in
        with self._open() as file:
            return int(file.execute(query, (f"{prefix}*", *types)).fetchone()[0])

    def count_notices(self) -> int:
        """How many notices were heard."""
        with self._open() as file:
            return int(file.execute("select count(*) from notices").fetchone()[0])
