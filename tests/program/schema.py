"""Compares recorded inputs with the types in the provider's own SDK.

The SDK takes an unknown member of a nested input, a text for a number or a list for a text in
silence, and only a deployment would show it.
"""

from __future__ import annotations

import importlib
import inspect
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union, get_args, get_origin

import pulumi
from pulumi import _types

from proofs.recorder import Graph, Resource

__all__ = ["mismatches"]


# Where a type's module is in the SDK, if it is not called as in the type.
FOLDERS = {"index": [], "lambda": ["lambda_"]}


def mismatches(graph: Graph) -> list[str]:
    """One line for each input of `graph` that its resource's type does not know or take."""
    return [
        f"{resource.name} ({resource.type}) {line}"
        for resource in graph.resources
        if resource.custom and not resource.type.startswith("pulumi:providers:")
        for line in _members(resource.inputs, _arguments(resource), "")
    ]


def _arguments(resource: Resource) -> type:
    """The SDK's argument class of the resource's type, such as `s3.BucketPolicyArgs`.

    It is called `InitArgs` where a nested type took the shorter name: `s3.BucketVersioningArgs`.
    """
    package, path, name = resource.type.split(":")
    folder = path.split("/")[0]
    module = ".".join([f"pulumi_{package}", *FOLDERS.get(folder, [folder])])
    class_ = getattr(importlib.import_module(module), name)
    beside = vars(sys.modules[class_.__module__])
    arguments: type = beside.get(f"{name}InitArgs") or beside[f"{name}Args"]
    return arguments


def _members(value: Mapping[str, Any], type_: type, path: str) -> Iterator[str]:
    known = _types.input_type_types(type_)
    wire = _types.input_type_py_to_pulumi_names(type_)
    for parameter in list(inspect.signature(type_).parameters.values()):
        if parameter.default is inspect.Parameter.empty and wire[parameter.name] not in value:
            yield f"{path}.{wire[parameter.name]} is missing".lstrip(".")
    for key, member in value.items():
        where = f"{path}.{key}".lstrip(".")
        if key in known:
            yield from _value(member, known[key], where)
        else:
            yield f"{where} is unknown"


def _value(value: Any, type_: Any, path: str) -> Iterator[str]:
    candidates = _alternatives(type_)
    answers = [list(_one(value, each, path)) for each in candidates]
    if answers and all(answers):
        yield from answers[0]


def _one(value: Any, type_: Any, path: str) -> Iterator[str]:
    origin = get_origin(type_)
    if type_ is Any:
        return
    if isinstance(type_, type) and _types.is_input_type(type_):
        if isinstance(value, dict):
            yield from _members(value, type_, path)
        else:
            yield f"{path} is {_kind(value)}, not an object"
    elif origin is not None and issubclass(origin, Mapping):
        if isinstance(value, dict):
            for key, each in value.items():
                yield from _value(each, get_args(type_)[1], f"{path}.{key}")
        else:
            yield f"{path} is {_kind(value)}, not an object"
    elif origin is not None and issubclass(origin, Sequence):
        if isinstance(value, list):
            for position, each in enumerate(value):
                yield from _value(each, get_args(type_)[0], f"{path}[{position}]")
        else:
            yield f"{path} is {_kind(value)}, not a list"
    elif isinstance(type_, type) and issubclass(type_, pulumi.Asset | pulumi.Archive):
        if not isinstance(value, type_):
            yield f"{path} is {_kind(value)}, not a file"
    elif type(value) is not type_ and not (type_ is float and type(value) is int):
        yield f"{path} is {_kind(value)}, not {type_.__name__}"


def _alternatives(type_: Any) -> list[Any]:
    """What a value may be, without the SDK's ways of saying that it is not known yet."""
    if get_origin(type_) not in (Union, types.UnionType):
        return [type_]
    return [
        each
        for each in get_args(type_)
        if each is not type(None)
        and not str(each).startswith(("collections.abc.Awaitable", "pulumi.output.Output"))
        and not isinstance(each, str)
    ]


def _kind(value: Any) -> str:
    return type(value).__name__
