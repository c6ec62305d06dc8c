"""A topic that tells people."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws import sns

from components.function import Function
from components.policy import Statement

__all__ = ["Topic", "TopicArgs"]


@dataclass(frozen=True, kw_only=True)
class TopicArgs:
    """Who is told."""

    #: Each gets a mail that asks for consent once, and nothing before that.
    emails: Sequence[str] = ()
    #: Telephone numbers in E.164 form.
    phones: Sequence[str] = ()


class Topic(pulumi.ComponentResource):
    """An SNS topic with subscribers by e-mail and by SMS."""

    arn: pulumi.Output[str]

    def __init__(
        self, name: str, args: TopicArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Topic", name, None, opts)
        self._label = name

        self._topic = sns.Topic(name, opts=pulumi.ResourceOptions(parent=self))
        self.arn = self._topic.arn
        self._subscribe("email", args.emails)
        self._subscribe("sms", args.phones)

        self.register_outputs({"arn": self.arn})

    def grant_publish(self, grantee: Function) -> None:
        """Let `grantee` publish to the topic."""
        grantee.allow(
            f"publish-{self._label}", Statement(actions=["sns:Publish"], resources=[self.arn])
        )

    def _subscribe(self, protocol: str, endpoints: Sequence[str]) -> None:
        for endpoint in endpoints:
            # Named after whom it reaches, not after its place in the list: to take one out must
            # not make the others confirm again.
            whom = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
            sns.TopicSubscription(
                f"{self._label}-{protocol}-{whom}",
                topic=self.arn,
                protocol=protocol,
                endpoint=endpoint,
                opts=pulumi.ResourceOptions(parent=self),
            )
