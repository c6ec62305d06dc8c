"""The function that tells of outcomes, once for each version and outcome."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from notify.messages import Outcome, compose
from pipeline.catalog import Catalog, DynamoTable
from pipeline.clock import Clock, utc
from pipeline.events import Event, ImageFailed, ImageHeld, ImageReady, ImageRejected
from pipeline.item import Item
from pipeline.lifecycle import NoticeClaimed, NoticePublished, NoticeSent
from pipeline.logging import logger
from pipeline.notices import Mail, Notice, Refused, SesMail, SnsTopic, Topic
from pipeline.queue import consume
from pipeline.settings import from_environment

__all__ = ["BeingTold", "Notify", "Settings", "handler"]

_OUTCOMES: dict[type[Event], Outcome] = {
    ImageReady: "ready",
    ImageHeld: "held",
    ImageRejected: "rejected",
    ImageFailed: "failed",
}
_CLAIM = timedelta(seconds=60)
"""Twice the function's timeout: whoever holds a claim longer is dead."""


class BeingTold(Exception):
    """Another run is telling this outcome now; look again later whether it lived to do it."""


@dataclass(frozen=True)
class Settings:
    """What the function's environment says."""

    catalog_table: str
    notices_topic: str
    pictures_url: str
    stage: str
    ses_sender: str


@dataclass(frozen=True)
class Notify:
    """Tells the topic's subscribers, and the uploader where there is a sender and an address.

    The subscribers come first: nobody but them can be told without an address that a stranger
    wrote. They are marked as told before the mail is tried, so that a mail that fails is tried
    again alone.
    """

    catalog: Catalog
    topic: Topic
    mail: Mail | None
    pictures_url: str
    stage: str
    clock: Clock
    claimant: Callable[[], str]
    hears: ClassVar = tuple(_OUTCOMES)

    def __call__(self, event: Event, tried: int) -> None:  # noqa: ARG002 - however often
        original, outcome, by = event.original, _OUTCOMES[type(event)], self.claimant()
        until = self.clock() + _CLAIM
        item = self.catalog.advance(
            NoticeClaimed(original=original, outcome=outcome, by=by, until=until)
        )
        if item is None or item.original != original or item.status != outcome:
            logger.info("the picture has moved on; nothing to tell", extra={"outcome": outcome})
            return
        told = (item.notices or {})[outcome]
        if told["state"] == "sent":
            return
        if told["by"] != by:
            raise BeingTold(f"{outcome} of {original.image_id}, until {told['until']}")
        self._tell(item, outcome, published="published" in told)
        self.catalog.advance(NoticeSent(original=original, outcome=outcome))
        logger.info("told", extra={"outcome": outcome})

    def _tell(self, item: Item, outcome: Outcome, *, published: bool) -> None:
        notice = compose(item, outcome, pictures_url=self.pictures_url, stage=self.stage)
        if not published:
            self.topic.publish(notice)
        if self.mail and item.owner and "@" in item.owner:
            if not published:
                self.catalog.advance(NoticePublished(original=item.original, outcome=outcome))
            _write(self.mail, item.owner, notice)


def _write(mail: Mail, address: str, notice: Notice) -> None:
    """A mail that is refused for good is done with; the log says why."""
    try:
        mail.send(address, notice)
    except Refused as refused:
        logger.warning("mail refused", extra={"code": refused.code, "reason": str(refused)})


@cache
def _notify() -> Notify:
    settings = from_environment(Settings, os.environ)
    return Notify(
        Catalog(DynamoTable(settings.catalog_table), utc),
        SnsTopic(settings.notices_topic),
        SesMail(settings.ses_sender) if settings.ses_sender else None,
        settings.pictures_url,
        settings.stage,
        utc,
        lambda: uuid4().hex,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """What Lambda calls."""
    return consume(batch, context, _notify())
