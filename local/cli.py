"""`python -m local`: the stack on this machine, from the command line."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from rich.live import Live

from local import samples, show
from local.apply import apply as apply_to
from local.apply import unheard
from local.children import ChildFailedError
from local.dashboard import dashboard
from local.engine.registry import REGISTRY
from local.journal import HeardNotice, Journal
from local.people import PEOPLE, People
from local.pictures import Followed, Pictures, uploads
from local.state import RunningStack, running, state_folder
from local.up import LocalStack, Plan
from ops.terminal import Command, Group, console, in_bytes, json_text, print_line
from pipeline.item import Item, Malformed, Status
from pipeline.text import visible

app = typer.Typer(
    cls=Group,
    help=(
        "Darkroom on this machine, with no AWS account. Times are in UTC.\n\n"
        "Exit status 0: done. 1: a picture did not end as expected, or the command failed for the "
        "reason on standard error. 2: wrong usage. 130: interrupted."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_STATUSES: tuple[str, ...] = get_args(Status)

_INBOX_SECONDS = 5.0
"""How long the inbox may lag behind the last notice."""

Stage = Annotated[str, typer.Option(help="The stage whose Pulumi.<stage>.yaml is deployed.")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--config", "-c", metavar="KEY=VALUE", help="A setting that differs here."),
]
Models = Annotated[
    bool, typer.Option("--models/--no-models", help="Let the Rekognition stand-in see.")
]
InContainers = Annotated[
    bool, typer.Option("--containers", help="Run the functions in their images, by Docker.")
]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Of the local AWS; 0 is any free one.")]
FrontPort = Annotated[
    int, typer.Option(min=0, max=65535, help="Where pictures are served; 0 is any free one.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a script.")]
Seconds = Annotated[float, typer.Option(min=1, help="How long to wait for the pictures' end.")]


@app.command(cls=Command)
def up(
    stage: Stage = "dev",
    settings: Settings = None,
    models: Models = True,
    containers: InContainers = False,
    port: Port = 0,
    front_port: FrontPort = 0,
) -> None:
    """Deploy the program on this machine and stay up until Ctrl-C."""
    with LocalStack(_plan(stage, settings, models, containers, port, front_port), _say) as local:
        stack = local.up()
        _greet(stack)
        _invite(stack)
        _stay(local)


@app.command(cls=Command)
def apply(settings: Settings = None, as_json: AsJson = False) -> None:
    """Bring the running stack up to the program and settings as they are now.

    Its pictures stay. Only what differs is changed, as a deployment to AWS would; no Pulumi CLI is
    needed. Settings given here last as long as the stack runs.
    """
    began = time.monotonic()
    stack = _running()
    deployed = apply_to(stack, _pairs(settings), _say)
    seconds = round(time.monotonic() - began, 1)
    steps = [(step, each) for step, each in deployed.steps if step != "same"]
    if as_json:
        changes = [{"step": step, "type": each.type, "name": each.name} for step, each in steps]
        _json({"seconds": seconds, "changes": changes})
        return
    _say("")
    for step, each in steps:
        print_line(visible(f"{step:<8} {each.type.rpartition(':')[2]:<24} {each.name}"))
    unchanged = len(deployed.steps) - len(steps)
    print_line(f"{len(steps)} changed, {unchanged} left as they were, in {seconds} s")
    for name in unheard(stack, deployed):
        print_line(visible(f"{name} is new: events and notices of it show after a restart"))


@app.command(cls=Command)
def demo(
    pictures: Annotated[
        Path,
        typer.Option(
            help="A folder of pictures to upload instead of the samples; not those below."
        ),
    ] = samples.SAMPLES,
    once: Annotated[bool, typer.Option("--once", help="Stop after the table.")] = False,
    stage: Stage = "dev",
    settings: Settings = None,
    models: Models = True,
    containers: InContainers = False,
    port: Port = 0,
    front_port: FrontPort = 0,
    timeout: Seconds = 300,
) -> None:
    """Deploy, upload pictures, follow each to its end, and show what became of them.

    Ends with status 0 only if every picture came to its expected end.
    """
    chosen = samples.read(pictures)
    files = uploads([sample.file for sample in chosen])
    if others := samples.passed_over(pictures):
        folder = in_bytes(str(pictures))
        told = f"passed over in {folder}, where only files are read: {', '.join(others)}"
        print_line(visible(told))
    with LocalStack(_plan(stage, settings, models, containers, port, front_port), _say) as local:
        stack = local.up()
        _greet(stack)
        if not once:
            _invite(stack)
        followed = _send(stack, files, timeout)
        complaints = {
            picture.name: complaint
            for sample, picture in zip(chosen, followed, strict=True)
            if (complaint := sample.complaint(picture))
        }
        out = console()
        out.print(show.results(followed, list(complaints), out.width))
        heard = _inbox(stack, followed)
        if not once:
            _where(stack, followed, heard)
        for complaint in complaints.values():
            _complain(complaint)
        if not once:
            _stay(local)
    if once:
        out.print("everything was stopped", style="dim")
    if complaints:
        raise typer.Exit(1)


@app.command(cls=Command)
def upload(
    files: Annotated[
        list[Path], typer.Argument(exists=True, dir_okay=False, help="Pictures to upload.")
    ],
    key: Annotated[
        str | None, typer.Option(help="The object's key, uploads/...; for one file only.")
    ] = None,
    timeout: Seconds = 60,
    as_json: AsJson = False,
) -> None:
    """Upload pictures to the running stack and follow them to their end."""
    if key is not None and len(files) != 1:
        raise typer.BadParameter(f"--key names one object, got {len(files)} files")
    chosen = uploads(files, key)
    stack = _running()
    followed = _send(stack, chosen, timeout, quiet=as_json)
    if as_json:
        _json([_followed(picture) for picture in followed])
    else:
        out = console()
        out.print(show.results(followed, [], out.width))
    late = [picture for picture in followed if not picture.ended]
    for picture in late:
        _complain(f"{picture.unended} within {timeout:g} s")
    if late:
        raise typer.Exit(1)


@app.command(name="list", cls=Command)
def list_(
    status: Annotated[str | None, typer.Option(help="Only pictures of this status.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the catalog, the latest change first.

    Ends with 1 if an item cannot be read.
    """
    if status is not None and status not in _STATUSES:
        states = ", ".join(_STATUSES)
        raise typer.BadParameter(f"--status must be one of {states}, got {status}")
    entries = list(Pictures(_running()).scan())
    malformed = [entry for entry in entries if isinstance(entry, Malformed)]
    readable = [entry for entry in entries if isinstance(entry, Item)]
    chosen = [item for item in readable if status in (None, item.status)]
    found = sorted(chosen, key=lambda item: item.updated_at, reverse=True)
    if as_json:
        _json([item.to_dict() for item in found])
    else:
        out = console()
        out.print(show.items(found, out.width))
    for item in malformed:
        _complain(str(item))
    if malformed:
        raise typer.Exit(1)


@app.command(name="show", cls=Command)
def show_(
    image: Annotated[str, typer.Argument(help="An image id, its beginning, a key or file name.")],
    as_json: AsJson = False,
) -> None:
    """Show everything known about one picture, its timeline included."""
    stack = _running()
    item = Pictures(stack).find(image)
    heard = Journal(stack.journal).events(item.key)
    if as_json:
        _json({**item.to_dict(), "events": [asdict(event) for event in heard]})
    else:
        console().print(show.picture(stack, item, heard))


@app.command(cls=Command)
def events(
    key: Annotated[str | None, typer.Option(help="Only events about this upload.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what crossed the buses."""
    heard = Journal(_running().journal).events(key)
    if as_json:
        _json([asdict(event) for event in heard])
    else:
        console().print(show.events(heard))


@app.command(cls=Command)
def notices(as_json: AsJson = False) -> None:
    """Show what was sent, and to whom."""
    stack = _running()
    heard = Journal(stack.journal).notices()
    if as_json:
        _json([asdict(notice) for notice in heard])
    elif heard:
        console().print(show.notices(stack, heard))
    else:
        console().print("no notices yet")


@app.command(cls=Command)
def logs(
    function: Annotated[str | None, typer.Argument(help="One function; all if left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what the functions logged, oldest first."""
    stack = _running()
    groups: dict[str, str] = stack.outputs["logs"]
    if function is not None and function not in groups:
        raise typer.BadParameter(f"function must be one of {', '.join(groups)}, got {function}")
    client = stack.aws.client("logs")
    lines = []
    for name, group in groups.items():
        if function in (None, name):
            pages = client.get_paginator("filter_log_events").paginate(logGroupName=group)
            lines += [
                {"at": event["timestamp"], "function": name, "message": event["message"]}
                for page in pages
                for event in page["events"]
            ]
    lines.sort(key=lambda line: line["at"])
    if as_json:
        _json(lines)
    else:
        for line in lines:
            print_line(f"{line['function']:<12} {line['message'].rstrip()}")


@app.command(cls=Command)
def token(
    person: Annotated[str, typer.Argument(help="A local user: ann, or rita, who reviews.")],
    as_json: AsJson = False,
) -> None:
    """Print an access token for the API, good for 15 minutes."""
    if person not in PEOPLE:
        raise typer.BadParameter(f"person must be one of {', '.join(PEOPLE)}, got {person}")
    stack = _running()
    tokens = People.of(stack.aws, stack.outputs).tokens(person)
    if as_json:
        _json(tokens)
    else:
        print_line(tokens["access_token"])


@app.command(name="dashboard", cls=Command)
def dashboard_() -> None:
    """Draw the stack's dashboard with what the last ten minutes measured."""
    console().print(dashboard(_running()))


@app.command(cls=Command)
def resources(as_json: AsJson = False) -> None:
    """List the resource types that can be deployed here, and what of them has no effect."""
    import local.engine.resources  # noqa: F401 - fills the registry

    known = sorted(REGISTRY.handlers.values(), key=lambda handler: handler.type)
    if as_json:
        _json(
            [
                {"type": h.type, "honours": sorted(h.honours), "ignores": dict(h.ignores)}
                for h in known
            ]
        )
    else:
        console().print(show.resources(known))


def _plan(
    stage: str,
    settings: list[str] | None,
    models: bool,
    containers: bool,
    port: int,
    front_port: int,
) -> Plan:
    return Plan(
        folder=state_folder(),
        stage=stage,
        settings=_pairs(settings),
        models=models,
        containers=containers,
        port=port,
        front_port=front_port,
    )


def _pairs(settings: list[str] | None) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for setting in settings or []:
        name, equals, value = setting.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"--config must be KEY=VALUE, got {setting}")
        short = name.removeprefix("darkroom:")
        if short in pairs:
            raise typer.BadParameter(f"--config must name a setting once, got {short} twice")
        pairs[short] = value
    return pairs


def _running() -> RunningStack:
    return running(state_folder())


def _say(step: str) -> None:
    if console(stderr=True).is_terminal:
        print_line(f"\r\033[K{step}", err=True, end="")


def _complain(problem: str) -> None:
    out = console(stderr=True)
    out.print(visible(problem), style="bold red", markup=False, soft_wrap=True)


def _send(
    stack: RunningStack,
    files: Sequence[tuple[Path, str]],
    timeout_seconds: float,
    *,
    quiet: bool = False,
) -> list[Followed]:
    pictures = Pictures(stack)
    followed = [pictures.upload(file.read_bytes(), file.name, key) for file, key in files]
    out = console(stderr=quiet)
    begun = show.progress(followed, out.width)
    with Live(begun, console=out, transient=True, auto_refresh=False) as live:
        for _ in pictures.follow(followed, timeout_seconds):
            if out.is_terminal:
                live.update(show.progress(followed, out.width), refresh=True)
    return followed


def _greet(stack: RunningStack) -> None:
    _say("")
    out = console()
    out.print(f"the page: {stack.front}/", markup=False)
    out.print(
        f"[bold]{stack.stage}[/] is up after {stack.seconds_to_up} s: "
        f"{len(stack.resources)} resources in {stack.region} at {stack.endpoint}"
    )


def _invite(stack: RunningStack) -> None:
    """What can be done with a stack that stays up."""
    out = console()
    out.print(
        "upload on the page, with the AWS CLI, or with python -m local upload FILE:", markup=False
    )
    originals = stack.outputs["originals"]
    out.print(
        f"  AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test aws --region {stack.region} "
        f"--endpoint-url {stack.endpoint} s3 cp photo.jpg s3://{originals}/uploads/",
        markup=False,
        soft_wrap=True,
    )
    out.print("call the API as one of the two people who exist here, ann or rita:")
    out.print(
        f'  curl -H "Authorization: Bearer $(python -m local token ann)" {stack.front}/api/me',
        markup=False,
        soft_wrap=True,
    )
    out.print("notices arrive in the local inbox: python -m local notices", markup=False)


def _inbox(stack: RunningStack, followed: Sequence[Followed]) -> list[HeardNotice]:
    """The notices, once there is one for each picture that has ended."""
    journal = Journal(stack.journal)
    told = sum(picture.ended for picture in followed)
    waited_until = time.monotonic() + _INBOX_SECONDS
    while len(heard := journal.notices()) < told and time.monotonic() < waited_until:
        time.sleep(0.1)
    console().print(f"{len(heard)} notices arrived", markup=False)
    return heard


def _where(stack: RunningStack, followed: Sequence[Followed], heard: Sequence[HeardNotice]) -> None:
    """A picture's address and the last notice, whose addresses hold while the stack is up."""
    out = console()
    shown = next((p.item.renditions for p in followed if p.item and p.item.renditions), None)
    if shown:
        largest = max(
            (made for formats in shown.values() for made in formats.values()),
            key=lambda made: made["bytes"],
        )
        out.print(f"for example {stack.front}/{largest['key']}", markup=False, soft_wrap=True)
    if heard:
        out.print("the last notice:", markup=False)
        out.print(show.notices(stack, heard[-1:]))


def _stay(local: LocalStack) -> None:
    console().print("Ctrl-C stops everything", style="dim")
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(0.5)
            if child := local.failed_child():
                raise ChildFailedError(f"{child.name} ended by itself\n{child.tail()}")


def _followed(picture: Followed) -> dict[str, Any]:
    return {
        "name": picture.name,
        "key": picture.key,
        "image_id": picture.image_id,
        "status": picture.status,
        "ended": picture.ended,
        "seconds": picture.seconds(),
        "item": picture.item.to_dict() if picture.item else None,
    }


def _json(value: Any) -> None:
    print_line(json_text(value, indent=2))
