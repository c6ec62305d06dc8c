"""Rights on services that are not made here: Rekognition and SES."""

from __future__ import annotations

from boto3.session import Session

from components import rekognition, ses
from proofs.recorder import run
from tests.components.parts import given, worker


def test_each_operation_is_one_action() -> None:
    operations = ["recognize_celebrities", "detect_labels", "detect_labels"]

    assert given(lambda work: rekognition.grant_call(work, operations)) == (
        "work-detect",
        [
            {
                "Effect": "Allow",
                "Action": ["rekognition:DetectLabels", "rekognition:RecognizeCelebrities"],
                "Resource": ["*"],
            }
        ],
    )


def test_the_regions_are_those_that_botocore_has_an_endpoint_of() -> None:
    assert set(rekognition.REGIONS) == set(Session().get_available_regions("rekognition"))


def test_a_sender_may_send_as_its_address_or_its_domain_whichever_is_verified() -> None:
    assert given(lambda work: ses.grant_send(work, "ann@example.org")) == (
        "work-send-mail",
        [
            {
                "Effect": "Allow",
                "Action": ["ses:SendEmail"],
                "Resource": [
                    "arn:aws:ses:eu-west-1:123456789012:identity/ann@example.org",
                    "arn:aws:ses:eu-west-1:123456789012:identity/example.org",
                    "arn:aws:ses:eu-west-1:123456789012:configuration-set/*",
                ],
            }
        ],
    )


def test_a_domain_that_is_verified_stands_for_those_below_it() -> None:
    _, [statement] = given(lambda work: ses.grant_send(work, "ann@mail.example.org"))
    assert statement["Resource"][:-1] == [
        f"arn:aws:ses:eu-west-1:123456789012:identity/{each}"
        for each in ("ann@mail.example.org", "mail.example.org", "example.org")
    ]


def test_no_identity_is_looked_up_as_there_may_be_only_one_of_the_two() -> None:
    graph = run(lambda: ses.grant_send(worker(), "ann@example.org"))

    assert [each.token for each in graph.invokes if "ses" in each.token] == []


def test_without_a_sender_nothing_is_granted() -> None:
    graph = run(lambda: ses.grant_send(worker(), ""))

    assert [each.name for each in graph.of_kind("iam.RolePolicy")] == ["work-write-logs"]
