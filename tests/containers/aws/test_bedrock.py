"""Titan Multimodal Embeddings' wire format.

`tests/local/rekognition/test_bedrock_wire.py` has the same client ask the stand-in."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from aws.bedrock import TitanEmbedder
from aws.clients import client
from pipeline.embedding import Embedder, NotEmbeddableError
from pipeline.vectors import SIZE, Vector, VectorError

NUMBERS = [3.0, -4.0, *[0.0] * (SIZE - 2)]


@pytest.fixture
def bedrock() -> Iterator[Stubber]:
    with Stubber(client("bedrock-runtime")) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def titan() -> Embedder:
    return TitanEmbedder()


def answers(bedrock: Stubber, given: dict[str, str], **response: Any) -> None:
    content = json.dumps(response).encode()
    body = StreamingBody(io.BytesIO(content), len(content))
    bedrock.add_response(
        "invoke_model",
        {"body": body, "contentType": "application/json"},
        {
            "modelId": "amazon.titan-embed-image-v1",
            "contentType": "application/json",
            "accept": "application/json",
            "body": json.dumps({**given, "embeddingConfig": {"outputEmbeddingLength": 384}}),
        },
    )


def test_words_are_sent_as_text(bedrock: Stubber, titan: Embedder) -> None:
    answers(bedrock, {"inputText": "a red boat"}, embedding=NUMBERS, inputTextTokenCount=4)
    assert titan.of_words("a red boat") == Vector.of(NUMBERS)


def test_a_picture_is_sent_in_base64(bedrock: Stubber, titan: Embedder) -> None:
    given = {"inputImage": "/9j/4A=="}
    answers(bedrock, given, embedding=NUMBERS, inputTextTokenCount=0, message=None)
    assert titan.of_picture(b"\xff\xd8\xff\xe0") == Vector.of(NUMBERS)


def test_what_the_model_will_never_take_is_told_from_what_may_pass(
    bedrock: Stubber, titan: Embedder
) -> None:
    bedrock.add_client_error("invoke_model", "ValidationException", "the image is too large")
    with pytest.raises(NotEmbeddableError, match=r"^the image is too large$"):
        titan.of_picture(b"")
    for code in ("ThrottlingException", "AccessDeniedException", "ModelTimeoutException"):
        bedrock.add_client_error("invoke_model", code)
        with pytest.raises(ClientError, match=code):
            titan.of_words("boat")


def test_a_message_beside_the_embedding_is_an_error(bedrock: Stubber, titan: Embedder) -> None:
    answers(bedrock, {"inputText": "boat"}, embedding=None, message="it cannot be read")
    with pytest.raises(NotEmbeddableError, match=r"^it cannot be read$"):
        titan.of_words("boat")


def test_a_vector_of_another_size_is_refused(bedrock: Stubber, titan: Embedder) -> None:
    answers(bedrock, {"inputText": "boat"}, embedding=[1.0] * 1024, inputTextTokenCount=3)
    with pytest.raises(VectorError, match="384 numbers, got 1024"):
        titan.of_words("boat")
