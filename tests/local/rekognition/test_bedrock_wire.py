"""Bedrock's wire, through the client that the functions have and through a plain one."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import numpy as np
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from numpy.typing import NDArray

from aws.bedrock import ConverseDescriber, NovaEmbedder, TitanEmbedder
from aws.clients import Connection, connect
from local.rekognition.pictures import Picture
from local.rekognition.sight import Face, TextLine
from pipeline.description import NotDescribedError
from pipeline.embedding import MODELS, NotEmbeddableError
from pipeline.vectors import Vector
from tests.local.rekognition.conftest import FakeRights
from tests.local.rekognition.drawing import plain

PICTURE = plain()
TITAN = MODELS["titan"]
RIGHT = ("bedrock:InvokeModel", f"arn:aws:bedrock:eu-west-1::foundation-model/{TITAN}")


def axis(position: int) -> NDArray[np.float32]:
    direction = np.zeros(384, dtype=np.float32)
    direction[position] = 1
    return direction


class FakeMeaning:
    """Every text lies on one axis, every picture on another."""

    def of_text(self, text: str) -> NDArray[np.float32]:
        return axis(0)

    def of_classes(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        return axis(int(probabilities.argmax()))


class FakeSight:
    """Sees class 7 in everything."""

    def classes(self, picture: Picture) -> NDArray[np.float32]:
        probabilities = np.zeros(1000, dtype=np.float32)
        probabilities[7] = 1
        return probabilities

    def faces(self, picture: Picture) -> list[Face]:
        return []

    def nudity(self, picture: Picture) -> float:
        return 0.0

    def text(self, picture: Picture) -> list[TextLine]:
        return []


@pytest.fixture(scope="module")
def seeing(serve: Callable[..., str]) -> str:
    return serve(FakeSight(), meaning=FakeMeaning())


@pytest.fixture
def titan_at() -> Iterator[Callable[[str], TitanEmbedder]]:
    """The functions' client of a stand-in at an address."""

    def at(address: str) -> TitanEmbedder:
        connect(
            Connection(
                endpoint=address,
                region="eu-west-1",
                access_key="test",
                secret_key="test",  # noqa: S106 - the stand-in checks no signature
            )
        )
        return TitanEmbedder()

    yield at
    connect(None)


def test_words_and_pictures_are_placed(
    seeing: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan = titan_at(seeing)
    assert titan.of_words("a red boat") == Vector.of(axis(0).tolist())
    assert titan.of_picture(PICTURE) == Vector.of(axis(7).tolist())


def test_what_is_no_picture_is_never_embeddable(
    seeing: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    with pytest.raises(NotEmbeddableError, match="invalid image format"):
        titan_at(seeing).of_picture(b"GIF89a")


def test_a_role_needs_the_right_to_this_model_in_its_region(
    seeing: str, rights: FakeRights, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    rights.given.add(("api", *RIGHT))
    assert titan_at(f"{seeing}/role/api").of_words("boat")
    with pytest.raises(ClientError, match=r"AccessDenied.*role/retire is not authorized"):
        titan_at(f"{seeing}/role/retire").of_words("boat")


def test_without_models_a_picture_lies_where_its_colours_do(
    address: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan = titan_at(address)
    red, dark_red, blue, grey = (
        titan.of_picture(plain(color=each)) for each in ("red", "#900000", "blue", "grey")
    )
    assert red.similarity(dark_red) > 0.99
    assert red.similarity(blue) < 0
    assert grey.similarity(red) == pytest.approx(0, abs=1e-6)


def test_without_models_words_lie_near_nothing_but_themselves(
    address: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan = titan_at(address)
    boat = titan.of_words("boat")
    assert boat.similarity(titan.of_words("boat")) == pytest.approx(1)
    assert abs(boat.similarity(titan.of_words("ship"))) < 0.3
    assert abs(boat.similarity(titan.of_picture(PICTURE))) < 0.3


@pytest.fixture
def bedrock(seeing: str) -> Iterator[Any]:
    client = boto3.client(
        "bedrock-runtime",
        endpoint_url=seeing,
        region_name="eu-west-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - the stand-in checks no signature
        config=Config(proxies={}, retries={"total_max_attempts": 1}),
    )
    yield client
    client.close()


SIZED = {"embeddingConfig": {"outputEmbeddingLength": 384}}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (SIZED, "inputText or inputImage must be given"),
        ({"inputText": "", **SIZED}, "inputText or inputImage must be given"),
        ({"inputText": 7, **SIZED}, "inputText and inputImage must be text"),
        ({"inputImage": "no base64!", **SIZED}, "inputImage must be base64"),
        ({"inputText": "a"}, "outputEmbeddingLength must be 384 here, got 1024"),
        (
            {"inputText": "a", "embeddingConfig": {"outputEmbeddingLength": 5}},
            "outputEmbeddingLength must be one of (256, 384, 1024), got 5",
        ),
        ({"inputText": "a", "words": "b", **SIZED}, "extraneous key [words] is not permitted"),
    ],
)
def test_a_body_of_another_shape_is_refused(
    bedrock: Any, body: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError) as refused:
        bedrock.invoke_model(modelId=TITAN, body=json.dumps(body))
    error = refused.value.response
    assert error["Error"] == {"Code": "ValidationException", "Message": message}
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_another_model_is_refused(bedrock: Any) -> None:
    with pytest.raises(ClientError, match="The provided model identifier is invalid"):
        bedrock.invoke_model(modelId="amazon.titan-text-lite-v1", body="{}")


def test_both_together_are_the_mean(bedrock: Any) -> None:
    image = b64encode(PICTURE).decode()
    body = json.dumps({"inputText": "a boat", "inputImage": image, **SIZED})
    response = json.loads(bedrock.invoke_model(modelId=TITAN, body=body)["body"].read())
    assert [at for at, each in enumerate(response["embedding"]) if each] == [0, 7]
    assert (response["inputTextTokenCount"], response["message"]) == (2, None)


NOVA_EMBEDDINGS = MODELS["nova"]


def test_nova_places_words_and_pictures_elsewhere_than_titan(
    seeing: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan, nova = titan_at(seeing), NovaEmbedder()
    assert nova.of_words("a red boat") == Vector.of(axis(383).tolist())
    assert nova.of_picture(PICTURE) == Vector.of(axis(376).tolist())
    assert titan.of_picture(PICTURE).similarity(nova.of_picture(PICTURE)) == 0


def test_without_models_nova_places_like_pictures_near_each_other(
    address: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan_at(address)
    nova = NovaEmbedder()
    red, dark_red, blue = (
        nova.of_picture(plain(color=each)) for each in ("red", "#900000", "blue")
    )
    assert red.similarity(dark_red) > 0.99
    assert red.similarity(blue) < 0


def test_a_role_needs_the_right_to_nova_too(
    seeing: str, rights: FakeRights, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    rights.given.add(("finder", *RIGHT))
    titan_at(f"{seeing}/role/finder")
    with pytest.raises(ClientError, match=rf"AccessDenied.*foundation-model/{NOVA_EMBEDDINGS}"):
        NovaEmbedder().of_words("boat")


def test_nova_refuses_what_is_no_picture(
    seeing: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan_at(seeing)
    with pytest.raises(NotEmbeddableError, match="invalid image format"):
        NovaEmbedder().of_picture(b"GIF89a")


WORDS = {"text": {"truncationMode": "END", "value": "a"}}
IMAGE = {"image": {"format": "jpeg", "source": {"bytes": "/9j/"}}}
PURPOSES = (
    "embeddingPurpose must be one of ('GENERIC_INDEX', 'GENERIC_RETRIEVAL', 'IMAGE_RETRIEVAL')"
)
ELSE = (
    "text with its truncationMode and value, or image with its format jpeg and the bytes of its "
    "source, must be given here"
)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, ELSE),
        ({"text": {"truncationMode": "END", "value": ""}}, ELSE),
        ({"image": {"format": "png", "source": {"bytes": "/9j/"}}}, ELSE),
        ({**WORDS, **IMAGE}, "text or image must be given, not both"),
        (
            {"image": {"format": "jpeg", "source": {"bytes": "!"}}},
            "image.source.bytes must be base64",
        ),
        (
            {"text": {"truncationMode": "MIDDLE", "value": "a"}},
            "truncationMode must be one of ('START', 'END', 'NONE'), got MIDDLE",
        ),
        ({**WORDS, "embeddingDimension": 1024}, "embeddingDimension must be 384 here, got 1024"),
        (
            {**WORDS, "embeddingDimension": 512},
            "embeddingDimension must be one of (256, 384, 1024, 3072), got 512",
        ),
        ({**WORDS, "embeddingPurpose": "CLUSTERING"}, f"{PURPOSES} here, got CLUSTERING"),
    ],
)
def test_a_body_of_another_shape_is_refused_for_nova(
    bedrock: Any, parameters: dict[str, Any], message: str
) -> None:
    known = {"embeddingPurpose": "GENERIC_INDEX", "embeddingDimension": 384}
    body = {"taskType": "SINGLE_EMBEDDING", "singleEmbeddingParams": {**known, **parameters}}
    with pytest.raises(ClientError) as refused:
        bedrock.invoke_model(modelId=NOVA_EMBEDDINGS, body=json.dumps(body))
    assert refused.value.response["Error"] == {"Code": "ValidationException", "Message": message}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "taskType must be SINGLE_EMBEDDING, got None"),
        (
            {"schemaVersion": "2"},
            "schemaVersion must be nova-multimodal-embed-v1, got 2",
        ),
    ],
)
def test_another_task_is_refused(bedrock: Any, body: dict[str, str], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        bedrock.invoke_model(modelId=NOVA_EMBEDDINGS, body=json.dumps(body))


NOVA = "eu.amazon.nova-lite-v1:0"
TO_DESCRIBE = (
    ("bedrock:InvokeModel", f"arn:aws:bedrock:eu-west-1:000000000000:inference-profile/{NOVA}"),
    ("bedrock:InvokeModel", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0"),
)


def test_a_picture_is_described_by_its_labels_and_the_text_says_what_wrote_it(
    seeing: str, address: str, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan_at(seeing)
    made = ConverseDescriber(NOVA).describe(PICTURE)
    assert made.text == ("Local stand-in without a language model: labels Rooster, Bird, Animal")
    assert 0 <= made.appeal <= 100
    titan_at(address)
    blind = ConverseDescriber(NOVA).describe(PICTURE)
    assert blind.text == "Local stand-in without a language model: nothing recognised"


def test_a_role_needs_the_rights_to_a_profile_and_to_its_model(
    seeing: str, rights: FakeRights, titan_at: Callable[[str], TitanEmbedder]
) -> None:
    titan_at(f"{seeing}/role/rekognition")
    for right in TO_DESCRIBE:
        with pytest.raises(NotDescribedError, match="AccessDenied"):
            ConverseDescriber(NOVA).describe(PICTURE)
        rights.given.add(("rekognition", *right))
    assert ConverseDescriber(NOVA).describe(PICTURE).text


def test_what_only_a_language_model_understands_is_refused(bedrock: Any) -> None:
    hello = [{"role": "user", "content": [{"text": "Hello"}]}]
    with pytest.raises(ClientError, match=r"ValidationException.*nothing else is understood here"):
        bedrock.converse(modelId=NOVA, messages=hello)
    with pytest.raises(ClientError, match=r"ValidationException.*identifier is invalid"):
        bedrock.converse(modelId=TITAN, messages=hello)
