"""A topic that reaches people."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import sns

from components.function import Function
from components.policy import Statement

__all__ = ["Topic", "TopicArgs"]


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """Who subscribes."""

    emails: Sequence[str] = ()
    """Each is asked for its consent by mail and receives nothing before. SNS drops a subscription
    that is not confirmed within three days."""
    webhooks: Sequence[str] = ()
    """HTTPS addresses. SNS posts a request for confirmation to each first."""
    phones: Sequence[str] = ()
    """Telephone numbers in E.164 form."""
    phone_filter: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """An SNS filter policy over message attributes: what is sent to the phones. Empty sends all."""
    encrypted: bool = False
    """Encrypt messages at rest with the key that AWS manages. Then only callers with rights of
    their own can publish: no CloudWatch alarm, EventBridge rule or other service."""


class Topic(pulumi.ComponentResource):
    """An SNS topic with subscribers by e-mail, webhook and SMS."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Topic", name, None, opts)
        self._label = name

        self._topic = sns.Topic(
            name,
            kms_master_key_id="alias/aws/sns" if args.encrypted else None,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.arn = self._topic.arn
        self._subscribe("email", args.emails)
        self._subscribe("https", args.webhooks)
        self._subscribe("sms", args.phones, args.phone_filter)

        self.register_outputs({"arn": self.arn})

    def grant_publish(self, grantee: Function) -> None:
        """Let `grantee` publish to the topic."""
        grantee.allow(
            f"publish-{self._label}", Statement(actions=["sns:Publish"], resources=[self.arn])
        )

    def _subscribe(
        self,
        protocol: str,
        endpoints: Sequence[str],
        wanted: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        for endpoint in endpoints:
            # Named after its endpoint, not after its place in the list: removing one must not make
            # the others confirm again.
            whom = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
            sns.TopicSubscription(
                f"{self._label}-{protocol}-{whom}",
                topic=self.arn,
                protocol=protocol,
                endpoint=endpoint,
                filter_policy=json.dumps(wanted) if wanted else None,
                opts=pulumi.ResourceOptions(parent=self),
            )
