"""The contents of each function's Dockerfile and ignore file, checked without an engine."""

import ast
import json
import re
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import packages_distributions
from itertools import combinations
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from local.docker.base import AWS_BASE

ROOT = Path(__file__).resolve().parents[2]
CONTAINERS = ROOT / "containers"
FUNCTIONS = sorted(file.parent.name for file in CONTAINERS.glob("*/Dockerfile"))
PACKAGES = {file.parent.name for file in CONTAINERS.glob("*/__init__.py")}


def dockerfile(function: str) -> str:
    return (CONTAINERS / function / "Dockerfile").read_text()


def pins(function: str) -> set[str]:
    """The packages that the image installs."""
    lock = (CONTAINERS / function / "requirements.txt").read_text()
    return set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))


def copied(function: str) -> set[str]:
    """The packages of ours that the image contains."""
    return set(
        re.findall(
            r"^COPY (\w+) /build/code\$\{LAMBDA_TASK_ROOT\}/\1$", dockerfile(function), re.MULTILINE
        )
    )


def imported(package: str) -> set[str]:
    """The packages beside it that a package's modules import, wherever in the file."""
    return {
        name.split(".")[0]
        for file in (CONTAINERS / package).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _names(node)
    } & PACKAGES


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)  # perhaps modules


def reached(module: str) -> set[Path]:
    """The files of our own that importing `module` loads, imports inside functions included."""
    files: set[Path] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        path = CONTAINERS.joinpath(*name.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if file.is_file() and file not in files:
                files.add(file)
                waiting += [
                    found
                    for node in ast.walk(ast.parse(file.read_text()))
                    for found in _names(node)
                ]
        if package := name.rpartition(".")[0]:
            waiting.append(package)
    return files


def services(function: str) -> set[str]:
    """The AWS services whose clients the function makes."""
    return {
        node.args[0].value
        for file in reached(f"{function}.handler")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id == "client" and isinstance(node.args[0], ast.Constant)
        if isinstance(node.args[0].value, str)
    }


def test_every_function_has_an_image() -> None:
    assert FUNCTIONS == [
        "admit",
        "api",
        "budget",
        "develop",
        "notify",
        "reconcile",
        "rekognition",
        "resize",
        "retire",
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_holds_the_packages_that_its_function_needs_and_no_other(function: str) -> None:
    needed, added = {function}, {function}
    while added:
        added = set().union(*(imported(package) for package in added)) - needed
        needed |= added
    assert copied(function) == needed


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_installs_everything_that_its_function_imports(function: str) -> None:
    installed = {canonicalize_name(name) for name in pins(function)}
    imported_ = {
        name.split(".")[0]
        for file in reached(f"{function}.handler")
        for node in ast.walk(ast.parse(file.read_text()))
        for name in _names(node)
    }
    providers = _providers()
    missing = {
        module
        for module in imported_ - PACKAGES - set(sys.stdlib_module_names)
        if not module.startswith("mypy_boto3_")  # for the type checker alone
        if not installed & {canonicalize_name(name) for name in providers.get(module, ())}
    }
    assert missing == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_holds_the_models_of_the_services_that_its_function_calls(function: str) -> None:
    kept = re.search(r"\$\{TARGETARCH\} \\\n +(.+)$", dockerfile(function), re.MULTILINE)
    assert kept
    assert kept[1].split(" ") == sorted(services(function))


@cache
def _providers() -> Mapping[str, list[str]]:
    return packages_distributions()


def _is_aws(file: Path) -> bool:
    return file.parent == CONTAINERS / "aws"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_only_what_an_image_is_made_of_can_change_it(function: str) -> None:
    ignore = (CONTAINERS / function / "Dockerfile.dockerignore").read_text().splitlines()
    assert ignore[1:] == [
        "*",
        "!assemble.py",
        *(["!builders.txt"] if "builders.txt" in dockerfile(function) else []),
        *(f"!aws/{file.name}" for file in sorted(reached(f"{function}.handler")) if _is_aws(file)),
        *(f"!{each}" for each in sorted(copied(function) - {"aws", function}, reverse=True)),
        f"!{function}",
        "**/__pycache__",
        "**/*.pyc",
        f"{function}/Dockerfile*",
        f"{function}/requirements.in",
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_command_names_a_handler_in_the_image(function: str) -> None:
    command = re.findall(r"^CMD (.+)$", dockerfile(function), re.MULTILINE)
    assert [json.loads(each) for each in command] == [[f"{function}.handler.handler"]]
    module = ast.parse((CONTAINERS / function / "handler.py").read_text())
    assert "handler" in {each.name for each in module.body if isinstance(each, ast.FunctionDef)}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_base_is_one_that_can_be_replaced(function: str) -> None:
    assert f"ARG BASE_IMAGE={AWS_BASE}\n" in dockerfile(function)
    stages = re.findall(r"^FROM (.+)$", dockerfile(function), re.MULTILINE)
    assert stages == ["--platform=${BUILDPLATFORM} ${BASE_IMAGE} AS build", "${BASE_IMAGE}"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_build_fetches_no_frontend(function: str) -> None:
    assert "syntax" not in dockerfile(function)


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.dockerignore"])
def test_no_two_functions_build_files_have_the_same_size(name: str) -> None:
    """BuildKit takes files of one name, size and time for the same, and Git may write two at once.

    It then builds one function's image by the other's ignore file.
    """
    sizes = {function: (CONTAINERS / function / name).stat().st_size for function in FUNCTIONS}
    assert [pair for pair in combinations(FUNCTIONS, 2) if sizes[pair[0]] == sizes[pair[1]]] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_memory_is_kept_from_picture_to_picture_where_pictures_are_decoded(function: str) -> None:
    kept = [line for line in dockerfile(function).splitlines() if line.startswith("ENV ")]
    assert kept == (
        ["ENV MALLOC_MMAP_THRESHOLD_=33554432 MALLOC_TRIM_THRESHOLD_=134217728"]
        if "pictures" in copied(function)
        else []
    )
