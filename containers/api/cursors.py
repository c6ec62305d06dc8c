"""Cursors: where a list goes on. They carry no rights: whose list it is follows from the caller."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from api.errors import InvalidError
from pipeline.listing import Place

__all__ = ["Cursor", "read_cursor", "write_cursor"]

Cursor = tuple[str, Place | None]
"""A month, and the place in it, None for its beginning."""

_MONTH = re.compile(r"[0-9]{4}-[0-9]{2}")
_IMAGE = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"[0-9T:.Z+-]{1,40}")


def write_cursor(month: str, place: Place | None) -> str:
    """The cursor as an opaque word."""
    values = [month, *((place.shown_at, place.image_id) if place else ())]
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """The inverse of `write_cursor`. Raises `InvalidError` for anything else."""
    try:
        values = json.loads(urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
        forms = (_MONTH,) if len(values) == 1 else (_MONTH, _TIME, _IMAGE)
        parts = [form.fullmatch(value) for form, value in zip(forms, values, strict=True)]
    except (TypeError, ValueError) as error:
        raise InvalidError("cursor must be one that a list returned") from error
    if not isinstance(values, list) or not all(parts):
        raise InvalidError("cursor must be one that a list returned")
    place = Place(shown_at=values[1], image_id=values[2]) if len(values) > 1 else None
    return values[0], place
