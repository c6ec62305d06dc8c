"""What the camera and its owner wrote into a picture, as typed fields."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypedDict
from xml.etree import ElementTree

from PIL import Image

__all__ = ["Exif", "Exposure", "Position", "read_exif"]


class Exposure(TypedDict, total=False):
    """How the shot was exposed."""

    seconds: float
    f_number: float
    iso: int
    focal_length_mm: float
    focal_length_35mm: int
    bias_ev: float
    flash: bool


class Position(TypedDict, total=False):
    """Where the shot was taken, in WGS 84 degrees; north and east are positive."""

    latitude: float
    longitude: float
    altitude_m: float


class Exif(TypedDict, total=False):
    """The fields that a picture has, as JSON holds them. One that cannot be read is absent."""

    taken_at: str
    """ISO 8601; ends in an offset from UTC only where the camera wrote one."""
    make: str
    model: str
    camera: str
    """Make and model as one would say them."""
    lens: str
    software: str
    exposure: Exposure
    gps: Position
    copyright: str
    creator: str
    title: str


_EXIF_IFD = 0x8769
_GPS_IFD = 0x8825
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")
_LONGEST = 500


def read_exif(exif: bytes | Image.Exif | None, xmp: bytes | str | None = None) -> Exif:
    """The typed fields of an EXIF block, its creator and rights completed from XMP."""
    fields: Exif = {}
    tags, shot, place = _directories(exif)
    taken_at = _taken_at(tags, shot)
    if taken_at:
        fields["taken_at"] = taken_at
    make, model = _text(tags.get(0x010F)), _text(tags.get(0x0110))
    if make:
        fields["make"] = make
    if model:
        fields["model"] = model
    if make or model:
        brand = make.split(" ")[0].lower()
        fields["camera"] = (
            model if brand and model.lower().startswith(brand) else f"{make} {model}".strip()
        )
    lens = _text(shot.get(0xA434))
    if lens:
        fields["lens"] = lens
    software = _text(tags.get(0x0131))
    if software:
        fields["software"] = software
    exposure = _exposure(shot)
    if exposure:
        fields["exposure"] = exposure
    position = _position(place)
    if position:
        fields["gps"] = position
    embedded = _from_xmp(xmp)
    copyright_ = _text(tags.get(0x8298)) or embedded.get("rights", "")
    if copyright_:
        fields["copyright"] = copyright_
    creator = _text(tags.get(0x013B)) or embedded.get("creator", "")
    if creator:
        fields["creator"] = creator
    title = _text(tags.get(0x010E)) or embedded.get("title", "")
    if title:
        fields["title"] = title
    return fields


def _directories(
    exif: bytes | Image.Exif | None,
) -> tuple[Mapping[int, Any], Mapping[int, Any], Mapping[int, Any]]:
    directories: list[Mapping[int, Any]] = [{}, {}, {}]
    if exif is None or exif == b"":
        return {}, {}, {}
    try:
        if isinstance(exif, bytes):
            block = Image.Exif()
            block.load(exif)
        else:
            block = exif
        directories[0] = dict(block)
        directories[1] = dict(block.get_ifd(_EXIF_IFD))
        directories[2] = dict(block.get_ifd(_GPS_IFD))
    except Exception:
        return directories[0], directories[1], directories[2]
    return directories[0], directories[1], directories[2]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, (tuple, list)):
        value = value[0] if value else ""
    if not isinstance(value, str):
        return ""
    if not value.isascii() and "\ufffd" not in value:
        with suppress(UnicodeError):  # Pillow reads Latin-1; cameras and editors write UTF-8
            value = value.encode("latin-1").decode("utf-8")
    cleaned = "".join(letter if letter.isprintable() else " " for letter in value)
    return " ".join(cleaned.split())[:_LONGEST]


def _number(value: object) -> float | None:
    if isinstance(value, (tuple, list)):
        value = value[0] if value else None
    if value is None or isinstance(value, (bytes, str)):
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _taken_at(tags: Mapping[int, Any], shot: Mapping[int, Any]) -> str:
    for stamp, offset, fraction in (
        (shot.get(0x9003), shot.get(0x9011), shot.get(0x9291)),
        (shot.get(0x9004), shot.get(0x9012), shot.get(0x9292)),
        (tags.get(0x0132), shot.get(0x9010), shot.get(0x9290)),
    ):
        try:
            moment = datetime.strptime(_text(stamp)[:19], "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC)
        except ValueError:
            continue
        digits = _text(fraction)
        if digits.isdigit():
            moment = moment.replace(microsecond=int(digits[:6].ljust(6, "0")))
        written = moment.replace(tzinfo=None).isoformat(
            timespec="milliseconds" if moment.microsecond else "seconds"
        )
        zone = _OFFSET.fullmatch(_text(offset))
        if zone and int(zone[2]) <= 14 and int(zone[3]) < 60:
            written += f"{zone[1]}{zone[2]}:{zone[3]}"
        return written
    return ""


def _exposure(shot: Mapping[int, Any]) -> Exposure:
    exposure: Exposure = {}
    seconds = _number(shot.get(0x829A))
    if seconds is not None and seconds > 0:
        exposure["seconds"] = round(seconds, 7)
    f_number = _number(shot.get(0x829D))
    if f_number is not None and f_number > 0:
        exposure["f_number"] = round(f_number, 2)
    iso = _number(shot.get(0x8827))
    if iso is not None and iso > 0:
        exposure["iso"] = round(iso)
    focal_length = _number(shot.get(0x920A))
    if focal_length is not None and focal_length > 0:
        exposure["focal_length_mm"] = round(focal_length, 2)
    equivalent = _number(shot.get(0xA405))
    if equivalent is not None and equivalent > 0:
        exposure["focal_length_35mm"] = round(equivalent)
    bias = _number(shot.get(0x9204))
    if bias is not None:
        exposure["bias_ev"] = round(bias, 2)
    flash = _number(shot.get(0x9209))
    if flash is not None:
        exposure["flash"] = bool(int(flash) & 1)
    return exposure


def _position(place: Mapping[int, Any]) -> Position:
    position: Position = {}
    latitude = _degrees(place.get(2), place.get(1), "S")
    longitude = _degrees(place.get(4), place.get(3), "W")
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return position
    position["latitude"], position["longitude"] = latitude, longitude
    altitude = _number(place.get(6))
    if altitude is not None:
        below = place.get(5) in (1, b"\x01")
        position["altitude_m"] = round(-altitude if below else altitude, 2)
    return position


def _degrees(parts: object, reference: object, negative: str) -> float | None:
    if not isinstance(parts, (tuple, list)):
        return None
    total = 0.0
    for part, size in zip(parts, (1, 60, 3600), strict=False):
        number = _number(part)
        if number is None:
            return None
        total += number / size
    return round(-total if _text(reference).upper().startswith(negative) else total, 7)


def _from_xmp(xmp: bytes | str | None) -> dict[str, str]:
    found: dict[str, str] = {}
    if not xmp or len(xmp) > 1_000_000:
        return found
    raw = xmp.encode() if isinstance(xmp, str) else xmp
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        return found
    try:
        tree = ElementTree.fromstring(raw.strip(b"\x00 \r\n"))  # noqa: S314 - no entities, see above
    except (ElementTree.ParseError, ValueError, struct.error):
        return found
    for name in ("creator", "rights", "title"):
        for element in tree.iter(f"{{http://purl.org/dc/elements/1.1/}}{name}"):
            text = _text("".join(element.itertext()))
            if text:
                found[name] = text
                break
    return found
