"""What each image installs: locked, hashed, and the same as what the tests run against."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTAINERS = ROOT / "containers"
FUNCTIONS = sorted(file.parent.name for file in CONTAINERS.glob("*/Dockerfile"))
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>\S+)", re.MULTILINE)
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")


def pins(lock: Path) -> dict[str, str]:
    return {found["name"]: found["version"] for found in PIN.finditer(lock.read_text())}


def asked(requirements: Path) -> set[str]:
    return {re.split("[=<>\\[ ]", line)[0] for line in requirements.read_text().splitlines()}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_container_runs_the_versions_that_the_tests_ran_against(function: str) -> None:
    developers = pins(ROOT / "requirements.txt")
    container = pins(CONTAINERS / function / "requirements.txt")
    differing = {
        name: (version, developers.get(name))
        for name, version in container.items()
        if developers.get(name) != version
    }
    assert differing == {}, "run `make lock`"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_lock_holds_what_is_asked_for(function: str) -> None:
    folder = CONTAINERS / function
    assert asked(folder / "requirements.in") <= set(pins(folder / "requirements.txt"))


@pytest.mark.parametrize(
    "lock",
    [*CONTAINERS.glob("*/requirements.txt"), *(ROOT / "local/docker").glob("*.txt")],
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
