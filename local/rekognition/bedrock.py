"""Amazon Bedrock, for three models: two place words and pictures in a space, one describes.

InvokeModel has Titan Multimodal Embeddings' own wire and Nova Multimodal Embeddings', at the size
of 384; the vectors are `meaning`'s, those of Nova in the opposite order, so that nobody can compare
one model's with the other's. Converse takes a picture and one tool that must be used, and nothing
else. No language model answers: the text lists the classifier's labels and says so, and the score
is no judgement but the mean of sharpness and contrast.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from local.rekognition.aws import REGION, Rights
from local.rekognition.errors import (
    AccessDeniedError,
    RekognitionError,
    ValidationError,
)
from local.rekognition.pictures import Picture
from local.rekognition.properties import measure_quality
from local.rekognition.sight import Meaning, Sight
from local.rekognition.taxonomy import load_taxonomy

__all__ = [
    "NOVA",
    "TITAN",
    "Conversation",
    "Embedding",
    "describe",
    "describes",
    "embed",
    "embed_with_nova",
    "error_of",
    "parse_nova",
    "require_right",
]

TITAN = "amazon.titan-embed-image-v1"
NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"
LENGTH = 384
LENGTHS = (256, LENGTH, 1024)
NOVA_LENGTHS = (256, LENGTH, 1024, 3072)
PURPOSES = ("GENERIC_INDEX", "GENERIC_RETRIEVAL", "IMAGE_RETRIEVAL")
"""Those of embeddings that are made for pictures."""
TRUNCATIONS = ("START", "END", "NONE")
COPY = (16, 8)
NAMED = 3
"""Labels in a description, at most."""
LIKELY = 0.3
"""The confidence, 0 to 1, from which they are named."""

_TASK = "SINGLE_EMBEDDING"

_STATUS = {"AccessDeniedException": 403, "ThrottlingException": 429}
"""Where Bedrock's differ from Rekognition's 400."""

_REFUSED = {"InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"}
"""What Bedrock calls a ValidationException."""

_PROFILE = re.compile(r"(?:apac|ca|eu|us)\.(?P<model>amazon\.nova-(?:lite|pro)-v1:0)")
"""Inference profiles of the models that describe."""

_SCOPE = re.compile(r"Credential=[^/]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/")


@dataclass(frozen=True)
class Embedding:
    """What is to be placed: words, a picture, or the mean of both."""

    text: str | None
    image: bytes | None

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Embedding:
        for key in body:
            if key not in ("inputText", "inputImage", "embeddingConfig"):
                raise ValidationError(f"extraneous key [{key}] is not permitted")
        config = body.get("embeddingConfig") or {}
        length = config.get("outputEmbeddingLength", 1024)
        if length not in LENGTHS:
            raise ValidationError(f"outputEmbeddingLength must be one of {LENGTHS}, got {length}")
        if length != LENGTH:
            raise ValidationError(f"outputEmbeddingLength must be {LENGTH} here, got {length}")
        text, image = body.get("inputText"), body.get("inputImage")
        if not isinstance(text or "", str) or not isinstance(image or "", str):
            raise ValidationError("inputText and inputImage must be text")
        if not text and not image:
            raise ValidationError("inputText or inputImage must be given")
        return cls(text or None, _bytes("inputImage", image) if image else None)


def parse_nova(body: Mapping[str, Any]) -> Embedding:
    """What a request to Nova wants placed: words or a picture, but not both."""
    for name, allowed in (("schemaVersion", "nova-multimodal-embed-v1"), ("taskType", _TASK)):
        if (given := body.get(name, allowed if name == "schemaVersion" else None)) != allowed:
            raise ValidationError(f"{name} must be {allowed}, got {given}")
    parameters = body.get("singleEmbeddingParams") or {}
    purpose = parameters.get("embeddingPurpose")
    if purpose not in PURPOSES:
        raise ValidationError(f"embeddingPurpose must be one of {PURPOSES} here, got {purpose}")
    length = parameters.get("embeddingDimension", 3072)
    if length not in NOVA_LENGTHS:
        raise ValidationError(f"embeddingDimension must be one of {NOVA_LENGTHS}, got {length}")
    if length != LENGTH:
        raise ValidationError(f"embeddingDimension must be {LENGTH} here, got {length}")
    match parameters:
        case {"text": _, "image": _}:
            raise ValidationError("text or image must be given, not both")
        case {"text": {"truncationMode": mode, "value": str(value)}} if value:
            if mode not in TRUNCATIONS:
                raise ValidationError(f"truncationMode must be one of {TRUNCATIONS}, got {mode}")
            return Embedding(value, None)
        case {"image": {"format": "jpeg", "source": {"bytes": str(image)}}} if image:
            return Embedding(None, _bytes("image.source.bytes", image))
        case _:
            raise ValidationError(
                "text with its truncationMode and value, or image with its format jpeg and the "
                "bytes of its source, must be given here"
            )


def _bytes(name: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ValidationError(f"{name} must be base64") from error


@dataclass(frozen=True)
class Conversation:
    """A picture to describe by calling a tool with a text and a score."""

    image: bytes
    tool: str

    @classmethod
    def parse(cls, body: Mapping[str, Any]) -> Conversation:
        try:
            [message] = body["messages"]
            [image] = [each["image"] for each in message["content"] if "image" in each]
            content = base64.b64decode(image["source"]["bytes"], validate=True)
            tool = body["toolConfig"]["toolChoice"]["tool"]["name"]
            [schema] = [
                each["toolSpec"]["inputSchema"]["json"]
                for each in body["toolConfig"]["tools"]
                if each["toolSpec"]["name"] == tool
            ]
            required = set(schema["required"])
        except (KeyError, TypeError, ValueError) as error:
            raise ValidationError(
                "a conversation must be one message with one picture, and one tool that must be "
                "used: nothing else is understood here"
            ) from error
        if required != {"text", "score"}:
            raise ValidationError("the tool's input must be a text and a score here")
        return cls(content, tool)


def describe(asked: Conversation, picture: Picture, sight: Sight | None) -> dict[str, Any]:
    """The response: a tool call with the picture's labels, and how sharp and rich in contrast it
    is. Without models there are no labels."""
    names = _names(sight.classes(picture)) if sight else []
    seen = f"labels {', '.join(names)}" if names else "nothing recognised"
    quality = measure_quality(np.asarray(picture.view.convert("RGB"), dtype=np.uint8))
    score = round((quality.sharpness + quality.contrast) / 2)
    call = {
        "toolUseId": "tooluse_local",
        "name": asked.tool,
        "input": {"text": f"Local stand-in without a language model: {seen}", "score": score},
    }
    return {
        "output": {"message": {"role": "assistant", "content": [{"toolUse": call}]}},
        "stopReason": "tool_use",
        # None, as nobody is charged for tokens here.
        "usage": {"inputTokens": 0, "outputTokens": 0, "totalTokens": 0},
        "metrics": {"latencyMs": 0},
    }


def _names(probabilities: NDArray[np.float32]) -> list[str]:
    """The likeliest labels, the most specific first."""
    taxonomy = load_taxonomy()
    confidences = taxonomy.confidences(probabilities)
    likely = [
        (label, confidence)
        for label, confidence in zip(taxonomy.labels, confidences, strict=True)
        if confidence >= LIKELY
    ]
    likely.sort(key=lambda each: (-len(each[0].parents), -each[1]))
    return [label.name for label, _ in likely[:NAMED]]


def embed(
    asked: Embedding, picture: Picture | None, sight: Sight | None, meaning: Meaning | None
) -> dict[str, Any]:
    """Titan's response. Without models a picture lies where its colours do, and words lie wherever
    their digest says, which is near nothing in particular."""
    return {
        "embedding": _placed(asked, picture, sight, meaning),
        # Words, as nobody is charged for tokens here.
        "inputTextTokenCount": len((asked.text or "").split()),
        "message": None,
    }


def embed_with_nova(
    asked: Embedding, picture: Picture | None, sight: Sight | None, meaning: Meaning | None
) -> dict[str, Any]:
    """Nova's response, likewise."""
    embedding = _placed(asked, picture, sight, meaning)
    kind = "IMAGE" if asked.text is None else "TEXT"
    return {"embeddings": [{"embeddingType": kind, "embedding": embedding[::-1]}]}


def _placed(
    asked: Embedding, picture: Picture | None, sight: Sight | None, meaning: Meaning | None
) -> list[float]:
    placed = []
    if asked.text is not None:
        placed.append(anywhere(asked.text) if meaning is None else meaning.of_text(asked.text))
    if picture is not None:
        if meaning is None or sight is None:
            placed.append(colours_of(picture))
        else:
            placed.append(meaning.of_classes(sight.classes(picture)))
    mean = np.mean(placed, axis=0)
    return [round(float(each), 8) for each in mean]


def colours_of(picture: Picture) -> NDArray[np.float32]:
    """The direction of a copy of 16 x 8 pixels, 384 numbers, around its mean."""
    small = picture.view.resize(COPY, Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32).reshape(LENGTH)
    around = pixels - pixels.mean()
    # A grey picture of one colour has no direction of its own.
    around = around if np.any(around) else np.ones(LENGTH, dtype=np.float32)
    direction: NDArray[np.float32] = around / np.linalg.norm(around)
    return direction


def anywhere(text: str) -> NDArray[np.float32]:
    """A direction by chance, the same for the same text."""
    seed = int.from_bytes(hashlib.sha256(text.encode()).digest())
    direction = np.random.default_rng(seed).normal(size=LENGTH)
    return (direction / np.linalg.norm(direction)).astype(np.float32)


def require_right(rights: Rights, role: str, model: str, authorization: str) -> None:
    """Raise unless the role may invoke the model in the Region that the request is signed for; an
    inference profile takes the right to itself and to its model."""
    scope = _SCOPE.search(authorization)
    region = scope["region"] if scope else REGION
    resources = [f"arn:aws:bedrock:{region}::foundation-model/{model}"]
    if profile := _PROFILE.fullmatch(model):
        resources = [
            f"arn:aws:bedrock:{region}:000000000000:inference-profile/{model}",
            f"arn:aws:bedrock:{region}::foundation-model/{profile['model']}",
        ]
    for resource in resources:
        if not rights.allows(role, "bedrock:InvokeModel", resource):
            raise AccessDeniedError(
                f"User: role/{role} is not authorized to perform: bedrock:InvokeModel on resource: "
                f"{resource} because no identity-based policy allows it"
            )


def describes(model: str) -> bool:
    """Whether this is the inference profile of a model that describes."""
    return _PROFILE.fullmatch(model) is not None


def error_of(error: RekognitionError) -> tuple[str, int]:
    """The code and HTTP status that Bedrock has for what Rekognition's parts raise."""
    if error.code in _REFUSED:
        return ValidationError.code, 400
    return error.code, _STATUS.get(error.code, error.status)
