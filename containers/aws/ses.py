"""Amazon SES: mail to an uploader."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.notices import MailMessage, MailRefusedError

if TYPE_CHECKING:
    from mypy_boto3_ses import SESClient

__all__ = ["SesMail"]

_FINAL = {"InvalidParameterValue", "MessageRejected", "ValidationError"}
"""SES refuses this mail: a malformed address or, in its sandbox, an unverified recipient. An
unverified sender, a missing permission, a quota or a paused account is not the mail's fault and can
pass, so the mail stays on its queue."""


class SesMail:
    """Mail through SES from a verified sender."""

    def __init__(self, sender: str) -> None:
        self._sender = sender
        self._ses: SESClient = client("ses")

    def send(self, address: str, message: MailMessage) -> None:
        try:
            self._ses.send_email(
                Source=self._sender,
                Destination={"ToAddresses": [address]},
                Message={
                    "Subject": {"Data": message.subject, "Charset": "UTF-8"},
                    "Body": {"Text": {"Data": message.text, "Charset": "UTF-8"}},
                },
            )
        except ClientError as error:
            code, reason = error.response["Error"]["Code"], error.response["Error"]["Message"]
            # SES names the addresses that it refuses.
            if code in _FINAL and self._sender not in reason:
                raise MailRefusedError(code, reason) from error
            raise
