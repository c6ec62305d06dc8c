"""The user pool: the requests that go out, and what becomes of each response."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.clients import client
from aws.cognito import CognitoPeople
from pipeline.people import Person, UnknownPersonError

POOL = "eu-west-1_people"
ID = "11111111-1111-4111-8111-111111111111"
ANN = Person(owner_id=ID, email="ann@example.org", status="confirmed")
OF_POOL = {"UserPoolId": POOL}
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def cognito() -> Iterator[Stubber]:
    """Stubs the client for one test, which must ask for all that was prepared."""
    with Stubber(client("cognito-idp")) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def people() -> CognitoPeople:
    return CognitoPeople(POOL)


def attributes(owner_id: str = ID, email: str | None = "ann@example.org") -> list[dict[str, str]]:
    known = {"sub": owner_id, "email_verified": "true"} | ({"email": email} if email else {})
    return [{"Name": name, "Value": value} for name, value in known.items()]


def expect_groups(cognito: Stubber, username: str, *groups: str) -> None:
    cognito.add_response(
        "admin_list_groups_for_user",
        {"Groups": [{"GroupName": each} for each in groups]},
        {**OF_POOL, "Username": username},
    )


def expect_user(cognito: Stubber, email: str = "ann@example.org", **more: Any) -> None:
    user = {"Username": ID, "UserStatus": "CONFIRMED", "UserAttributes": attributes()} | more
    cognito.add_response("admin_get_user", user, {**OF_POOL, "Username": email})


def test_everyone_is_listed_page_by_page_with_their_groups(
    cognito: Stubber, people: CognitoPeople
) -> None:
    other = "22222222-2222-4222-8222-222222222222"
    first = {"Username": ID, "UserStatus": "CONFIRMED", "Attributes": attributes()}
    second = {
        "Username": other,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
        "Attributes": attributes(other, None),
    }
    cognito.add_response("list_users", {"Users": [first], "PaginationToken": "next"}, OF_POOL)
    expect_groups(cognito, ID, "reviewers", "others")
    cognito.add_response("list_users", {"Users": [second]}, {**OF_POOL, "PaginationToken": "next"})
    expect_groups(cognito, other)
    assert list(people.everyone()) == [
        Person(
            owner_id=ID,
            email="ann@example.org",
            status="confirmed",
            groups=("reviewers", "others"),
        ),
        Person(owner_id=other, email=other, status="force_change_password"),
    ]


def test_a_person_is_found_by_their_address(cognito: Stubber, people: CognitoPeople) -> None:
    expect_user(cognito)
    expect_groups(cognito, ID)
    assert people.find("ann@example.org") == ANN


def test_an_address_that_nobody_has_is_unknown(cognito: Stubber, people: CognitoPeople) -> None:
    cognito.add_client_error("admin_get_user", "UserNotFoundException")
    with pytest.raises(UnknownPersonError, match=r"^nobody may sign in as bob@example\.org$"):
        people.find("bob@example.org")


def test_any_other_refusal_is_raised_as_it_is(cognito: Stubber, people: CognitoPeople) -> None:
    cognito.add_client_error("admin_get_user", "TooManyRequestsException")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        people.find("ann@example.org")


def test_an_invitation_goes_out_by_mail_to_an_address_that_counts_as_verified(
    cognito: Stubber, people: CognitoPeople
) -> None:
    cognito.add_response(
        "admin_create_user",
        {"User": {"Username": ID, "UserCreateDate": NOW}},
        {
            **OF_POOL,
            "Username": "ann@example.org",
            "UserAttributes": [
                {"Name": "email", "Value": "ann@example.org"},
                {"Name": "email_verified", "Value": "true"},
            ],
            "DesiredDeliveryMediums": ["EMAIL"],
        },
    )
    expect_user(cognito, UserStatus="FORCE_CHANGE_PASSWORD")
    expect_groups(cognito, ID)
    invited = people.invite("ann@example.org")
    assert (invited.owner_id, invited.status) == (ID, "force_change_password")


def test_a_reviewer_is_a_member_of_the_group(cognito: Stubber, people: CognitoPeople) -> None:
    cognito.add_response(
        "admin_add_user_to_group",
        {},
        {**OF_POOL, "Username": "ann@example.org", "GroupName": "reviewers"},
    )
    people.promote(ANN)


def test_who_is_signed_out_cannot_sign_in_meanwhile_and_is_then_forgotten(
    cognito: Stubber, people: CognitoPeople
) -> None:
    for call in ("admin_disable_user", "admin_user_global_sign_out", "admin_delete_user"):
        cognito.add_response(call, {}, {**OF_POOL, "Username": "ann@example.org"})
    people.sign_out(ANN)
    people.remove(ANN)
