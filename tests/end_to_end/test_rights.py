"""Each function has the rights it needs and no others: take one away, and its work stops."""

import copy
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from pipeline.original import image_id
from proofs.photographs import photograph
from tests.end_to_end.conftest import SETTINGS
from tests.end_to_end.journeys import (
    PICTURE,
    Queues,
    eventually,
    follow,
    upload,
    upload_owned,
)

pytestmark = pytest.mark.long

CHAIN = ("resize", "rekognition", "notify", "retire")
"""The functions on a picture's way; `python -m proofs.rights` covers every right of each."""

NEEDED = [
    ("resize", "s3:GetObject"),
    ("resize", "s3:PutObject"),
    ("resize", "dynamodb:GetItem"),
    ("resize", "dynamodb:PutItem"),
    ("resize", "dynamodb:UpdateItem"),
    ("resize", "dynamodb:Query"),
    ("resize", "events:PutEvents"),
    ("resize", "bedrock:InvokeModel"),
    ("rekognition", "s3:GetObject"),
    ("rekognition", "rekognition:DetectLabels"),
    ("rekognition", "rekognition:DetectModerationLabels"),
    ("rekognition", "bedrock:InvokeModel"),
    ("rekognition", "dynamodb:GetItem"),
    ("rekognition", "dynamodb:PutItem"),
    ("rekognition", "dynamodb:UpdateItem"),
    ("rekognition", "dynamodb:Query"),
    ("rekognition", "dynamodb:BatchGetItem"),
    ("rekognition", "events:PutEvents"),
    ("notify", "dynamodb:GetItem"),
    ("notify", "dynamodb:PutItem"),
    ("notify", "sns:Publish"),
    ("notify", "ses:SendEmail"),
    ("retire", "s3:ListBucket"),
    ("retire", "s3:DeleteObject"),
    ("retire", "dynamodb:GetItem"),
    ("retire", "dynamodb:PutItem"),
    ("retire", "dynamodb:Query"),
    ("retire", "dynamodb:DeleteItem"),
    ("retire", "events:PutEvents"),
    ("retire", "cloudfront:CreateInvalidation"),
]

MODELS = ("rekognition:", "bedrock:")
"""What the actions begin with that the Rekognition stand-in checks."""

# What MiniStack cannot prove, each with the reason that it is needed on AWS.
UNPROVEN = {
    "logs:CreateLogStream": "MiniStack writes the logs itself",
    "logs:PutLogEvents": "MiniStack writes the logs itself",
    "sqs:ReceiveMessage": "MiniStack's event source mapping asks nobody",
    "sqs:DeleteMessage": "MiniStack's event source mapping asks nobody",
    "sqs:GetQueueAttributes": "MiniStack's event source mapping asks nobody",
    "s3:GetObjectVersion": "MiniStack's events name no version",
}
UNPROVEN_FOR = {
    ("rekognition", "s3:PutObject"): "only a picture that is held needs it, see proofs.rights",
    ("notify", "cognito-idp:ListUsers"): "only a person's own upload needs it, see proofs.rights",
    ("resize", "s3:ListBucket"): "MiniStack answers 404 for a missing object without it",
    ("rekognition", "s3:ListBucket"): "MiniStack answers 404 for a missing object without it",
    ("retire", "s3:GetObject"): "MiniStack tells of no deletion that leaves another version",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack of its own, whose pictures are described by a model and searched."""
    plan = Plan(
        folder=tmp_path_factory.mktemp("rights"),
        models=False,
        settings={**SETTINGS, "embedding": "titan", "descriptions": "nova-lite"},
    )
    with LocalStack(plan) as local:
        stack = local.up()
        # A function that has started has read its recipe, so that every loss shows in its work.
        pictures = Pictures(stack)
        follow(pictures, pictures.upload(PICTURE, "picture.jpg", "uploads/first.jpg"))
        yield stack


@pytest.fixture
def settled(stack: RunningStack, queues: Queues) -> Iterator[RunningStack]:
    queues.until_empty()
    yield stack
    queues.purge()


def test_every_right_is_either_proven_here_or_known_not_to_be(stack: RunningStack) -> None:
    held = {
        (function, action)
        for function in CHAIN
        for _, document in policies(stack, function)
        for statement in document["Statement"]
        for action in statement["Action"]
    }

    known = set(UNPROVEN_FOR) | {pair for pair in held if pair[1] in UNPROVEN}
    assert held - known == set(NEEDED)
    assert set(UNPROVEN_FOR) <= held


@pytest.mark.parametrize(("function", "action"), NEEDED)
def test_without_it_the_chain_breaks(
    settled: RunningStack, pictures: Pictures, queues: Queues, function: str, action: str
) -> None:
    key = f"uploads/{function} without {action.replace(':', ' ')}.jpg"
    # Of a good picture the slower stage tells; of a bad one `resize` always does.
    content = b"no picture" if (function, action) == ("resize", "events:PutEvents") else PICTURE
    if function == "rekognition" and action.startswith(MODELS):
        # Nothing is asked about bytes that are known.
        content = photograph(NEEDED.index((function, action)))
    if function == "retire" or action == "dynamodb:BatchGetItem":
        upload(pictures, key)
    with without(settled, function, action):
        since = int(time.time() * 1000)
        if function == "retire":
            settled.aws.client("s3").delete_object(Bucket=settled.outputs["originals"], Key=key)
        else:
            upload_owned(settled, key, content)

        complaint = eventually(lambda: denied(settled, queues, function, since, key), pause=0.5)

    assert action in complaint


@pytest.mark.usefixtures("settled")
def test_with_all_of_them_the_chain_works(pictures: Pictures) -> None:
    picture = pictures.upload(PICTURE, "picture.jpg", "uploads/with every right.jpg")
    follow(pictures, picture)

    assert picture.status == "ready"


def role_of(stack: RunningStack, function: str) -> str:
    name = stack.outputs["functions"][function]
    role: str = stack.aws.client("lambda").get_function(FunctionName=name)["Configuration"]["Role"]
    return role.rpartition("/")[2]


def policies(stack: RunningStack, function: str) -> list[tuple[str, dict[str, Any]]]:
    iam, role = stack.aws.client("iam"), role_of(stack, function)
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    return [
        (name, iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"])
        for name in names
    ]


@contextmanager
def without(stack: RunningStack, function: str, action: str) -> Iterator[None]:
    """Take one action out of a function's role, and give it back afterwards."""
    iam, role = stack.aws.client("iam"), role_of(stack, function)
    changed = []
    for name, document in policies(stack, function):
        poorer = copy.deepcopy(document)
        for statement in poorer["Statement"]:
            statement["Action"] = [each for each in statement["Action"] if each != action]
        poorer["Statement"] = [each for each in poorer["Statement"] if each["Action"]]
        if poorer != document:
            changed.append((name, document))
            if poorer["Statement"]:
                put(iam, role, name, poorer)
            else:
                iam.delete_role_policy(RoleName=role, PolicyName=name)
    assert changed
    forget_remembered_rights(action)
    try:
        yield
    finally:
        for name, document in changed:
            put(iam, role, name, document)
        forget_remembered_rights(action)


def put(iam: Any, role: str, name: str, document: dict[str, Any]) -> None:
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def forget_remembered_rights(action: str) -> None:
    """The Rekognition stand-in remembers an answer for two seconds."""
    if action.startswith(MODELS):
        time.sleep(2.1)


def denied(stack: RunningStack, queues: Queues, function: str, since: int, key: str) -> str | None:
    """The function's first complaint about a right since then, from its log about the key.

    The local AWS may keep a call's last lines until the next call of the same process. The queue
    repeats a failed message only after minutes, so once it was handed out, this makes empty calls.
    """
    answer = stack.aws.client("logs").filter_log_events(
        logGroupName=stack.outputs["logs"][function], startTime=since
    )
    lines = [event["message"] for event in answer["events"] if image_id(key) in event["message"]]
    found = (re.search(r"not authorized to perform[^\\]+", line) for line in lines)
    complaint = next((match[0] for match in found if match), None)
    if complaint is None and queues.handed_out(function):
        stack.aws.client("lambda").invoke(
            FunctionName=stack.outputs["functions"][function], Payload=b'{"Records": []}'
        )
    return complaint
