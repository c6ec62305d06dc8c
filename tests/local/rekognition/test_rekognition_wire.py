"""The protocol, through a real client."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from botocore.exceptions import ClientError
from PIL import Image

from local.rekognition.throttle import Throttle
from tests.local.rekognition.conftest import FakeObjects, FakeRights, connect
from tests.local.rekognition.drawing import encoded, plain

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

PICTURE = plain()
OPERATIONS = (
    "detect_faces",
    "detect_labels",
    "detect_moderation_labels",
    "detect_text",
    "recognize_celebrities",
)


def refusal(client: RekognitionClient, operation: str, **request: Any) -> tuple[str, str, int]:
    """Code, message and HTTP status with which a request is refused."""
    with pytest.raises(ClientError) as caught:
        getattr(client, operation)(**request)
    error = caught.value.response
    return (
        error["Error"]["Code"],
        error["Error"]["Message"],
        error["ResponseMetadata"]["HTTPStatusCode"],
    )


def test_without_models_every_operation_returns_empty_results_and_the_version_off(
    client: RekognitionClient,
) -> None:
    image: Any = {"Bytes": PICTURE}
    responses = {name: getattr(client, name)(Image=image) for name in OPERATIONS}
    for response in responses.values():
        del response["ResponseMetadata"]
    assert responses == {
        "detect_faces": {"FaceDetails": []},
        "detect_labels": {"Labels": [], "LabelModelVersion": "off"},
        "detect_moderation_labels": {
            "ModerationLabels": [],
            "ModerationModelVersion": "off",
            "ContentTypes": [],
        },
        "detect_text": {"TextDetections": [], "TextModelVersion": "off"},
        "recognize_celebrities": {"CelebrityFaces": [], "UnrecognizedFaces": []},
    }


def test_image_properties_are_measured_without_models(client: RekognitionClient) -> None:
    answer = client.detect_labels(Image={"Bytes": PICTURE}, Features=["IMAGE_PROPERTIES"])
    assert "Labels" not in answer
    assert answer["ImageProperties"] == {
        "Quality": {"Brightness": 29.8039, "Sharpness": 0.0, "Contrast": 0.0},
        "DominantColors": [
            {
                "Red": 255,
                "Green": 0,
                "Blue": 0,
                "HexCode": "#ff0000",
                "CSSColor": "red",
                "SimplifiedColor": "red",
                "PixelPercent": 100.0,
            }
        ],
    }


def test_an_object_is_read_from_s3_in_the_version_asked_for(
    client: RekognitionClient, objects: FakeObjects
) -> None:
    objects.objects["photos", "uploads/a b.png", None] = plain(color="blue")
    objects.objects["photos", "uploads/a b.png", "v1"] = plain(color="lime")
    colors = []
    for version in ({}, {"Version": "v1"}):
        pointer: Any = {"Bucket": "photos", "Name": "uploads/a b.png", **version}
        answer = client.detect_labels(Image={"S3Object": pointer}, Features=["IMAGE_PROPERTIES"])
        colors.append(answer["ImageProperties"]["DominantColors"][0]["CSSColor"])
    assert colors == ["blue", "lime"]


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize(
    ("image", "code", "message"),
    [
        ({"Bytes": b"GIF89a" + bytes(100)}, "InvalidImageFormatException", "invalid image format"),
        ({"Bytes": PICTURE[:200]}, "InvalidImageFormatException", "invalid image format"),
        ({"Bytes": b""}, "ValidationException", "length greater than or equal to 1"),
        (
            {"Bytes": bytes(5 * 1024 * 1024 + 1)},
            "ValidationException",
            "length less than or equal to 5242880",
        ),
        ({"Bytes": plain(79, 200)}, "InvalidParameterException", "invalid parameters"),
        ({"Bytes": plain(80, 10_001)}, "ImageTooLargeException", "80 x 10001"),
        ({}, "InvalidParameterException", "invalid parameters"),
        (
            {"Bytes": PICTURE, "S3Object": {"Bucket": "photos", "Name": "a"}},
            "InvalidParameterException",
            "invalid parameters",
        ),
        (
            {"S3Object": {"Bucket": "photos", "Name": "missing"}},
            "InvalidS3ObjectException",
            "Unable to get object metadata from S3",
        ),
        ({"S3Object": {"Bucket": "photos"}}, "InvalidParameterException", "invalid parameters"),
        (
            {"S3Object": {"Bucket": "a/b", "Name": "a"}},
            "ValidationException",
            "regular expression pattern",
        ),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)
def test_a_picture_that_the_service_refuses_is_refused_alike(
    client: RekognitionClient, operation: str, image: dict[str, Any], code: str, message: str
) -> None:
    said = refusal(client, operation, Image=image)
    assert said[0] == code
    assert message in said[1]
    assert said[2] == 400


def test_the_smallest_and_the_longest_allowed_pictures_are_looked_at(
    client: RekognitionClient,
) -> None:
    for size in ((80, 80), (80, 10_000)):
        content = encoded(Image.new("L", size, 255), "JPEG")
        answer = client.detect_labels(Image={"Bytes": content}, Features=["IMAGE_PROPERTIES"])
        assert answer["ImageProperties"]["Quality"]["Brightness"] == 100


def test_an_object_over_15_mb_is_too_large(client: RekognitionClient, objects: FakeObjects) -> None:
    objects.objects["photos", "huge.png", None] = bytes(15 * 1024 * 1024 + 1)
    image = {"S3Object": {"Bucket": "photos", "Name": "huge.png"}}
    said = refusal(client, "detect_labels", Image=image)
    assert said == ("ImageTooLargeException", "Image size is too large", 400)


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        (
            {"MinConfidence": 100.5},
            "ValidationException",
            "1 validation error detected: Value '100.5' at 'minConfidence' failed to satisfy",
        ),
        ({"MinConfidence": -1}, "ValidationException", "value greater than or equal to 0"),
        ({"MaxLabels": -1}, "ValidationException", "'maxLabels'"),
        ({"Features": ["LABELS"]}, "ValidationException", "enum value set"),
        (
            {"Features": ["GENERAL_LABELS", "IMAGE_PROPERTIES", "GENERAL_LABELS"]},
            "ValidationException",
            "length less than or equal to 2",
        ),
        (
            {"MinConfidence": 101, "MaxLabels": -1},
            "ValidationException",
            "2 validation errors detected",
        ),
        (
            {"Features": ["IMAGE_PROPERTIES"], "MinConfidence": 50},
            "InvalidParameterException",
            "invalid parameters",
        ),
        (
            {"Settings": {"ImageProperties": {"MaxDominantColors": 5}}},
            "InvalidParameterException",
            "invalid parameters",
        ),
        (
            {
                "Features": ["IMAGE_PROPERTIES"],
                "Settings": {"ImageProperties": {"MaxDominantColors": 21}},
            },
            "ValidationException",
            "less than or equal to 20",
        ),
    ],
)
def test_wrong_settings_of_detect_labels_are_named(
    client: RekognitionClient, request_: dict[str, Any], code: str, message: str
) -> None:
    said = refusal(client, "detect_labels", Image={"Bytes": PICTURE}, **request_)
    assert said[0] == code
    assert message in said[1]


def test_a_missing_image_is_a_validation_error(client: RekognitionClient) -> None:
    said = refusal(client, "detect_labels")
    assert said[0] == "ValidationException"
    assert "Value null at 'image'" in said[1]


def test_an_unknown_face_attribute_is_refused(client: RekognitionClient) -> None:
    said = refusal(client, "detect_faces", Image={"Bytes": PICTURE}, Attributes=["SHOE_SIZE"])
    assert said[0] == "ValidationException"


def test_review_loops_and_adapters_are_not_found(client: RekognitionClient) -> None:
    loop = {"HumanLoopName": "a", "FlowDefinitionArn": "arn:aws:sagemaker:..."}
    for given in ({"HumanLoopConfig": loop}, {"ProjectVersion": "arn:aws:rekognition:::"}):
        said = refusal(client, "detect_moderation_labels", Image={"Bytes": PICTURE}, **given)
        assert said[0] == "ResourceNotFoundException"


def test_a_role_may_do_only_what_it_was_given(
    address: str, objects: FakeObjects, rights: FakeRights
) -> None:
    objects.objects["photos", "mine.png", None] = PICTURE
    image = {"S3Object": {"Bucket": "photos", "Name": "mine.png"}}
    client = connect(f"{address}/role/stand_in")
    said = refusal(client, "detect_labels", Image=image)
    assert said[0] == "AccessDeniedException"
    assert "rekognition:DetectLabels" in said[1]
    rights.given.add(("stand_in", "rekognition:DetectLabels", "*"))
    assert client.detect_labels(Image={"Bytes": PICTURE})["Labels"] == []
    assert refusal(client, "detect_labels", Image=image)[0] == "InvalidS3ObjectException"
    rights.given.add(("stand_in", "s3:GetObject", "arn:aws:s3:::photos/mine.png"))
    assert client.detect_labels(Image=image)["Labels"] == []  # type: ignore[arg-type]
    versioned = {"S3Object": {**image["S3Object"], "Version": "v1"}}
    assert refusal(client, "detect_labels", Image=versioned)[0] == "InvalidS3ObjectException"
    assert refusal(client, "detect_faces", Image={"Bytes": PICTURE})[0] == "AccessDeniedException"
    client.close()


def test_requests_beyond_the_rate_are_throttled_for_each_operation(
    serve: Callable[..., str],
) -> None:
    now = [0.0]
    client = connect(serve(throttle=Throttle(2, clock=lambda: now[0])))
    image: Any = {"Bytes": PICTURE}
    client.detect_labels(Image=image)
    client.detect_labels(Image=image)
    said = refusal(client, "detect_labels", Image=image)
    assert said == ("ThrottlingException", "Slow down; sudden increase in rate of requests", 400)
    client.detect_faces(Image=image)
    now[0] += 0.5
    client.detect_labels(Image=image)
    assert refusal(client, "detect_labels", Image=image)[0] == "ThrottlingException"
    client.close()


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({}, b"{}", "UnknownOperationException"),
        ({"x-amz-target": "RekognitionService.CompareFaces"}, b"{}", "UnknownOperationException"),
        (
            {"x-amz-target": "RekognitionService.DetectLabels"},
            b"{}",
            "MissingAuthenticationTokenException",
        ),
        (
            {"x-amz-target": "RekognitionService.DetectLabels", "authorization": "x"},
            b"{",
            "SerializationException",
        ),
        (
            {"x-amz-target": "RekognitionService.DetectLabels", "authorization": "x"},
            b"[]",
            "SerializationException",
        ),
        (
            {"x-amz-target": "RekognitionService.DetectLabels", "authorization": "x"},
            b'{"Image": {"Bytes": "%%%"}}',
            "SerializationException",
        ),
    ],
)
def test_what_is_no_proper_request_gets_the_protocol_s_own_error(
    address: str, headers: dict[str, str], body: bytes, code: str
) -> None:
    answer = httpx.post(address, headers=headers, content=body, trust_env=False, timeout=60)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/x-amz-json-1.1"
    assert answer.headers["x-amzn-requestid"]
    said = json.loads(answer.content)
    assert set(said) == {"__type", "Code", "Message"}
    assert said["__type"] == said["Code"] == code


def test_health_says_whether_models_are_on(address: str) -> None:
    answer = httpx.get(f"{address}/health", trust_env=False, timeout=60)
    assert answer.status_code == 200
    assert answer.json()["models"] is False
    assert len(answer.json()["operations"]) == 5
