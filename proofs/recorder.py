"""Runs the program without a cloud and records the resources that it registers.

    graph = record("dev", {"gate": "guarded"})
    graph.resource("s3.Bucket", "originals").inputs

The program runs in this process under the SDK's own runtime hooks. Every registration returns at
once, with the resource's own inputs and with invented names and ARNs (`ANSWERS`), so nothing here
proves that AWS would accept them. `tests/program/schema.py` compares the inputs with the provider's
types.
"""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml
from pulumi.runtime import mocks, rpc, rpc_manager, settings, stack
from pulumi.runtime.config import set_all_config

from local.engine.waiting import outputs_resolved
from proofs import PAGE

__all__ = [
    "ACCOUNT",
    "REGION",
    "ROOT",
    "Graph",
    "Invoke",
    "Resource",
    "defaults",
    "record",
    "run",
    "run_program",
    "stage_config",
]

ROOT = Path(__file__).resolve().parents[1]
ACCOUNT = "123456789012"
REGION = "eu-west-1"
PROJECT = "darkroom"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource that the program registered.

    `inputs` have the provider's camelCase names; secrets are unwrapped and their names are in
    `secrets`. `depends_on` has the URN of everything that the resource waits for: what its option
    `depends_on` named, with a component's children, and what its inputs came from. `ignored` has
    the inputs whose changes the engine ignores. With `deletes_first` a replacement is made after
    what it replaces is deleted, and with `retained` what is no longer registered stays. `outputs`
    are those of `ANSWERS`, or those that a component registered itself.
    """

    urn: str
    type: str
    name: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    secrets: frozenset[str]
    parent: str
    depends_on: frozenset[str]
    protect: bool
    ignored: tuple[str, ...]
    provider: str
    custom: bool
    deletes_first: bool
    retained: bool

    @property
    def kind(self) -> str:
        """The type as a program writes it: `s3.Bucket`, `docker.Image`, or our own `Route`."""
        package, path, class_ = self.type.split(":")
        module = path.split("/")[0]
        if package == "darkroom":
            return class_
        return f"{package if module == 'index' else module}.{class_}"

    def document(self, key: str) -> Any:
        """The input `key`, parsed from its JSON text."""
        return json.loads(self.inputs[key])


@dataclass(frozen=True, kw_only=True)
class Invoke:
    """One function of a provider that the program called."""

    token: str
    args: Mapping[str, Any]
    provider: str


@dataclass(frozen=True)
class Graph:
    """Everything that a run of the program registered, sorted by URN."""

    resources: tuple[Resource, ...]
    invokes: tuple[Invoke, ...]
    outputs: Mapping[str, Any]

    def of_kind(self, kind: str) -> list[Resource]:
        """The resources of one kind, such as `s3.Bucket`."""
        return [each for each in self.resources if each.kind == kind]

    def resource(self, kind: str, name: str) -> Resource:
        """The one resource of this kind and logical name.

        Raises `LookupError` if there is none or several.
        """
        found = [each for each in self.of_kind(kind) if each.name == name]
        if len(found) != 1:
            raise LookupError(f"{len(found)} resources of kind {kind} are named {name}")
        return found[0]

    def children(self, parent: Resource) -> list[Resource]:
        """The resources whose parent is `parent`."""
        return [each for each in self.resources if each.parent == parent.urn]

    def kept(self, key: str) -> str:
        """The text of the object under this key. Raises `LookupError` if there is none."""
        for each in self.of_kind("s3.BucketObjectv2"):
            if each.inputs["key"] == key:
                return str(each.inputs["source"].text)
        raise LookupError(f"no object has the key {key}")

    @cached_property
    def by_urn(self) -> Mapping[str, Resource]:
        """The resources by URN."""
        return {each.urn: each for each in self.resources}


def defaults() -> dict[str, Any]:
    """The defaults of Pulumi.yaml by full key, as the CLI applies them; the page is one that is
    built."""
    return {**_declared(), f"{PROJECT}:page": PAGE}


@cache
def _declared() -> Mapping[str, Any]:
    declared = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return {
        key if ":" in key else f"{PROJECT}:{key}": entry.get("value", entry.get("default"))
        for key, entry in declared.items()
    }


def stage_config(stage: str) -> dict[str, Any]:
    """The defaults, overridden by Pulumi.<stage>.yaml if that file exists."""
    path = ROOT / f"Pulumi.{stage}.yaml"
    own = yaml.safe_load(path.read_text())["config"] if path.exists() else {}
    return {**defaults(), **own}


def record(stage: str, config: Mapping[str, Any] | None = None) -> Graph:
    """The graph of the program in the stage `stage`.

    `config` overrides the stage's own configuration. Its keys are full ones, or the project's
    without `darkroom:`; its values are plain Python, and None removes a key. Raises `RunError` if
    the program refuses the configuration. A graph that was recorded a moment ago is returned again.
    """
    full = stage_config(stage)
    for key, value in (config or {}).items():
        full[key if ":" in key else f"{PROJECT}:{key}"] = value
    return _recorded(stage, tuple(sorted(_texts(full).items())))


@lru_cache(16)
def _recorded(stage: str, config: tuple[tuple[str, str], ...]) -> Graph:
    return run(run_program, stage, dict(config))


def run_program() -> None:
    """Run `__main__.py` in the stack that is set up."""
    runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")


def run(
    program: Callable[[], None], stage: str = "test", config: Mapping[str, Any] | None = None
) -> Graph:
    """The graph of any program: a function that creates resources."""
    with _event_loop() as loop:
        cloud = _Cloud()
        recorder = _Recorder(cloud)
        # After the loop is set: the hooks would wait for ever on any other.
        mocks.set_mocks(cloud, project=PROJECT, stack=stage, monitor=recorder)
        settings.SETTINGS.rpc_manager = rpc_manager.RPCManager()  # type: ignore[no-untyped-call]
        settings.SETTINGS.outputs.clear()
        _forget_stack()
        set_all_config(_texts(config or {}))

        async def whole() -> None:
            program()
            await outputs_resolved()

        try:
            loop.run_until_complete(stack.run_in_stack(whole))
        finally:
            _forget_stack()
    return recorder.graph()


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop whose calls to the engine run in one thread; both are closed at the end.

    The hooks give every thread that they run in a loop of its own and close none.
    """
    loops = [asyncio.new_event_loop(), asyncio.new_event_loop()]
    engine = ThreadPoolExecutor(1, initializer=asyncio.set_event_loop, initargs=(loops[1],))
    loops[0].set_default_executor(engine)
    asyncio.set_event_loop(loops[0])
    try:
        yield loops[0]
    finally:
        engine.shutdown()
        for loop in loops:
            loop.close()
        asyncio.set_event_loop(None)


def _forget_stack() -> None:
    settings.set_root_resource(None)  # type: ignore[arg-type]  # None is the SDK's own reset


class _Recorder(mocks.MockMonitor):
    """Stands in for the engine: accepts every registration and records it."""

    def __init__(self, cloud: _Cloud) -> None:
        super().__init__(cloud)
        self._cloud = cloud
        self._recorded: list[Resource] = []
        self._registered: dict[str, dict[str, Any]] = {}

    # The engine's own names, and messages without types.
    def RegisterResource(self, request: Any) -> Any:  # noqa: N802
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        inputs = rpc.deserialize_properties(request.object)
        self._recorded.append(
            Resource(
                urn=response.urn,
                type=request.type,
                name=request.name,
                inputs=_plain(inputs),
                outputs=_plain(rpc.deserialize_properties(response.object)),
                secrets=frozenset(key for key, each in inputs.items() if rpc.is_rpc_secret(each)),
                parent=request.parent,
                depends_on=frozenset(request.dependencies),
                protect=request.protect,
                ignored=tuple(request.ignoreChanges),
                provider=request.provider,
                custom=request.custom,
                deletes_first=request.deleteBeforeReplace,
                retained=request.retainOnDelete,
            )
        )
        return response

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802
        outputs = _plain(rpc.deserialize_properties(request.outputs))
        self._registered.setdefault(request.urn, {}).update(outputs)
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]

    def graph(self) -> Graph:
        """What was recorded, without the stack itself, whose outputs are the graph's own."""
        stacks = {each.urn for each in self._recorded if each.type == "pulumi:pulumi:Stack"}
        resources = [
            each if each.custom else replace(each, outputs=self._registered.get(each.urn, {}))
            for each in self._recorded
            if each.urn not in stacks
        ]
        return Graph(
            tuple(sorted(resources, key=lambda each: each.urn)),
            tuple(self._cloud.invokes),
            next((self._registered[urn] for urn in stacks if urn in self._registered), {}),
        )


class _Cloud(mocks.Mocks):
    """Stands in for the providers: returns the inputs, with invented names and ARNs."""

    def __init__(self) -> None:
        self.invokes: list[Invoke] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        name = f"{args.name}-0a1b2c"
        answer = ANSWERS[args.typ](name) if args.typ in ANSWERS else {}
        return answer.get("id", name), {**args.inputs, **answer}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        self.invokes.append(Invoke(token=args.token, args=args.args, provider=args.provider))
        return INVOKED[args.token](args.args), []


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}"


ANSWERS: Mapping[str, Callable[[str], dict[str, Any]]] = {
    "aws:s3/bucket:Bucket": lambda name: {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "bucketRegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
    },
    # Of a table, the only thing that Cloud Control makes for the program.
    "aws:cloudcontrol/resource:Resource": lambda name: {
        "properties": json.dumps({"TableName": name, "Arn": _arn("dynamodb", f"table/{name}")})
    },
    "aws:dynamodb/table:Table": lambda name: {
        "name": name,
        "arn": _arn("dynamodb", f"table/{name}"),
    },
    "aws:cloudwatch/metricAlarm:MetricAlarm": lambda name: {"name": name},
    "aws:cloudwatch/eventBus:EventBus": lambda name: {
        "name": name,
        "arn": _arn("events", f"event-bus/{name}"),
    },
    "aws:cloudwatch/eventRule:EventRule": lambda name: {
        "name": name,
        "arn": _arn("events", f"rule/{name}"),
    },
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": lambda name: {"name": name},
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": lambda name: {
        "arn": _arn("logs", f"delivery-destination:{name}")
    },
    "aws:cloudwatch/logGroup:LogGroup": lambda name: {
        "name": name,
        "arn": _arn("logs", f"log-group:{name}"),
    },
    "aws:ecr/repository:Repository": lambda name: {
        "name": name,
        "registryId": ACCOUNT,
        "arn": _arn("ecr", f"repository/{name}"),
        "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}",
    },
    "aws:iam/role:Role": lambda name: {
        "name": name,
        "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}",
    },
    "aws:iam/policy:Policy": lambda name: {
        "name": name,
        "arn": f"arn:aws:iam::{ACCOUNT}:policy/{name}",
    },
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": lambda name: {
        "arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{name}",
    },
    "aws:kms/key:Key": lambda name: {
        "keyId": name,
        "arn": _arn("kms", f"key/{name}"),
    },
    "aws:lambda/function:Function": lambda name: {
        "name": name,
        "arn": _arn("lambda", f"function:{name}"),
    },
    "aws:lambda/eventSourceMapping:EventSourceMapping": lambda name: {
        "uuid": name,
        "arn": _arn("lambda", f"event-source-mapping:{name}"),
    },
    "aws:lambda/functionUrl:FunctionUrl": lambda name: {
        "functionUrl": f"https://{name}.lambda-url.{REGION}.on.aws/",
    },
    "aws:sqs/queue:Queue": lambda name: {
        "name": name,
        "arn": _arn("sqs", name),
        "url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}",
    },
    "aws:sfn/stateMachine:StateMachine": lambda name: {
        "name": name,
        "arn": _arn("states", f"stateMachine:{name}"),
    },
    "aws:sns/topic:Topic": lambda name: {"name": name, "arn": _arn("sns", name)},
    "aws:cloudfront/function:Function": lambda name: {
        "name": name,
        "arn": f"arn:aws:cloudfront::{ACCOUNT}:function/{name}",
    },
    "aws:cloudfront/keyValueStore:KeyValueStore": lambda name: {
        "arn": f"arn:aws:cloudfront::{ACCOUNT}:key-value-store/{name}",
    },
    "aws:cloudfront/distribution:Distribution": lambda _: {
        "id": "E1EXAMPLE",
        "arn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1EXAMPLE",
        "domainName": "d1example.cloudfront.net",
    },
    "aws:cognito/userPool:UserPool": lambda name: {
        "id": f"{REGION}_people",
        "name": name,
        "arn": _arn("cognito-idp", f"userpool/{REGION}_people"),
        "endpoint": f"cognito-idp.{REGION}.amazonaws.com/{REGION}_people",
        "region": REGION,
    },
    "aws:cognito/userPoolClient:UserPoolClient": lambda _: {"id": "1example23456789"},
    "aws:apigatewayv2/api:Api": lambda name: {
        "id": "a1b2c3d4e5",
        "name": name,
        "apiEndpoint": f"https://a1b2c3d4e5.execute-api.{REGION}.amazonaws.com",
        "executionArn": _arn("execute-api", "a1b2c3d4e5"),
    },
    "docker:index/image:Image": lambda name: {
        "repoDigest": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{name}@sha256:{'0' * 64}"
    },
}
"""The outputs of each type that the program uses, from the physical name."""

INVOKED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": lambda _: {"accountId": ACCOUNT},
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": lambda _: {
        "userName": "AWS",
        "password": "a password of twelve hours",
    },
}


def _plain(value: Any) -> Any:
    """`value` without secret wrappers, and with integers as such: the wire has only one kind of
    number."""
    value = rpc.unwrap_rpc_secret(value)
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _texts(config: Mapping[str, Any]) -> dict[str, str]:
    """The configuration's values as the CLI passes them to a program."""
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in config.items()
        if value is not None
    }
