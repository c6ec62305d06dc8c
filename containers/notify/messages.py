"""The text of a notice: readable as plain text in a mail, short as a text message."""

import re
import unicodedata
from email.utils import getaddresses
from typing import Any

from pipeline.alt_text import composed
from pipeline.explain import HEADLINES, Outcome, because
from pipeline.item import Item
from pipeline.notices import MailMessage, Notice
from pipeline.text import is_unseen

__all__ = ["address_of", "compose", "compose_mail"]

_ADDRESS = re.compile(
    r"[!#-'*+/-9=?A-Z^-~-]+(\.[!#-'*+/-9=?A-Z^-~-]+)*@[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)+"
)
"""An address that SES takes: ASCII, without quotes or comments."""

_OF_NAMES = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Mn", "Mc", "So")
"""Unicode's categories of letters, digits, marks that are part of a character, and emoji."""

_ENDINGS = (
    "avif",
    "bmp",
    "gif",
    "heic",
    "heif",
    "jfif",
    "jpeg",
    "jpg",
    "png",
    "tif",
    "tiff",
    "webp",
)
"""What may stay behind the last dot of a file name in a mail; `.com` would become a link."""

_SMS = 160
"""Characters of one text message, as long as they are ASCII; with others it holds 70."""

_MARK = len(" (01234567)")
"""What part of an image id takes."""


def compose(item: Item, outcome: Outcome, *, pictures_url: str, stage: str) -> Notice:
    """The notice of an item's outcome.

    It links to the largest rendition of a ready picture, tells what that shows, names its labels,
    and gives every reason of a held, rejected or failed one.
    """
    key = _printable(item.key)
    name = key.removeprefix("uploads/")
    headline = HEADLINES[outcome]
    reasons = _reasons(item, outcome)
    link = _link(item, pictures_url) if outcome == "ready" else None
    shown = _printable(item.alt.text) if outcome == "ready" and item.alt else None
    telling = item.telling_labels[:8]
    labels = ", ".join(f"{label['name']} {label['confidence']:.0f} %" for label in telling)
    size = f"{item.width} x {item.height} pixels" if item.width and item.height else None
    lines = [
        f"{name} {headline}.",
        "",
        *(f"Look at it: {line}" for line in (link,) if line),
        *(f"It shows: {line}" for line in (shown,) if line),
        *(f"Because: {reason}" for reason in reasons),
        *(f"Labels: {line}" for line in (labels,) if line),
        *(f"Size: {line}" for line in (size,) if line),
        f"Original: s3://{item.bucket}/{key}",
        f"Image: {item.image_id}",
        f"Stack: darkroom {stage}",
    ]
    return Notice(
        subject=_subject(item, headline),
        text="\n".join(lines) + "\n",
        sms=_sms(item, headline, link, "; ".join(reasons)),
        needs_person=outcome in ("held", "failed"),
    )


def compose_mail(item: Item, outcome: Outcome, *, pictures_url: str, stage: str) -> MailMessage:
    """The mail to the uploader about an item's outcome.

    What a ready picture shows is told by its labels and faces alone: whoever chose the picture and
    the address would otherwise write the mail with what can be read in the picture.
    """
    name = _short(_harmless(item.key), 60)
    link = _link(item, pictures_url) if outcome == "ready" else None
    shown = composed(item.telling_labels, item.faces, ()) if outcome == "ready" else None
    lines = [
        f"{name} {HEADLINES[outcome]}.",
        "",
        *(f"Look at it: {line}" for line in (link,) if line),
        *(f"It shows: {line}" for line in (shown,) if line),
        *(f"Because: {reason}" for reason in _reasons(item, outcome)),
        f"Image: {item.image_id}",
        f"Stack: darkroom {stage}",
    ]
    return MailMessage(subject=f"{name} {HEADLINES[outcome]}", text="\n".join(lines) + "\n")


def address_of(owner: str) -> str | None:
    """The one address in an owner such as `Ann <ann@example.org>`, or None."""
    found = [address for _, address in getaddresses([owner]) if address]
    return found[0] if len(found) == 1 and _ADDRESS.fullmatch(found[0]) else None


def _harmless(key: str) -> str:
    """The file name in a key, of letters, digits, spaces and a few signs, so that the uploader
    cannot write a link or a sentence of another kind into a mail from this stack."""
    stem, dot, ending = key.rpartition("/")[2].rpartition(".")
    if ending.lower() not in _ENDINGS:
        stem, ending = f"{stem}{dot}{ending}", ""
    # Composed, as some systems write accents as letters of their own.
    composed = unicodedata.normalize("NFC", stem)
    kept = "".join(character if _is_of_a_name(character) else "_" for character in composed)
    name = kept.strip() or "a picture"
    return f"{name}.{ending}" if ending else name


def _is_of_a_name(character: str) -> bool:
    """Whether it is a letter, a digit, a mark on one, a picture such as an emoji, or a few signs:
    nothing that a link or the end of a sentence needs."""
    return character in " -_()'\u200d" or unicodedata.category(character) in _OF_NAMES


def _reasons(item: Item, outcome: Outcome) -> list[str]:
    if outcome == "failed" and item.failure:
        return [f"{item.failure.message} ({item.failure.code})"]
    if outcome in ("held", "rejected"):
        return [because(reason) for reason in item.reasons]
    return []


def _link(item: Item, pictures_url: str) -> str | None:
    files: list[dict[str, Any]] = [
        file for formats in (item.renditions or {}).values() for file in formats.values()
    ]
    if not files:
        return None
    largest = max(files, key=lambda file: (file["width"] * file["height"], file["key"]))
    return f"{pictures_url}/{largest['key']}"


def _printable(key: str) -> str:
    """A key can hold line ends, which would let it write lines of the notice, and worse."""
    return "".join("?" if is_unseen(character) else character for character in key)


def _subject(item: Item, headline: str) -> str:
    """A subject in ASCII."""
    name, mark = _name_in_ascii(item, 60)
    return f"{name} {headline}{mark}".strip()


def _sms(item: Item, headline: str, link: str | None, reasons: str) -> str:
    """A link stays whole; whatever else is too long is cut."""
    tail = _ascii(f"{headline}. {link or reasons}")
    name, mark = _name_in_ascii(item, max(_SMS - len(tail) - 1 - _MARK, 12))
    text = f"{name}{mark} {tail}".strip()
    return text if link else _short(text, _SMS)


def _name_in_ascii(item: Item, length: int) -> tuple[str, str]:
    """The key below uploads/, and what tells the picture from others: where the name is too long or
    not in ASCII, part of the image id."""
    name = item.key.removeprefix("uploads/")
    plain = unicodedata.normalize("NFKD", _printable(name))
    shown = _ascii("".join(each for each in plain if not unicodedata.combining(each)))
    if shown == name and len(shown) <= length:
        return shown, ""
    return _short(shown, length), f" ({item.image_id[:8]})"


def _ascii(text: str) -> str:
    return "".join(character if " " <= character <= "~" else "?" for character in text).strip()


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 3] + "..."
