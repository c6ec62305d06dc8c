"""An empty object over a picture, as some tools write one instead of deleting it."""

from __future__ import annotations

from local.pictures import Pictures
from local.state import RunningStack
from pipeline.original import image_id
from tests.end_to_end.journeys import eventually, upload

KEY = "uploads/emptied.jpg"
FOLDER = "uploads/a-folder/"


def test_it_retires_the_picture_and_a_folder_of_the_console_starts_none(
    stack: RunningStack, pictures: Pictures
) -> None:
    upload(pictures, KEY)

    s3 = stack.aws.client("s3")
    for key in (FOLDER, KEY):
        s3.put_object(Bucket=stack.outputs["originals"], Key=key, Body=b"")

    eventually(lambda: _status(stack, KEY) == "deleted")
    assert _status(stack, FOLDER) is None


def _status(stack: RunningStack, key: str) -> str | None:
    entry = stack.aws.client("dynamodb").get_item(
        TableName=stack.outputs["catalog"], Key={"image_id": {"S": image_id(key)}}
    )
    return entry["Item"]["status"]["S"] if "Item" in entry else None
