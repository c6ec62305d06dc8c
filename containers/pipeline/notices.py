"""The ways a notice goes out: the SNS topic, and SES to the uploader."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient
    from mypy_boto3_sns import SNSClient

__all__ = ["Mail", "Notice", "Refused", "SesMail", "SnsTopic", "Topic"]

_FINAL = {"InvalidParameterValue", "MessageRejected", "ValidationError"}
"""SES says no to this mail: a bad address or, in its sandbox, a recipient that nobody verified. A
sender that nobody verified, a missing right, a quota and a paused account are not the mail's: those
pass, and it waits on its queue until then."""


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


class Refused(Exception):
    """This mail will never be taken; `code` is the service's own word for why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Mail(Protocol):
    """Tells one person."""

    def send(self, address: str, notice: Notice) -> None:
        """Hand the notice over, or raise: `Refused` if no later try could do better."""


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
        try:
            self._ses.send_email(
                Source=self._sender,
                Destination={"ToAddresses": [address]},
                Message={
                    "Subject": {"Data": notice.subject},
                    "Body": {"Text": {"Data": notice.text}},
                },
            )
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            # SES names the addresses that it rejects.
            if code in _FINAL and self._sender not in message:
                raise Refused(code, message) from error
            raise
