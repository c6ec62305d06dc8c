"""What a person may upload in one day of UTC, and what of it is used."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Limits", "Reservation", "Usage"]


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The most bytes and pictures of a day."""

    bytes: int
    pictures: int


@dataclass(frozen=True, kw_only=True)
class Reservation:
    """One upload that was signed and is not settled. After `until`, in seconds since 1970, the
    signed request is worthless."""

    image_id: str
    bytes: int
    until: int


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What a person has used of a day, reservations included."""

    bytes: int = 0
    pictures: int = 0
    reservations: tuple[Reservation, ...] = ()

    def fits(self, wanted: Iterable[Reservation], limits: Limits) -> bool:
        """Whether all of these can be reserved on top."""
        added = tuple(wanted)
        return (
            self.bytes + sum(each.bytes for each in added) <= limits.bytes
            and self.pictures + len(added) <= limits.pictures
        )

    def reserving(self, wanted: Iterable[Reservation]) -> "Usage":
        """With these reserved."""
        added = tuple(wanted)
        return Usage(
            bytes=self.bytes + sum(each.bytes for each in added),
            pictures=self.pictures + len(added),
            reservations=(*self.reservations, *added),
        )

    def expired(self, now: int) -> tuple[Reservation, ...]:
        """The reservations whose request is worthless by now."""
        return tuple(each for each in self.reservations if each.until <= now)

    def settled(self, image_ids: Collection[str], *, arrived: Collection[str]) -> "Usage":
        """With these reservations settled: what did not arrive is given back."""
        gone = [
            each
            for each in self.reservations
            if each.image_id in image_ids and each.image_id not in arrived
        ]
        left = tuple(each for each in self.reservations if each.image_id not in image_ids)
        return replace(
            self,
            bytes=self.bytes - sum(each.bytes for each in gone),
            pictures=self.pictures - len(gone),
            reservations=left,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values only."""
        reservations = [dict(vars(each)) for each in self.reservations]
        return {"bytes": self.bytes, "pictures": self.pictures, "reservations": reservations}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Usage":
        """The inverse of `to_dict`."""
        reservations = tuple(Reservation(**each) for each in values["reservations"])
        return cls(bytes=values["bytes"], pictures=values["pictures"], reservations=reservations)
