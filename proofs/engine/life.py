"""The life of one stage under the engine, from its first preview to its end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from local.aws import LocalAws
from proofs.engine.clouds import Cloud, cloud
from proofs.engine.copies import Say
from proofs.engine.inventory import inventory
from proofs.engine.settings import CASES, Case, groups, unexpected
from proofs.engine.stacks import Change, Stage

__all__ = ["STORES", "life"]

STORES = {
    "aws:s3/bucket:Bucket",
    "aws:dynamodb/table:Table",
    "aws:sns/topic:Topic",
    "aws:cognito/userPool:UserPool",
    "aws:cloudfront/distribution:Distribution",
}
"""The types whose replacement would lose pictures, what is known of them, or their addresses."""

_UNCONFIRMED = "create TopicSubscription alerts-https-"


def life(stage: str, cli: Path, say: Say, *, small: bool = False) -> Iterator[str]:
    """What is wrong in the life of `stage`.

    Its settings change one by one, on dev by `up` and elsewhere by `preview`. In the small form
    they change in groups, and on dev alone.
    """
    with cloud(stage, cli) as here:
        before = inventory(here.aws)
        deployed = here.engine.stage(stage)
        yield from _first(deployed, here.aws, before, say)
        if stage == "dev":
            alone = ({key: case} for key, case in CASES.items())
            yield from _by_up(deployed, groups() if small else alone, say)
            yield from _drift(deployed, here, say)
        elif not small:
            yield from _by_preview(deployed, say)
        if stage == "prod":
            yield from _protection(deployed, here.aws, say)
        done = deployed.destroy()
        say(f"{stage}: destroyed")
        if done.returncode:
            yield f"{stage}: destroy must succeed, got {_last(done.stdout)}"
        if left := inventory(here.aws) - before:
            yield f"{stage}: destroy must leave nothing, got {sorted(left)}"


def _first(stage: Stage, aws: LocalAws, before: set[Any], say: Say) -> Iterator[str]:
    planned = stage.preview()
    if inventory(aws) != before:
        yield f"{stage.name}: a preview must create nothing, got {inventory(aws) - before}"
    made = stage.up()
    say(f"{stage.name}: preview and up, {len(made)} created")
    if made != planned or {each.step for each in made} != {"create"}:
        yield f"{stage.name}: up must create what the preview shows, got {_list(made ^ planned)}"
    if again := stage.up():
        yield f"{stage.name}: a second up must change nothing, got {_list(again)}"


def _by_up(stage: Stage, shown: Iterable[Mapping[str, Case]], say: Say) -> Iterator[str]:
    """Change the settings of one group after the other, and keep them: each `up` shows a group."""
    settings: dict[str, Any] = {}
    ups = 0
    for cases in shown:
        for key, case in cases.items():
            settings |= {**case.besides, key: case.value}
        stage.configure(settings)
        yield from _judge(stage.name, cases, stage.up())
        ups += 1
    say(f"{stage.name}: each of {len(CASES)} settings changed in {ups} ups")
    # A stage that was protected is destroyed only after another `up`.
    stage.configure({**settings, "protect": False})
    stage.up()


def _by_preview(stage: Stage, say: Say) -> Iterator[str]:
    """Show what each setting would change; those that touch nothing in common share a preview."""
    shown = groups()
    for cases in shown:
        settings: dict[str, Any] = {}
        for key, case in cases.items():
            value = case.other if stage.settings.get(key) == case.value else case.value
            settings |= {**case.besides, key: value}
        stage.configure(settings)
        yield from _judge(stage.name, cases, stage.preview())
    stage.configure({})
    say(f"{stage.name}: each of {len(CASES)} settings changed in {len(shown)} previews")


def _judge(stage: str, cases: Mapping[str, Case], changes: set[Change]) -> Iterator[str]:
    for key, case in cases.items():
        if not any(case.covers(each) for each in changes):
            yield f"{stage}: {key} must touch {', '.join(case.touches)}, got nothing"
    keys = ", ".join(cases)
    if wrong := unexpected(cases, changes):
        yield f"{stage}: {keys} must touch only what they are for, got {_list(wrong)}"
    if lost := {each for each in changes if each.step == "replace" and each.type in STORES}:
        yield f"{stage}: {keys} must replace no store, got {_list(lost)}"


def _drift(stage: Stage, here: Cloud, say: Say) -> Iterator[str]:
    """A queue that was changed and a function that was deleted by hand come back."""
    outputs = stage.outputs()
    here.aws.client("sqs").set_queue_attributes(
        QueueUrl=outputs["queues"]["resize"], Attributes={"VisibilityTimeout": "1"}
    )
    here.aws.client("logs").delete_log_group(logGroupName=outputs["logs"]["notify"])
    stage.refresh()
    # The local SNS returns no ARN for a webhook that has not confirmed yet, so a refresh misses it.
    mended = {str(each) for each in stage.up() if not str(each).startswith(_UNCONFIRMED)}
    say(f"{stage.name}: a refresh and an up did {sorted(mended)}")
    # A log group that is made anew has another name, which these two hold.
    named = {"update Function notify", "update RolePolicy notify-write-logs"}
    if mended != {"update Queue resize", "create LogGroup notify-logs"} | named:
        yield f"{stage.name}: up must mend what refresh found, got {sorted(mended)}"


def _protection(stage: Stage, aws: LocalAws, say: Say) -> Iterator[str]:
    """What `destroy` does to a protected stage, with and without its preview."""
    full = inventory(aws)
    refused = stage.destroy()
    if not refused.returncode or inventory(aws) != full:
        yield f"{stage.name}: destroy must refuse a protected stage, got {_last(refused.stdout)}"
    rushed = stage.destroy("--skip-preview")
    left = inventory(aws)
    deleted = re.search(r"(\d+) deleted", rushed.stdout)
    say(
        f"{stage.name}: destroy --skip-preview ends with {rushed.returncode}, "
        f"{deleted[0] if deleted else 'nothing deleted'}; {len(left)} of {len(full)} things are "
        f"left on AWS: {dict(Counter(kind for kind, _ in left))}"
    )
    if not rushed.returncode or Counter(kind for kind, _ in left)["s3"] != _buckets(full):
        yield f"{stage.name}: protected stores must outlive --skip-preview, got {sorted(left)}"
    stage.up()
    if Counter(k for k, _ in inventory(aws)) != Counter(k for k, _ in full):
        yield f"{stage.name}: an up must bring back what --skip-preview deleted"
    stage.configure({"protect": False})
    stage.up()


def _buckets(found: Iterable[tuple[str, str]]) -> int:
    return sum(kind == "s3" for kind, _ in found)


def _list(changes: Iterable[Change]) -> str:
    return ", ".join(sorted(map(str, changes)))


def _last(text: str) -> str:
    return " ".join(text.strip().splitlines()[-3:])
