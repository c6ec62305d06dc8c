"""The stages that the program is tested in, each recorded once."""

from __future__ import annotations

from functools import cache

import pytest

from proofs.recorder import Graph, record

# Everything that is optional, switched on, and the longest name that a stage may have.
FULL = "a-stage-with-20-char"
FULL_CONFIG = {
    "gate": "guarded",
    "duplicates": "hold",
    "embedding": "titan",
    "descriptions": "nova-lite",
    "minScore": 30,
    "owner": "pictures@example.org",
    "rolesBoundary": "arn:aws:iam::123456789012:policy/darkroom/darkroom-boundary",
    "architecture": "arm64",
    "analyses": ["labels", "properties", "moderation", "faces", "text", "celebrities"],
    "reconcileSchedule": "",
    "notifyEmails": ["ann@example.org", "bob@example.org"],
    "notifySms": ["+4915112345678"],
    "sesSender": "pictures@example.org",
    "accessLogs": True,
    "inventory": "weekly",
    "dailyBudgetUsd": 40,
    "onDemandDailyUsd": 5,
    "addressKeys": ["n" * 64, "o" * 64],
    "alertEmails": ["ops@example.org"],
    "alertWebhooks": ["https://alerts.example.org/darkroom"],
    "uploadOrigins": ["https://photos.example.org"],
    "appOrigins": ["http://localhost:5173"],
    "webAclArn": "arn:aws:wafv2:us-east-1:123456789012:global/webacl/photos/0-1-2",
    "aws:profile": "work",
    "aws:allowedAccountIds": ["123456789012"],
    "aws:assumeRoles": [{"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x"}],
    "aws:defaultTags": {"tags": {"team": "web"}},
    "domain": "pictures.example.org",
    "certificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0-1-2",
    "identityProviders": [
        "Entra saml https://login.example.org/metadata.xml",
        "Workspace oidc https://accounts.google.com 12-ab.apps.googleusercontent.com",
    ],
    "clientSecrets": ["Workspace a-client-secret"],
    "delivery": "signed",
    "signingKey": f"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{'A' * 342}IDAQAB",
}


@cache
def _recorded(stage: str) -> Graph:
    return record(stage, FULL_CONFIG if stage == FULL else None)


@pytest.fixture
def dev() -> Graph:
    return _recorded("dev")


@pytest.fixture
def prod() -> Graph:
    return _recorded("prod")


@pytest.fixture
def full() -> Graph:
    return _recorded(FULL)


@pytest.fixture(params=["dev", "prod", FULL])
def graph(request: pytest.FixtureRequest) -> Graph:
    """Each of the stages in turn, for what must hold in all of them."""
    return _recorded(request.param)
