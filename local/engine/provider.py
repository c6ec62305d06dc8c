"""Serves the local handlers to the Pulumi engine, as the providers `aws` and `docker`.

The engine reaches them through `PULUMI_DEBUG_PROVIDERS` instead of starting plugins. Every resource
goes to the handler that the SDK's own hooks use (`program.py`), so that one description of a
resource serves both.
"""

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent import futures
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2, struct_pb2
from google.protobuf.json_format import MessageToDict
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from local.children import HOST
from local.engine import limits
from local.engine.deployment import Deployment
from local.engine.program import plain
from local.engine.registry import REGISTRY, Named, RefusedError, Registry, output_names

_DEFAULTS = "__defaults"
"""The inputs that `Check` filled in; the engine hands them back with the inputs."""

_VERSIONS = {"aws": "7.51.1", "docker": "5.2.0"}
_WORKERS = 32
_LARGEST_MESSAGE = 1 << 28


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One provider of the engine's, over one local AWS."""

    def __init__(self, package: str, deployment: Deployment, registry: Registry) -> None:
        self.package = package
        self.deployment = deployment
        self.registry = registry
        self.changed: list[tuple[str, str, str]] = []
        """Each resource that was really created, updated or deleted, and how; in order."""

        self._lock = threading.Lock()

    # What the engine asks first

    def Handshake(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Ask the engine to propose names by Pulumi.yaml's pattern."""
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, supports_autonaming_configuration=True
        )

    def Attach(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Accept the engine's address, which is not needed."""
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Let calls that are under way end: each takes less than a second."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """The version of the SDK that these providers stand for."""
        return plugin_pb2.PluginInfo(version=_VERSIONS[self.package])

    def CheckConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Accept the provider's inputs; `Configure` checks them."""
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """A change of the provider's inputs replaces nothing."""
        old, new = _values(request.old_inputs), _values(request.news)
        return _difference(sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k)))

    def Configure(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Take the default tags, and refuse what the local deployment does not know."""
        values = _values(request.args)
        values.pop("version", None)
        if not has_unknown(values):
            with _refusing(context, self.package):
                self.registry.create(
                    self.deployment, f"pulumi:providers:{self.package}", self.package, values
                )
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=True,
            supports_autonaming_configuration=True,
        )

    # What the engine asks of each resource

    def Check(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Name the resource, and refuse inputs that are unknown here or too large for AWS."""
        news, olds = _raw(request.news), _raw(request.olds)
        failures: list[tuple[str, str]] = []
        try:
            handler = self.registry.handler(request.type)
            if (named := handler.named) and named.key not in news:
                if named.key in olds.get(_DEFAULTS, []):
                    news[named.key] = olds[named.key]
                else:
                    news[named.key] = self._physical_name(request, named)
                news[_DEFAULTS] = [named.key]
            # An input that is unknown as a whole has no shape to check yet.
            values = {key: value for key, value in _inputs(news).items() if value != rpc.UNKNOWN}
            handler.check(values)
            failures.extend(limits.exceeded(request.type, values))
            if not failures:
                completed = self.registry.completed(self.deployment, request.type, values)
                news |= {key: value for key, value in completed.items() if value != values.get(key)}
        except (OSError, RefusedError, ValueError) as error:
            failures.append(("", str(error)))
        return provider_pb2.CheckResponse(
            inputs=_struct(news),
            failures=[
                provider_pb2.CheckFailure(property=key, reason=reason) for key, reason in failures
            ],
        )

    def _physical_name(self, request: Any, named: Named) -> str:
        """The name that the engine proposes, by the pattern in Pulumi.yaml, within AWS's limits.

        Raises `ValueError` if it is too long or the program must give one.
        """
        proposal = request.autonaming
        mode = provider_pb2.CheckRequest.AutonamingOptions.Mode
        if proposal.mode == mode.DISABLE:
            raise ValueError(f"{named.key} must be given where pulumi:autonaming is disabled")
        if not proposal.proposed_name:
            return named.limited(
                self.deployment.naming.physical(request.name, longest=named.longest)
            )
        if proposal.mode == mode.ENFORCE and named.limited(proposal.proposed_name) != (
            proposal.proposed_name
        ):
            raise ValueError(
                f"{named.key} must be in lower case, got {proposal.proposed_name} enforced"
            )
        return named.limited(proposal.proposed_name)

    def Diff(self, request: Any, _context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Compare the inputs and tags; the handler knows which of them need a new resource."""
        keys = self.registry.changed(
            self.deployment,
            request.type,
            _inputs(_raw(request.old_inputs)),
            _values(request.olds),
            _inputs(_raw(request.news)),
        )
        handler = self.registry.handler(request.type)
        return _difference(keys, handler.replaces(keys), handler.deletes_first(keys))

    def Create(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Create the resource; in a preview every output is unknown but the inputs."""
        inputs = _inputs(_raw(request.properties))
        if request.preview:
            outputs = {**_unknown_outputs(request.type), **inputs}
            return provider_pb2.CreateResponse(id="", properties=_struct(outputs))
        _refuse_unknown(context, inputs)
        with _refusing(context, f"{request.type} {request.name}"):
            made = self.registry.create(self.deployment, request.type, request.name, inputs)
        self._record("create", request)
        return provider_pb2.CreateResponse(id=made.id, properties=_struct(made.outputs))

    def Update(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Change the resource in place; a preview leaves its other outputs as they were."""
        inputs, olds = _inputs(_raw(request.news)), _values(request.olds)
        if request.preview:
            outputs = {**olds, **inputs}
            if request.type == "docker:index/image:Image":
                outputs |= {"repoDigest": rpc.UNKNOWN}
            return provider_pb2.UpdateResponse(properties=_struct(outputs))
        _refuse_unknown(context, inputs)
        with _refusing(context, f"{request.type} {request.name}"):
            outputs = dict(
                self.registry.update(
                    self.deployment,
                    request.type,
                    request.name,
                    request.id,
                    olds,
                    inputs,
                    _inputs(_raw(request.old_inputs)),
                )
            )
        self._record("update", request)
        return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Read(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """The resource as AWS has it, for `pulumi refresh`; no id if it is gone."""
        raw = _raw(request.inputs)
        with _refusing(context, f"{request.type} {request.name}"):
            found = self.registry.read(
                self.deployment,
                request.type,
                request.id,
                _inputs(raw),
                _values(request.properties),
            )
        if found is None:
            return provider_pb2.ReadResponse(id="")
        inputs, outputs = found
        drifted = {key: value for key, value in inputs.items() if value != plain(raw.get(key))}
        return provider_pb2.ReadResponse(
            id=request.id, properties=_struct(outputs), inputs=_struct({**raw, **drifted})
        )

    def Delete(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Delete the resource."""
        with _refusing(context, f"{request.type} {request.name}"):
            self.registry.delete(
                self.deployment, request.type, request.id, _values(request.properties)
            )
        self._record("delete", request)
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:  # noqa: N802 - the protocol's name
        """Answer one of the provider's functions."""
        with _refusing(context, request.tok):
            answer = self.registry.answer(self.deployment, request.tok, _values(request.args))
        return provider_pb2.InvokeResponse(**{"return": _struct(answer)})

    def _record(self, step: str, request: Any) -> None:
        with self._lock:
            self.changed.append((step, request.type, request.name))


@contextlib.contextmanager
def serve(deployment: Deployment, registry: Registry = REGISTRY) -> Iterator[dict[str, str]]:
    """Serve both providers on free ports; yields what the engine's environment must say."""
    # Imports come before the threads: a class that another thread still imports has no properties.
    for type_ in registry.handlers:
        output_names(type_)
    servers, ports = [], []
    for package in _VERSIONS:
        server = grpc.server(
            futures.ThreadPoolExecutor(_WORKERS),
            options=[("grpc.max_receive_message_length", _LARGEST_MESSAGE)],
        )
        provider = Provider(package, deployment, registry)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
        ports.append(f"{package}:{server.add_insecure_port(f'{HOST}:0')}")
        server.start()
        servers.append(server)
    try:
        yield {
            "PULUMI_DEBUG_PROVIDERS": ",".join(ports),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        }
    finally:
        for server in servers:
            server.stop(1).wait()


def has_unknown(value: Any) -> bool:
    """Whether any part of a value is known only after the deployment."""
    if isinstance(value, Mapping):
        return any(has_unknown(below) for below in value.values())
    if isinstance(value, list):
        return any(has_unknown(below) for below in value)
    return isinstance(value, str) and value == rpc.UNKNOWN


def _raw(message: struct_pb2.Struct) -> dict[str, Any]:
    raw: dict[str, Any] = MessageToDict(message)
    return raw


def _values(message: struct_pb2.Struct) -> dict[str, Any]:
    values: dict[str, Any] = plain(_raw(message))
    return values


def _inputs(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: plain(value) for key, value in raw.items() if key != _DEFAULTS}


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    message = struct_pb2.Struct()
    message.update(json.loads(json.dumps(dict(values), default=str)))
    return message


def _unknown_outputs(type_: str) -> dict[str, Any]:
    return dict.fromkeys(output_names(type_), rpc.UNKNOWN)


def _difference(keys: list[str], replaces: Sequence[str] = (), first: bool = False) -> Any:
    some = provider_pb2.DiffResponse.DIFF_SOME
    none = provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if keys else none, diffs=keys, replaces=replaces, deleteBeforeReplace=first
    )


def _refuse_unknown(context: Any, inputs: Mapping[str, Any]) -> None:
    if unknown := [key for key, value in inputs.items() if has_unknown(value)]:
        _abort(context, f"{', '.join(unknown)} must be known at this point")


@contextlib.contextmanager
def _refusing(context: Any, subject: str) -> Iterator[None]:
    """Hand a failure to the engine as one line."""
    try:
        yield
    except Exception as error:
        _abort(context, f"{subject}: {error}")


def _abort(context: Any, message: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, message)
    raise AssertionError("abort raises")
