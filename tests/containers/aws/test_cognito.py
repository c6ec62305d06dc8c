"""The user pool: the requests that go out, and what becomes of each response."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from aws.clients import client
from aws.cognito import CognitoPeople
from pipeline.people import AmbiguousPersonError, Person, UnknownPersonError

POOL = "eu-west-1_people"
ID = "11111111-1111-4111-8111-111111111111"
ANN = Person(owner_id=ID, username=ID, email="ann@example.org", status="confirmed")
OF_POOL = {"UserPoolId": POOL}
OTHER = "22222222-2222-4222-8222-222222222222"
FEDERATED = "okta_00u1"


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


def user(username: str = ID, owner_id: str = ID, **more: Any) -> dict[str, Any]:
    return {
        "Username": username,
        "UserStatus": "CONFIRMED",
        "Attributes": attributes(owner_id),
    } | more


def expect_users(cognito: Stubber, asked: str, *found: dict[str, Any]) -> None:
    cognito.add_response("list_users", {"Users": list(found)}, {**OF_POOL, "Filter": asked})
    for each in found:
        expect_groups(cognito, each["Username"])


def test_everyone_is_listed_page_by_page_with_their_groups(
    cognito: Stubber, people: CognitoPeople
) -> None:
    first = {"Username": ID, "UserStatus": "CONFIRMED", "Attributes": attributes()}
    second = {
        "Username": OTHER,
        "UserStatus": "FORCE_CHANGE_PASSWORD",
        "Attributes": attributes(OTHER, None),
    }
    cognito.add_response("list_users", {"Users": [first], "PaginationToken": "next"}, OF_POOL)
    expect_groups(cognito, ID, "reviewers", "others")
    cognito.add_response("list_users", {"Users": [second]}, {**OF_POOL, "PaginationToken": "next"})
    expect_groups(cognito, OTHER)
    assert list(people.everyone()) == [
        Person(
            owner_id=ID,
            username=ID,
            email="ann@example.org",
            status="confirmed",
            groups=("reviewers", "others"),
        ),
        Person(owner_id=OTHER, username=OTHER, email=OTHER, status="force_change_password"),
    ]


def test_a_person_is_found_by_their_address(cognito: Stubber, people: CognitoPeople) -> None:
    expect_users(cognito, 'email = "Ann@example.org"', user())
    assert people.find("Ann@example.org") == ANN


def test_a_person_of_an_identity_provider_is_found_and_changed_by_the_pools_name_of_them(
    cognito: Stubber, people: CognitoPeople
) -> None:
    expect_users(
        cognito, 'email = "ann@example.org"', user(FEDERATED, UserStatus="EXTERNAL_PROVIDER")
    )
    cognito.add_response(
        "admin_add_user_to_group",
        {},
        {**OF_POOL, "Username": FEDERATED, "GroupName": "reviewers"},
    )
    found = people.find("ann@example.org")
    people.promote(found)
    assert (found.owner_id, found.username, found.federated) == (ID, FEDERATED, True)


def test_an_address_of_two_people_is_refused_with_both_and_an_id_chooses(
    cognito: Stubber, people: CognitoPeople
) -> None:
    expect_users(cognito, 'email = "ann@example.org"', user(), user(FEDERATED, OTHER))
    with pytest.raises(
        AmbiguousPersonError,
        match=re.escape(
            f"EMAIL must be one person's address, got ann@example.org of {ID} ({ID}) and {OTHER} "
            f"({FEDERATED}); give an id in its place"
        ),
    ):
        people.find("ann@example.org")
    expect_users(cognito, f'sub = "{OTHER}"', user(FEDERATED, OTHER))
    assert people.find(OTHER).username == FEDERATED


def test_an_address_that_nobody_has_is_unknown(cognito: Stubber, people: CognitoPeople) -> None:
    expect_users(cognito, 'email = "bob@example.org"')
    with pytest.raises(UnknownPersonError, match=r"^nobody may sign in as bob@example\.org$"):
        people.find("bob@example.org")


def test_an_address_cannot_widen_the_search_to_other_people(
    cognito: Stubber, people: CognitoPeople
) -> None:
    expect_users(cognito, 'email = "x\\" or \\"y"', user())
    with pytest.raises(UnknownPersonError):
        people.find('x" or "y')


def test_any_other_refusal_is_raised_as_it_is(cognito: Stubber, people: CognitoPeople) -> None:
    cognito.add_client_error("list_users", "TooManyRequestsException")
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        people.find("ann@example.org")


def test_an_invitation_goes_out_by_mail_to_an_address_that_counts_as_verified(
    cognito: Stubber, people: CognitoPeople
) -> None:
    cognito.add_response(
        "admin_create_user",
        {"User": user(UserStatus="FORCE_CHANGE_PASSWORD")},
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
    expect_groups(cognito, ID)
    invited = people.invite("ann@example.org")
    assert (invited.owner_id, invited.status) == (ID, "force_change_password")


def test_a_reviewer_is_a_member_of_the_group(cognito: Stubber, people: CognitoPeople) -> None:
    cognito.add_response(
        "admin_add_user_to_group",
        {},
        {**OF_POOL, "Username": ID, "GroupName": "reviewers"},
    )
    people.promote(ANN)


def test_who_is_signed_out_cannot_sign_in_meanwhile_and_is_then_forgotten(
    cognito: Stubber, people: CognitoPeople
) -> None:
    for call in ("admin_disable_user", "admin_user_global_sign_out", "admin_delete_user"):
        cognito.add_response(call, {}, {**OF_POOL, "Username": ID})
    people.sign_out(ANN)
    people.remove(ANN)
