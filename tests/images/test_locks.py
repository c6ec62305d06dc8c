"""What each image installs: locked, hashed, and the same as what the tests run against."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
CONTAINERS = ROOT / "containers"
PROGRAM = ROOT / "requirements.txt"
DEVELOPMENT = ROOT / "requirements-dev.txt"
STAND_IN = ROOT / "local/rekognition/requirements.txt"
FUNCTIONS = sorted(file.parent.name for file in CONTAINERS.glob("*/Dockerfile"))
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(lock: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer(lock.read_text())}


def required(requirements: Path) -> set[str]:
    return {re.split("[=<>\\[ ]", line)[0] for line in requirements.read_text().splitlines()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_container_runs_the_versions_that_the_tests_ran_against(function: str) -> None:
    developers = pins(DEVELOPMENT) | pins(STAND_IN)
    container = pins(CONTAINERS / function / "requirements.txt")
    differing = {
        name: (version, developers.get(name))
        for name, version in container.items()
        if developers.get(name) != version
    }
    assert differing == {}, "run `make lock`"


def test_the_three_locks_of_a_developer_agree() -> None:
    locks = [pins(lock) for lock in (PROGRAM, DEVELOPMENT, STAND_IN)]
    names = {name for lock in locks for name in lock}
    versions = {name: {lock[name] for lock in locks if name in lock} for name in names}
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}, (
        "run `make lock`"
    )


def imports(files: list[Path]) -> set[str]:
    """The top-level names that these files import, imports inside functions included."""
    return {name.split(".")[0] for file in files for name in _names(ast.parse(file.read_text()))}


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def missing(names: set[str], lock: Path) -> dict[str, list[str]]:
    """The imported distributions that `lock` lacks, by name of the import."""
    here = packages_distributions()
    locked = set(pins(lock))
    return {
        name: here[name]
        for name in names - sys.stdlib_module_names
        if name in here and not {canonicalize_name(each) for each in here[name]} & locked
    }


def test_the_lock_of_the_program_has_everything_that_the_program_imports() -> None:
    """The program imports of `containers` the pure rules alone, which import no package."""
    folders = [ROOT / name for name in ("components", "settings", "containers/pipeline")]
    files = [ROOT / "__main__.py", *(file for each in folders for file in each.rglob("*.py"))]
    found = imports(files)
    assert {"pulumi", "pulumi_aws", "pulumi_docker"} <= found
    assert missing(found, PROGRAM) == {}


def test_the_lock_of_the_stand_in_has_everything_that_it_imports() -> None:
    files = list(STAND_IN.parent.rglob("*.py"))
    found = imports([file for file in files if file.name != "bake.py"])
    assert {"onnxruntime", "starlette"} <= found
    # Named for type checkers only.
    assert missing(found, STAND_IN).keys() - {"mypy_boto3_iam", "mypy_boto3_s3"} == set()


def test_deploying_installs_pulumi_and_its_providers_and_nothing_of_ours() -> None:
    program = pins(PROGRAM)
    assert {"pulumi", "pulumi-aws", "pulumi-docker"} <= set(program)
    assert {"boto3", "ministack", "mypy", "onnxruntime", "pillow", "pytest"} & set(program) == set()


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_lock_holds_what_its_requirements_name(function: str) -> None:
    folder = CONTAINERS / function
    assert required(folder / "requirements.in") <= set(pins(folder / "requirements.txt"))


@pytest.mark.parametrize(
    "lock",
    [
        *(PROGRAM, DEVELOPMENT, STAND_IN),
        *CONTAINERS.glob("*/requirements.txt"),
        *(ROOT / "proofs/docker").glob("*.txt"),
    ],
    ids=lambda lock: f"{lock.parent.name}/{lock.name}",
)
def test_a_lock_has_a_hash_for_every_package_and_no_address(lock: Path) -> None:
    lines = [line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#")]
    unhashed = [
        line
        for line, following in zip(lines, [*lines[1:], ""], strict=True)
        if PIN.match(line) and not HASH.match(following)
    ]
    assert unhashed == []
    assert [line for line in lines if not PIN.match(line) and not HASH.match(line)] == []
    assert "://" not in lock.read_text()


@pytest.mark.parametrize(("function", "packages"), [("notify", set()), ("resize", {"pillow"})])
def test_only_functions_that_look_at_pictures_carry_codecs(
    function: str, packages: set[str]
) -> None:
    lock = pins(CONTAINERS / function / "requirements.txt")
    assert {"pillow", "pi-heif"} & set(lock) >= packages
    assert bool({"pillow", "pi-heif"} & set(lock)) == bool(packages)
