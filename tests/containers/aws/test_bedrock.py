"""The wire formats of Titan Multimodal Embeddings and of Nova Multimodal Embeddings.

`tests/local/rekognition/test_bedrock_wire.py` has the same client ask the stand-in."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.response import StreamingBody
from botocore.stub import Stubber

from aws.bedrock import NovaEmbedder, TitanEmbedder, embedder
from aws.clients import client
from pipeline.embedding import MODELS, Embedder, NotEmbeddableError
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


@pytest.fixture
def nova() -> Embedder:
    return NovaEmbedder()


def answers(bedrock: Stubber, given: dict[str, str], **response: Any) -> None:
    asked = {**given, "embeddingConfig": {"outputEmbeddingLength": 384}}
    _answers(bedrock, "amazon.titan-embed-image-v1", asked, response)


def nova_answers(bedrock: Stubber, given: dict[str, Any], kind: str, **more: Any) -> None:
    asked = {
        "schemaVersion": "nova-multimodal-embed-v1",
        "taskType": "SINGLE_EMBEDDING",
        "singleEmbeddingParams": given,
    }
    response = {"embeddings": [{"embeddingType": kind, "embedding": NUMBERS, **more}]}
    _answers(bedrock, "amazon.nova-2-multimodal-embeddings-v1:0", asked, response)


def _answers(bedrock: Stubber, model: str, asked: Any, response: Any) -> None:
    content = json.dumps(response).encode()
    body = StreamingBody(io.BytesIO(content), len(content))
    bedrock.add_response(
        "invoke_model",
        {"body": body, "contentType": "application/json"},
        {
            "modelId": model,
            "contentType": "application/json",
            "accept": "application/json",
            "body": json.dumps(asked),
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


@pytest.mark.parametrize("more", [{}, {"truncatedCharLength": 3}])
def test_nova_is_sent_words_that_look_for_pictures(
    bedrock: Stubber, nova: Embedder, more: dict[str, int]
) -> None:
    given = {
        "embeddingPurpose": "IMAGE_RETRIEVAL",
        "embeddingDimension": 384,
        "text": {"truncationMode": "END", "value": "ein rotes Boot"},
    }
    nova_answers(bedrock, given, "TEXT", **more)
    assert nova.of_words("ein rotes Boot") == Vector.of(NUMBERS)


def test_nova_is_sent_pictures_that_are_to_be_found(bedrock: Stubber, nova: Embedder) -> None:
    given = {
        "embeddingPurpose": "GENERIC_INDEX",
        "embeddingDimension": 384,
        "image": {"format": "jpeg", "source": {"bytes": "/9j/4A=="}},
    }
    nova_answers(bedrock, given, "IMAGE")
    assert nova.of_picture(b"\xff\xd8\xff\xe0") == Vector.of(NUMBERS)


@pytest.mark.parametrize(
    "message",
    [
        "The provided model identifier is invalid.",
        "Invocation of model ID m with on-demand throughput isn't supported.",
    ],
)
@pytest.mark.parametrize("model", MODELS)
def test_a_region_that_lacks_the_model_is_no_fault_of_the_picture(
    bedrock: Stubber, model: str, message: str
) -> None:
    bedrock.add_client_error("invoke_model", "ValidationException", message)
    with pytest.raises(ClientError, match="ValidationException"):
        embedder(model).of_picture(b"")


@pytest.mark.parametrize("model", MODELS)
def test_each_model_has_a_client_of_its_name(model: str) -> None:
    assert embedder(model).name == model
