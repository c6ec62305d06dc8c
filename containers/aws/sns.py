"""Amazon SNS: the topic of notices."""

import json
from typing import TYPE_CHECKING

from aws.clients import client
from pipeline.notices import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

__all__ = ["SnsTopic"]


class SnsTopic:
    """An SNS topic: e-mail subscribers get the text, phones the short form.

    Each subscription may filter by the attribute `needs_person`, `true` or `false`.
    """

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
            MessageAttributes={
                "needs_person": {
                    "DataType": "String",
                    "StringValue": "true" if notice.needs_person else "false",
                }
            },
        )
