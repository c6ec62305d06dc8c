"""The wire of Bedrock's Converse API, as a model that describes is asked.

`tests/local/rekognition/test_bedrock_wire.py` has the same client ask the stand-in."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import ANY, Stubber

from aws.bedrock import ONCE, ConverseDescriber
from aws.clients import client
from pipeline.description import Describer, Description, NotDescribedError

PROFILE = "eu.amazon.nova-lite-v1:0"


@pytest.fixture
def bedrock() -> Iterator[Stubber]:
    with Stubber(client("bedrock-runtime", own=ONCE)) as stub:
        yield stub
        stub.assert_no_pending_responses()


@pytest.fixture
def describer() -> Describer:
    return ConverseDescriber(PROFILE)


def answers(bedrock: Stubber, *content: dict[str, Any], stop: str = "tool_use") -> None:
    bedrock.add_response(
        "converse",
        {
            "output": {"message": {"role": "assistant", "content": list(content)}},
            "stopReason": stop,
            "usage": {"inputTokens": 2900, "outputTokens": 60, "totalTokens": 2960},
            "metrics": {"latencyMs": 900},
        },
        {
            "modelId": PROFILE,
            "system": ANY,
            "messages": [
                {
                    "role": "user",
                    "content": [
                        {"image": {"format": "jpeg", "source": {"bytes": b"\xff\xd8"}}},
                        {"text": ANY},
                    ],
                }
            ],
            "inferenceConfig": {"maxTokens": 200, "temperature": 0},
            "toolConfig": {
                "tools": [
                    {
                        "toolSpec": {
                            "name": "describe",
                            "description": ANY,
                            "inputSchema": {
                                "json": {
                                    "type": "object",
                                    "properties": {"text": ANY, "score": ANY},
                                    "required": ["text", "score"],
                                }
                            },
                        }
                    }
                ],
                "toolChoice": {"tool": {"name": "describe"}},
            },
        },
    )


def use(**given: Any) -> dict[str, Any]:
    return {"toolUse": {"toolUseId": "tooluse_1", "name": "describe", "input": given}}


def test_a_picture_is_described_and_scored(bedrock: Stubber, describer: Describer) -> None:
    answers(bedrock, {"text": "I will describe it."}, use(text="A cat asleep.", score=71))
    assert describer.describe(b"\xff\xd8") == Description(text="A cat asleep", appeal=71.0)


@pytest.mark.parametrize(
    ("content", "stop", "reason"),
    [
        ([{"text": "I cannot"}], "content_filtered", "gave no description: content_filtered"),
        ([use(text="A cat")], "tool_use", "must have a text and a number"),
        ([use(text="A cat", score=101)], "tool_use", "must be 0 to 100, got 101"),
    ],
)
def test_what_is_no_description_is_told(
    bedrock: Stubber, describer: Describer, content: list[dict[str, Any]], stop: str, reason: str
) -> None:
    answers(bedrock, *content, stop=stop)
    with pytest.raises(NotDescribedError, match=reason):
        describer.describe(b"\xff\xd8")


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_no_failure_of_the_model_is_a_failure_of_the_picture(
    bedrock: Stubber, describer: Describer, code: str
) -> None:
    bedrock.add_client_error("converse", code)
    with pytest.raises(NotDescribedError, match=code):
        describer.describe(b"\xff\xd8")
