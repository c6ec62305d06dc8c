"""One stack for all of these tests, with rights enforced and nothing seen by models."""

from collections.abc import Iterator

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from proofs import PAGE
from tests.end_to_end.journeys import Queues

BUDGET_USD = 100

SETTINGS = {
    "page": PAGE,
    "dailyBudgetUsd": str(BUDGET_USD),
    "notifyEmails": '["owner@example.org"]',
    "notifySms": '["+4915112345678"]',
    "sesSender": "darkroom@example.org",
    "identityProviders": '["Okta oidc https://team.example.org 0oa1b2c3"]',
    "clientSecrets": '["Okta a-client-secret"]',
}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("darkroom")
    with LocalStack(Plan(folder=folder, models=False, settings=SETTINGS)) as local:
        yield local.up()


@pytest.fixture
def pictures(stack: RunningStack) -> Pictures:
    return Pictures(stack)


@pytest.fixture
def queues(stack: RunningStack) -> Queues:
    return Queues(stack)
