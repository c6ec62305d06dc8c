"""Listens to a running stack: every event of its buses, and every notice it sends.

A catch-all rule on each bus and a subscription beside each topic's own put copies into queues of
the tap's, which threads drain into the journal. The stack's own queues are never read.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeAlias

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from local.journal import HeardEvent, HeardNotice, Journal, JournalError
from local.state import RunningStack

_ANYTHING = json.dumps({"source": [{"prefix": ""}]})
_BUS = "aws:cloudwatch/eventBus:EventBus"
_TOPIC = "aws:sns/topic:Topic"

Messages: TypeAlias = list[dict[str, Any]]


class Tap:
    """The listening threads of one running stack."""

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._journal = Journal(stack.journal)
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def open(self) -> None:
        """Set up rules and subscriptions, and begin to listen: nothing sent later is missed."""
        self._listen_to("default", "default")
        for bus in self._stack.named(_BUS):
            self._listen_to(bus.name, bus.id)
        for topic in self._stack.named(_TOPIC):
            self._subscribe_to(topic.name, topic.id)
        self._run("ses", self._read_mails)

    def close(self) -> None:
        """Stop listening."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(3)

    def _listen_to(self, name: str, bus: str) -> None:
        events = self._stack.aws.client("events")
        url, arn = self._queue(f"tap-{name}")
        events.put_rule(Name=f"tap-{name}", EventBusName=bus, EventPattern=_ANYTHING)
        events.put_targets(
            Rule=f"tap-{name}", EventBusName=bus, Targets=[{"Id": "tap", "Arn": arn}]
        )
        self._run(f"bus {name}", lambda: self._drain(url, lambda m: self.keep_events(name, m)))

    def _subscribe_to(self, name: str, topic: str) -> None:
        sns = self._stack.aws.client("sns")
        url, arn = self._queue(f"inbox-{name}")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        self._run(
            f"topic {name}",
            lambda: self._drain(url, lambda m: self._keep_notices(name, topic, m)),
        )

    def _people(self, topic: str) -> list[str]:
        """Who is subscribed now, which another run of the program may have changed."""
        sns = self._stack.aws.client("sns")
        listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        return sorted(s["Endpoint"] for s in listed if s["Protocol"] in ("email", "sms"))

    def _queue(self, name: str) -> tuple[str, str]:
        sqs = self._stack.aws.client("sqs")
        anyone = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [anyone]})
        url: str = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return url, attributes["Attributes"]["QueueArn"]

    def _run(self, name: str, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"tap {name}", daemon=True)
        thread.start()
        self._threads.append(thread)

    def _drain(self, url: str, keep: Callable[[Messages], None]) -> None:
        sqs = self._stack.aws.client("sqs")
        while not self._stopping.is_set():
            try:
                answer = sqs.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1
                )
                if messages := answer.get("Messages"):
                    keep(messages)
                    sqs.delete_message_batch(
                        QueueUrl=url,
                        Entries=[
                            {"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]}
                            for i, m in enumerate(messages)
                        ],
                    )
            except (BotoCoreError, ClientError, JournalError) as error:
                if not self._stopping.wait(1):
                    logging.getLogger(__name__).warning("listening is delayed: %s", error)

    def keep_events(self, bus: str, messages: Messages) -> None:
        """Keep what a bus delivered."""
        _keep_each(lambda some: self._add_events(bus, some), messages)

    def _add_events(self, bus: str, messages: Messages) -> None:
        bodies = [json.loads(message["Body"]) for message in messages]
        self._journal.add_events(
            [
                HeardEvent(
                    id=body["id"],
                    at=body["time"],
                    bus=bus,
                    source=body["source"],
                    type=body["detail-type"],
                    key=_key(body["detail"]),
                    detail=body["detail"],
                )
                for body in bodies
            ],
            time.time(),
        )

    def _keep_notices(self, name: str, topic: str, messages: Messages) -> None:
        people = self._people(topic)
        _keep_each(lambda some: self._add_notices(name, people, some), messages)

    def _add_notices(self, topic: str, people: list[str], messages: Messages) -> None:
        bodies = [json.loads(message["Body"]) for message in messages]
        self._journal.add_notices(
            [
                HeardNotice(
                    id=body["MessageId"],
                    at=body["Timestamp"],
                    channel=topic,
                    recipients=people,
                    subject=body.get("Subject") or "",
                    text=body["Message"],
                )
                for body in bodies
            ],
            time.time(),
        )

    def _read_mails(self) -> None:
        with httpx.Client(base_url=self._stack.endpoint, trust_env=False) as http:
            while not self._stopping.wait(0.5):
                try:
                    accounts = http.get("/_ministack/ses/messages").json()["messages"]
                    self.keep_mails([mail for mails in accounts.values() for mail in mails])
                except (httpx.TransportError, JournalError):
                    continue

    def keep_mails(self, mails: Messages) -> None:
        """Keep what the local SES sent."""
        self._journal.add_notices(
            [
                HeardNotice(
                    id=mail["MessageId"],
                    at=_utc(mail["Timestamp"]),
                    channel="ses",
                    recipients=list(mail["To"]),
                    subject=mail["Subject"],
                    text=mail["BodyText"],
                )
                for mail in mails
            ],
            time.time(),
        )


def _keep_each(keep: Callable[[Messages], None], messages: Messages) -> None:
    """Keep the messages, and pass over one that is not what a bus or a topic sends."""
    try:
        keep(messages)
    except (KeyError, TypeError, ValueError) as error:
        if len(messages) > 1:
            for message in messages:
                _keep_each(keep, [message])
        else:
            problem = f"{type(error).__name__}: {error}"
            logging.getLogger(__name__).warning("a message cannot be kept: %s", problem)


def _utc(seconds: float) -> str:
    """A moment as the other channels write it."""
    at = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def _key(detail: Any) -> str | None:
    """The upload an event is about: S3 has it in `object`, the pipeline at the top.

    Anybody may put an event on a bus, whose detail may be anything.
    """
    if not isinstance(detail, dict):
        return None
    inner = detail.get("object")
    key = inner.get("key") if isinstance(inner, dict) else detail.get("key")
    return key if isinstance(key, str) else None
