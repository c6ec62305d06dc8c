"""What the local deployment knows of each resource type, and its refusal of everything else.

A handler declares the input keys that it *honours* and those that have no effect on one machine,
each with the reason. An input key that is in neither list is an error that names it, and so is one
that a handler declares as honoured and then does not read: nothing is skipped in silence. An output
that a handler does not give reads as a marker, and a resource or export that uses the marker is
refused.
"""

import contextlib
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from botocore.exceptions import ClientError

from local.engine import assets, tags
from local.engine.deployment import Deployment
from local.engine.replacements import REPLACEMENTS, Replacement

F = TypeVar("F", bound=Callable[..., Any])

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
Update: TypeAlias = Callable[[Deployment, str, Inputs], Values]
Delete: TypeAlias = Callable[[Deployment, str, Inputs], None]
Read: TypeAlias = Callable[[Deployment, str, Inputs], Values | None]
Complete: TypeAlias = Callable[[Deployment, Values], Values]
Call: TypeAlias = Callable[[Deployment, Inputs], Values]


@dataclass(frozen=True)
class Named:
    """The input that names a resource, and AWS's limits on it."""

    key: str = "name"
    longest: int = 64
    lower: bool = False

    def limited(self, name: str) -> str:
        """`name` in the case that AWS wants; `ValueError` if AWS would refuse its length."""
        if len(name) > self.longest:
            raise ValueError(
                f"{self.key} {name} must have at most {self.longest} characters, got {len(name)}"
            )
        return name.lower() if self.lower else name


@dataclass(frozen=True)
class Operation:
    """One AWS call on a resource; each parameter takes the value of one of its properties."""

    service: str
    method: str
    parameters: Mapping[str, str]

    def __call__(self, deployment: Deployment, identity: str, inputs: Inputs) -> None:
        """Make the call."""
        given = {
            name: identity if key == "id" else inputs[key] for name, key in self.parameters.items()
        }
        getattr(deployment.aws.client(self.service), self.method)(**given)


def operation(service: str, method: str, **parameters: str) -> Operation:
    """The AWS call `method` with the properties that `parameters` name, such as `Bucket="id"`."""
    return Operation(service, method, parameters)


@dataclass
class Handler:
    """How one resource type is created, changed and deleted locally."""

    type: str
    create: Create
    honours: frozenset[str]
    ignores: Mapping[str, str]
    named: Named | None = None
    """The name that the program may leave to autonaming; none where there is no such input."""

    replaced_by: frozenset[str] = frozenset()
    """The inputs that AWS cannot change."""

    deleted_first_by: frozenset[str] = frozenset()
    """Those of them that are no part of the id, so that old and new cannot exist together."""

    update: Update | None = None
    """Applies changed inputs; without it, creating again with the same id does so."""

    delete: Delete | None = None
    """Deletes the resource; without it, nothing of it exists apart from its parent."""

    read: Read | None = None
    """The inputs as AWS has them, or None if the resource is gone; without it, nobody looks."""

    complete: Complete | None = None
    """Adds to the inputs what follows from files that they name, such as a digest."""

    def replaces(self, changed: Iterable[str]) -> list[str]:
        """Which of the changed inputs need a new resource."""
        return [key for key in changed if key in self.replaced_by]

    def deletes_first(self, changed: Iterable[str]) -> bool:
        """Whether the old resource must go before the new one can come."""
        replacing = self.replaces(changed)
        return bool(replacing) and self.deleted_first_by.issuperset(replacing)

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
        self,
        type_: str,
        *honours: str,
        ignores: Mapping[str, str] | None = None,
        named: Named | None = None,
        replaced_by: Iterable[str] = (),
        delete: Delete | None = None,
    ) -> Callable[[Create], Create]:
        """Register the decorated function as the one that creates `type_`.

        `replaced_by` is for a type that is not in the table of `replacements`.
        """

        def register(create: Create) -> Create:
            table = REPLACEMENTS.get(type_, Replacement("", frozenset(replaced_by)))
            self.handlers[type_] = Handler(
                type_,
                create,
                frozenset(honours),
                ignores or {},
                named,
                table.inputs,
                table.first,
                delete=delete,
            )
            return create

        return register

    def _register(self, type_: str, part: str) -> Callable[[F], F]:
        def register(function: F) -> F:
            setattr(self.handlers[type_], part, function)
            return function

        return register

    def updates(self, type_: str) -> Callable[[Update], Update]:
        """Register the decorated function as the one that changes `type_`."""
        return self._register(type_, "update")

    def deletes(self, type_: str) -> Callable[[Delete], Delete]:
        """Register the decorated function as the one that deletes `type_`."""
        return self._register(type_, "delete")

    def reads(self, type_: str) -> Callable[[Read], Read]:
        """Register the decorated function as the one that looks `type_` up on AWS."""
        return self._register(type_, "read")

    def completes(self, type_: str) -> Callable[[Complete], Complete]:
        """Register the decorated function as the one that completes the inputs of `type_`."""
        return self._register(type_, "complete")

    def call(self, token: str) -> Callable[[Call], Call]:
        """Register the decorated function as the answer to the provider function `token`."""

        def register(answer: Call) -> Call:
            self.calls[token] = answer
            return answer

        return register

    def completed(self, deployment: Deployment, type_: str, values: Values) -> Values:
        """The inputs with a digest of every file that they name, so that a changed file shows."""
        complete = self.handler(type_).complete
        values = assets.with_digests(deployment.root, values)
        return complete(deployment, values) if complete else values

    def create(self, deployment: Deployment, type_: str, name: str, values: Values) -> Created:
        """Create one resource; its outputs hold its inputs and a marker for each that is unknown.

        Raises `RefusedError` for an unknown type or input key, an input that came from an output
        which is not given locally, and an honoured key that the handler left unread.
        """
        handler = self.handler(type_)
        refuse_markers(values)
        handler.check(values)
        if handler.named and handler.named.key not in values:
            named = handler.named
            physical = deployment.naming.physical(name, longest=named.longest)
            values = {**values, named.key: named.limited(physical)}
        return self._create(handler, deployment, name, values)

    def changed(
        self, deployment: Deployment, type_: str, old: Values, outputs: Values, new: Values
    ) -> list[str]:
        """The top-level inputs that differ, sorted; `tagsAll` if the default tags do.

        `outputs` are those that the resource had with the inputs `old`.
        """
        keys = {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)}
        if type_ in tags.TAGGED and outputs.get("tagsAll") != deployment.tags(new.get("tags")):
            keys.add("tagsAll")
        return sorted(keys)

    def update(
        self,
        deployment: Deployment,
        type_: str,
        name: str,
        identity: str,
        outputs: Values,
        new: Values,
        old: Values | None = None,
    ) -> Values:
        """Change one resource in place; returns its outputs.

        `outputs` are those so far, and `old` the inputs so far, if they are known. Raises
        `RefusedError` as `create` does, and for a changed input that the handler did not read.
        """
        handler = self.handler(type_)
        refuse_markers(new)
        handler.check(new)
        kept = {
            key: value for key, value in outputs.items() if key in new or key not in (old or {})
        }
        if handler.update is None:
            made = self._create(handler, deployment, name, new).outputs
            result = {**kept, **made}
        else:
            inputs = Inputs(new)
            changed = handler.update(deployment, identity, inputs)
            ignored = {f"{key}*" for key in handler.ignores}
            unread = {
                re.split(r"[.\[]", path)[0]
                for path in inputs.unread()
                if not _covered(path, ignored)
            }
            unread -= {"tags"} if type_ in tags.TAGGED else set()
            if missed := sorted(key for key in unread if new.get(key) != outputs.get(key)):
                raise RefusedError(f"{type_} did not read its changed input {', '.join(missed)}")
            result = {**kept, **new, **changed}
        if type_ in tags.TAGGED:
            wanted = deployment.tags(new.get("tags"))
            tags.change(deployment, type_, identity, outputs, wanted)
            result["tagsAll"] = wanted
        return result

    def read(
        self, deployment: Deployment, type_: str, identity: str, inputs: Values, outputs: Values
    ) -> tuple[Values, Values] | None:
        """A resource's inputs and outputs as AWS has them, or None if it is gone.

        Only inputs that the program gives are compared; a value that AWS writes another way, such
        as JSON with other white space, counts as the same.
        """
        handler = self.handler(type_)
        if handler.read is None:
            return inputs, outputs
        known = {k: v for k, v in outputs.items() if not (isinstance(v, str) and _MARKER in v)}
        try:
            found = handler.read(deployment, identity, Inputs(known))
            if found is None:
                return None
            tagged = tags.found(deployment, type_, identity, outputs)
        except ClientError as error:
            if _is_gone(error):
                return None
            raise
        drifted = {
            key: value
            for key, value in found.items()
            if key in inputs and not _same(inputs[key], value)
        }
        return {**inputs, **drifted}, {**outputs, **drifted, **tagged}

    def delete(self, deployment: Deployment, type_: str, identity: str, values: Values) -> None:
        """Delete one resource, of which `values` are the outputs; one that is gone is no error."""
        handler = self.handler(type_)
        if handler.delete is None:
            return
        try:
            handler.delete(deployment, identity, Inputs(values))
        except ClientError as error:
            if not _is_gone(error):
                raise

    def handler(self, type_: str) -> Handler:
        """The handler of `type_`; `RefusedError` if there is none."""
        if type_ not in self.handlers:
            raise RefusedError(f"{type_} is not a resource type that the local deployment knows")
        return self.handlers[type_]

    def _create(
        self, handler: Handler, deployment: Deployment, name: str, values: Values
    ) -> Created:
        inputs = Inputs(values)
        created = handler.create(deployment, name, inputs)
        ignored = {f"{key}*" for key in handler.ignores}
        if unread := [path for path in inputs.unread() if not _covered(path, ignored)]:
            raise RefusedError(f"{handler.type} did not read its input {', '.join(unread)}")
        outputs = {**values, **created.outputs}
        for output in output_names(handler.type):
            outputs.setdefault(output, f"<{handler.type} {output} {_MARKER}>")
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


def _same(old: Any, found: Any) -> bool:
    """Whether AWS has what the program gave; AWS gives some numbers and flags as texts."""
    if isinstance(old, Mapping) and isinstance(found, Mapping):
        return all(_same(value, found.get(key)) for key, value in old.items())
    if isinstance(old, list) and isinstance(found, list):
        return len(old) == len(found) and all(map(_same, old, found))
    if isinstance(found, str) and not isinstance(old, str):
        return json.dumps(old) == found
    if isinstance(old, str) and isinstance(found, str) and old.startswith(("{", "[")):
        with contextlib.suppress(json.JSONDecodeError):
            return bool(json.loads(old) == json.loads(found))
    return bool(old == found)


def _is_gone(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    gone = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
    return any(each in code for each in gone) or code == "404"


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
