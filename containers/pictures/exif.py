"""The metadata that cameras and people write into a picture, as typed fields."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypedDict

from pictures.metadata.iptc import read_iptc
from pictures.metadata.tags import Directory, Value, first_directory, subdirectory
from pictures.metadata.text import clean, decoded
from pictures.metadata.xmp import read_xmp
from pictures.orientation import ORIENTATION, orientation_of

__all__ = ["Exif", "Exposure", "Position", "read_exif", "read_orientation"]


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
    """The fields of a picture, as JSON. A field that is unreadable or implausible is absent."""

    taken_at: str
    """ISO 8601; ends in an offset from UTC only where the camera wrote one."""
    make: str
    model: str
    camera: str
    """Make and model, the brand once."""
    lens: str
    software: str
    exposure: Exposure
    gps: Position
    copyright: str
    creator: str
    """Several with semicolons between."""
    title: str


_EXIF_IFD = 0x8769
_GPS_IFD = 0x8825
_DESCRIPTION, _MAKE, _MODEL, _SOFTWARE, _CHANGED = 0x010E, 0x010F, 0x0110, 0x0131, 0x0132
_ARTIST, _COPYRIGHT, _XP_TITLE, _XP_AUTHOR = 0x013B, 0x8298, 0x9C9B, 0x9C9D
_LENS = 0xA434
_STAMPS = ((0x9003, 0x9011, 0x9291), (0x9004, 0x9012, 0x9292), (_CHANGED, 0x9010, 0x9290))
"""Time, offset and fraction of a second: of the shot, of its digitization, of the last change."""
_SECONDS, _F_NUMBER, _ISO, _FOCAL_LENGTH = 0x829A, 0x829D, 0x8827, 0x920A
_FOCAL_LENGTH_35MM, _BIAS, _FLASH = 0xA405, 0x9204, 0x9209

_IMAGE_TAGS = (
    _DESCRIPTION,
    _MAKE,
    _MODEL,
    _SOFTWARE,
    _CHANGED,
    _ARTIST,
    _COPYRIGHT,
    _XP_TITLE,
    _XP_AUTHOR,
)
_SHOT_TAGS = (
    *(tag for stamp in _STAMPS for tag in stamp if tag != _CHANGED),
    *(_SECONDS, _F_NUMBER, _ISO, _FOCAL_LENGTH, _FOCAL_LENGTH_35MM, _BIAS, _FLASH, _LENS),
)
_PLACE_TAGS = tuple(range(1, 7))

_STAMP = re.compile(
    r"([0-9]{4})[:/.-]([0-9]{2})[:/.-]([0-9]{2})[ T]([0-9]{2}):([0-9]{2}):([0-9]{2})"
)
_FRACTION = re.compile(r"[0-9]+")
_OFFSET = re.compile(r"([+-])([0-9]{2}):?([0-9]{2})")
_YEARS = range(1826, 2200)
"""From the oldest photograph on."""

Tags = Mapping[int, Value]


def read_exif(exif: bytes, xmp: bytes = b"", iptc: bytes = b"") -> Exif:
    """The typed fields of an EXIF block or TIFF file.

    Creator, rights and title come from EXIF, else from the XMP packet, else from IPTC records. Each
    number is within a plausible range, each text a single line of at most 500 characters.
    """
    fields: Exif = {}
    image, shot, place = _directories(exif)
    taken_at = _taken_at({**image, **shot})
    if taken_at:
        fields["taken_at"] = taken_at
    make, model = _text(image.get(_MAKE)), _text(image.get(_MODEL))
    if make:
        fields["make"] = make
    if model:
        fields["model"] = model
    if make or model:
        brand = make.split(" ")[0].lower()
        fields["camera"] = (
            model if brand and model.lower().startswith(brand) else f"{make} {model}".strip()
        )
    lens = _text(shot.get(_LENS))
    if lens:
        fields["lens"] = lens
    software = _text(image.get(_SOFTWARE))
    if software:
        fields["software"] = software
    exposure = _exposure(shot)
    if exposure:
        fields["exposure"] = exposure
    position = _position(place)
    if position:
        fields["gps"] = position
    embedded = read_iptc(iptc) | read_xmp(xmp)
    copyright_ = _text(image.get(_COPYRIGHT)) or embedded.get("rights", "")
    if copyright_:
        fields["copyright"] = copyright_
    creator = _text(image.get(_ARTIST)) or embedded.get("creator") or _wide(image.get(_XP_AUTHOR))
    if creator:
        fields["creator"] = creator
    title = _text(image.get(_DESCRIPTION)) or embedded.get("title") or _wide(image.get(_XP_TITLE))
    if title:
        fields["title"] = title
    return fields


def read_orientation(exif: bytes) -> int:
    """The orientation 1 to 8 in an EXIF block, 1 if there is none."""
    directory = first_directory(exif)
    return orientation_of(None if directory is None else directory.value(ORIENTATION))


def _directories(exif: bytes) -> tuple[Tags, Tags, Tags]:
    first = first_directory(exif)
    if first is None:
        return {}, {}, {}
    return (
        first.values(_IMAGE_TAGS),
        _values(subdirectory(first, _EXIF_IFD), _SHOT_TAGS),
        _values(subdirectory(first, _GPS_IFD), _PLACE_TAGS),
    )


def _values(directory: Directory | None, tags: tuple[int, ...]) -> Tags:
    return {} if directory is None else directory.values(tags)


def _text(value: Value | None) -> str:
    return decoded(value) if isinstance(value, bytes) else ""


def _wide(value: Value | None) -> str:
    """The text of a tag of Windows, in UTF-16."""
    return clean(value.decode("utf-16-le", "replace")) if isinstance(value, bytes) else ""


def _number(value: Value | None, lowest: float, highest: float) -> float | None:
    """The first number of a tag, if it is one within the range."""
    if not value or isinstance(value, bytes):
        return None
    number = float(value[0])
    return number if math.isfinite(number) and lowest <= number <= highest else None


def _taken_at(tags: Tags) -> str:
    for stamp, offset, fraction in _STAMPS:
        parts = _STAMP.match(_text(tags.get(stamp)))
        if parts is None or int(parts[1]) not in _YEARS:
            continue
        digits = _text(tags.get(fraction))
        micros = int(digits[:6].ljust(6, "0")) if _FRACTION.fullmatch(digits) else 0
        year, month, day, hour, minute, second = map(int, parts.groups())
        try:
            moment = datetime(year, month, day, hour, minute, second, micros, tzinfo=UTC)
        except ValueError:
            continue
        written = moment.replace(tzinfo=None).isoformat(
            timespec="milliseconds" if micros else "seconds"
        )
        zone = _OFFSET.fullmatch(_text(tags.get(offset)))
        if zone and int(zone[2]) <= 14 and int(zone[3]) < 60:
            written += f"{zone[1]}{zone[2]}:{zone[3]}"
        return written
    return ""


def _exposure(shot: Tags) -> Exposure:
    exposure: Exposure = {}
    seconds = _number(shot.get(_SECONDS), 1e-7, 1e6)
    if seconds is not None:
        exposure["seconds"] = round(seconds, 7)
    f_number = _number(shot.get(_F_NUMBER), 0.1, 2000)
    if f_number is not None:
        exposure["f_number"] = round(f_number, 2)
    iso = _number(shot.get(_ISO), 1, 1e8)
    if iso is not None:
        exposure["iso"] = round(iso)
    focal_length = _number(shot.get(_FOCAL_LENGTH), 0.1, 1e5)
    if focal_length is not None:
        exposure["focal_length_mm"] = round(focal_length, 2)
    equivalent = _number(shot.get(_FOCAL_LENGTH_35MM), 1, 1e5)
    if equivalent is not None:
        exposure["focal_length_35mm"] = round(equivalent)
    bias = _number(shot.get(_BIAS), -30, 30)
    if bias is not None:
        exposure["bias_ev"] = round(bias, 2)
    flash = _number(shot.get(_FLASH), 0, 0xFFFF)
    if flash is not None:
        exposure["flash"] = bool(int(flash) & 1)
    return exposure


def _position(place: Tags) -> Position:
    latitude = _degrees(place.get(2), 90, place.get(1), "S")
    longitude = _degrees(place.get(4), 180, place.get(3), "W")
    if latitude is None or longitude is None:
        return {}
    position: Position = {"latitude": latitude, "longitude": longitude}
    altitude = _number(place.get(6), -12_000, 100_000)
    if altitude is not None:
        below = place.get(5) in (b"\x01", (1,))
        position["altitude_m"] = round(-altitude if below else altitude, 2)
    return position


def _degrees(
    value: Value | None, highest: int, reference: Value | None, negative: str
) -> float | None:
    """Degrees from degrees, minutes and seconds, of which the last may be missing."""
    if not value or isinstance(value, bytes):
        return None
    total = 0.0
    for part, size, most in zip(value, (1, 60, 3600), (highest, 60, 60), strict=False):
        if not 0 <= part <= most:
            return None
        total += part / size
    if total > highest:
        return None
    return round(-total if _text(reference).upper().startswith(negative) else total, 7)
