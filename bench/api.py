"""How fast the API is: `python -m bench.api` writes docs/benchmarks/api.md.

The times are those that the function itself logs for each invocation, on the local AWS, whose
DynamoDB is slower than Amazon's on a busy machine. Reads are counted in the function's code, which
runs here against the same tables.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import httpx
import typer
from aws_lambda_powertools.utilities.typing import LambdaContext

from api.handler import handler
from aws.clients import Connection, client, connect
from aws.dynamodb import DynamoTable
from local.aws import ACCESS_KEY, SECRET_KEY
from local.people import People
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pipeline.address import UploadKey
from pipeline.original import image_id
from proofs import PAGE, markdown
from proofs.gateway import request_event
from proofs.pages import example_item
from proofs.photographs import photograph
from proofs.uploads import upload
from runtime.logging import logger

OWNER = str(uuid4())
PICTURES = 1000
"""Of one owner, in one month."""

WARM_UP, CALLS, PAGES = 10, 100, 30
OWN_ROUNDS = 21
WAKINGS = 11
UPLOADS = 20
POLL_SECONDS = 0.02

LIMITS = {"ms": 50.0, "reads": 2.0, "cold ms": 400.0, "received s": 2.0}
"""The goals; those in milliseconds are for the 95th percentile of a warm function."""

COLD = """
import json, os, sys, time
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from api.handler import handler

class Context:
    memory_limit_in_mb = 1769
    function_name = invoked_function_arn = aws_request_id = "cold"
    get_remaining_time_in_millis = staticmethod(lambda: 29_000)

response = handler(json.loads(sys.argv[1]), Context())
assert response["statusCode"] == 200, response
print(1000 * time.process_time(), file=sys.stderr)
"""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Case:
    """A request, and whether the goal for single answers applies to its time."""

    name: str
    path: str
    timed: bool
    """Whether the goal of time is about it."""
    listed: bool = False
    """Whether the goal of reads is about it."""


@dataclass(frozen=True)
class Measured:
    """What one request takes: milliseconds of each invocation, and calls of AWS."""

    case: Case
    ms: Sequence[float]
    calls: Mapping[str, int]
    cpu_ms: float
    """Median of the function's own processor time, which a busy machine changes least."""

    @property
    def p95(self) -> float:
        """The 95th percentile in milliseconds."""
        return statistics.quantiles(self.ms, n=20)[-1]

    @property
    def reads(self) -> int:
        """Calls that read."""
        return sum(self.calls.values())


@app.command()
def main(
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = Path(__file__).parent.parent
    / "docs"
    / "benchmarks"
    / "api.md",
) -> None:
    """Measure the API of a local stack."""
    logger.setLevel("WARNING")
    console = open_console(stderr=True)
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-bench-api-") as folder,
        LocalStack(Plan(Path(folder), models=False, settings={"page": PAGE})) as local,
    ):
        stack = local.up()
        with _in_this_process(stack):
            ids = _fill(stack)
            console.print(f"{len(ids)} pictures of one owner")
            measured = [_measure(stack, case) for case in _cases(ids)]
        console.print("waking the function")
        cold = [_cold_ms(stack) for _ in range(WAKINGS)]
        console.print("uploading")
        received = [_received_seconds(stack, number) for number in range(UPLOADS)]
    page = _page(measured, cold, received)
    markdown.write(report, page)
    typer.echo(page)


def _cases(ids: Sequence[str]) -> list[Case]:
    return [
        Case("the status of one picture", f"/api/status?ids={ids[0]}", timed=True),
        Case("the status of 100 pictures", f"/api/status?ids={','.join(ids[:100])}", timed=True),
        Case("one picture", f"/api/pictures/{ids[0]}", timed=True),
        Case("a page of 100", "/api/pictures?limit=100", timed=False, listed=True),
        Case("a page of 1,000", "/api/pictures?limit=1000", timed=False, listed=True),
        Case("a page with filters", "/api/pictures?label=Dog&-camera=X", timed=False, listed=True),
    ]


def _variables(stack: RunningStack) -> dict[str, str]:
    """The function's environment, and how to reach the local AWS."""
    made = stack.aws.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["functions"]["api"]
    )
    given: dict[str, str] = made["Environment"]["Variables"]
    return given | {
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_ENDPOINT_URL": stack.endpoint,
    }


@contextmanager
def _in_this_process(stack: RunningStack) -> Iterator[None]:
    """Let the function's code run here with the function's environment."""
    before = dict(os.environ)
    os.environ.update(_variables(stack))
    connection = Connection(
        endpoint=stack.endpoint,
        region=stack.region,
        access_key=ACCESS_KEY,
        secret_key=SECRET_KEY,
    )
    connect(connection)
    try:
        yield
    finally:
        connect(None)
        os.environ.clear()
        os.environ.update(before)


def _fill(stack: RunningStack) -> list[str]:
    """Put pictures of one owner into the catalog; returns their ids."""
    table, example = DynamoTable(stack.outputs["catalog"]), example_item()
    keys = [
        str(UploadKey(owner_id=OWNER, upload_id=str(uuid4()), name=f"{number}.jpg"))
        for number in range(PICTURES)
    ]
    for key in keys:
        table.put(replace(example, key=key, image_id=image_id(key)), replacing=0)
    return [image_id(key) for key in keys]


def _event(path: str) -> dict[str, Any]:
    return request_event("GET", path, caller=OWNER)


def _measure(stack: RunningStack, case: Case) -> Measured:
    payload = json.dumps(_event(case.path))
    began = int(time.time() * 1000)
    for _ in range(WARM_UP + (CALLS if case.timed else PAGES)):
        answer = stack.aws.client("lambda").invoke(
            FunctionName=stack.outputs["functions"]["api"], Payload=payload
        )
        response = json.loads(answer["Payload"].read())
        if response.get("statusCode") != 200:
            raise RuntimeError(f"{case.name}: {response}")
    return Measured(case, _logged_ms(stack, began)[WARM_UP:], _calls(case), _cpu_ms(case))


def _logged_ms(stack: RunningStack, since: int) -> list[float]:
    """What the function has logged as the time of each request."""
    pages = (
        stack.aws.client("logs")
        .get_paginator("filter_log_events")
        .paginate(logGroupName=stack.outputs["logs"]["api"], startTime=since)
    )
    lines = [event["message"] for page in pages for event in page["events"]]
    return [
        float(line["ms"])
        for line in map(json.loads, (each for each in lines if each.startswith("{")))
        if line.get("message") == "request"
    ]


def _calls(case: Case) -> Counter[str]:
    """The calls of AWS that the request takes."""
    counted: Counter[str] = Counter()

    def count(model: Any, **_: Any) -> None:
        counted[model.name] += 1

    events = client("dynamodb").meta.events
    events.register("before-call.dynamodb.*", count, unique_id="bench")
    try:
        handler(_event(case.path), LambdaContext())
    finally:
        events.unregister("before-call.dynamodb.*", unique_id="bench")
    return counted


def _cpu_ms(case: Case) -> float:
    spent = []
    for _ in range(OWN_ROUNDS):
        began = time.process_time()
        handler(_event(case.path), LambdaContext())
        spent.append(1000 * (time.process_time() - began))
    return statistics.median(spent)


def _cold_ms(stack: RunningStack) -> float:
    """Processor time from the interpreter's start to the first response, on one core."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    folder = Path(__file__).parent.parent / "containers"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", COLD, json.dumps(_event("/api/me"))],
        env=kept | _variables(stack) | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stderr.splitlines()[-1])


def _received_seconds(stack: RunningStack, number: int) -> float:
    """From the end of an upload to the first status that knows of it."""
    token = People.of(stack.aws, stack.outputs).tokens("ann")["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=stack.front, headers=headers, timeout=60, trust_env=False) as api:
        picture = upload(api, "a.jpg", photograph(number))
        arrived = time.perf_counter()
        while True:
            states = api.get("/api/status", params={"ids": picture}).raise_for_status()
            if states.json()["pictures"][0]["status"] != "awaited":
                return time.perf_counter() - arrived
            time.sleep(POLL_SECONDS)


def _page(measured: Sequence[Measured], cold: Sequence[float], received: Sequence[float]) -> str:
    timed = max(each.p95 for each in measured if each.case.timed)
    reads = max(each.reads for each in measured if each.case.listed)
    latest = max(received)
    woken = statistics.median(cold)
    goals = [
        ("status and single pictures, p95 in ms", LIMITS["ms"], round(timed, 1)),
        ("read calls per page of a list", LIMITS["reads"], reads),
        ("cold start on one vCPU in ms", LIMITS["cold ms"], round(woken)),
        ("from upload to `received` in s", LIMITS["received s"], round(latest, 2)),
    ]
    rows = [
        (
            each.case.name,
            f"{statistics.median(each.ms):.1f}",
            f"{each.p95:.1f}",
            f"{max(each.ms):.1f}",
            f"{each.cpu_ms:.1f}",
            ", ".join(f"{count} {name}" for name, count in sorted(each.calls.items())),
        )
        for each in measured
    ]
    return f"""\
# How fast the API is

Written by `make bench-api` ({markdown.machine()}).

{
        markdown.table(
            ("goal", "at most", "measured", "reached"),
            [(*goal, "yes" if goal[2] <= goal[1] else "**no**") for goal in goals],
        )
    }
## A warm function

Milliseconds that the function logs for a request, from its event to its response, of {CALLS}
invocations ({PAGES} of pages) after {WARM_UP} others; its own processor time, without the wait for
DynamoDB; and the calls that one request takes. The owner has {PICTURES:,} pictures in one month.
DynamoDB is the local one, which shares the machine's cores with the function.

{markdown.table(("request", "median", "p95", "slowest", "own processor time", "calls"), rows)}
## A cold start

Processor time on one core from the interpreter's start to the first response, `GET /api/me`, for
which every client is made: median {woken:.0f} ms, slowest {max(cold):.0f} ms of {
        len(cold)
    }. On AWS,
fetching the image and starting the machine come on top.

## From upload to `received`

Seconds from the end of an upload to the first response of `GET /api/status` that knows of it:
median {statistics.median(received):.2f} s, slowest {latest:.2f} s of {len(received)}, asked every
{1000 * POLL_SECONDS:.0f} ms through the front.
"""


if __name__ == "__main__":
    app()
