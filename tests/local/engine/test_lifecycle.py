"""Every resource of the program can be created, changed in place and deleted again."""

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from local.aws import LocalAws, child_environment
from local.children import ROOT
from local.engine import config
from local.engine.deployment import Order
from ops.signing_key import new_pair
from proofs import PAGE

EVERYTHING = {
    "accessLogs": "true",
    "embedding": "titan",
    "inventory": "daily",
    "page": PAGE,
    "notifyEmails": '["curator@example.org"]',
    "uploadOrigins": '["https://photos.example.org"]',
    "delivery": "signed",
    "signingKey": new_pair()[1],
}
"""Settings that create every type of resource."""


@pytest.mark.long
def test_the_whole_program_is_created_changed_and_deleted_without_a_trace(
    aws: LocalAws, tmp_path: Path
) -> None:
    order = Order(
        program=str(ROOT / "__main__.py"),
        project="darkroom",
        stage="dev",
        config=config.load(ROOT, "dev", EVERYTHING),
        endpoint=aws.endpoint,
        rekognition="http://127.0.0.1:1",
        images=str(tmp_path / "images"),
        front="http://127.0.0.1:2",
        record=str(tmp_path / "record.jsonl"),
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.local.engine.lifecycle"],
        cwd=ROOT,
        env=child_environment({"PYTHONPATH": f"{ROOT}:{ROOT / 'containers'}"}),
        input=json.dumps(asdict(order)),
        capture_output=True,
        text=True,
        timeout=180,
    )

    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("created") > 60
    assert found == {"changed": [], "moved": [], "drifted": [], "still": [], "left": []}
