from __future__ import annotations

from components import bedrock
from tests.components.parts import given


def test_invoking_is_a_right_to_one_model_in_one_region() -> None:
    assert given(lambda work: bedrock.grant_invoke(work, "some.model-v1", "eu-west-1")) == (
        "work-embed",
        [
            {
                "Effect": "Allow",
                "Action": ["bedrock:InvokeModel"],
                "Resource": ["arn:aws:bedrock:eu-west-1::foundation-model/some.model-v1"],
            }
        ],
    )
