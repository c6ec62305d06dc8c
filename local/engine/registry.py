"""What the local deployment knows of each resource type, and its refusal of everything else.

A handler declares the input keys that it *honours* and those that have no effect on one machine,
each with the reason. An input key that is in neither list is an error that names it, and so is one
that a handler declares as honoured and then does not read: nothing is skipped in silence. An output
that a handler does not give reads as a marker, and a resource or export that uses the marker is
refused.
"""

import importlib
import inspect
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from local.engine.deployment import Deployment

Values: TypeAlias = Mapping[str, Any]


class RefusedError(RuntimeError):
    """The program asks for something that the local deployment does not know."""


@dataclass(frozen=True)
class Created:
    """What a resource has become: its physical id and its outputs, by the provider's names."""

    id: str
    outputs: Values = field(default_factory=dict)


class Inputs:
    """A resource's inputs, which remember what was read of them.

    Keys are the provider's (camelCase). A nested object reads as `Inputs`, a list of objects as a
    list of them; `plain` reads whatever is below a key as it is.
    """

    def __init__(self, values: Values, path: str = "", seen: set[str] | None = None) -> None:
        self._values = values
        self._path = path
        self._seen: set[str] = set() if seen is None else seen

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def __getitem__(self, key: str) -> Any:
        if key not in self._values:
            raise RefusedError(f"input {self._path}{key} is missing")
        return self._open(self._values[key], f"{self._path}{key}")

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default` where the program gives none."""
        return self[key] if key in self._values else default

    def plain(self, key: str, default: Any = None) -> Any:
        """The value of `key` with everything below it, as plain dicts and lists."""
        self._seen.add(f"{self._path}{key}*")
        return self._values.get(key, default)

    def _open(self, value: Any, path: str) -> Any:
        if isinstance(value, Mapping):
            return Inputs(value, f"{path}.", self._seen)
        if isinstance(value, list):
            self._seen.add(f"{path}[]")
            return [self._open(item, f"{path}[]") for item in value]
        self._seen.add(path)
        return value

    def unread(self) -> list[str]:
        """Paths of given inputs that nothing has read, sorted."""
        return sorted({p for p in paths(self._values) if not _covered(p, self._seen)})


def paths(values: Values) -> Iterator[str]:
    """The path of every leaf: `policy`, `rules[].status`, `tags.Name`; empty containers too."""
    for key, value in values.items():
        yield from _paths_below(key, value)


def _paths_below(path: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for key, below in value.items():
            yield from _paths_below(f"{path}.{key}", below)
    elif isinstance(value, list) and value:
        for below in value:
            yield from _paths_below(f"{path}[]", below)
    else:
        yield path


def _covered(path: str, declared: set[str] | frozenset[str]) -> bool:
    """A declared path covers itself, itself as a list of plain values, and with `*` all below."""
    if path in declared or f"{path}[]" in declared or path.removesuffix("[]") in declared:
        return True
    return any(
        end and f"{path[: end.start()]}*" in declared for end in re.finditer(r"\.|\[\]|$", path)
    )


Create: TypeAlias = Callable[[Deployment, str, Inputs], Created]
Call: TypeAlias = Callable[[Deployment, Inputs], Values]


@dataclass(frozen=True)
class Handler:
    """How one resource type is created locally."""

    type: str
    create: Create
    honours: frozenset[str]
    ignores: Mapping[str, str]

    def check(self, values: Values) -> None:
        """Raise `RefusedError` naming the first input key that is not declared."""
        declared = self.honours | {f"{key}*" for key in self.ignores}
        for path in sorted(paths(values)):
            if not _covered(path, declared):
                raise RefusedError(
                    f"input {path} of {self.type} is not known to the local deployment: "
                    f"honour it in {self.create.__module__}, or say there why it has no effect"
                )


@dataclass
class Registry:
    """The handlers of resource types and of the provider's functions."""

    handlers: dict[str, Handler] = field(default_factory=dict)
    calls: dict[str, Call] = field(default_factory=dict)

    def resource(
        self, type_: str, *honours: str, ignores: Mapping[str, str] | None = None
    ) -> Callable[[Create], Create]:
        """Register the decorated function as the handler of `type_`."""

        def register(create: Create) -> Create:
            self.handlers[type_] = Handler(type_, create, frozenset(honours), ignores or {})
            return create

        return register

    def call(self, token: str) -> Callable[[Call], Call]:
        """Register the decorated function as the answer to the provider function `token`."""

        def register(answer: Call) -> Call:
            self.calls[token] = answer
            return answer

        return register

    def create(self, deployment: Deployment, type_: str, name: str, values: Values) -> Created:
        """Create one resource; its outputs hold its inputs and a marker for each that is unknown.

        Raises `RefusedError` for an unknown type or input key, an input that came from an output
        which is not given locally, and an honoured key that the handler left unread.
        """
        handler = self.handlers.get(type_)
        if handler is None:
            raise RefusedError(f"{type_} is not a resource type that the local deployment knows")
        refuse_markers(values)
        handler.check(values)
        inputs = Inputs(values)
        created = handler.create(deployment, name, inputs)
        ignored = {f"{key}*" for key in handler.ignores}
        if unread := [path for path in inputs.unread() if not _covered(path, ignored)]:
            raise RefusedError(f"{type_} did not read its input {', '.join(unread)}")
        outputs = {**values, **created.outputs}
        for output in output_names(type_):
            outputs.setdefault(output, f"<{type_} {output} {_MARKER}>")
        return Created(created.id, outputs)

    def answer(self, deployment: Deployment, token: str, values: Values) -> Values:
        """Answer a provider function; an unknown one, or an argument left unread, is refused."""
        call = self.calls.get(token)
        if call is None:
            raise RefusedError(f"{token} is not a function that the local deployment knows")
        refuse_markers(values)
        inputs = Inputs(values)
        answer = call(deployment, inputs)
        if unread := inputs.unread():
            raise RefusedError(f"{token} did not read its argument {', '.join(unread)}")
        return answer


_MARKER = "is not an output that the local deployment gives"


def refuse_markers(values: Values) -> None:
    """Raise `RefusedError` if any value was made of an output that is not given locally."""
    for path, value in _leaves("", values):
        if isinstance(value, str) and _MARKER in value:
            raise RefusedError(f"{path.lstrip('.')} uses {value}")


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for key, below in value.items():
            yield from _leaves(f"{path}.{key}", below)
    elif isinstance(value, list):
        for below in value:
            yield from _leaves(f"{path}[]", below)
    else:
        yield path, value


def output_names(type_: str) -> list[str]:
    """The provider's names of a resource type's outputs, from the SDK's own class."""
    package, module, cls = type_.split(":")
    folder = module.split("/")[0]
    if package == "pulumi":
        return []
    name = f"pulumi_{package}" if folder == "index" else f"pulumi_{package}.{folder}"
    try:
        sdk = importlib.import_module(name)
    except ModuleNotFoundError:
        sdk = importlib.import_module(f"{name}_")  # pulumi_aws.lambda_
    properties = inspect.getmembers(getattr(sdk, cls), lambda member: isinstance(member, property))
    return [
        getattr(member.fget, "_pulumi_name", name)
        for name, member in properties
        if name not in ("id", "urn") and not name.startswith("pulumi_")
    ]


REGISTRY = Registry()
