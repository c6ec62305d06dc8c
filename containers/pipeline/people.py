"""The people who may sign in, and what removing one of them means."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from pipeline.address import UPLOADS
from pipeline.catalog import Catalog
from pipeline.lifecycle import Purged
from pipeline.likeness import Looks
from pipeline.original import image_id
from pipeline.storage import Previews, Versions
from pipeline.vectors import Vectors

__all__ = [
    "REVIEWERS",
    "AmbiguousPersonError",
    "Erased",
    "People",
    "Person",
    "UnknownPersonError",
    "erased",
]

REVIEWERS = "reviewers"


class UnknownPersonError(LookupError):
    """Nobody with this address may sign in."""


class AmbiguousPersonError(LookupError):
    """Several people have this address: an invited one, and those of identity providers."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """Somebody who may sign in. `owner_id` is the owner's segment in the keys of their uploads."""

    owner_id: str
    username: str
    """The pool's name of them; of an identity provider's people it begins with the provider's."""
    email: str
    status: str
    groups: tuple[str, ...] = ()

    @property
    def federated(self) -> bool:
        """Whether they sign in with an identity provider, which could let them in again."""
        return self.status == "external_provider"


class People(Protocol):
    """The pool of people."""

    def everyone(self) -> Iterator[Person]:
        """All of them, with their groups."""

    def find(self, who: str) -> Person:
        """The person with this address or owner id.

        Raises `UnknownPersonError`, and `AmbiguousPersonError` where several have the address.
        """

    def invite(self, email: str) -> Person:
        """Let the person sign in: they get a mail with a temporary password."""

    def promote(self, person: Person) -> None:
        """Make the person a reviewer, with their next token."""

    def sign_out(self, person: Person) -> None:
        """Let the person sign in no more. Tokens that they have are good for 15 minutes yet."""

    def remove(self, person: Person) -> None:
        """Forget the person."""


@dataclass(frozen=True, kw_only=True)
class Erased:
    """One picture of which nothing is left."""

    key: str
    versions: int
    bytes: int
    previews: int
    looks: int
    vectors: int


def erased(
    owner_id: str,
    *,
    versions: Versions,
    previews: Previews,
    looks: Looks,
    catalog: Catalog,
    vectors: Vectors | None = None,
) -> Iterator[Erased]:
    """Delete everything of one owner for good, picture by picture.

    A delete marker comes first, so that no version is ever shown again, and goes last. S3's events
    then have the renditions removed. Starting again goes on with what an interruption left.
    """
    for key, found in versions.under(f"{UPLOADS}{owner_id}/"):
        kept = [each for each in found if not each.hides]
        if not found[0].hides:
            versions.hide(key)
        versions.remove(key, [each.version_id for each in kept])
        versions.remove(key, [each.version_id for each in versions.of(key)])
        item = catalog.get(image_id(key))
        gone = item.previews if item else ()
        previews.remove(gone)
        listed = looks.remove(owner_id, image_id(key))
        placed = vectors.remove(image_id(key)) if vectors else 0
        if item:
            catalog.advance(Purged(original=item.original))
        yield Erased(
            key=key,
            versions=len(kept),
            bytes=sum(each.bytes for each in kept),
            previews=len(gone),
            looks=listed,
            vectors=placed,
        )
