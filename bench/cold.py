"""The size and the cold start of each function's image: `python -m bench.cold`.

Every image is built as the program asks for it, on this machine's own architecture, and run under
Lambda's runtime interface emulator with one vCPU, read-only, as on Lambda. A message that no
function can read is handled without any network, but makes every client that the function has, and
so is a request that `api` refuses. So the first response includes the cold start and later ones do
not.

What is missing from a cold start on AWS: fetching the image's blocks, and starting the machine.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from local.docker.builds import build, requested
from local.docker.emulator import emulated
from local.docker.engine import Engine
from proofs.docker.base import provided_base
from proofs.docker.engine import ready_engine
from proofs.recorder import ROOT, record

MACHINES = {"amd64": "x86_64", "arm64": "arm64"}
UNREADABLE = {
    "Records": [
        {
            "messageId": "1",
            "body": "a message of no known type",
            "attributes": {"ApproximateReceiveCount": "1"},
            "eventSource": "aws:sqs",
        }
    ]
}
REQUEST = {
    "version": "2.0",
    "rawPath": "/api/pictures",
    "rawQueryString": "cursor=none",
    "queryStringParameters": {"cursor": "none"},
    "headers": {},
    "requestContext": {
        "authorizer": {
            "jwt": {
                "claims": {
                    "sub": "00000000-0000-4000-8000-000000000000",
                    "token_use": "access",
                }
            }
        },
        "http": {"method": "GET", "path": "/api/pictures"},
        "stage": "$default",
    },
}
"""What the HTTP API hands over. The function refuses it for its cursor, after it made every client
and before any call of AWS."""

CREDENTIALS = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "unused",
    "AWS_SECRET_ACCESS_KEY": "unused",
}
AWAKE = """
import json, sys, time
sys.path.insert(1, "/var/runtime")
import awslambdaric.bootstrap
import {function}.handler
ready = time.process_time()

class Context:
    memory_limit_in_mb = 1769
    get_remaining_time_in_millis = staticmethod(lambda: 60_000)

try:
    {function}.handler.handler(json.loads(sys.argv[1]), Context())
except ValueError:
    pass
print(1000 * ready, 1000 * time.process_time(), file=sys.stderr)
"""


@dataclass(frozen=True)
class Layer:
    """A layer over the base: what made it, and its unpacked bytes."""

    made_by: str
    bytes: int


@dataclass(frozen=True)
class Module:
    """What a package takes of the handler's import, without what it imports in turn."""

    package: str
    ms: float


@dataclass(frozen=True)
class Woken:
    """Medians of fresh containers, in milliseconds; `warm_ms` of many calls of each.

    The first two are processor time, from the interpreter's start on: they are nearly the same on a
    busy machine as on a quiet one, which the others are not.
    """

    init_cpu_ms: float
    first_response_cpu_ms: float
    init_ms: float
    first_response_ms: float
    warm_ms: float


@dataclass(frozen=True)
class Measured:
    """One function's image."""

    function: str
    bytes_over_base: int
    layers: list[Layer]
    modules: list[Module]
    woken: Woken


def layers(engine: Engine, image: str, base: str) -> list[Layer]:
    """The layers that `image` adds to `base`, the lowest first, without the empty ones."""

    def history(of: str) -> list[list[str]]:
        lines = engine.run(
            *("history", "--no-trunc", "--human=false", "--format", "{{.Size}}\t{{.CreatedBy}}", of)
        )
        return [line.split("\t", 1) for line in lines.splitlines()]

    own = history(image)[: -len(history(base))]
    found = [Layer(made_by.partition(" #")[0], int(size)) for size, made_by in reversed(own)]
    return [layer for layer in found if layer.bytes]


def modules(engine: Engine, image: str, function: str) -> list[Module]:
    """Import time by top-level package, the slowest first; the interpreter's own are `python`."""
    printed = engine.run(
        *("run", "--rm", "--cpus", "1", "--entrypoint", "python3", image),
        *("-X", "importtime", "-c", f"import {function}.handler"),
        both=True,
    )
    spent: dict[str, float] = {}
    own = _packages(engine, image)
    for line in printed.splitlines():
        if not line.startswith("import time:") or "self [us]" in line:
            continue
        self_us, _, name = line.removeprefix("import time:").split("|")
        package = name.strip().split(".")[0]
        package = package if package in own else "python"
        spent[package] = spent.get(package, 0) + int(self_us) / 1000
    return [Module(name, ms) for name, ms in sorted(spent.items(), key=lambda each: -each[1])]


def _packages(engine: Engine, image: str) -> set[str]:
    listed = engine.run("run", "--rm", "--entrypoint", "ls", image, "/var/task")
    return {name.removesuffix(".py") for name in listed.split()}


def woken(
    engine: Engine, image: str, function: str, environment: dict[str, str], rounds: int
) -> Woken:
    """Wake `rounds` containers; the medians."""
    inits: list[float] = []
    firsts: list[float] = []
    ready: list[float] = []
    responded: list[float] = []
    warm: list[float] = []
    event = REQUEST if function == "api" else UNREADABLE
    for _ in range(rounds):
        with emulated(engine, image, environment | CREDENTIALS) as container:
            firsts.append(_ms(container.invoke, event))
            inits.append(container.init_ms())
            warm += [_ms(container.invoke, event) for _ in range(10)]
        variables = (environment | CREDENTIALS).items()
        printed = engine.run(
            *("run", "--rm", "--cpus", "1", "--entrypoint", "python3"),
            *(part for name, value in variables for part in ("--env", f"{name}={value}")),
            *(image, "-c", AWAKE.format(function=function), json.dumps(event)),
            both=True,
        )
        for kept, ms in zip((ready, responded), printed.splitlines()[-1].split(), strict=True):
            kept.append(float(ms))
    medians = (statistics.median(each) for each in (ready, responded, inits, firsts, warm))
    return Woken(*medians)


def _ms(invoke: Callable[[Mapping[str, Any]], Any], event: Mapping[str, Any]) -> float:
    began = time.perf_counter()
    response = invoke(event)
    spent = 1000 * (time.perf_counter() - began)
    handed_back = {"batchItemFailures": [{"itemIdentifier": "1"}]}
    done = response == handed_back or response.get("statusCode") == 400
    if not done and response.get("errorType") != "JSONDecodeError":
        raise typer.BadParameter(
            f"the function must hand the message back or respond with 400, got {response}"
        )
    return spent


def measured(rounds: int, functions: Iterable[str]) -> list[Measured]:
    """Build and measure `functions`, all of them if none is named."""
    console = Console(stderr=True)
    engine = ready_engine(console.print)
    base = provided_base(engine, console.print)
    graph = record("dev", {"architecture": MACHINES[engine.architecture], "baseImage": base})
    wanted = [
        requested(each.name, each.inputs)
        for each in graph.of_kind("docker.Image")
        if each.name in functions or not functions
    ]
    results = []
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("measuring", total=len(wanted))
        for each in wanted:
            image = build(engine, ROOT, each, f"darkroom/{each.name}")
            over = layers(engine, image, base)
            function = graph.resource("lambda.Function", each.name)
            environment = function.inputs["environment"]["variables"]
            results.append(
                Measured(
                    each.name,
                    sum(layer.bytes for layer in over),
                    over,
                    modules(engine, image, each.name),
                    woken(engine, image, each.name, environment, rounds),
                )
            )
            progress.advance(task)
    return results


def show(results: list[Measured], console: Console) -> None:
    """Two tables: sizes and waking, then where the import goes."""
    table = Table(title="Images and cold starts, one vCPU", title_justify="left")
    table.add_column("function", no_wrap=True)
    for column in ("MB over base", "init, CPU ms", "response, CPU ms", "init, ms", "response, ms"):
        table.add_column(column, justify="right")
    table.add_column("warm, ms", justify="right")
    for each in results:
        table.add_row(
            each.function,
            f"{each.bytes_over_base / 1e6:.1f}",
            *(f"{ms:.0f}" for ms in list(asdict(each.woken).values())[:4]),
            f"{each.woken.warm_ms:.1f}",
        )
    console.print(table)
    for each in results:
        sizes = ", ".join(f"{layer.bytes / 1e6:.2f} MB by {layer.made_by}" for layer in each.layers)
        console.print(f"{each.function}: {sizes}")
        slowest = ", ".join(f"{module.package} {module.ms:.0f}" for module in each.modules[:9])
        console.print(f"{each.function}: ms of import by package, traced: {slowest}")


def main(
    functions: Annotated[list[str] | None, typer.Argument(help="which; all by default")] = None,
    rounds: Annotated[int, typer.Option(min=1, help="fresh containers for each")] = 7,
    as_json: Annotated[bool, typer.Option("--json", help="print JSON instead of tables")] = False,
) -> None:
    """Measure the images' sizes and cold starts."""
    results = measured(rounds, functions or [])
    if as_json:
        typer.echo(json.dumps([asdict(each) for each in results], indent=2))
    else:
        show(results, Console())


if __name__ == "__main__":
    typer.run(main)
