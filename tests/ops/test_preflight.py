"""What is found before a deployment, each in one line with its fix."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

from ops.preflight import (
    Engine,
    Finding,
    Mail,
    check_account,
    check_docker,
    check_name,
    check_protection,
)

ACCOUNT = "123456789012"
SETTINGS = {"aws:region": "eu-west-1", "darkroom:maxConcurrency": 10}


@dataclass
class FakeAccount:
    """An account that has been in use for long."""

    concurrent: int = 1000
    delivers: bool = True
    ses: Mail = field(default_factory=lambda: Mail(production=True, verified=True))
    sms_sandboxed: bool = False
    failure: Exception | None = None
    denied: bool = False

    def identity(self) -> str:
        if self.failure:
            raise self.failure
        return ACCOUNT

    def concurrency(self) -> int:
        if self.denied:
            error: Any = {"Error": {"Code": "AccessDenied", "Message": "no"}}
            raise ClientError(error, "GetAccountSettings")
        return self.concurrent

    def distributions(self) -> bool:
        return self.delivers

    def mail(self, sender: str) -> Mail:
        return self.ses

    def sms_sandbox(self) -> bool:
        return self.sms_sandboxed


@dataclass
class FakeDocker:
    """A client whose context names this engine."""

    found: Engine | None

    def engine(self) -> Engine | None:
        return self.found


def account(account: FakeAccount, **settings: Any) -> list[Finding]:
    own: dict[str, Any] = {f"darkroom:{key}": value for key, value in settings.items()}
    return list(check_account(account, SETTINGS | own))


def told(findings: list[Finding], level: str) -> list[str]:
    return [each.text for each in findings if each.level == level]


def test_an_account_in_use_has_nothing_to_mend() -> None:
    findings = account(FakeAccount(), sesSender="ann@example.org", notifySms=["+4915112345678"])

    assert [str(each) for each in findings] == [
        "ok       account 123456789012, Region eu-west-1",
        "ok       Lambda runs 1000 functions at once",
        "ok       CloudFront is in use in this account",
        "ok       SES sends as ann@example.org",
        "ok       SNS sends SMS",
    ]


def test_a_new_account_is_told_each_limit_with_the_way_out() -> None:
    new = FakeAccount(
        concurrent=10,
        delivers=False,
        ses=Mail(production=False, verified=True),
        sms_sandboxed=True,
    )

    findings = account(new, sesSender="ann@example.org", notifySms=["+4915112345678"])

    assert told(findings, "problem") == []
    assert [each.split(":")[0] for each in told(findings, "note")] == [
        "Lambda runs 10 functions at once in this account and throttles the rest",
        "CloudFront has no distribution yet in this account",
        "SES is in its sandbox, which sends to verified recipients only, 200 a day",
        "SNS is in its SMS sandbox, which sends to verified numbers only",
    ]


@pytest.mark.parametrize(("concurrent", "refused"), [(10, True), (109, True), (110, False)])
def test_an_account_without_room_for_sizes_on_demand_is_a_problem(
    concurrent: int, refused: bool
) -> None:
    new = FakeAccount(concurrent=concurrent)
    assert told(account(new, onDemandDailyUsd=0), "problem") == []
    problem = (
        f"onDemandConcurrency must leave 100 of the {concurrent} functions at once unreserved, "
        "got 10: Lambda refuses it, so ask for a higher limit first, or set onDemandDailyUsd to 0"
    )
    assert told(account(new, onDemandDailyUsd=2), "problem") == [problem] * refused


def test_services_that_the_stage_does_not_use_are_not_asked() -> None:
    sandboxed = FakeAccount(ses=Mail(production=False, verified=False), sms_sandboxed=True)

    assert len(account(sandboxed)) == 3


def test_without_credentials_nothing_else_is_asked() -> None:
    [finding] = account(FakeAccount(failure=NoCredentialsError()))

    assert str(finding) == (
        "problem  AWS credentials must be valid: aws sso login, or set AWS_PROFILE "
        "(Unable to locate credentials)"
    )


def test_the_wrong_account_is_a_problem() -> None:
    settings = {**SETTINGS, "aws:allowedAccountIds": ["000000000001"]}

    [finding] = check_account(FakeAccount(), settings)

    assert finding == Finding(
        "problem",
        "account must be 000000000001 (aws:allowedAccountIds), got 123456789012: change "
        "AWS_PROFILE or aws:profile",
    )


def test_a_question_that_is_denied_is_a_note_and_the_next_is_asked() -> None:
    findings = account(FakeAccount(denied=True))

    assert told(findings, "note")[0].startswith("concurrency could not be checked: ")
    assert told(findings, "ok")[-1] == "CloudFront is in use in this account"


def test_a_sender_that_is_not_verified_is_a_problem() -> None:
    unverified = FakeAccount(ses=Mail(production=True, verified=False))

    assert told(account(unverified, sesSender="ann@example.org"), "problem") == [
        (
            "sesSender must be verified by SES in this Region, got ann@example.org: "
            "verify it or its domain under SES, Identities"
        )
    ]


@pytest.mark.parametrize(
    ("version", "containerd", "level"),
    [
        ("27.0.3", True, "problem"),
        ("27.4.1", True, "problem"),
        ("27.4", True, "problem"),
        ("27.5.0", True, "ok"),
        ("27.40.0", True, "ok"),
        ("26.1.5", True, "ok"),
        ("27.3.1", False, "ok"),
        ("29.0.0", True, "ok"),
    ],
)
def test_engines_that_push_without_a_digest_are_refused(
    version: str, containerd: bool, level: str
) -> None:
    engine = Engine("unix:///run/colima/docker.sock", version, containerd)

    [finding] = check_docker(FakeDocker(engine))

    assert finding.level == level
    assert version in finding.text


def test_an_engine_that_does_not_respond_is_a_problem() -> None:
    [finding] = check_docker(FakeDocker(None))

    assert finding.level == "problem"


@pytest.mark.parametrize("stage", ["dev", "twelve-chars", "a"])
def test_a_name_of_up_to_12_characters_is_right(stage: str) -> None:
    assert list(check_name(stage, new=True)) == [Finding("ok", f"stage {stage}")]


@pytest.mark.parametrize(
    ("stage", "new", "level"),
    [
        ("thirteen-char", True, "problem"),
        ("thirteen-char", False, "note"),
        ("Dev", False, "problem"),
        ("a" * 21, False, "problem"),
    ],
)
def test_a_longer_name_is_for_stages_that_exist(stage: str, new: bool, level: str) -> None:
    [finding] = check_name(stage, new=new)

    assert finding.level == level


@pytest.mark.parametrize("protect", [True, "true"])
def test_a_protected_stage_is_not_destroyed(protect: object) -> None:
    [finding] = check_protection("prod", {"darkroom:protect": protect})

    assert finding == Finding(
        "problem",
        "stage prod is protected: set darkroom:protect to false in Pulumi.prod.yaml and run "
        "make up STAGE=prod, then destroy it",
    )


def test_any_other_stage_is() -> None:
    [finding] = check_protection("dev", {"darkroom:protect": False})

    assert finding.level == "ok"
