"""The whole local stack with functions in containers, compared with the same stack in process."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from local.children import ROOT
from local.docker.engine import Engine
from local.pictures import Pictures, upload_key
from local.state import RunningStack
from local.up import LocalStack, Plan
from proofs import PAGE

pytestmark = pytest.mark.docker

SAMPLES = ("cat.webp", "coffee.jpg", "gravel.tif", "hubble.jpg", "rotated.jpg", "truncated.jpg")
SECONDS = 450.0

Outcomes = dict[str, "Outcome"]


@dataclass(frozen=True)
class Outcome:
    """What became of one picture, without what differs from run to run."""

    status: str
    failure: str | None
    verdict: Any
    quality: Any
    facts: Any
    renditions: dict[tuple[str, str], str]
    """The SHA-256 of each rendition's bytes, by name and format."""


def outcomes(folder: Path, *, containers: bool) -> tuple[RunningStack, Outcomes]:
    plan = Plan(folder, models=False, settings={"page": PAGE}, containers=containers)
    with LocalStack(plan) as local:
        stack = local.up()
        pictures = Pictures(stack)
        files = [ROOT / "samples" / name for name in SAMPLES]
        followed = [
            pictures.upload(file.read_bytes(), file.name, upload_key(file)) for file in files
        ]
        assert list(pictures.follow(followed, SECONDS))[-1], [each.status for each in followed]
        return stack, {each.name: _outcome(stack, each.item) for each in followed}


def _outcome(stack: RunningStack, item: Any) -> Outcome:
    s3 = stack.aws.client("s3")
    bucket = stack.outputs["renditions"]
    return Outcome(
        item.status,
        item.failure.code if item.failure else None,
        item.verdict,
        item.quality,
        (item.content_type, item.width, item.height, item.hashes, item.placeholder, item.exif),
        {
            (name, format_): sha256(
                s3.get_object(Bucket=bucket, Key=file["key"])["Body"].read()
            ).hexdigest()
            for name, formats in (item.renditions or {}).items()
            for format_, file in formats.items()
        },
    )


def test_containers_come_to_the_same_end_byte_for_byte(
    engine: Engine, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BASE_IMAGE", base)
    _, in_process = outcomes(tmp_path / "in-process", containers=False)
    stack, in_containers = outcomes(tmp_path / "containers", containers=True)
    assert in_containers == in_process
    assert {each.status for each in in_process.values()} == {"ready", "held", "failed"}

    ran = (Path(stack.folder) / "ministack.log").read_text(errors="replace")
    assert ran.count("INIT REPORT") >= 3, "resize, rekognition and notify ran under the emulator"
    registry = stack.endpoint.removeprefix("http://")
    assert engine.run("image", "ls", "--quiet", "--filter", f"reference={registry}/*") == ""
    running = engine.run("ps", "--all", "--format", "{{.Image}}")
    assert [image for image in running.splitlines() if image.startswith(registry)] == []
