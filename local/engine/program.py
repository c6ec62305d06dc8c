"""`python -m local.engine.program`: run the Pulumi program against a local AWS, once.

A JSON object on standard input says how (`Order`). Resources that an earlier run recorded are
changed, replaced or left as they are, and those that the program no longer registers are deleted at
the end. Each step is one JSON line on standard output, the last line is the stack's outputs; a
refusal is one line on standard error and status 1. It is a process of its own because the SDK keeps
its state in module globals.
"""

import asyncio
import contextlib
import json
import os
import runpy
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, TextIO

import pulumi
from pulumi.runtime import mocks, rpc, settings
from pulumi.runtime.stack import run_in_stack

from local.aws import LocalAws
from local.docker.engine import find_engine
from local.docker.images import Containers
from local.engine import assets
from local.engine.deployment import Deployment, Order
from local.engine.images import Archives, Images
from local.engine.naming import Naming
from local.engine.record import Deployed, Record
from local.engine.registry import REGISTRY, RefusedError, Registry, Values, refuse_markers
from local.engine.waiting import outputs_resolved

STACK = "pulumi:pulumi:Stack"
_PROVIDERS = "pulumi:providers:"


class Deployer(mocks.Mocks):
    """Makes what the program registers exist; the first failure stops everything after it."""

    def __init__(
        self, registry: Registry, deployment: Deployment, report: TextIO, record: Record
    ) -> None:
        self.registry = registry
        self.deployment = deployment
        self.report = report
        self.record = record
        self.failure: str | None = None
        self.registering = threading.local()
        """The `urn` of the resource that the current thread registers, and whether it is
        `retained`."""

        self._order: list[str] = []
        self._lock = threading.Lock()

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Make one resource exist; a component has no outputs but those that it registers."""
        if not args.custom and not args.resource_id:
            return "", {}
        self._stop_after_a_failure()
        with self._explained(f"{args.typ} {args.name}"):
            if args.resource_id:
                raise RefusedError("reading or importing an existing resource is not known locally")
            started = time.monotonic()
            step, resource = self._deploy(args.typ, args.name, plain(args.inputs))
        with self._lock:
            self._order.append(resource.urn)
            if step != "same":
                self.record.made(resource)
        self._tell(step, resource, time.monotonic() - started)
        return resource.id, dict(resource.outputs)

    def finish(self) -> None:
        """Delete what the program no longer registers, and what was replaced."""
        for resource in self.record.obsolete(self._order):
            started = time.monotonic()
            with self._explained(f"{resource.type} {resource.name}"):
                self._delete(resource)
            self._tell("delete", resource, time.monotonic() - started)
        self.record.complete(self._order)

    def _deploy(self, type_: str, name: str, given: Values) -> tuple[str, Deployed]:
        """Create, change, replace or leave one resource; returns what was done, and the result."""
        urn = self.registering.urn
        inputs = dict(self.registry.completed(self.deployment, type_, given))
        handler = self.registry.handler(type_)
        key = handler.named.key if handler.named else ""
        autonamed = bool(key) and key not in inputs
        old = self.record.find(urn)
        if old is None:
            return "create", self._create(urn, type_, name, inputs, autonamed)
        if type_.startswith(_PROVIDERS):
            # It has nothing on AWS to change, and sets up the deployment in every run.
            made = self._create(urn, type_, name, inputs, autonamed)
            return ("same" if made == old else "update"), made
        if autonamed and old.autonamed:
            inputs[key] = old.inputs[key]
        changed = self.registry.changed(self.deployment, type_, old.inputs, old.outputs, inputs)
        if not changed:
            return "same", old
        if handler.replaces(changed):
            if autonamed and key not in changed:
                del inputs[key]
            if handler.deletes_first(changed):
                self._delete(old)
            return "replace", self._create(urn, type_, name, inputs, autonamed)
        outputs = self.registry.update(
            self.deployment, type_, name, old.id, old.outputs, inputs, old.inputs
        )
        return "update", replace(old, inputs=inputs, outputs=dict(outputs), autonamed=autonamed)

    def _create(
        self, urn: str, type_: str, name: str, inputs: dict[str, Any], autonamed: bool
    ) -> Deployed:
        created = self.registry.create(self.deployment, type_, name, inputs)
        if autonamed and (named := self.registry.handler(type_).named):
            inputs = {**inputs, named.key: created.outputs[named.key]}
        return Deployed(
            *(urn, type_, name, created.id, inputs, dict(created.outputs)),
            autonamed=autonamed,
            retained=self.registering.retained,
        )

    def _delete(self, resource: Deployed) -> None:
        if not resource.retained:
            self.registry.delete(self.deployment, resource.type, resource.id, resource.outputs)
        with self._lock:
            self.record.deleted(resource)

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """Answer one function of the provider."""
        self._stop_after_a_failure()
        with self._explained(args.token):
            answer = self.registry.answer(self.deployment, args.token, plain(args.args))
        return dict(answer), []

    def _tell(self, step: str, resource: Deployed, seconds: float) -> None:
        line = {
            "step": step,
            "type": resource.type,
            "name": resource.name,
            "id": resource.id,
            "arn": resource.outputs.get("arn"),
            "seconds": round(seconds, 3),
        }
        with self._lock:
            self.report.write(json.dumps(line) + "\n")
            self.report.flush()

    def _stop_after_a_failure(self) -> None:
        if self.failure is not None:
            raise RefusedError("left alone: the deployment has failed")

    @contextlib.contextmanager
    def _explained(self, subject: str) -> Any:
        try:
            yield
        except Exception as error:
            with self._lock:
                self.failure = self.failure or f"{subject}: {error}"
            raise


class Monitor(mocks.MockMonitor):
    """The SDK's mock monitor, which also refuses a second resource of the same URN."""

    def __init__(self, deployer: Deployer) -> None:
        super().__init__(deployer)
        self.deployer = deployer
        self.urns: set[str] = set()
        self.outputs: dict[str, Any] = {}
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Create a resource, or register the stack."""
        urn = self.make_urn(request.parent, request.type, request.name)
        with self._lock:
            if urn in self.urns and request.type != STACK:
                self.deployer.failure = self.deployer.failure or f"two resources have the URN {urn}"
                raise RefusedError(f"two resources have the URN {urn}")
            self.urns.add(urn)
        self.deployer.registering.urn = urn
        self.deployer.registering.retained = request.retainOnDelete
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        """Keep the stack's own outputs."""
        if request.urn.split("::")[2] == STACK:
            # The SDK registers two stacks, one of them without outputs, in no certain order.
            self.outputs |= plain(rpc.deserialize_properties(request.outputs))
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


def plain(value: Any) -> Any:
    """A wire value as the program meant it: secrets unwrapped, whole numbers as integers.

    Files and archives, which the SDK's hooks hand over as objects, take their form on the wire.
    """
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return assets.on_the_wire(value)
    if rpc.is_rpc_secret(value):
        return plain(rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: plain(below) for key, below in value.items()}
    if isinstance(value, list):
        return [plain(below) for below in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def deploy(order: Order, registry: Registry, report: TextIO) -> dict[str, Any]:
    """Run the program against what `order.record` holds; returns the stack's outputs.

    Raises `RefusedError` with the first failure, and for an export without a value.
    """
    region = order.config["aws:region"]
    deployment = Deployment(
        aws=LocalAws(order.endpoint, region),
        project=order.project,
        stage=order.stage,
        naming=Naming(order.project, order.stage, order.config),
        images=_images(order),
        rekognition=order.rekognition,
        front=order.front,
        root=Path(order.program).parent,
    )
    deployment.default_tags.update(
        json.loads(order.config.get("aws:defaultTags", "{}")).get("tags", {})
    )
    deployer = Deployer(registry, deployment, report, Record(Path(order.record)))
    monitor = Monitor(deployer)
    # The order matters: a loop set after the mocks leaves the run waiting for ever.
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(deployer, project=order.project, stack=order.stage, monitor=monitor)
    settings.set_root_resource(None)  # type: ignore[arg-type]
    # Nothing is encrypted on one machine, so a secret setting in the clear is no mistake.
    pulumi.runtime.set_all_config(order.config, list(order.config))
    exports: list[str] = []
    try:
        loop.run_until_complete(run_in_stack(lambda: _run(order.program, exports)))
    except pulumi.RunError as error:
        raise RefusedError(str(error)) from error
    except Exception as error:
        if deployer.failure is None:
            raise
        raise RefusedError(deployer.failure) from error
    if deployer.failure is not None:
        raise RefusedError(deployer.failure)
    refuse_markers(monitor.outputs)
    for name in exports:
        if monitor.outputs.get(name) is None:
            raise RefusedError(f"export {name} must have a value, got None")
    deployer.finish()
    return monitor.outputs


def _images(order: Order) -> Images:
    if order.containers:
        return Containers(find_engine(), order.endpoint.partition("//")[2])
    return Archives(Path(order.images), f"python{sys.version_info.major}.{sys.version_info.minor}")


async def _run(program: str, exports: list[str]) -> None:
    runpy.run_path(program, run_name="__main__")
    exports.extend(getattr(settings.get_root_resource(), "outputs", {}))
    await outputs_resolved()


def main() -> None:
    """Carry out the order on standard input."""
    order = Order(**json.load(sys.stdin))
    # What the program itself prints must not mix with the report.
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.chdir(Path(order.program).parent)
    sys.path.insert(0, str(Path(order.program).parent))
    import local.engine.resources  # noqa: F401 - fills the registry

    try:
        outputs = deploy(order, REGISTRY, report)
    except RefusedError as error:
        sys.exit(str(error))
    report.write(json.dumps({"outputs": outputs}) + "\n")
    report.flush()


if __name__ == "__main__":
    main()
