"""The ways a notice goes out: the SNS topic, and SES to the uploader."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sns import SNSClient

__all__ = ["Mail", "Notice", "SesMail", "SnsTopic", "Topic"]


@dataclass(frozen=True)
class Notice:
    """One message in its three forms: `subject` is one line of ASCII of at most 100 characters
    (a limit of SNS), `sms` fits one text message."""

    subject: str
    text: str
    sms: str


class Topic(Protocol):
    """Tells the subscribers."""

    def publish(self, notice: Notice) -> None:
        """Hand the notice over, or raise."""


class Mail(Protocol):
    """Tells one person."""

    def send(self, address: str, notice: Notice) -> None:
        """Hand the notice over, or raise."""


class SnsTopic:
    """An SNS topic: mail subscribers get the text, phones the short form."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._sns: SNSClient = client("sns")

    def publish(self, notice: Notice) -> None:
        forms = {"default": notice.text, "email": notice.text, "sms": notice.sms}
        self._sns.publish(
            TopicArn=self._arn,
            Subject=notice.subject,
            MessageStructure="json",
            Message=json.dumps(forms),
        )


class SesMail:
    """Mail through SES from a verified sender."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._ses: SESClient = client("ses")

    def send(self, address: str, notice: Notice) -> None:
        self._ses.send_email(
            Source=self._sender,
            Destination={"ToAddresses": [address]},
            Message={
                "Subject": {"Data": notice.subject},
                "Body": {"Text": {"Data": notice.text}},
            },
        )
