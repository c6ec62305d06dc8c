"""`python -m tests.local.engine.lifecycle`: create, change and delete all of the program.

Reads an `Order` as JSON and prints what it found. A process of its own, as the SDK needs.
"""

import io
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import local.engine.resources  # noqa: F401 - fills the registry
from local.aws import LocalAws
from local.engine.deployment import Deployment, Order
from local.engine.program import deploy
from local.engine.registry import REGISTRY, Created, Registry, Values
from proofs.engine.inventory import inventory


@dataclass
class Recording(Registry):
    """A registry that keeps what it has created."""

    made: list[tuple[Deployment, str, str, Created]] = field(default_factory=list)
    inputs: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)

    def create(self, deployment: Deployment, type_: str, name: str, values: Values) -> Created:
        created = super().create(deployment, type_, name, values)
        inputs: dict[str, Any] = dict(values)
        if named := self.handler(type_).named:
            inputs[named.key] = created.outputs[named.key]
        self.made.append((deployment, type_, name, created))
        self.inputs[type_, name] = inputs
        return created


def main() -> None:
    order = Order(**json.load(sys.stdin))
    root = str(Path(order.program).parent)
    os.chdir(root)
    sys.path.insert(0, root)
    aws = LocalAws(order.endpoint, order.config["aws:region"])
    before = inventory(aws)
    registry = Recording(REGISTRY.handlers, REGISTRY.calls)
    deploy(order, registry, io.StringIO())
    created = inventory(aws)
    changed = []
    for deployment, type_, name, made in registry.made:
        inputs = registry.inputs[type_, name]
        outputs = registry.update(deployment, type_, name, made.id, made.outputs, inputs)
        if {**outputs, "etag": None} != {**made.outputs, "etag": None}:
            changed.append(f"{type_} {name}")
    updated = inventory(aws)
    drifted = list(_drift(registry))
    for deployment, type_, _, made in reversed(registry.made):
        registry.delete(deployment, type_, made.id, made.outputs)
    still = [
        f"{type_} {name}"
        for deployment, type_, name, made in registry.made
        if registry.handler(type_).read
        and registry.read(deployment, type_, made.id, registry.inputs[type_, name], made.outputs)
    ]
    found = {
        "created": len(created - before),
        "changed": changed,
        "drifted": drifted,
        "still": still,
        "moved": sorted(created ^ updated),
        "left": sorted(inventory(aws) - before),
    }
    sys.stdout.write(json.dumps(found))


def _drift(registry: Recording) -> Iterator[str]:
    """Where AWS has something else than what the program gave, or nothing."""
    for deployment, type_, name, made in registry.made:
        given = registry.inputs[type_, name]
        read = registry.read(deployment, type_, made.id, given, made.outputs)
        if read is None:
            yield f"{type_} {name} is missing"
            continue
        for was, found in ((given, read[0]), (made.outputs, read[1])):
            for key in found:
                if found[key] != was.get(key):
                    yield f"{type_} {name}: {key} must be {was.get(key)}, got {found[key]}"


if __name__ == "__main__":
    main()
