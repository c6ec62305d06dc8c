"""The whole life of a pull request's stage: up, change, expire, reap, nothing left."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import stagefile
from aws.clients import Connection, connect
from aws.leftovers import AwsRemover
from aws.tagging import AwsTagged
from local.aws import ACCESS_KEY, SECRET_KEY
from ops.backend import PulumiStacks
from ops.stages import PROJECT, Reaped, doomed, overview, reap
from proofs.engine.clouds import REGION, Cloud, cloud
from proofs.engine.copies import Say
from proofs.engine.inventory import inventory
from proofs.engine.stacks import Stage
from proofs.engine.state import exposed

__all__ = ["previews"]

UNTAGGED = {
    *("alarm", "api", "authorizer", "integration", "logs", "route", "stage"),
    "stepfunctions",
}
"""What MiniStack's tagging service does not list, though AWS's does, with their parts. It also
keeps listing some of what is deleted, which counts as removed."""

UNTAGGABLE = {
    *("access control", "cache policy", "headers policy", "viewer function"),
    "function url",
}
"""What takes no tags on AWS either: CloudFront's settings, which cost nothing, and the address of a
function, which goes with it."""

CLIENT_SECRET = "known-to-one-provider"  # noqa: S105 - of nothing
FEDERATED = {
    "identityProviders": ["Okta oidc https://team.example.org 0oa1b2c3"],
    "clientSecrets": [f"Okta {CLIENT_SECRET}"],
}

ROUNDS = 3
"""Runs of the reaper: CloudFront deletes what was disabled in an earlier one."""


def previews(cli: Path, say: Say) -> Iterator[str]:
    """What is wrong in the life of a preview, and of one whose stack was lost."""
    with cloud("pr-7", cli) as here:
        _be_an_operator(here)
        before = inventory(here.aws)
        deployed = _new(here, "pr-7")
        deployed.configured(FEDERATED)
        yield from _tags(here)
        yield from exposed(deployed, here.aws, CLIENT_SECRET)
        changed = deployed.configured({"maxConcurrency": 3})
        say(f"pr-7: up and {len(changed)} changes")
        _fill(here, deployed)
        if going := _reap(here, open_requests={7}):
            yield f"pr-7: an open pull request must keep its stage, got {going}"
        deployed.configured({"expires": _day(0)})
        [done] = _reap(here, open_requests={7})
        say(f"pr-7: {done.reason}, {len(done.removed)} resources left by its stack")
        if done.failures or (left := inventory(here.aws) - before):
            yield f"pr-7: the reaper must leave nothing, got {done.failures or sorted(left)}"
        if PulumiStacks(here.project, lambda: None).all():
            yield "pr-7: the reaper must remove the stack too"

        lost = _new(here, "pr-8")
        lost.up()
        _forget(here, "pr-8")
        rounds = [_reap(here, open_requests=set()) for _ in range(ROUNDS)]
        removed = sum(len(each.removed) for found in rounds for each in found)
        left_kinds = Counter(kind for kind, _ in inventory(here.aws) - before)
        say(f"pr-8: {removed} resources without a stack removed, {dict(left_kinds)} left")
        if failures := [each.failures for found in rounds for each in found if each.failures]:
            yield f"pr-8: every resource must be removed, got {failures}"
        if more := left_kinds.keys() - UNTAGGED - UNTAGGABLE:
            yield f"pr-8: only what bears no tags may be left, got {sorted(more)}"


def _be_an_operator(here: Cloud) -> None:
    """Point the commands of `ops` and the CLI that they start at this cloud and engine."""
    os.environ |= {**here.engine.environment, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    aws = here.aws
    connect(
        Connection(
            endpoint=aws.endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY
        )
    )


def _new(here: Cloud, name: str) -> Stage:
    stagefile.from_template(here.project, name, owner="ann@example.org", expires=_day(7))
    return here.engine.stage(name)


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def _tags(here: Cloud) -> Iterator[str]:
    """Everything that AWS lists by tag has all four."""
    wanted = {
        "project": PROJECT,
        "stage": "pr-7",
        "owner": "ann@example.org",
        "expires": _day(7),
    }
    found = [
        each
        for each in AwsTagged(REGION).of_project(PROJECT)
        if ":dashboard/" not in each.arn  # it is found by its name, and takes no tags
    ]
    if len(found) < 30:
        yield f"pr-7: at least 30 resources must bear its tags, got {len(found)}"
    if other := [each.arn for each in found if wanted.items() - each.tags.items()]:
        yield f"pr-7: every resource must bear all tags, got {other}"


def _fill(here: Cloud, stage: Stage) -> None:
    """Pictures and their deletion markers, which a bucket must be emptied of."""
    bucket = stage.outputs()["originals"]
    s3 = here.aws.client("s3")
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=f"uploads/{number}.jpg", Body=b"not a picture")
    s3.delete_object(Bucket=bucket, Key="uploads/0.jpg")


def _reap(here: Cloud, open_requests: Collection[int]) -> list[Reaped]:
    stacks, resources = PulumiStacks(here.project, lambda: None), AwsTagged(REGION)
    found = overview(stacks.all(), resources.of_project(PROJECT))
    condemned = doomed(found, today=datetime.now(UTC).date(), open_requests=open_requests)
    return list(
        reap(condemned, protected=(), stacks=stacks, resources=resources, remover=AwsRemover())
    )


def _forget(here: Cloud, name: str) -> None:
    """Lose the stack's state, as an interrupted removal can."""
    subprocess.run(  # noqa: S603 - the CLI, our own arguments
        [str(here.engine.cli), "stack", "rm", "--force", "--yes", "--stack", name],
        cwd=here.project,
        env={**os.environ, **here.engine.environment},
        capture_output=True,
        check=True,
    )
