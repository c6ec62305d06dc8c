"""Sizes that AWS refuses to exceed and MiniStack does not check.

From the quota pages of each service. A policy counts in characters without white space for IAM, and
as it is sent elsewhere.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

ENVIRONMENT_BYTES = 4096
"""Of a function's variables, names and values together, as Lambda measures them: as JSON."""

_DOCUMENTS = {
    "aws:iam/role:Role": ("assumeRolePolicy", 2048),
    "aws:iam/rolePolicy:RolePolicy": ("policy", 10_240),
    "aws:s3/bucketPolicy:BucketPolicy": ("policy", 20_480),
    "aws:sns/topicPolicy:TopicPolicy": ("policy", 30_720),
    "aws:cloudwatch/eventRule:EventRule": ("eventPattern", 2048),
}
"""The longest documents in characters."""

INLINE_POLICIES = _DOCUMENTS["aws:iam/rolePolicy:RolePolicy"][1]
"""What all inline policies of a role share."""


def exceeded(type_: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each input of a resource that AWS would refuse for its size, and the reason."""
    if type_ in _DOCUMENTS:
        key, longest = _DOCUMENTS[type_]
        document = inputs.get(key)
        if isinstance(document, str) and (size := length(document)) > longest:
            yield key, f"{key} must have at most {longest} characters, got {size}"
    if type_ == "aws:lambda/function:Function":
        variables = inputs.get("environment", {}).get("variables", {})
        if (size := len(json.dumps(variables).encode())) > ENVIRONMENT_BYTES:
            yield "environment", f"environment must have at most 4 KB, got {size} bytes"


def length(document: str) -> int:
    """The characters of a document without white space, if it is JSON."""
    try:
        return len(json.dumps(json.loads(document), separators=(",", ":")))
    except json.JSONDecodeError:
        return len(document)
