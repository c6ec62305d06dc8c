"""The function that sends notices, one per version and outcome."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, ClassVar
from uuid import uuid4

from aws_lambda_powertools.utilities.typing import LambdaContext

from aws.cognito_addresses import CognitoAddresses
from aws.dynamodb import DynamoTable
from aws.ses import SesMail
from aws.sns import SnsTopic
from notify.messages import address_of, compose, compose_mail
from pipeline.catalog import Catalog
from pipeline.clock import Clock, utc
from pipeline.events import Event, ImageFailed, ImageHeld, ImageReady, ImageRejected
from pipeline.explain import Outcome
from pipeline.item import Item
from pipeline.lifecycle import NoticeClaimed, NoticePublished, NoticeSent, NoticeWithheld
from pipeline.notices import Addresses, Mail, MailMessage, MailRefusedError, Topic
from pipeline.original import Original
from runtime.logging import logger
from runtime.metrics import count, measure
from runtime.queue import consume
from runtime.settings import from_environment

__all__ = ["NoticeInProgressError", "Notify", "Settings", "handler"]

_OUTCOMES: dict[type[Event], Outcome] = {
    ImageReady: "ready",
    ImageHeld: "held",
    ImageRejected: "rejected",
    ImageFailed: "failed",
}
_CLAIM = timedelta(seconds=60)
"""The function's longest timeout: an invocation that holds a claim longer is dead."""


class NoticeInProgressError(Exception):
    """Another invocation is sending this notice; a retry checks whether it finished."""


@dataclass(frozen=True)
class Settings:
    """The function's environment."""

    catalog_table: str
    notices_topic: str
    pictures_url: str
    stage: str
    user_pool: str
    ses_sender: str
    mail_domains: str


@dataclass(frozen=True)
class Notify:
    """Notifies the topic's subscribers, and the uploader where there is a sender and an address.
    Pictures of bulk work are only counted: their notices are withheld, until an event on the lane
    `live` asks for them.

    The address of somebody who uploaded through the API is the user pool's, that of anybody else
    is in the object's metadata. The subscribers come first, as that one is untrusted input. Their
    notice is marked as published before an address is looked up, so a failure is retried alone.
    """

    catalog: Catalog
    topic: Topic
    mail: Mail | None
    addresses: Addresses
    mail_domains: frozenset[str]
    """Where mail may go to an address that an uploader chose; `*` stands for every domain."""
    pictures_url: str
    stage: str
    clock: Clock
    claimant: Callable[[], str]
    handles: ClassVar = tuple(_OUTCOMES)

    def __call__(self, event: Event, attempt: int) -> None:  # noqa: ARG002 - all are alike
        original, outcome, by = event.original, _OUTCOMES[type(event)], self.claimant()
        if event.lane == "backfill":
            self._count_only(original, outcome)
            return
        until = self.clock() + _CLAIM
        item = self.catalog.advance(
            NoticeClaimed(original=original, outcome=outcome, by=by, until=until)
        )
        if item is None or item.original != original or item.status != outcome:
            logger.info("superseded: no notice", extra={"outcome": outcome})
            return
        notice = (item.notices or {})[outcome]
        if notice["state"] == "sent":
            return
        if notice["by"] != by:
            raise NoticeInProgressError(
                f"{outcome} of {original.image_id}, until {notice['until']}"
            )
        noted = self._send(item, outcome, published="published" in notice)
        self.catalog.advance(NoticeSent(original=original, outcome=outcome), known=noted)
        logger.info("notice sent", extra={"outcome": outcome})
        if "at" not in notice:  # a notice that was withheld is counted
            count(outcome.capitalize())
        if outcome == "ready":
            began = datetime.fromisoformat(item.timeline[0]["at"])
            measure("SecondsToReady", (self.clock() - began).total_seconds())

    def _count_only(self, original: Original, outcome: Outcome) -> None:
        before = self.catalog.get(original.image_id)
        if before is None or before.original != original or before.status != outcome:
            logger.info("superseded: not counted", extra={"outcome": outcome})
        elif not before.notice:
            self.catalog.advance(NoticeWithheld(original=original, outcome=outcome))
            logger.info("no notice of bulk work", extra={"outcome": outcome})
            count(outcome.capitalize())

    def _send(self, item: Item, outcome: Outcome, *, published: bool) -> Item | None:
        """Returns the item as it stands by then."""
        notice = compose(item, outcome, pictures_url=self.pictures_url, stage=self.stage)
        if not published:
            self.topic.publish(notice)
        if self.mail is None or not (item.owner_id or item.owner):
            return item
        noted: Item | None = item
        if not published:
            update = NoticePublished(original=item.original, outcome=outcome)
            noted = self.catalog.advance(update, known=item)
        address = self._of_person(item.owner_id) if item.owner_id else self._stated(item.owner)
        if address:
            message = compose_mail(item, outcome, pictures_url=self.pictures_url, stage=self.stage)
            _send_mail(self.mail, address, message)
        return noted

    def _of_person(self, owner_id: str) -> str | None:
        """The address of somebody in the user pool, if it is verified."""
        address = self.addresses.of(owner_id)
        if address is None:
            logger.warning("no mail: nobody with this id and a verified address may sign in")
        return address

    def _stated(self, owner: str | None) -> str | None:
        """The address that the upload itself names, if mail may go there."""
        address = address_of(owner or "")
        if address is None:
            logger.warning("no mail: the owner holds no address")
            return None
        if not self.mail_domains & {"*", address.rpartition("@")[2].lower()}:
            logger.warning("no mail: mailDomains lacks the domain of the owner's address")
            return None
        return address


def _send_mail(mail: Mail, address: str, message: MailMessage) -> None:
    """Send the mail; one that is refused for good is logged and not retried."""
    try:
        mail.send(address, message)
    except MailRefusedError as refused:
        # SES's message names the address.
        logger.warning("mail refused", extra={"code": refused.code})


@cache
def _notify() -> Notify:
    settings = from_environment(Settings, os.environ)
    return Notify(
        Catalog(DynamoTable(settings.catalog_table), utc),
        SnsTopic(settings.notices_topic),
        SesMail(settings.ses_sender) if settings.ses_sender else None,
        CognitoAddresses(settings.user_pool),
        frozenset(settings.mail_domains.split(",")),
        settings.pictures_url,
        settings.stage,
        utc,
        lambda: uuid4().hex,
    )


def handler(batch: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Lambda's entry point."""
    return consume(batch, context, _notify())
