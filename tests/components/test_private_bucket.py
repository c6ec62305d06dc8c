from __future__ import annotations

import pytest

from components.private_bucket import PrivateBucket, PrivateBucketArgs
from components.route import Source
from proofs.recorder import Graph, run
from tests.components.parts import children, given

ARN = "arn:aws:s3:::files-0a1b2c"
PLAIN = PrivateBucketArgs(protect=False)
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": ["s3:*"],
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
BASE = [
    ("s3.Bucket", "files"),
    ("s3.BucketLifecycleConfiguration", "files-lifecycle"),
    ("s3.BucketOwnershipControls", "files-ownership"),
    ("s3.BucketPublicAccessBlock", "files-access"),
    ("s3.BucketServerSideEncryptionConfiguration", "files-encryption"),
]
POLICY = ("s3.BucketPolicy", "files-policy")


def files(args: PrivateBucketArgs = PLAIN) -> PrivateBucket:
    return PrivateBucket("files", args)


def build(args: PrivateBucketArgs = PLAIN) -> Graph:
    def program() -> None:
        files(args)

    return run(program)


@pytest.mark.parametrize(
    ("args", "more"),
    [
        (PLAIN, [POLICY]),
        (
            PrivateBucketArgs(protect=True, recoverable_days=3),
            [POLICY, ("s3.BucketVersioning", "files-versioning")],
        ),
        (
            PrivateBucketArgs(protect=True, announced=True),
            [POLICY, ("s3.BucketNotification", "files-events")],
        ),
        (PrivateBucketArgs(protect=True, policy_by_grant=True), []),
    ],
)
def test_a_bucket_has_the_parts_that_it_was_asked_for(
    args: PrivateBucketArgs, more: list[tuple[str, str]]
) -> None:
    assert children(build(args), "PrivateBucket", "files") == sorted([*BASE, *more])


def test_a_bucket_hands_out_its_name_its_arn_and_its_address() -> None:
    assert build().resource("PrivateBucket", "files").outputs == {
        "name": "files-0a1b2c",
        "arn": ARN,
        "regional_domain_name": "files-0a1b2c.s3.eu-west-1.amazonaws.com",
    }


def test_a_bucket_has_no_owners_but_one_and_the_keys_of_s3() -> None:
    graph = build()

    assert graph.resource("s3.BucketOwnershipControls", "files-ownership").inputs["rule"] == {
        "objectOwnership": "BucketOwnerEnforced"
    }
    encryption = graph.resource("s3.BucketServerSideEncryptionConfiguration", "files-encryption")
    assert encryption.inputs["rules"] == [
        {
            "applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"},
            "blockedEncryptionTypes": ["SSE-C"],
        }
    ]


def test_parts_of_unfinished_uploads_go_after_a_week() -> None:
    lifecycle = build().resource("s3.BucketLifecycleConfiguration", "files-lifecycle")

    assert lifecycle.inputs["rules"] == [
        {
            "id": "abandoned-uploads",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
        }
    ]


def test_superseded_versions_and_the_markers_they_leave_go_after_their_days() -> None:
    graph = build(PrivateBucketArgs(protect=False, recoverable_days=3))
    lifecycle = graph.resource("s3.BucketLifecycleConfiguration", "files-lifecycle")

    assert graph.resource("s3.BucketVersioning", "files-versioning").inputs[
        "versioningConfiguration"
    ] == {"status": "Enabled"}
    assert lifecycle.inputs["rules"][1:] == [
        {
            "id": "superseded-versions",
            "status": "Enabled",
            "filter": {"prefix": ""},
            "noncurrentVersionExpiration": {"noncurrentDays": 3},
            "expiration": {"expiredObjectDeleteMarker": True},
        }
    ]


@pytest.mark.parametrize("protect", [True, False])
def test_only_a_bucket_that_is_not_protected_goes_with_all_that_is_in_it(protect: bool) -> None:
    graph = build(PrivateBucketArgs(protect=protect))
    bucket = graph.resource("s3.Bucket", "files")

    assert bucket.inputs == {"forceDestroy": not protect}
    assert [each.name for each in graph.resources if each.protect] == ["files"] * protect


def test_a_buckets_policy_refuses_plain_http() -> None:
    assert build().resource("s3.BucketPolicy", "files-policy").document("policy") == {
        "Version": "2012-10-17",
        "Statement": [TLS_ONLY],
    }


def test_a_distribution_may_read_what_is_under_a_prefix_and_nobody_else_may() -> None:
    distribution = "arn:aws:cloudfront::123456789012:distribution/E1"

    def program() -> None:
        bucket = files(PrivateBucketArgs(protect=False, policy_by_grant=True))
        bucket.grant_read_to_distribution(distribution, "i/")

    assert run(program).resource("s3.BucketPolicy", "files-policy").document("policy") == {
        "Version": "2012-10-17",
        "Statement": [
            TLS_ONLY,
            {
                "Effect": "Allow",
                "Principal": {"Service": "cloudfront.amazonaws.com"},
                "Action": ["s3:GetObject"],
                "Resource": [f"{ARN}/i/*"],
                "Condition": {"StringEquals": {"AWS:SourceArn": distribution}},
            },
        ],
    }


def test_a_reader_reads_current_objects_and_can_tell_a_missing_one() -> None:
    assert given(lambda work: files().grant_read(work, "in/")) == (
        "work-read-files",
        [
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": [f"{ARN}/in/*"]},
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [ARN]},
        ],
    )


def test_a_reader_of_versions_may_ask_for_one() -> None:
    name, statements = given(lambda work: files().grant_read_versions(work, "in/"))

    assert name == "work-read-files"
    assert statements[0]["Action"] == ["s3:GetObject", "s3:GetObjectVersion"]


def test_a_writer_only_writes() -> None:
    assert given(lambda work: files().grant_write(work, "out/")) == (
        "work-write-files",
        [{"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": [f"{ARN}/out/*"]}],
    )


def test_a_remover_finds_and_deletes_under_its_prefix() -> None:
    assert given(lambda work: files().grant_remove(work, "out/")) == (
        "work-remove-files",
        [
            {"Effect": "Allow", "Action": ["s3:DeleteObject"], "Resource": [f"{ARN}/out/*"]},
            {
                "Effect": "Allow",
                "Action": ["s3:ListBucket"],
                "Resource": [ARN],
                "Condition": {"StringLike": {"s3:prefix": "out/*"}},
            },
        ],
    )


def test_a_keeper_reads_and_removes_and_is_told_what_is_missing() -> None:
    assert given(lambda work: files().grant_read_remove(work, "out/")) == (
        "work-read-remove-files",
        [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:DeleteObject"],
                "Resource": [f"{ARN}/out/*"],
            },
            {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [ARN]},
        ],
    )


def test_an_announcing_bucket_speaks_to_eventbridge() -> None:
    graph = build(PrivateBucketArgs(protect=False, announced=True))

    assert graph.resource("s3.BucketNotification", "files-events").inputs == {
        "bucket": "files-0a1b2c",
        "eventbridge": True,
    }


def test_created_emptied_and_deleted_objects_are_events_on_the_default_bus() -> None:
    sources: list[Source] = []

    def program() -> None:
        bucket = files()
        sources.extend([bucket.created("in/"), bucket.emptied("in/"), bucket.deleted("in/")])

    run(program)
    assert [source.bus for source in sources] == [None, None, None]
    created, emptied, deleted = (source.pattern or {} for source in sources)
    assert created["detail-type"] == ["Object Created"]
    assert created["detail"]["object"] == {
        "key": [{"prefix": "in/"}],
        "size": [{"numeric": [">", 0]}],
    }
    assert emptied["detail-type"] == ["Object Created"]
    assert emptied["detail"]["object"] == {"key": [{"prefix": "in/"}], "size": [0]}
    assert deleted["detail-type"] == ["Object Deleted"]
    assert deleted["detail"]["object"] == {"key": [{"prefix": "in/"}]}
