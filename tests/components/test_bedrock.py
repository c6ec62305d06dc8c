from __future__ import annotations

from components import bedrock
from tests.components.parts import given


def test_invoking_is_a_right_to_these_models_in_one_region() -> None:
    models = ["some.model-v1", "another.model-v2:0"]
    assert given(lambda work: bedrock.grant_invoke(work, models, "eu-west-1")) == (
        "work-embed",
        [
            {
                "Effect": "Allow",
                "Action": ["bedrock:InvokeModel"],
                "Resource": [
                    "arn:aws:bedrock:eu-west-1::foundation-model/some.model-v1",
                    "arn:aws:bedrock:eu-west-1::foundation-model/another.model-v2:0",
                ],
            }
        ],
    )
