"""Who is told what, and how often."""

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from notify.handler import NoticeInProgressError, Notify
from pipeline.catalog import Catalog
from pipeline.events import Event, ImageFailed, ImageHeld, ImageReady, ImageRejected
from pipeline.facts import Analysis
from pipeline.item import Failure, Item, Verdict
from pipeline.lifecycle import Analysed, Deleted, Failed, NoticeClaimed, Received, Rendered
from pipeline.original import Original
from proofs.memory import (
    MemoryAddresses,
    MemoryClock,
    MemoryMail,
    MemoryTable,
    MemoryTopic,
    no_pause,
)
from runtime.logging import logger
from tests.containers.found import MEASUREMENT, SHA256

FIRST = Original(bucket="originals", key="uploads/a.jpg", sequencer="01", etag="e1", bytes=5)
SECOND = Original(bucket="originals", key="uploads/a.jpg", sequencer="02", etag="e2", bytes=5)
READY = ImageReady(original=FIRST)
VERDICTS: dict[type[Event], Any] = {ImageHeld: "hold", ImageRejected: "reject"}


@dataclass
class Darkroom:
    """The function with everything around it in memory."""

    mail: MemoryMail | None = field(default_factory=MemoryMail)
    mail_domains: frozenset[str] = frozenset({"*"})
    addresses: MemoryAddresses = field(default_factory=MemoryAddresses)

    def __post_init__(self) -> None:
        self.clock = MemoryClock()
        self.table = MemoryTable()
        self.catalog = Catalog(self.table, self.clock)
        self.topic = MemoryTopic()
        self.claimants = iter(["one", "two", "three"])
        self.notify = Notify(
            self.catalog,
            self.topic,
            self.mail,
            self.addresses,
            self.mail_domains,
            "https://pictures",
            "dev",
            self.clock,
            lambda: next(self.claimants),
        )

    def ready(self, original: Original = FIRST, owner: str | None = None) -> None:
        self.catalog.advance(
            Rendered(
                original=original, content="c", renditions={}, measurement=MEASUREMENT, owner=owner
            )
        )
        accept = Verdict(decision="accept")
        self.catalog.advance(
            Analysed(original=original, verdict=accept, analysis=Analysis(), sha256=SHA256)
        )

    @property
    def item(self) -> Item:
        item = self.catalog.get(FIRST.image_id)
        assert item is not None
        return item

    @property
    def subjects(self) -> list[str]:
        return [notice.subject for notice in self.topic.notices]


def down(_: str) -> None:
    raise RuntimeError("the service is down")


@pytest.fixture
def darkroom() -> Darkroom:
    return Darkroom()


def test_a_ready_picture_is_told_of_and_marked(darkroom: Darkroom) -> None:
    darkroom.ready()
    darkroom.notify(READY, 1)
    assert darkroom.subjects == ["a.jpg is ready"]
    sent = {"state": "sent", "at": "2026-01-01T00:00:00.000+00:00"}
    assert darkroom.item.notices == {"ready": sent}


@pytest.mark.parametrize(
    ("event", "subject"),
    [
        (ImageHeld, "a.jpg is held for review"),
        (ImageRejected, "a.jpg was rejected"),
        (ImageFailed, "a.jpg could not be processed"),
    ],
)
def test_every_outcome_is_told(darkroom: Darkroom, event: type[Event], subject: str) -> None:
    if event is ImageFailed:
        failure = Failure(stage="resize", code="truncated", message="it ends too soon")
        darkroom.catalog.advance(Failed(original=FIRST, failure=failure))
    else:
        verdict = Verdict(decision=VERDICTS[event])
        darkroom.catalog.advance(
            Analysed(original=FIRST, verdict=verdict, analysis=Analysis(), sha256=SHA256)
        )
    darkroom.notify(event(original=FIRST), 1)
    assert darkroom.subjects == [subject]


def test_an_outcome_is_told_once_however_often_it_is_heard(darkroom: Darkroom) -> None:
    darkroom.ready()
    for attempt in (1, 1, 2):
        darkroom.notify(READY, attempt)
    assert darkroom.subjects == ["a.jpg is ready"]


def test_the_item_is_read_once(darkroom: Darkroom) -> None:
    darkroom.ready(owner="ann@example.org")
    steps: list[str] = []
    darkroom.table.pause = steps.append
    darkroom.notify(READY, 1)
    # The claim, what the subscribers have, and the end.
    assert steps == ["get item", "put item", "put item", "put item"]


def test_each_version_is_told_of(darkroom: Darkroom) -> None:
    for original in (FIRST, SECOND):
        darkroom.ready(original)
        darkroom.notify(ImageReady(original=original), 1)
    assert darkroom.subjects == ["a.jpg is ready"] * 2


def test_a_picture_that_has_moved_on_is_not_told_of(darkroom: Darkroom) -> None:
    darkroom.ready()
    darkroom.catalog.advance(Received(original=SECOND))
    darkroom.notify(READY, 1)
    darkroom.catalog.advance(Deleted(original=SECOND))
    darkroom.notify(READY, 1)
    assert darkroom.subjects == []


def test_an_outcome_that_no_longer_holds_is_not_told(darkroom: Darkroom) -> None:
    darkroom.ready()
    darkroom.notify(ImageHeld(original=FIRST), 1)
    assert darkroom.subjects == []


def test_an_unknown_picture_is_not_told_of(darkroom: Darkroom) -> None:
    darkroom.notify(READY, 1)
    assert (darkroom.subjects, darkroom.catalog.get(FIRST.image_id)) == ([], None)


def test_whoever_finds_another_at_it_looks_again_later(darkroom: Darkroom) -> None:
    darkroom.ready()
    until = datetime(2026, 1, 1, 0, 1, tzinfo=UTC)
    darkroom.catalog.advance(
        NoticeClaimed(original=FIRST, outcome="ready", by="another", until=until)
    )
    with pytest.raises(NoticeInProgressError, match="until 2026-01-01T00:01:00"):
        darkroom.notify(READY, 1)
    assert darkroom.subjects == []
    darkroom.clock.wait(60)
    darkroom.notify(READY, 2)
    assert darkroom.subjects == ["a.jpg is ready"]


def test_a_claim_outlives_the_function_that_made_it(darkroom: Darkroom) -> None:
    darkroom.ready()
    claims: list[dict[str, dict[str, str]] | None] = []
    darkroom.topic.pause = lambda _: claims.append(darkroom.item.notices)
    darkroom.notify(READY, 1)
    until = "2026-01-01T00:01:00.000+00:00"  # twice the timeout of 30 seconds
    assert claims == [{"ready": {"state": "sending", "by": "one", "until": until}}]


def test_a_notice_that_could_not_go_out_is_not_marked_and_tried_again(darkroom: Darkroom) -> None:
    darkroom.ready()
    darkroom.topic.pause = down
    with pytest.raises(RuntimeError):
        darkroom.notify(READY, 1)
    assert (darkroom.item.notices or {})["ready"]["state"] == "sending"
    darkroom.topic.pause = no_pause
    darkroom.clock.wait(180)
    darkroom.notify(READY, 2)
    assert darkroom.subjects == ["a.jpg is ready"]


@pytest.mark.parametrize(
    ("owner", "addresses"),
    [
        ("ann@example.org", ["ann@example.org"]),
        ("Bücherei Süd <owner@example.com>", ["owner@example.com"]),
        ("ann@example.org, bob@example.org", []),
        ("ann@example.org\nBcc: bob@example.org", []),
        ("写真@example.com", []),
        ("ann", []),
        ("", []),
        (None, []),
    ],
)
def test_the_uploader_is_written_to_at_an_address(
    darkroom: Darkroom, owner: str | None, addresses: list[str]
) -> None:
    darkroom.ready(owner=owner)
    darkroom.notify(READY, 1)
    assert darkroom.mail is not None
    assert [address for address, _ in darkroom.mail.sent] == addresses


@pytest.mark.parametrize(
    ("owner", "is_sent"),
    [
        ("ann@example.org", True),
        ("Ann <ann@Example.ORG>", True),
        ("ann@mail.example.org", False),
        ("ann@example.org.attacker.net", False),
        ("ann@notexample.org", False),
        ("example.org@attacker.net", False),
    ],
)
def test_mail_goes_to_the_domains_of_the_setting_alone(
    caplog: pytest.LogCaptureFixture, owner: str, is_sent: bool
) -> None:
    darkroom = Darkroom(mail_domains=frozenset({"example.org", "example.com"}))
    darkroom.ready(owner=owner)
    with caplog.at_level("WARNING", logger.name):
        darkroom.notify(READY, 1)
    assert darkroom.mail is not None
    assert bool(darkroom.mail.sent) == is_sent
    assert [line.message for line in caplog.records] == (
        [] if is_sent else ["no mail: mailDomains lacks the domain of the owner's address"]
    )
    assert darkroom.subjects == ["a.jpg is ready"]
    assert (darkroom.item.notices or {})["ready"]["state"] == "sent"


def test_an_owner_that_holds_no_address_is_logged_once(
    darkroom: Darkroom, caplog: pytest.LogCaptureFixture
) -> None:
    darkroom.ready(owner="somebody")
    with caplog.at_level("WARNING", logger.name):
        for attempt in (1, 2):
            darkroom.notify(READY, attempt)
    assert [line.message for line in caplog.records] == ["no mail: the owner holds no address"]


def test_a_mail_that_is_refused_for_good_is_done_with_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    darkroom = Darkroom(MemoryMail(refuses=frozenset({"nobody@example.org"})))
    darkroom.ready(owner="nobody@example.org")
    with caplog.at_level("WARNING", logger.name):
        darkroom.notify(READY, 1)
    darkroom.notify(READY, 2)
    assert darkroom.subjects == ["a.jpg is ready"]
    assert (darkroom.item.notices or {})["ready"]["state"] == "sent"
    [line] = caplog.records
    assert (line.message, vars(line)["code"]) == ("mail refused", "MessageRejected")
    assert "nobody@example.org" not in str(vars(line))


def test_a_mail_that_fails_is_tried_again_alone(darkroom: Darkroom) -> None:
    darkroom.ready(owner="ann@example.org")
    assert darkroom.mail is not None
    darkroom.mail.pause = down
    for attempt in (1, 2):
        with pytest.raises(RuntimeError, match="the service is down"):
            darkroom.notify(READY, attempt)
        darkroom.clock.wait(180)
    assert (darkroom.subjects, darkroom.mail.sent) == (["a.jpg is ready"], [])
    darkroom.mail.pause = no_pause
    darkroom.notify(READY, 1)
    assert darkroom.subjects == ["a.jpg is ready"]
    assert [address for address, _ in darkroom.mail.sent] == ["ann@example.org"]
    sent = {"state": "sent", "at": "2026-01-01T00:06:00.000+00:00"}
    assert darkroom.item.notices == {"ready": sent}


def test_the_uploader_is_not_written_to_before_the_subscribers_know(darkroom: Darkroom) -> None:
    darkroom.ready(owner="ann@example.org")
    darkroom.topic.pause = down
    with pytest.raises(RuntimeError):
        darkroom.notify(READY, 1)
    assert darkroom.mail is not None
    assert darkroom.mail.sent == []
    assert "published" not in (darkroom.item.notices or {})["ready"]


def test_without_a_sender_only_the_subscribers_are_told() -> None:
    darkroom = Darkroom(mail=None)
    darkroom.ready(owner="ann@example.org")
    darkroom.notify(READY, 1)
    assert darkroom.subjects == ["a.jpg is ready"]


PERSON = "11111111-1111-4111-8111-111111111111"
SIGNED_IN = Original(
    bucket="originals",
    key=f"uploads/{PERSON}/22222222-2222-4222-8222-222222222222/a.jpg",
    sequencer="01",
    etag="e1",
    bytes=5,
)


def mailed(darkroom: Darkroom) -> list[str]:
    """The addresses of the mails about a picture that came through the API."""
    darkroom.ready(SIGNED_IN, owner="stated@example.org")
    darkroom.notify(ImageReady(original=SIGNED_IN), 1)
    assert darkroom.mail is not None
    return [address for address, _ in darkroom.mail.sent]


def test_somebody_who_signed_in_is_written_to_at_the_pools_address_alone() -> None:
    darkroom = Darkroom(
        mail_domains=frozenset({"example.org"}),
        addresses=MemoryAddresses(known={PERSON: "ann@example.com"}),
    )
    assert mailed(darkroom) == ["ann@example.com"]
    item = darkroom.catalog.get(SIGNED_IN.image_id)
    assert item is not None
    assert item.owner is None


def test_somebody_who_was_removed_gets_no_mail_and_the_subscribers_their_notice(
    darkroom: Darkroom, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger.name):
        assert mailed(darkroom) == []
    assert [line.message for line in caplog.records] == [
        "no mail: nobody with this id and a verified address may sign in"
    ]
    assert len(darkroom.subjects) == 1
    item = darkroom.catalog.get(SIGNED_IN.image_id)
    assert item is not None
    assert (item.notices or {})["ready"]["state"] == "sent"


def test_a_pool_that_fails_delays_the_mail_alone(darkroom: Darkroom) -> None:
    darkroom.addresses.known[PERSON] = "ann@example.com"
    darkroom.addresses.pause = down
    darkroom.ready(SIGNED_IN)
    for attempt in (1, 2):
        with pytest.raises(RuntimeError, match="the service is down"):
            darkroom.notify(ImageReady(original=SIGNED_IN), attempt)
        darkroom.clock.wait(180)
    assert len(darkroom.subjects) == 1
    darkroom.addresses.pause = no_pause
    assert mailed(darkroom) == ["ann@example.com"]
    assert len(darkroom.subjects) == 1


def test_the_pool_is_not_asked_where_nothing_can_be_sent() -> None:
    darkroom = Darkroom(mail=None, addresses=MemoryAddresses(pause=down))
    darkroom.ready(SIGNED_IN)
    darkroom.notify(ImageReady(original=SIGNED_IN), 1)
    assert len(darkroom.subjects) == 1


def test_of_bulk_work_nobody_is_told_and_nothing_remains_to_be_told(darkroom: Darkroom) -> None:
    darkroom.ready(owner="ann@example.org")
    darkroom.notify(replace(READY, lane="backfill"), 1)
    assert darkroom.subjects == []
    assert darkroom.mail is not None
    assert darkroom.mail.sent == []
    assert darkroom.item.noticed
    revision = darkroom.item.revision

    darkroom.notify(replace(READY, lane="backfill"), 2)
    assert darkroom.item.revision == revision


def test_an_upload_that_bulk_work_finished_first_is_notified_once_its_own_event_comes(
    darkroom: Darkroom,
) -> None:
    darkroom.ready(owner="ann@example.org")
    darkroom.notify(replace(READY, lane="backfill"), 1)
    darkroom.notify(READY, 1)
    darkroom.notify(READY, 2)
    assert darkroom.subjects == ["a.jpg is ready"]
    assert darkroom.mail is not None
    assert [address for address, _ in darkroom.mail.sent] == ["ann@example.org"]
    assert darkroom.item.notified


def test_a_picture_of_which_bulk_work_and_its_own_event_tell_counts_once(
    darkroom: Darkroom, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_METRICS_NAMESPACE", "darkroom")
    darkroom.ready()
    for event in (replace(READY, lane="backfill"), READY, READY):
        darkroom.notify(event, 1)
    written = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["Ready"] for line in written if "Ready" in line] == [[1.0]]


def test_bulk_work_leaves_a_notice_to_the_invocation_that_sends_it(darkroom: Darkroom) -> None:
    darkroom.ready()
    darkroom.topic.pause = down
    with pytest.raises(RuntimeError):
        darkroom.notify(READY, 1)
    darkroom.notify(replace(READY, lane="backfill"), 1)
    assert not darkroom.item.noticed
    darkroom.topic.pause = no_pause
    darkroom.clock.wait(60)
    darkroom.notify(READY, 2)
    assert darkroom.subjects == ["a.jpg is ready"]


def test_of_bulk_work_on_an_earlier_version_nothing_is_marked(darkroom: Darkroom) -> None:
    darkroom.ready(SECOND)
    darkroom.notify(replace(READY, lane="backfill"), 1)
    assert not darkroom.item.noticed
