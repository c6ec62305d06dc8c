"""The doors to AWS: the requests that go out, and what becomes of each answer.

That AWS takes these requests is for the end-to-end tests to show.
"""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import ANY, Stubber

from aws.clients import client
from aws.cloudfront import CloudFrontEdge
from aws.dynamodb import DynamoItems, DynamoOutdated
from aws.eventbridge import EventBridgeBus
from aws.rekognition import AmazonRekognition, patience_seconds
from aws.s3 import S3Originals, S3Recipes, S3Renditions
from aws.ses import SesMail
from aws.sns import SnsTopic
from pipeline.bus import PublishError
from pipeline.events import ImageAccepted, ImageReady
from pipeline.notices import MailMessage, MailRefusedError, Notice
from pipeline.original import Original
from pipeline.recipe import Format, Recipe, Rendition, Watermark
from pipeline.storage import (
    Current,
    OriginalChangedError,
    OriginalForbiddenError,
    OriginalGoneError,
    OriginalRefusedError,
    OriginalTooLargeError,
    Upload,
)
from pipeline.vision import PictureRefusedError

ORIGINAL = Original(
    bucket="named-by-the-event",
    key="uploads/ü + %2F.jpg",
    sequencer="01",
    etag="b1946ac92492d2347c6235b4d2611184",
    bytes=5,
    version_id="v1",
)
UNVERSIONED = replace(ORIGINAL, version_id=None)
MODIFIED = datetime(2026, 1, 1, tzinfo=UTC)

Stub = Callable[[str], Stubber]


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Stubs a service's client for one test, which must ask for all that was prepared."""
    stubs: list[Stubber] = []

    def begin(service: str) -> Stubber:
        stubs.append(Stubber(client(service)))
        stubs[-1].activate()
        return stubs[-1]

    yield begin
    for each in stubs:
        each.deactivate()
        each.assert_no_pending_responses()


# Originals


class Unread(io.BytesIO):
    """A body that fails the test if somebody reads it."""

    def read(self, *_: Any) -> bytes:
        raise AssertionError("the body was read")


def found(data: io.BytesIO, length: int, **more: Any) -> dict[str, Any]:
    return {"Body": StreamingBody(data, length), "ContentLength": length, "Metadata": {}} | more


def test_exactly_the_announced_version_is_read(stub: Stub) -> None:
    stub("s3").add_response(
        "get_object",
        found(io.BytesIO(b"bytes"), 5, Metadata={"owner": "ann@example.org"}),
        {
            "Bucket": "originals",
            "Key": "uploads/ü + %2F.jpg",
            "IfMatch": "b1946ac92492d2347c6235b4d2611184",
            "VersionId": "v1",
        },
    )
    upload = S3Originals("originals").read(ORIGINAL, limit=5)
    assert upload == Upload(b"bytes", "ann@example.org")


def test_without_a_version_the_etag_alone_says_which(stub: Stub) -> None:
    stub("s3").add_response(
        "get_object",
        found(io.BytesIO(b"bytes"), 5),
        {"Bucket": "originals", "Key": ORIGINAL.key, "IfMatch": ORIGINAL.etag},
    )
    assert S3Originals("originals").read(UNVERSIONED, limit=5) == Upload(b"bytes", None)


def test_too_large_an_object_is_not_read(stub: Stub) -> None:
    metadata = {"owner": "ann@example.org"}
    stub("s3").add_response("get_object", found(Unread(b""), 5_368_709_120, Metadata=metadata))
    with pytest.raises(
        OriginalTooLargeError, match="5368709120 bytes, at most 5 are read"
    ) as raised:
        S3Originals("originals").read(ORIGINAL, limit=5)
    assert raised.value.owner == "ann@example.org"


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("NoSuchKey", 404, OriginalGoneError),
        ("NoSuchVersion", 404, OriginalGoneError),
        ("404", 404, OriginalGoneError),
        ("PreconditionFailed", 412, OriginalChangedError),
        ("412", 412, OriginalChangedError),
        ("AccessDenied", 403, ClientError),
        ("SlowDown", 503, ClientError),
        ("NoSuchBucket", 404, ClientError),
    ],
)
def test_an_error_of_reading_has_its_meaning(
    stub: Stub, code: str, status: int, meaning: type[Exception]
) -> None:
    s3 = stub("s3")
    s3.add_client_error("get_object", code, http_status_code=status)
    with pytest.raises(meaning) as raised:
        S3Originals("originals").read(ORIGINAL, limit=5)
    assert type(raised.value) is meaning or meaning is ClientError


@pytest.mark.parametrize(
    ("told", "version_id"), [({"VersionId": "v2"}, "v2"), ({"VersionId": "null"}, None), ({}, None)]
)
def test_what_the_bucket_shows_bears_the_asked_sequencer(
    stub: Stub, told: dict[str, str], version_id: str | None
) -> None:
    stub("s3").add_response(
        "head_object",
        {"ETag": '"e2"', "ContentLength": 9, "LastModified": MODIFIED, **told},
        {"Bucket": "originals", "Key": ORIGINAL.key},
    )
    current = replace(ORIGINAL, bucket="originals", etag="e2", bytes=9, version_id=version_id)
    assert S3Originals("originals").current(ORIGINAL) == Current(current, MODIFIED)


def test_a_key_without_an_object_has_no_current_version(stub: Stub) -> None:
    stub("s3").add_client_error("head_object", "404", http_status_code=404)
    assert S3Originals("originals").current(ORIGINAL) is None


def test_an_empty_object_is_no_current_version(stub: Stub) -> None:
    empty = {"ETag": '"e2"', "ContentLength": 0, "LastModified": MODIFIED}
    stub("s3").add_response("head_object", empty)
    assert S3Originals("originals").current(ORIGINAL) is None


SSE_C = (
    "The object was stored using a form of Server Side Encryption. The correct parameters must be "
    "provided to retrieve the object."
)
KMS_DENIED = (
    "User: arn:aws:sts::111122223333:assumed-role/resize/resize is not authorized to perform: "
    "kms:Decrypt on the resource associated with this ciphertext"
)
KMS_FOREIGN = (
    "The ciphertext refers to a customer master key that does not exist, does not exist in this "
    "region, or you are not allowed to access."
)
REFUSALS = [
    ("InvalidObjectState", 403, "The operation is not valid for the storage class", "archived"),
    ("InvalidRequest", 400, SSE_C, "customer_key"),
    ("AccessDenied", 403, KMS_DENIED, "key_denied"),
    ("AccessDenied", 403, KMS_FOREIGN, "key_denied"),
    ("KMS.DisabledException", 400, "the key is disabled", "key_denied"),
    ("KMS.NotFoundException", 400, "no such key", "key_denied"),
    ("KMS.KMSInvalidStateException", 400, "pending deletion", "key_denied"),
]


@pytest.mark.parametrize(("code", "status", "message", "refusal"), REFUSALS)
def test_an_object_that_s3_will_never_return_is_refused_with_its_reason_and_owner(
    stub: Stub, code: str, status: int, message: str, refusal: str
) -> None:
    s3 = stub("s3")
    s3.add_client_error("get_object", code, message, http_status_code=status)
    s3.add_response(
        "head_object",
        {"Metadata": {"owner": "ann@example.org"}},
        {"Bucket": "originals", "Key": ORIGINAL.key, "VersionId": "v1"},
    )
    with pytest.raises(OriginalRefusedError) as refused:
        S3Originals("originals").read(ORIGINAL, limit=5)
    assert (refused.value.code, refused.value.owner) == (refusal, "ann@example.org")


def test_a_refused_object_whose_metadata_is_refused_too_has_no_owner(stub: Stub) -> None:
    s3 = stub("s3")
    s3.add_client_error("get_object", "InvalidRequest", SSE_C, http_status_code=400)
    s3.add_client_error("head_object", "400", http_status_code=400)
    with pytest.raises(OriginalRefusedError) as refused:
        S3Originals("originals").read(ORIGINAL, limit=5)
    assert (refused.value.code, refused.value.owner) == ("customer_key", None)


@pytest.mark.parametrize(
    ("code", "message", "meaning"),
    [
        ("AccessDenied", "Access Denied", OriginalForbiddenError),
        ("SlowDown", "Reduce your request rate", ClientError),
    ],
)
@pytest.mark.parametrize("status", [400, 403])
def test_the_reason_that_head_has_no_room_for_is_asked_of_get(
    stub: Stub, status: int, code: str, message: str, meaning: type[Exception]
) -> None:
    s3 = stub("s3")
    s3.add_client_error("head_object", str(status), http_status_code=status)
    s3.add_client_error(
        "get_object",
        code,
        message,
        http_status_code=status,
        expected_params={"Bucket": "originals", "Key": ORIGINAL.key, "Range": "bytes=0-0"},
    )
    with pytest.raises(meaning):
        S3Originals("originals").current(ORIGINAL)


@pytest.mark.parametrize(
    ("code", "message"), [("InvalidRequest", SSE_C), ("AccessDenied", KMS_DENIED)]
)
@pytest.mark.parametrize(
    ("key", "size", "etag"),
    [(ORIGINAL.key, 5, "listed"), (ORIGINAL.key, 0, None), (ORIGINAL.key + ".bak", 5, None)],
)
def test_an_object_that_s3_does_not_describe_is_known_from_the_listing(
    stub: Stub, code: str, message: str, key: str, size: int, etag: str | None
) -> None:
    s3 = stub("s3")
    s3.add_client_error("head_object", "403", http_status_code=403)
    s3.add_client_error("get_object", code, message, http_status_code=403)
    entry = {"Key": key, "Size": size, "ETag": '"listed"', "LastModified": datetime.now(UTC)}
    asked = {"Bucket": "originals", "Prefix": ORIGINAL.key, "MaxKeys": 1}
    s3.add_response("list_objects_v2", {"Contents": [entry]}, asked)
    current = S3Originals("originals").current(ORIGINAL)
    assert (current and (current.original.etag, current.original.version_id)) == (
        etag and (etag, None)
    )
    assert (current and current.refusal) == (
        etag and ("customer_key" if code == "InvalidRequest" else "key_denied")
    )


@pytest.mark.parametrize(
    ("described", "refusal"),
    [
        ({}, None),
        ({"StorageClass": "GLACIER_IR"}, None),
        ({"StorageClass": "INTELLIGENT_TIERING"}, None),
        ({"StorageClass": "INTELLIGENT_TIERING", "ArchiveStatus": "ARCHIVE_ACCESS"}, "archived"),
        ({"StorageClass": "GLACIER"}, "archived"),
        ({"StorageClass": "DEEP_ARCHIVE", "Restore": 'ongoing-request="true"'}, "archived"),
        (
            {"StorageClass": "GLACIER", "Restore": 'ongoing-request="false", expiry-date="..."'},
            None,
        ),
    ],
)
def test_an_archived_object_is_refused_until_a_copy_is_restored(
    stub: Stub, described: dict[str, str], refusal: str | None
) -> None:
    head = {"ContentLength": 5, "ETag": '"e"', "LastModified": MODIFIED, **described}
    stub("s3").add_response("head_object", head)
    current = S3Originals("originals").current(ORIGINAL)
    assert current is not None
    assert current.refusal == refusal


@pytest.mark.parametrize(
    ("sent", "owner"),
    [
        ("ann@example.org", "ann@example.org"),
        (
            "=?utf-8?q?B=C3=BCcherei_S=C3=BCd?= <owner@example.com>",
            "Bücherei Süd <owner@example.com>",
        ),
        ("=?UTF-8?B?QsO8Y2hlcmVp?= <owner@example.com>", "Bücherei <owner@example.com>"),
        ("=?utf-8?Q?=E5=86=99=E7=9C=9F@example.com?=", "写真@example.com"),
        ("=?utf-8?q?=FF=FE?=", "=?utf-8?q?=FF=FE?="),
        ("=?bogus?q?a?=", "=?bogus?q?a?="),
        ("=?utf-8?b?abc?=", "=?utf-8?b?abc?="),
        ("a =? b", "a =? b"),
    ],
)
def test_an_owner_is_decoded_as_s3_returns_it(stub: Stub, sent: str, owner: str) -> None:
    stub("s3").add_response("get_object", found(io.BytesIO(b"bytes"), 5, Metadata={"owner": sent}))
    assert S3Originals("originals").read(ORIGINAL, limit=5).owner == owner


# Renditions


def test_the_edge_keeps_a_rendition_for_a_year_and_a_browser_for_a_day(stub: Stub) -> None:
    stub("s3").add_response(
        "put_object",
        {},
        {
            "Bucket": "renditions",
            "Key": "i/x/c/small.jpg",
            "Body": b"bytes",
            "ContentType": "image/jpeg",
            "CacheControl": "public, max-age=86400, s-maxage=31536000",
        },
    )
    S3Renditions("renditions").write("i/x/c/small.jpg", b"bytes", "image/jpeg")


def test_a_recipe_and_its_watermarks_are_read_by_their_digests(stub: Stub) -> None:
    recipe = Recipe(
        renditions=(Rendition(name="small", width=500, height=500, fit="inside"),),
        formats=(Format(format="jpeg", quality=80),),
        watermarks=(Watermark(name="logo", sha256="a" * 64),),
    )
    s3 = stub("s3")
    s3.add_response(
        "get_object",
        {"Body": io.BytesIO(recipe.to_json().encode())},
        {"Bucket": "renditions", "Key": f"recipes/{recipe.digest}"},
    )
    s3.add_response(
        "get_object",
        {"Body": io.BytesIO(b"png")},
        {"Bucket": "renditions", "Key": f"recipes/{'a' * 64}"},
    )
    recipes = S3Recipes("renditions")
    assert recipes.recipe(recipe.digest) == recipe
    assert recipes.watermarks(recipe) == {"logo": b"png"}


def listing(*keys: str, following: str | None = None) -> dict[str, Any]:
    more = {"IsTruncated": True, "NextContinuationToken": following} if following else {}
    return {"Contents": [{"Key": key} for key in keys], **more}


def deletion(*keys: str) -> dict[str, Any]:
    objects = [{"Key": key} for key in keys]
    return {"Bucket": "renditions", "Delete": {"Objects": objects, "Quiet": True}}


def test_every_page_under_a_prefix_is_listed(stub: Stub) -> None:
    s3 = stub("s3")
    asked = {"Bucket": "renditions", "Prefix": "i/x/c/"}
    s3.add_response("list_objects_v2", listing("i/x/c/1", "i/x/c/2", following="next"), asked)
    s3.add_response("list_objects_v2", listing("i/x/c/3"), {**asked, "ContinuationToken": "next"})
    assert S3Renditions("renditions").under("i/x/c/") == ["i/x/c/1", "i/x/c/2", "i/x/c/3"]


def test_nothing_under_a_prefix_is_an_empty_list(stub: Stub) -> None:
    stub("s3").add_response("list_objects_v2", {})
    assert S3Renditions("renditions").under("i/x/c/") == []


def test_files_are_removed_a_thousand_at_a_time(stub: Stub) -> None:
    s3 = stub("s3")
    keys = [f"i/x/c/{number}" for number in range(1001)]
    s3.add_response("delete_objects", {}, deletion(*keys[:1000]))
    s3.add_response("delete_objects", {}, deletion(keys[1000]))
    S3Renditions("renditions").remove(keys)


def test_removing_nothing_asks_nothing(stub: Stub) -> None:
    stub("s3")
    S3Renditions("renditions").remove([])


def test_a_rendition_that_stays_is_an_error_though_s3_says_200(stub: Stub) -> None:
    refused = {"Key": "i/x/c/2", "Code": "InternalError", "Message": "try again"}
    stub("s3").add_response("delete_objects", {"Errors": [refused]})
    with pytest.raises(RuntimeError, match=r"1 objects not removed, the first: .*InternalError"):
        S3Renditions("renditions").remove(["i/x/c/1", "i/x/c/2"])


# The bus


def test_events_go_out_in_one_call_in_their_order(stub: Stub) -> None:
    events = [ImageAccepted(original=ORIGINAL), ImageReady(original=ORIGINAL, renditions={})]
    stub("events").add_response(
        "put_events",
        {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}, {"EventId": "2"}]},
        {
            "Entries": [
                {
                    "EventBusName": "pipeline",
                    "Source": "darkroom",
                    "DetailType": event.detail_type,
                    "Detail": json.dumps(event.detail()),
                }
                for event in events
            ]
        },
    )
    EventBridgeBus("pipeline").publish(events)


def test_saying_nothing_calls_nobody(stub: Stub) -> None:
    stub("events")
    EventBridgeBus("pipeline").publish([])


def test_an_event_that_the_bus_did_not_take_is_an_error_though_it_says_200(stub: Stub) -> None:
    refused = {"ErrorCode": "ThrottlingException", "ErrorMessage": "too many"}
    stub("events").add_response(
        "put_events", {"FailedEntryCount": 1, "Entries": [{"EventId": "1"}, refused]}
    )
    events = [ImageAccepted(original=ORIGINAL), ImageReady(original=ORIGINAL)]
    with pytest.raises(PublishError, match="ThrottlingException: too many"):
        EventBridgeBus("pipeline").publish(events)


# Rekognition


MODERATION: dict[str, Any] = {"ModerationLabels": [], "ModerationModelVersion": "7.0"}


def test_rekognition_is_asked_about_the_bytes_once_an_operation(stub: Stub) -> None:
    rekognition = stub("rekognition")
    rekognition.add_response(
        "detect_labels",
        {"Labels": []},
        {"Image": {"Bytes": b"jpeg"}, "MaxLabels": 50},
    )
    rekognition.add_response(
        "detect_moderation_labels",
        MODERATION,
        {"Image": {"Bytes": b"jpeg"}, "MinConfidence": 50},
    )
    questions = {
        "detect_labels": {"MaxLabels": 50},
        "detect_moderation_labels": {"MinConfidence": 50},
    }
    answers = AmazonRekognition(no_wait).ask(b"jpeg", questions)
    assert answers == {"detect_labels": {"Labels": []}, "detect_moderation_labels": MODERATION}


@pytest.mark.parametrize("code", ["ThrottlingException", "ProvisionedThroughputExceededException"])
def test_whoever_is_throttled_waits_and_asks_only_for_the_rest(stub: Stub, code: str) -> None:
    rekognition = stub("rekognition")
    rekognition.add_response("detect_labels", {"Labels": []})
    for _ in range(3):
        rekognition.add_client_error("detect_moderation_labels", code, http_status_code=400)
    rekognition.add_response("detect_moderation_labels", MODERATION)
    waits: list[float] = []
    vision = AmazonRekognition(waits.append)
    answers = vision.ask(b"", {"detect_labels": {}, "detect_moderation_labels": {}})
    assert answers == {"detect_labels": {"Labels": []}, "detect_moderation_labels": MODERATION}
    assert len(waits) == 3
    assert all(0 <= seconds <= 5 for seconds in waits)


def test_nobody_waits_for_its_turn_beyond_its_patience(stub: Stub) -> None:
    rekognition = stub("rekognition")
    rekognition.add_client_error("detect_labels", "ThrottlingException", http_status_code=400)
    with pytest.raises(ClientError, match="ThrottlingException"):
        AmazonRekognition(no_wait, within_seconds=0).ask(b"", {"detect_labels": {}})


@pytest.mark.parametrize("questions", [1, 2, 3, 4, 5])
def test_rekognition_is_waited_for_less_long_than_the_function_may_take(questions: int) -> None:
    between_four_tries = sum(2**retry for retry in range(3))
    assert patience_seconds(questions) == 45 - questions * between_four_tries


@pytest.mark.parametrize(
    "code",
    [
        "InvalidImageFormatException",
        "ImageTooLargeException",
        "InvalidParameterException",
        "ValidationException",
    ],
)
def test_what_is_wrong_with_the_picture_is_final(stub: Stub, code: str) -> None:
    stub("rekognition").add_client_error("detect_labels", code, "no", http_status_code=400)
    with pytest.raises(PictureRefusedError, match="no") as refused:
        AmazonRekognition(no_wait).ask(b"", {"detect_labels": {}})
    assert refused.value.code == code


@pytest.mark.parametrize(
    "code", ["InternalServerError", "AccessDeniedException", "LimitExceededException"]
)
def test_what_is_wrong_with_the_service_is_not(stub: Stub, code: str) -> None:
    stub("rekognition").add_client_error("detect_labels", code, http_status_code=400)
    with pytest.raises(ClientError, match=code):
        AmazonRekognition(no_wait).ask(b"", {"detect_labels": {}})


# Notices and caches

MESSAGE = MailMessage(subject="写真.jpg is ready", text="写真.jpg is ready.\n")
NOTICE = Notice(subject="a.jpg is ready", text="a.jpg is ready.\n", sms="a.jpg is ready. https://")


@pytest.mark.parametrize(("needs_person", "needed"), [(True, "true"), (False, "false")])
def test_the_topic_gets_a_text_for_mails_and_a_short_one_for_phones(
    stub: Stub, needs_person: bool, needed: str
) -> None:
    forms = {
        "default": "a.jpg is ready.\n",
        "email": "a.jpg is ready.\n",
        "sms": "a.jpg is ready. https://",
    }
    stub("sns").add_response(
        "publish",
        {"MessageId": "1"},
        {
            "TopicArn": "arn:topic",
            "Subject": "a.jpg is ready",
            "MessageStructure": "json",
            "Message": json.dumps(forms),
            "MessageAttributes": {"needs_person": {"DataType": "String", "StringValue": needed}},
        },
    )
    SnsTopic("arn:topic").publish(replace(NOTICE, needs_person=needs_person))


def test_a_mail_goes_from_the_sender_to_one_address(stub: Stub) -> None:
    stub("ses").add_response(
        "send_email",
        {"MessageId": "1"},
        {
            "Source": "pictures@example.org",
            "Destination": {"ToAddresses": ["ann@example.org"]},
            "Message": {
                "Subject": {"Data": "写真.jpg is ready", "Charset": "UTF-8"},
                "Body": {"Text": {"Data": "写真.jpg is ready.\n", "Charset": "UTF-8"}},
            },
        },
    )
    SesMail("pictures@example.org").send("ann@example.org", MESSAGE)


@pytest.mark.parametrize("code", ["MessageRejected", "InvalidParameterValue", "ValidationError"])
def test_a_mail_that_ses_says_no_to_is_refused_for_good(stub: Stub, code: str) -> None:
    stub("ses").add_client_error("send_email", code, "no", http_status_code=400)
    with pytest.raises(MailRefusedError, match="no") as refused:
        SesMail("pictures@example.org").send("ann@example.org", MESSAGE)
    assert refused.value.code == code


def test_a_sender_that_nobody_verified_is_not_the_mails_fault(stub: Stub) -> None:
    text = (
        "Email address is not verified. The following identities failed the check in region "
        "EU-WEST-1: pictures@example.org"
    )
    stub("ses").add_client_error("send_email", "MessageRejected", text, http_status_code=400)
    with pytest.raises(ClientError, match="not verified"):
        SesMail("pictures@example.org").send("ann@example.org", MESSAGE)


@pytest.mark.parametrize(
    "code",
    [
        "Throttling",
        "AccessDenied",
        "AccountSendingPausedException",
        "MailFromDomainNotVerifiedException",
        "ServiceUnavailable",
    ],
)
def test_a_mail_that_ses_cannot_send_now_is_not(stub: Stub, code: str) -> None:
    stub("ses").add_client_error("send_email", code, http_status_code=400)
    with pytest.raises(ClientError, match=code):
        SesMail("pictures@example.org").send("ann@example.org", MESSAGE)


PREFIXES = ("i/x/c1/", "i/x/c2/")
FILES = ("i/x/c1/small.jpg", "i/x/c2/small.jpg")


def invalidation(reference: str, *paths: str) -> dict[str, Any]:
    asked = sha256(f"{reference} {list(paths)}".encode()).hexdigest()
    batch = {
        "Paths": {"Quantity": len(paths), "Items": list(paths)},
        "CallerReference": asked,
    }
    return {"DistributionId": "E1", "InvalidationBatch": batch}


def test_cloudfront_forgets_prefixes_under_a_reference_of_their_own(stub: Stub) -> None:
    asked = invalidation("7", "/i/x/c1/*", "/i/x/c2/*")
    stub("cloudfront").add_response("create_invalidation", {}, asked)
    CloudFrontEdge("E1", no_wait).forget(PREFIXES, FILES, reference="7")


def test_files_are_named_one_by_one_when_cloudfront_takes_no_more_prefixes(stub: Stub) -> None:
    cloudfront = stub("cloudfront")
    cloudfront.add_client_error("create_invalidation", "TooManyInvalidationsInProgress")
    asked = invalidation("7", "/i/x/c1/small.jpg", "/i/x/c2/small.jpg")
    cloudfront.add_response("create_invalidation", {}, asked)
    CloudFrontEdge("E1", no_wait).forget(PREFIXES, FILES, reference="7")


def test_the_prefixes_of_many_files_wait_as_each_file_is_billed(stub: Stub) -> None:
    cloudfront = stub("cloudfront")
    cloudfront.add_client_error("create_invalidation", "TooManyInvalidationsInProgress")
    asked = invalidation("7", "/i/x/c1/*", "/i/x/c2/*")
    cloudfront.add_response("create_invalidation", {}, asked)
    waits: list[float] = []
    many = [f"i/x/c1/{number}.jpg" for number in range(41)]
    CloudFrontEdge("E1", waits.append).forget(PREFIXES, many, reference="7")
    assert len(waits) == 1


@pytest.mark.parametrize(
    "code", ["TooManyInvalidationsInProgress", "Throttling", "ThrottlingException"]
)
def test_an_invalidation_that_cloudfront_is_too_busy_for_is_retried(stub: Stub, code: str) -> None:
    cloudfront = stub("cloudfront")
    for _ in range(3):
        cloudfront.add_client_error("create_invalidation", code)
    asked = invalidation("7", "/i/x/c1/*", "/i/x/c2/*")
    cloudfront.add_response("create_invalidation", {}, asked)
    waits: list[float] = []
    CloudFrontEdge("E1", waits.append).forget(PREFIXES, (), reference="7")
    assert len(waits) == 3
    assert all(0 <= seconds <= 10 for seconds in waits)


def test_more_prefixes_than_cloudfront_accepts_at_a_time_are_one_path(stub: Stub) -> None:
    cloudfront = stub("cloudfront")
    many = [f"i/x/c{number}/" for number in range(16)]
    for prefixes in (many, many[::-1]):
        asked = invalidation(f"7 {prefixes}", "/i/*")
        cloudfront.add_response("create_invalidation", {}, asked)
        CloudFrontEdge("E1", no_wait).forget(prefixes, FILES, reference="7")
    asked = invalidation("7", *(f"/{prefix}*" for prefix in many[:15]))
    cloudfront.add_response("create_invalidation", {}, asked)
    CloudFrontEdge("E1", no_wait).forget(many[:15], FILES, reference="7")


def test_nobody_waits_for_cloudfront_beyond_their_patience(stub: Stub) -> None:
    stub("cloudfront").add_client_error("create_invalidation", "TooManyInvalidationsInProgress")
    with pytest.raises(ClientError, match="TooManyInvalidationsInProgress"):
        CloudFrontEdge("E1", no_wait, patience_seconds=0).forget(PREFIXES, (), reference="7")


def test_any_other_refusal_of_cloudfront_is_passed_on_at_once(stub: Stub) -> None:
    stub("cloudfront").add_client_error("create_invalidation", "AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        CloudFrontEdge("E1", no_wait).forget(PREFIXES, FILES, reference="7")


def no_wait(seconds: float) -> None:
    raise AssertionError(f"nobody should have waited {seconds} s")


def test_items_are_read_for_half_the_price_unless_the_latest_are_asked_for(stub: Stub) -> None:
    names = {"ProjectionExpression": ANY, "ExpressionAttributeNames": ANY}
    keys = [{"image_id": {"S": ORIGINAL.image_id}}]
    dynamodb = stub("dynamodb")
    for latest in (False, True):
        found = {"catalog": {"Keys": keys, "ConsistentRead": latest, **names}}
        dynamodb.add_response("batch_get_item", {"Responses": {}}, {"RequestItems": found})
    dynamodb.add_response("scan", {"Items": []}, {"TableName": "catalog", **names})
    items = DynamoItems("catalog")
    assert items.find([ORIGINAL.image_id]) == {}
    assert items.find([ORIGINAL.image_id], latest=True) == {}
    assert list(items.after("")) == []


class Naming:
    """Equal to every mapping that names an attribute."""

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute

    def __eq__(self, other: object) -> bool:
        return isinstance(other, dict) and self.attribute in other.values()

    __hash__ = None  # type: ignore[assignment]


def test_items_in_bulk_tell_which_models_placed_them(stub: Stub) -> None:
    expected = {
        "TableName": "catalog",
        "ProjectionExpression": ANY,
        "ExpressionAttributeNames": Naming("placed"),
    }
    stub("dynamodb").add_response("scan", {"Items": []}, expected)
    assert list(DynamoItems("catalog").after("")) == []


def test_whole_items_have_their_labels_and_texts(stub: Stub) -> None:
    keys = [{"image_id": {"S": ORIGINAL.image_id}}]
    found = {"catalog": {"Keys": keys, "ConsistentRead": False}}
    stub("dynamodb").add_response("batch_get_item", {"Responses": {}}, {"RequestItems": found})
    assert DynamoItems("catalog", whole=True).find([ORIGINAL.image_id]) == {}


def test_items_are_outdated_that_an_index_would_not_show(stub: Stub) -> None:
    lacks = " OR ".join(
        f"attribute_not_exists({name})"
        for name in ("status_shard", "owner_month", "shown_month", "shown_at")
    )
    asked = {
        "TableName": "catalog",
        "ConsistentRead": True,
        "FilterExpression": f"(attribute_not_exists(#schema) OR #schema < :schema OR {lacks})"
        " AND attribute_not_exists(purged) AND NOT begins_with(image_id, :record)",
        "ExpressionAttributeNames": {"#schema": "schema"},
        "ExpressionAttributeValues": {":schema": ANY, ":record": {"S": "#"}},
        "ReturnConsumedCapacity": "TOTAL",
    }
    stub("dynamodb").add_response("scan", {"Items": [], "ScannedCount": 7}, asked)
    [page] = DynamoOutdated("catalog").after("")
    assert (page.after, page.seen, page.outdated) == ("", 7, [])


def test_a_client_tries_four_times_and_never_waits_for_ever() -> None:
    config = client("s3").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 4}
    assert (config.connect_timeout, config.read_timeout) == (3, 20)
    assert client("s3") is client("s3")
