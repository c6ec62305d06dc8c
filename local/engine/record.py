"""What a stack consists of, kept in a file so that the next run of the program changes it.

The file is a journal with one line per step, so that a run which is cut off leaves out nothing that
it has done. A run that completes writes it anew.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Deployed", "Record"]


@dataclass(frozen=True)
class Deployed:
    """One resource that exists."""

    urn: str
    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    """As the program gave them, with the name that autonaming made."""

    outputs: dict[str, Any]
    autonamed: bool
    """Whether the program left the name to autonaming, which keeps it."""

    retained: bool = False
    """Whether it stays where it is once the program no longer registers it."""


class Record:
    """The resources of one stack, in the order of their creation."""

    def __init__(self, file: Path) -> None:
        """Read the file; a missing one is a stack without resources."""
        self._file = file
        self._resources: dict[str, Deployed] = {}
        self._replaced: list[Deployed] = []
        if file.is_file():
            for line in file.read_text(encoding="utf-8").splitlines():
                step = json.loads(line)
                if "made" in step:
                    self._take(Deployed(**step["made"]))
                else:
                    self._drop(step["urn"], step["id"])

    def find(self, urn: str) -> Deployed | None:
        """The resource of this URN, if there is one."""
        return self._resources.get(urn)

    def obsolete(self, urns: Iterable[str]) -> Iterator[Deployed]:
        """Those that were replaced or that `urns` leaves out, dependents first."""
        kept = set(urns)
        yield from reversed(self._replaced.copy())
        for urn, resource in reversed(list(self._resources.items())):
            if urn not in kept:
                yield resource

    def made(self, resource: Deployed) -> None:
        """Note a resource that was created or changed; another id replaces what was there."""
        self._take(resource)
        self._append({"made": asdict(resource)})

    def deleted(self, resource: Deployed) -> None:
        """Note that a resource is gone."""
        self._drop(resource.urn, resource.id)
        self._append({"urn": resource.urn, "id": resource.id})

    def complete(self, urns: Iterable[str]) -> None:
        """Write the file anew, in the order in which the program registered its resources."""
        lines = [
            json.dumps({"made": asdict(resource)})
            for resource in [*self._replaced, *map(self._resources.__getitem__, urns)]
        ]
        draft = self._file.with_suffix(".draft")
        draft.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        draft.replace(self._file)

    def _take(self, resource: Deployed) -> None:
        before = self._resources.get(resource.urn)
        if before is not None and before.id != resource.id:
            self._replaced.append(before)
        self._resources[resource.urn] = resource

    def _drop(self, urn: str, identity: str) -> None:
        if (current := self._resources.get(urn)) and current.id == identity:
            del self._resources[urn]
        self._replaced = [old for old in self._replaced if (old.urn, old.id) != (urn, identity)]

    def _append(self, step: dict[str, Any]) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(step, default=str) + "\n")
