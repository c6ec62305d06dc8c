"""The bills of materials of the functions' images."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from typer.testing import CliRunner

from ops.supply import app, locked
from proofs.recorder import ROOT

FUNCTIONS = sorted(each.parent.name for each in (ROOT / "containers").glob("*/Dockerfile"))


def test_a_lock_is_read_with_its_markers_and_hashes() -> None:
    one, two, three = ("a" * 64, "b" * 64, "c" * 64)
    lock = (
        f"boto3==1.43.106 \\\n    --hash=sha256:{one} \\\n    --hash=sha256:{two}\n"
        f"    # via -r requirements.in\n"
        f"pi-heif==1.4.0 ; platform_machine == 'x86_64' \\\n    --hash=sha256:{three}\n"
    )

    assert locked(lock) == {"boto3": ("1.43.106", [one, two]), "pi-heif": ("1.4.0", [three])}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sbom")
    done = CliRunner().invoke(app, ["sbom", "--output", str(folder)])
    assert done.exit_code == 0, done.output
    return folder


def test_every_image_has_one(written: Path) -> None:
    assert sorted(each.name for each in written.iterdir()) == [
        f"{name}.cdx.json" for name in FUNCTIONS
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_it_is_valid_and_has_every_package_of_the_lock_and_the_base(
    written: Path, function: str
) -> None:
    text = (written / f"{function}.cdx.json").read_text()
    lock = (ROOT / "containers" / function / "requirements.txt").read_text()
    pinned = re.findall(r"^([\w.-]+)==([\w.]+)", lock, re.MULTILINE)
    bom = json.loads(text)

    assert not JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    libraries = {(e["name"], e["version"]) for e in bom["components"] if e["type"] == "library"}
    assert libraries == set(pinned)
    assert all(each["hashes"] for each in bom["components"] if each["type"] == "library")
    [base] = [each["name"] for each in bom["components"] if each["type"] == "container"]
    assert base.startswith("public.ecr.aws/lambda/python")
