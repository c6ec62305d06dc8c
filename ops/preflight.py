"""`python -m ops.preflight`: what must be right before a stage is deployed to AWS or taken away.

Each check is one line: `ok`, a `note` about something that works with a limit, or a `problem` with
its fix.
The Makefile's deploy targets run these commands; any of them ends with status 1 after a problem.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import boto3
import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import stagefile
from stagefile import StageFileError

__all__ = [
    "Account",
    "Docker",
    "Engine",
    "Finding",
    "Mail",
    "app",
    "check_account",
    "check_docker",
    "check_name",
    "check_protection",
    "session_of",
]

ROOT = Path(__file__).resolve().parents[1]

LONGEST_NAME = 12
"""Of a new stage, in characters. Every physical name must fit AWS's limits with it."""

NEW_ACCOUNT = 10
"""How many functions at once Lambda lets a new account run."""

UNRESERVED = 100
"""Executions at a time that AWS leaves to functions without a reservation."""

_SECONDS = 20

Level = Literal["ok", "note", "problem"]


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    level: Level
    text: str

    def __str__(self) -> str:
        return f"{self.level:8} {self.text}"


@dataclass(frozen=True)
class Mail:
    """SES in one Region."""

    production: bool
    """Whether the account has left the sandbox."""
    verified: bool
    """Whether the sender's address or domain is verified."""


@dataclass(frozen=True)
class Engine:
    """A Docker engine."""

    host: str
    """Its address, as DOCKER_HOST holds it."""
    version: str
    containerd: bool
    """Whether it keeps images in containerd's store."""


class Account(Protocol):
    """The AWS account that the stage would be deployed to."""

    def identity(self) -> str:
        """The account's id. Raises a botocore error without valid credentials."""

    def concurrency(self) -> int:
        """How many functions at once Lambda runs in the account."""

    def distributions(self) -> bool:
        """Whether the account has any CloudFront distribution."""

    def mail(self, sender: str) -> Mail:
        """SES, about this sender."""

    def sms_sandbox(self) -> bool:
        """Whether SNS sends SMS to verified numbers alone."""


class Docker(Protocol):
    """The Docker client of this machine."""

    def engine(self) -> Engine | None:
        """The engine of the current context, or None if none responds."""


def check_name(stage: str, *, new: bool = False) -> Iterator[Finding]:
    """Whether a stage may have this name; one from release 0.1.0 may have up to 20 characters."""
    if stage == stagefile.TEMPLATE:
        yield Finding("problem", f"stage must not be {stage}: Pulumi.{stage}.yaml is the template")
        return
    legal = re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?", stage)
    if legal and len(stage) <= LONGEST_NAME:
        yield Finding("ok", f"stage {stage}")
    else:
        yield Finding(
            "note" if legal and not new else "problem",
            f"a new stage must be 1 to {LONGEST_NAME} lower-case letters, digits and inner "
            f"hyphens, got {stage}: choose another name",
        )


def check_protection(stage: str, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the stage may be destroyed."""
    if settings.get("darkroom:protect") in (True, "true"):
        yield Finding(
            "problem",
            f"stage {stage} is protected: set darkroom:protect to false in Pulumi.{stage}.yaml and "
            f"run make up STAGE={stage}, then destroy it",
        )
    else:
        yield Finding("ok", f"stage {stage} is not protected")


def check_docker(docker: Docker) -> Iterator[Finding]:
    """Whether the functions' images can be built and pushed."""
    engine = docker.engine()
    if engine is None:
        yield Finding(
            "problem",
            "Docker must be running, it builds the functions' images: start it, or choose one with "
            "docker context use",
        )
        return
    # pulumi-docker#967: the provider then reads no digest of the image that it pushed.
    if engine.containerd and re.match(r"27\.[0-4](\.|$)", engine.version):
        yield Finding(
            "problem",
            f"Docker must not be 27.0 to 27.4 with the containerd image store, got "
            f"{engine.version}: upgrade it, or switch the store off",
        )
        return
    yield Finding("ok", f"Docker {engine.version} at {engine.host}")


def check_account(account: Account, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """Whether the account can run the stage, as far as it can be asked."""
    try:
        identity = account.identity()
    except (BotoCoreError, ClientError) as error:
        yield Finding(
            "problem", f"AWS credentials must be valid: aws sso login, or set AWS_PROFILE ({error})"
        )
        return
    allowed = [str(each) for each in settings.get("aws:allowedAccountIds", [])]
    if allowed and identity not in allowed:
        yield Finding(
            "problem",
            f"account must be {' or '.join(allowed)} (aws:allowedAccountIds), got {identity}: "
            "change AWS_PROFILE or aws:profile",
        )
        return
    yield Finding("ok", f"account {identity}, Region {settings.get('aws:region')}")
    yield from _permitted(_concurrency, account, settings)
    yield from _permitted(_distributions, account, settings)
    yield from _permitted(_mail, account, settings)
    yield from _permitted(_sms, account, settings)


def _permitted(check: Any, account: Account, settings: Mapping[str, Any]) -> Iterator[Finding]:
    """The findings of a check, or a note if its question is not allowed."""
    try:
        yield from check(account, settings)
    except (BotoCoreError, ClientError) as error:
        yield Finding("note", f"{check.__name__.strip('_')} could not be checked: {error}")


def _concurrency(account: Account, settings: Mapping[str, Any]) -> Iterator[Finding]:
    limit = account.concurrency()
    wanted = int(settings.get("darkroom:maxConcurrency", 2))
    if limit <= NEW_ACCOUNT or limit < wanted:
        yield Finding(
            "note",
            f"Lambda runs {limit} functions at once in this account and throttles the rest: ask "
            "for 1000 under Service Quotas, Lambda, Concurrent executions",
        )
    else:
        yield Finding("ok", f"Lambda runs {limit} functions at once")
    reserved = int(settings.get("darkroom:onDemandConcurrency", 10))
    on_demand = int(settings.get("darkroom:onDemandDailyUsd", 0)) > 0
    if on_demand and limit - reserved < UNRESERVED:
        yield Finding(
            "problem",
            f"onDemandConcurrency must leave {UNRESERVED} of the {limit} functions at once "
            f"unreserved, got {reserved}: Lambda refuses it, so ask for a higher limit first, or "
            "set onDemandDailyUsd to 0",
        )


def _distributions(account: Account, _settings: Mapping[str, Any]) -> Iterator[Finding]:
    if account.distributions():
        yield Finding("ok", "CloudFront is in use in this account")
    else:
        yield Finding(
            "note",
            "CloudFront has no distribution yet in this account: if make up reports that the "
            "account must be verified, open a case with AWS Support and run it again",
        )


def _mail(account: Account, settings: Mapping[str, Any]) -> Iterator[Finding]:
    sender = str(settings.get("darkroom:sesSender", ""))
    if not sender:
        return
    mail = account.mail(sender)
    if not mail.verified:
        yield Finding(
            "problem",
            f"sesSender must be verified by SES in this Region, got {sender}: verify it or its "
            "domain under SES, Identities",
        )
    elif not mail.production:
        yield Finding(
            "note",
            "SES is in its sandbox, which sends to verified recipients only, 200 a day: ask for "
            "production access under SES, Account dashboard",
        )
    else:
        yield Finding("ok", f"SES sends as {sender}")


def _sms(account: Account, settings: Mapping[str, Any]) -> Iterator[Finding]:
    if not settings.get("darkroom:notifySms"):
        return
    if account.sms_sandbox():
        yield Finding(
            "note",
            "SNS is in its SMS sandbox, which sends to verified numbers only: leave it under SNS, "
            "Text messaging; a new account also spends at most 1 dollar a month and then drops "
            "messages silently",
        )
    else:
        yield Finding("ok", "SNS sends SMS")


def session_of(settings: Mapping[str, Any]) -> boto3.Session:
    """A session with the credentials and the Region that the stage is deployed with."""
    session = boto3.Session(
        profile_name=settings.get("aws:profile"), region_name=settings.get("aws:region")
    )
    for role in settings.get("aws:assumeRoles", []):
        session = _assumed(session, role)
    return session


class AwsAccount:
    """The account that the stage's configuration and the environment name."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._session = session_of(settings)

    def identity(self) -> str:
        return str(self._client("sts").get_caller_identity()["Account"])

    def concurrency(self) -> int:
        limits = self._client("lambda").get_account_settings()["AccountLimit"]
        return int(limits["ConcurrentExecutions"])

    def distributions(self) -> bool:
        listed = self._client("cloudfront").list_distributions(MaxItems="1")["DistributionList"]
        return bool(listed.get("Items"))

    def mail(self, sender: str) -> Mail:
        ses = self._client("sesv2")
        return Mail(
            production=bool(ses.get_account()["ProductionAccessEnabled"]),
            verified=any(_verified(ses, each) for each in (sender, sender.partition("@")[2])),
        )

    def sms_sandbox(self) -> bool:
        return bool(self._client("sns").get_sms_sandbox_account_status()["IsInSandbox"])

    def _client(self, service: str) -> Any:
        config = Config(connect_timeout=5, read_timeout=_SECONDS, retries={"total_max_attempts": 2})
        return self._session.client(service, config=config)  # type: ignore[call-overload]  # any


def _assumed(session: boto3.Session, role: Mapping[str, str]) -> boto3.Session:
    external = {"ExternalId": role["externalId"]} if "externalId" in role else {}
    keys = session.client("sts").assume_role(
        RoleArn=role["roleArn"], RoleSessionName="darkroom-preflight", **external
    )["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=session.region_name,
    )


def _verified(ses: Any, identity: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=identity)["VerifiedForSendingStatus"])
    except ses.exceptions.NotFoundException:
        return False


class DockerClient:
    """The `docker` that is on PATH."""

    def engine(self) -> Engine | None:
        host = _docker("context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
        version = _docker("version", "--format", "{{.Server.Version}}")
        if not host or not version:
            return None
        drivers = _docker("info", "--format", "{{json .DriverStatus}}") or "[]"
        return Engine(host, version, containerd="io.containerd.snapshotter" in drivers)


def _docker(*arguments: str) -> str | None:
    return _run("docker", *arguments)


def _run(program: str, *arguments: str) -> str | None:
    """What a program prints, or None if it fails or there is none."""
    path = shutil.which(program)
    if path is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the program on PATH, our own arguments
            [path, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=True
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip()


app = typer.Typer(
    help="Check what a deployment to AWS needs. Ends with 1 after a problem.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
Stage = Annotated[str, typer.Argument(help="The stage, like dev.")]


@app.command()
def check(stage: Stage) -> None:
    """Check everything: the stage's name, Docker, credentials, Region, quotas, mail and SMS."""
    settings = _settings(stage)
    _end(
        [
            *check_name(stage),
            *check_docker(DockerClient()),
            *_account(settings),
        ]
    )


@app.command()
def credentials(stage: Stage) -> None:
    """Check that the credentials are valid and of the right account."""
    _end([each for each in _account(_settings(stage)) if each.level == "problem"])


@app.command()
def docker() -> None:
    """Print the engine's address for DOCKER_HOST, which is all that Pulumi's provider reads."""
    client = DockerClient()
    _end([each for each in check_docker(client) if each.level == "problem"])
    engine = client.engine()
    typer.echo(engine.host if engine else "")


@app.command()
def new(stage: Stage) -> None:
    """Check that a new stage may have this name."""
    _end([each for each in check_name(stage, new=True) if each.level == "problem"])


@app.command()
def file(
    stage: Stage,
    owner: Annotated[
        str, typer.Option(help="Who answers for the stage; the e-mail address that git knows.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=14, help="How long it may live.")] = 7,
) -> None:
    """Write the file of a stage that has none, from the template Pulumi.preview.yaml."""
    answerable = owner or _run("git", "config", "user.email")
    if not answerable:
        _end([Finding("problem", "owner must be given: make up OWNER=ann@example.org")])
        return
    expires = (datetime.now(UTC).date() + timedelta(days=days)).isoformat()
    try:
        written = stagefile.from_template(ROOT, stage, owner=answerable, expires=expires)
    except StageFileError as error:
        _end([Finding("problem", str(error))])
        return
    if written:
        _end([Finding("ok", f"Pulumi.{stage}.yaml of {answerable}, expires {expires}")])


@app.command()
def destroyable(stage: Stage) -> None:
    """Check that the stage is not protected."""
    findings = check_protection(stage, _settings(stage))
    _end([each for each in findings if each.level == "problem"])


def _account(settings: Mapping[str, Any]) -> list[Finding]:
    try:
        account = AwsAccount(settings)
    except (BotoCoreError, ClientError) as error:
        return [Finding("problem", f"AWS credentials must be valid: {error}")]
    return list(check_account(account, settings))


def _settings(stage: str) -> dict[str, Any]:
    """The stage's settings; of one without a file of its own, the defaults."""
    try:
        if stage in stagefile.stages(ROOT):
            return stagefile.settings(ROOT, stage)
        return stagefile.defaults(ROOT)
    except StageFileError as error:
        _end([Finding("problem", str(error))])
        raise


def _end(findings: Sequence[Finding]) -> None:
    """Print the findings, and stop after a problem."""
    for each in findings:
        typer.echo(str(each), err=each.level == "problem")
    if any(each.level == "problem" for each in findings):
        raise typer.Exit(1)


if __name__ == "__main__":
    sys.exit(app())
