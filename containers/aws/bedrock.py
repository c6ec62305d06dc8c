"""Amazon Bedrock: the model that places words and pictures in one space."""

import json
from base64 import b64encode
from typing import Any

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.embedding import MODELS, NotEmbeddableError
from pipeline.vectors import SIZE, Vector

__all__ = ["TitanEmbedder"]

_JSON = "application/json"


class TitanEmbedder:
    """Titan Multimodal Embeddings G1, or whatever listens at Bedrock's endpoint.

    It reads English, 256 tokens of it, and pictures of up to 2,048 pixels a side.
    """

    name = "titan"

    def __init__(self) -> None:
        self._bedrock: Any = client("bedrock-runtime")

    def of_picture(self, jpeg: bytes) -> Vector:
        return self._embed({"inputImage": b64encode(jpeg).decode("ascii")})

    def of_words(self, text: str) -> Vector:
        return self._embed({"inputText": text})

    def _embed(self, given: dict[str, str]) -> Vector:
        body = {**given, "embeddingConfig": {"outputEmbeddingLength": SIZE}}
        try:
            response = self._bedrock.invoke_model(
                modelId=MODELS[self.name], contentType=_JSON, accept=_JSON, body=json.dumps(body)
            )
        except ClientError as error:
            # With a missing right or a throttle the input is not at fault, and SQS retries.
            if error.response["Error"]["Code"] == "ValidationException":
                raise NotEmbeddableError(error.response["Error"]["Message"]) from error
            raise
        made = json.loads(response["body"].read())
        if made.get("message"):
            raise NotEmbeddableError(made["message"])
        return Vector.of(made["embedding"])
