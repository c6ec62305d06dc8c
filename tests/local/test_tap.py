"""The tap keeps what it hears, and passes over what no bus and no topic would send."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from local.journal import Journal
from local.tap import Tap
from tests.local.stacks import stack


def tap(folder: Path) -> tuple[Tap, Journal]:
    quiet = stack(folder)
    return Tap(quiet), Journal(quiet.journal)


def message(detail: Any, **changes: Any) -> dict[str, Any]:
    body = {"id": json.dumps(detail), "time": "2026-01-01T00:00:00Z", "source": "anybody"}
    return {"Body": json.dumps({**body, "detail-type": "Odd", "detail": detail, **changes})}


@pytest.mark.parametrize("detail", [[1], "text", 5, None, {"key": 5}, {"object": {"key": None}}])
def test_an_event_of_any_detail_is_kept(tmp_path: Path, detail: Any) -> None:
    listening, journal = tap(tmp_path)
    listening.keep_events("default", [message(detail)])
    [event] = journal.events()
    assert (event.detail, event.key) == (detail, None)


def test_a_message_that_is_no_event_keeps_no_other_from_being_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    listening, journal = tap(tmp_path)
    odd = [{"Body": "no JSON"}, {"Body": "[]"}, {"Body": "{}"}]
    with caplog.at_level(logging.WARNING):
        listening.keep_events("default", [message({"key": "a"}), *odd, message({"key": "b"})])
    assert [event.key for event in journal.events()] == ["a", "b"]
    assert len(caplog.records) == len(odd)


def test_a_mail_has_its_time_in_utc(tmp_path: Path) -> None:
    listening, journal = tap(tmp_path)
    listening.keep_mails(
        [
            {
                "MessageId": "1",
                "Timestamp": 1795852442.6613412,
                "To": ["ann@example.org"],
                "Subject": "ready",
                "BodyText": "It is.",
            }
        ]
    )
    assert [notice.at for notice in journal.notices()] == ["2026-11-28T07:54:02.661Z"]
