from __future__ import annotations

from components.topic import Topic, TopicArgs
from proofs.recorder import Graph, run
from tests.components.parts import children, given

ARN = "arn:aws:sns:eu-west-1:123456789012:notices-0a1b2c"


def build(args: TopicArgs) -> Graph:
    def program() -> None:
        Topic("notices", args)

    return run(program)


def subscribers(graph: Graph) -> dict[str, str]:
    """The logical name of each subscription, by its endpoint."""
    return {each.inputs["endpoint"]: each.name for each in graph.of_kind("sns.TopicSubscription")}


def test_a_topic_without_subscribers_is_one_resource() -> None:
    graph = build(TopicArgs())

    assert children(graph, "Topic", "notices") == [("sns.Topic", "notices")]
    assert graph.resource("Topic", "notices").outputs == {"arn": ARN}


def test_each_subscriber_is_reached_by_its_own_protocol() -> None:
    graph = build(
        TopicArgs(
            emails=["ann@example.org"],
            phones=["+4915112345678"],
            webhooks=["https://alerts.example.org/x"],
        )
    )

    assert sorted(
        (each.inputs["protocol"], each.inputs["endpoint"], each.inputs["topic"])
        for each in graph.of_kind("sns.TopicSubscription")
    ) == [
        ("email", "ann@example.org", ARN),
        ("https", "https://alerts.example.org/x", ARN),
        ("sms", "+4915112345678", ARN),
    ]


def test_taking_one_out_leaves_the_others_as_they_are() -> None:
    both = subscribers(build(TopicArgs(emails=["ann@example.org", "bob@example.org"])))
    one = subscribers(build(TopicArgs(emails=["bob@example.org"])))

    assert one == {"bob@example.org": both["bob@example.org"]}


def test_a_publisher_may_publish_to_this_topic_alone() -> None:
    assert given(lambda work: Topic("notices", TopicArgs()).grant_publish(work)) == (
        "work-publish-notices",
        [{"Effect": "Allow", "Action": ["sns:Publish"], "Resource": [ARN]}],
    )


def test_an_encrypted_topic_uses_the_key_that_aws_manages() -> None:
    graph = build(TopicArgs(encrypted=True))

    assert graph.resource("sns.Topic", "notices").inputs == {"kmsMasterKeyId": "alias/aws/sns"}


def test_phones_may_get_only_some_of_the_messages() -> None:
    graph = build(
        TopicArgs(
            emails=["ann@example.org"],
            phones=["+4915112345678"],
            phone_filter={"urgent": ["true"]},
        )
    )

    assert {
        each.inputs["protocol"]: each.inputs.get("filterPolicy")
        for each in graph.of_kind("sns.TopicSubscription")
    } == {"email": None, "sms": '{"urgent": ["true"]}'}
