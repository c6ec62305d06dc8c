"""Every command in shells that make printing, arguments or AWS's own variables difficult."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pytest
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

from local.children import ROOT
from local.pictures import Pictures
from local.samples import SAMPLES
from local.state import RunningStack
from tests.end_to_end.journeys import PICTURE, Queues, item, upload

pytestmark = pytest.mark.terminals

ODD = "uploads/hostile/\u5199\u771f \U0001f469 caf\u00e9.jpg"
PLAIN = "uploads/hostile/plain.jpg"
LATER = "uploads/hostile/zebra.jpg"

COMMANDS: list[tuple[str, ...]] = [
    ("ops", "status"),
    ("ops", "redrive"),
    ("ops", "reconcile", "--grace", "0"),
    ("ops", "explain", ODD),
    ("ops", "restore", PLAIN, ODD, LATER, "--dry-run"),
    ("ops", "restore", PLAIN, ODD, LATER, "--dry-run", "--json"),
    ("ops", "policy", "try", str(ROOT / "Pulumi.dev.yaml")),
    ("ops", "migrate", "--dry-run"),
    ("ops", "--help"),
    ("local", "list"),
    ("local", "list", "--json"),
    ("local", "show", ODD),
    ("local", "events"),
    ("local", "notices"),
    ("local", "logs"),
    ("local", "resources"),
    ("local", "upload", str(SAMPLES / "coffee.jpg"), "--key", "uploads/hostile/again.jpg"),
    ("local", "--help"),
]

ALLOWED = {"ops": {0, 1}, "local": {0}}
"""Status 1 of `ops` is that something of the other tests needs attention."""


@dataclass(frozen=True)
class Shell:
    """Variables and outputs that a command is started with."""

    variables: dict[str, str]
    output: str = "pipe"
    encoding: str = "utf-8"


SHELLS = {
    "c": Shell({"LC_ALL": "C"}),
    "ascii": Shell({"PYTHONIOENCODING": "ascii"}, encoding="ascii"),
    "latin-1": Shell({"PYTHONIOENCODING": "iso-8859-1"}, encoding="iso-8859-1"),
    "cp037": Shell({"PYTHONIOENCODING": "cp037"}, encoding="cp037"),
    "20 columns": Shell({"COLUMNS": "20"}),
    "odd terminal": Shell({"COLUMNS": "\u00b2", "TERMINAL_WIDTH": "wide", "FORCE_COLOR": "1"}),
    "full output": Shell({}, output="/dev/full"),
    "closed pipe": Shell({}, output="closed pipe"),
    "closed output": Shell({}, output="closed"),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    status: int
    out: bytes
    error: str


def run(stack: RunningStack, shell: Shell, *command: str) -> Ended:
    """Run one command in the shell; a command that never ends fails the test."""
    module, *words = command
    environment = {
        **{
            name: os.environ[name] for name in ("PATH", "HOME", "VIRTUAL_ENV") if name in os.environ
        },
        "DARKROOM_STATE": stack.folder,
        "LC_ALL": "C.UTF-8",
        **shell.variables,
    }
    stdout: int | IO[Any]
    match shell.output:
        case "pipe":
            stdout = subprocess.PIPE
        case "closed pipe":
            reading, stdout = os.pipe()
            os.close(reading)
        case "closed":
            stdout = subprocess.DEVNULL
        case _:
            stdout = Path(shell.output).open("wb")  # noqa: SIM115 - closed below
    python = [sys.executable, "-m", module, *words]
    if shell.output == "closed":
        python = ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *python]
    try:
        done = subprocess.run(  # noqa: S603 - our own commands
            python,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.PIPE,
            timeout=240,
            check=False,
        )
    finally:
        if isinstance(stdout, int) and shell.output == "closed pipe":
            os.close(stdout)
        elif not isinstance(stdout, int):
            stdout.close()
    return Ended(done.returncode, done.stdout or b"", done.stderr.decode(shell.encoding, "replace"))


@pytest.fixture(scope="module")
def pictures_of_all_names(stack: RunningStack) -> None:
    for key in (PLAIN, ODD, LATER):
        upload(Pictures(stack), key)
    Queues(stack).until_empty()
    return


@pytest.mark.usefixtures("pictures_of_all_names")
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_fails_for_its_output(
    stack: RunningStack, shell: str, command: tuple[str, ...]
) -> None:
    done = run(stack, SHELLS[shell], *command)
    assert "Traceback" not in done.error, done.error
    if shell == "full output":
        assert done.error.endswith(
            "error: output must be writable, got no space left on device\n"
        ), done.error
        assert done.status == 1
        return
    assert done.status in ALLOWED[command[0]], done.error
    if SHELLS[shell].output == "pipe":
        assert done.out.decode(SHELLS[shell].encoding).strip()


@pytest.mark.usefixtures("pictures_of_all_names")
@pytest.mark.parametrize("shell", SHELLS)
def test_a_restore_is_done_whole_whatever_can_be_printed(stack: RunningStack, shell: str) -> None:
    pictures = Pictures(stack)
    keys = (PLAIN, ODD, LATER)
    before = [pictures.find(key).as_of for key in keys]
    ids = [pictures.find(key).image_id for key in keys]
    done = run(stack, SHELLS[shell], "ops", "restore", *ids)
    assert done.status == (1 if shell == "full output" else 0), done.error
    Queues(stack).until_empty()
    assert [pictures.find(key).as_of for key in keys] == [f"{each}1" for each in before]


@pytest.mark.parametrize(
    "command",
    [
        ("ops", "--stack", "\udcff", "status"),
        ("ops", "explain", "caf\udce9.jpg"),
        ("ops", "restore", PLAIN, "caf\udce9.jpg"),
        ("ops", "restore", "--status", "\udced\udca0\udc80"),
        ("ops", "restore", "--status", "held", "--unchanged-since", "\udcff"),
        ("ops", "redrive", "--function", "\udcff"),
        ("local", "show", "\udcff"),
        ("local", "list", "--status", "\udcff"),
        ("local", "events", "--key", "uploads/\udcff"),
        ("local", "logs", "\udcff"),
        ("local", "upload", str(SAMPLES / "coffee.jpg"), "--key", "uploads/\udcff"),
        ("local", "up", "--stage", "\udcff"),
        ("local", "up", "-c", "gate=\udcff"),
        ("local", "demo", "--stage", "\udcff"),
    ],
    ids=lambda command: ascii(" ".join(command)),
)
def test_an_argument_that_is_not_utf_8_is_one_line_and_2(
    stack: RunningStack, command: tuple[str, ...]
) -> None:
    done = run(stack, Shell({}), *command)
    assert (done.status, done.error.count("\n")) == (2, 1), done.error
    assert "must be UTF-8, got " in done.error
    assert "\\x" in done.error


def every_variable() -> dict[str, str]:
    """Each variable that botocore reads, set to something that would lead a client astray."""
    known = {
        name
        for _, variables, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
        for name in ([variables] if isinstance(variables, str) else variables or [])
    }
    nowhere = "http://127.0.0.1:9"
    return {
        **dict.fromkeys(known, "astray"),
        **{
            f"AWS_ENDPOINT_URL{service}": nowhere
            for service in (
                "",
                "_S3",
                "_DYNAMODB",
                "_SQS",
                "_SNS",
                "_SES",
                "_EVENTBRIDGE",
                "_LAMBDA",
            )
        },
        "AWS_ENDPOINT_URL_CLOUDWATCH": nowhere,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": nowhere,
        "AWS_ENDPOINT_URL_CLOUDFRONT": nowhere,
        "AWS_ENDPOINT_URL_REKOGNITION": nowhere,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "AWS_ACCESS_KEY_ID": "astray",
        "AWS_SECRET_ACCESS_KEY": "astray",
        "AWS_SESSION_TOKEN": "astray",
        "AWS_SECURITY_TOKEN": "astray",
        "AWS_CREDENTIAL_EXPIRATION": "astray",
        "AWS_ROLE_ARN": "astray",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": nowhere,
        "AWS_S3_USE_ARN_REGION": "astray",
        "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT": "astray",
        "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS": "astray",
        "AWS_BEARER_TOKEN_S3": "astray",
        "AWS_LAMBDA_FUNCTION_NAME": "astray",
        "BOTO_CONFIG": "/nowhere",
        "REQUESTS_CA_BUNDLE": "/nowhere",
        "SSL_CERT_FILE": "/nowhere",
        **{
            name: nowhere
            for scheme in ("HTTP", "HTTPS", "ALL")
            for name in (f"{scheme}_PROXY", f"{scheme.lower()}_proxy")
        },
        "NO_PROXY": "",
    }


@pytest.mark.usefixtures("pictures_of_all_names")
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_variable_of_aws_leads_a_command_away_from_the_local_stack(
    stack: RunningStack, command: tuple[str, ...]
) -> None:
    done = run(stack, Shell(every_variable()), *command)
    assert done.status in ALLOWED[command[0]], done.error
    assert "astray" not in done.error


def test_the_variables_are_those_that_botocore_knows() -> None:
    assert {"AWS_PROFILE", "AWS_DEFAULT_REGION", "AWS_CA_BUNDLE", "AWS_MAX_ATTEMPTS"} <= set(
        every_variable()
    )


def test_the_pictures_are_as_they_were(stack: RunningStack) -> None:
    picture = upload(Pictures(stack), "uploads/hostile/last.jpg", PICTURE)
    assert item(picture).status == "ready"
