"""Starts the stack on this machine and takes it down again."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from local.alarms import Alarms
from local.aws import LocalAws, child_environment
from local.children import HOST, ROOT, Child, free_port, start
from local.deploy import PROGRAM_LOG, RECORD, Progress, run_program, verify_sender
from local.docker import emulator
from local.docker.base import AWS_BASE, base_image
from local.docker.bridge import Bridge, gateway
from local.docker.engine import Engine, find_engine
from local.docker.images import Containers
from local.edge import Edge
from local.engine import config
from local.engine.deployment import Order
from local.failover import Failover, second_origin
from local.front import Front
from local.key_values import KeyValues
from local.people import People
from local.rekognition.models import ModelsError, cache_folder, prepare_models
from local.sign_in import SignIn, app
from local.signed import SignedCookies, trusted_keys
from local.state import Claim, RunningStack, StateFolderError, forget
from local.tap import Tap
from local.viewer import LiveFunction, ViewerFunction
from ops.signing_key import store
from ops.terminal import console, in_bytes, reason

AWS_MODULE = "local.ministack"
"""What the local AWS is started by."""

FREE_HERE = {"embedding": "titan", "onDemandDailyUsd": "5"}
"""What stages leave off for its cost: searches, whose model the stand-in has if it has models, and
sizes on demand."""

START_SECONDS = 120.0
MODELS_SECONDS = 180.0


@dataclass(frozen=True)
class Plan:
    """What to start. Port 0 stands for any free one."""

    folder: Path
    stage: str = "dev"
    settings: Mapping[str, str] = field(default_factory=dict)
    models: bool = True
    rekognition_tps: float | None = None
    port: int = 0
    front_port: int = 0
    program: Path = ROOT / "__main__.py"
    containers: bool = False
    """Run the functions in their images instead of in the local AWS's own Python."""


_FOLDER_AT_FAULT = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG)
"""Errors that only a full or read-only disk gives."""


@dataclass(frozen=True)
class _Hosts:
    """The ports that the local AWS and the Rekognition stand-in listen on."""

    port: int
    stand_in_port: int

    @property
    def endpoint(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def rekognition(self) -> str:
        return f"http://{HOST}:{self.stand_in_port}"


class LocalStack:
    """One stack on this machine: everything it starts, it stops.

    Use as a context manager; `up` may be called once.
    """

    def __init__(self, plan: Plan, progress: Progress = lambda _step: None) -> None:
        self._plan = plan
        self._progress = progress
        self._claim: Claim | None = None
        self._scratch: Path | None = None
        self._children: list[Child] = []
        self._tap: Tap | None = None
        self._front: Front | None = None
        self._alarms: Alarms | None = None
        self._bridge: Bridge | None = None
        self._containers: Containers | None = None

    def __enter__(self) -> LocalStack:
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self) -> RunningStack:
        """Start the local AWS and the stand-in, deploy the program, listen and serve.

        Raises `StackRunsError`, `StageFileError`, `ModelsError`, `ChildFailedError`, `DeployError`,
        or `OSError` for a port that is taken; `down` stops whatever had been started.
        """
        try:
            return self._up()
        except OSError as error:
            if error.errno in _FOLDER_AT_FAULT:
                raise StateFolderError(self._plan.folder, error) from error
            raise

    def _up(self) -> RunningStack:
        began = time.monotonic()
        plan = self._plan
        self._claim = Claim.of(plan.folder)
        _check_ports(plan)
        engine = find_engine() if plan.containers else None
        overrides = overridden(plan, engine, self._progress)
        region = config.load(ROOT, plan.stage, overrides)["aws:region"]
        self._clear_leftovers()
        if plan.models:
            # Here, where progress is visible: the first time, fetching them may take minutes.
            self._progress("")
            _prepare_models()
        aws, stand_in, hosts = self._start_children(region, engine)
        aws.wait_until_healthy(f"{hosts.endpoint}/_ministack/health", START_SECONDS)
        # A pair of this machine's own: the private half of the stage's is in its account alone. It
        # is made whatever `delivery` is, as `apply` may change that.
        ssm = LocalAws(hosts.endpoint, region).client("ssm")
        overrides[f"{config.project_name(ROOT)}:signingKey"] = store(ssm, plan.stage)
        settings = config.load(ROOT, plan.stage, overrides)
        if engine:
            self._connect_containers(engine, hosts)
        # Before the deployment, which needs to know where people will be sent after signing in.
        front_port = _port(plan.front_port, "--front-port")
        front = f"http://{HOST}:{front_port}"
        order = self._order(settings, hosts, front)
        verify_sender(order)
        self._progress("deploying the program")
        deployed = run_program(order, plan.folder / PROGRAM_LOG, self._progress)
        self._progress("waiting for the Rekognition stand-in")
        stand_in.wait_until_healthy(f"{hosts.rekognition}/health", MODELS_SECONDS)
        self._progress("listening to the buses and the notices")
        stack = RunningStack(
            pid=os.getpid(),
            stage=plan.stage,
            region=region,
            endpoint=hosts.endpoint,
            front=front,
            rekognition=hosts.rekognition,
            seconds_to_up=round(time.monotonic() - began, 2),
            folder=str(plan.folder),
            outputs=deployed.outputs,
            resources=deployed.resources,
            order=asdict(order),
            overrides=overrides,
        )
        self._listen(stack, front_port)
        stack.save()
        return stack

    def _clear_leftovers(self) -> None:
        """Remove what an earlier stack left in the folder, and make room for this one."""
        folder = self._plan.folder
        forget(folder)
        for leftover in [*folder.glob("journal.sqlite*"), folder / RECORD]:
            leftover.unlink(missing_ok=True)
        shutil.rmtree(folder / "images", ignore_errors=True)
        # In the state folder, so that what a killed stack leaves behind goes with the next one.
        self._scratch = folder / "scratch"
        shutil.rmtree(self._scratch, ignore_errors=True)
        self._scratch.mkdir()

    def _start_children(self, region: str, engine: Engine | None) -> tuple[Child, Child, _Hosts]:
        """Start the local AWS and the Rekognition stand-in; neither may be ready yet."""
        plan = self._plan
        self._progress("starting the local AWS")
        hosts = _Hosts(_port(plan.port, "--port"), free_port())
        aws = self._child(
            "ministack",
            AWS_MODULE,
            [],
            {
                "GATEWAY_PORT": str(hosts.port),
                "BIND_HOST": HOST,
                "MINISTACK_HOST": HOST,
                "MINISTACK_REGION": region,
                "AUTH": "true",
                # A backfill that finds no room waits some seconds, not minutes.
                "SFN_WAIT_SCALE": "0.05",
                # Everything that another protocol would need stays off.
                "IOT_MTLS_ENABLED": "0",
                "SFTP_ENABLED": "0",
                **self._docker(engine),
            },
        )
        options = ["--port", str(hosts.stand_in_port), "--s3-endpoint", hosts.endpoint]
        options.append("--models" if plan.models else "--no-models")
        if plan.rekognition_tps is not None:
            options += ["--tps", str(plan.rekognition_tps)]
        stand_in = self._child(
            "rekognition", "local.rekognition", options, {"DARKROOM_CACHE": str(cache_folder())}
        )
        return aws, stand_in, hosts

    def _connect_containers(self, engine: Engine, hosts: _Hosts) -> None:
        """Let the functions' containers reach the local AWS and the stand-in."""
        self._containers = Containers(engine, f"{HOST}:{hosts.port}")
        self._bridge = Bridge(gateway(engine), [hosts.port, hosts.stand_in_port])

    def _order(self, settings: dict[str, str], hosts: _Hosts, front: str) -> Order:
        """What the program's process needs to know."""
        plan, rekognition = self._plan, hosts.rekognition
        return Order(
            program=str(plan.program),
            project=config.project_name(ROOT),
            stage=plan.stage,
            config=settings,
            endpoint=hosts.endpoint,
            rekognition=(
                rekognition.replace(HOST, emulator.HOST) if plan.containers else rekognition
            ),
            images=str(plan.folder / "images"),
            front=front,
            record=str(plan.folder / RECORD),
            containers=plan.containers,
        )

    def _listen(self, stack: RunningStack, front_port: int) -> None:
        """Record what crosses the buses, and serve the distribution."""
        self._tap = Tap(stack)
        self._tap.open()
        self._alarms = Alarms(stack)
        self._alarms.start()
        url = str(stack.outputs["pictures_url"])
        cookies = SignedCookies(
            url, partial(trusted_keys, stack.aws, str(stack.outputs["distribution_id"]))
        )
        failover = Failover(
            stack.region,
            partial(second_origin, stack.aws, str(stack.outputs["distribution_id"])),
        )
        people = People.of(stack.aws, stack.outputs)
        people.invite()
        edge = Edge(
            port=front_port,
            sign_in=SignIn(front_port, people, partial(app, people)),
            rendition=_viewer_function(stack, "pictures-viewer"),
            page=_viewer_function(stack, "pictures-page"),
            refusal=cookies,
            failover=failover,
        )
        distribution = url.removeprefix("https://")
        self._front = Front.serve(stack.endpoint, distribution, front_port, edge)

    def down(self) -> None:
        """Stop everything that `up` started, and leave only the logs and the journal.

        A second Ctrl-C, SIGTERM or SIGHUP meanwhile has no effect.
        """
        with _undisturbed():
            self._stop()

    def _stop(self) -> None:
        if self._alarms is not None:
            self._alarms.stop()
        if self._tap is not None:
            self._tap.close()
        if self._front is not None:
            self._front.stop()
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        if self._bridge is not None:
            self._bridge.close()
        if self._containers is not None:
            self._containers.forget()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
        if self._claim is not None:
            self._claim.release()
            self._claim = None

    def failed_child(self) -> Child | None:
        """A child process that ended by itself, if any did."""
        return next((c for c in self._children if c.process.poll() is not None), None)

    def _docker(self, engine: Engine | None) -> dict[str, str]:
        """Settings that make the local AWS run functions in containers, or keep it from trying."""
        if engine is None:
            return {"DOCKER_HOST": f"unix://{self._scratch}/no-docker.sock"}
        return {"LAMBDA_DOCKER_FLAGS": "--read-only --tmpfs /tmp"}

    def _child(
        self, name: str, module: str, arguments: list[str], environment: Mapping[str, str]
    ) -> Child:
        child = start(
            name,
            module,
            arguments,
            child_environment({"TMPDIR": str(self._scratch), **environment}),
            self._plan.folder / f"{name}.log",
        )
        self._children.append(child)
        return child


def overridden(plan: Plan, engine: Engine | None, progress: Progress) -> dict[str, str]:
    """The plan's settings; with models also what costs nothing here; and for containers a base
    image that the engine has.

    A base image of the user's own is left as it is: the build pulls it.
    """
    name = f"{config.project_name(ROOT)}:baseImage"
    settings = {**(FREE_HERE if plan.models else {}), **plan.settings}
    stage = config.load(ROOT, plan.stage, settings)
    if engine is None or stage[name] != AWS_BASE:
        return settings
    return {**settings, name: base_image(engine, progress)}


def _viewer_function(stack: RunningStack, name: str) -> LiveFunction:
    """One of the two functions of the stack's distribution."""
    [function] = [
        each for each in stack.named("aws:cloudfront/function:Function") if each.name == name
    ]
    cloudfront = stack.aws.client("cloudfront")

    def version() -> str:
        return str(cloudfront.describe_function(Name=function.id, Stage="LIVE")["ETag"])

    def load() -> ViewerFunction:
        code = cloudfront.get_function(Name=function.id, Stage="LIVE")["FunctionCode"].read()
        summary = cloudfront.describe_function(Name=function.id, Stage="LIVE")["FunctionSummary"]
        stores = summary["FunctionConfig"].get("KeyValueStoreAssociations", {}).get("Items", [])
        values = [
            partial(KeyValues(stack.endpoint).get, each["KeyValueStoreARN"]) for each in stores
        ]
        return ViewerFunction(code.decode(), next(iter(values), None))

    return LiveFunction(version, load)


def _check_ports(plan: Plan) -> None:
    """Refuse ports that are taken or alike before anything starts.

    Though the front's is used only at the end, after a deployment that would be for nothing.
    """
    if plan.port and plan.port == plan.front_port:
        raise OSError(f"--front-port must differ from --port, got {plan.port} for both")
    for number, option in ((plan.port, "--port"), (plan.front_port, "--front-port")):
        _port(number, option)


def _port(wanted: int, option: str) -> int:
    try:
        return free_port(wanted)
    except OSError as error:
        raise OSError(f"{error}: choose another with {option}, or 0 for any free one") from error


def _prepare_models() -> None:
    try:
        prepare_models(console(stderr=True))
    except ModelsError as error:
        raise ModelsError(f"{error}; --no-models does without them") from error
    except OSError as error:
        cache = in_bytes(str(cache_folder()))
        raise ModelsError(
            f"cache folder must be a folder that can be written to, got {cache}: {reason(error)}; "
            "DARKROOM_CACHE names another, --no-models does without it"
        ) from error


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore the signals that interrupt a command; only the main thread may set them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
