"""Finding a picture by what an operator calls it."""

import re
from collections.abc import Iterator

import typer

from aws.dynamodb import DynamoTable
from ops.stack import Stack
from pipeline.address import UPLOADS
from pipeline.item import Item
from pipeline.original import image_id

__all__ = ["IMAGE_HELP", "NoPictureError", "find_item", "is_image_id"]

IMAGE_HELP = (
    "An image id, or the key of an upload with all its folders; the leading uploads/ may be left "
    "out: holiday.jpg, trip/coffee.jpg."
)


class NoPictureError(LookupError):
    """The catalog has no such picture."""


def find_item(stack: Stack, image: str) -> Item:
    if not image.strip():
        raise typer.BadParameter("IMAGE must be an image id or the key of an upload, got nothing")
    table = DynamoTable(stack.catalog)
    found = (table.get(each) for each in _image_ids(image))
    item = next((each for each in found if each), None)
    if item is None:
        raise NoPictureError(
            f"the catalog has no picture {image}: give its image id, or its key with all its "
            f"folders as a listing of s3://{stack.originals} shows it (uploads/ may be left out); "
            "an empty file is passed over, and any other that is there and unknown is found by "
            "python -m ops reconcile"
        )
    return item


def _image_ids(image: str) -> Iterator[str]:
    """The ids that may be meant, the likeliest first."""
    yield image_id(image)
    if is_image_id(image):
        yield image
    yield image_id(f"{UPLOADS}{image}")


def is_image_id(text: str) -> bool:
    """Whether the text has the form of an image id."""
    return re.fullmatch("[0-9a-f]{32}", text) is not None
