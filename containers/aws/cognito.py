"""Amazon Cognito: the user pool."""

from collections.abc import Iterator, Sequence
from typing import Any

from botocore.exceptions import ClientError

from aws.clients import client
from pipeline.people import REVIEWERS, Person, UnknownPersonError

__all__ = ["CognitoPeople"]


class CognitoPeople:
    """The people in a user pool whose usernames are e-mail addresses."""

    def __init__(self, user_pool_id: str) -> None:
        self._pool = user_pool_id
        self._cognito = client("cognito-idp")

    def everyone(self) -> Iterator[Person]:
        pages = self._cognito.get_paginator("list_users").paginate(UserPoolId=self._pool)
        for page in pages:
            for user in page["Users"]:
                yield self._person(user["Username"], user["UserStatus"], user["Attributes"])

    def find(self, email: str) -> Person:
        try:
            user = self._cognito.admin_get_user(UserPoolId=self._pool, Username=email)
        except ClientError as error:
            if error.response["Error"]["Code"] == "UserNotFoundException":
                raise UnknownPersonError(f"nobody may sign in as {email}") from error
            raise
        return self._person(user["Username"], user["UserStatus"], user["UserAttributes"])

    def invite(self, email: str) -> Person:
        self._cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
        return self.find(email)

    def promote(self, person: Person) -> None:
        self._cognito.admin_add_user_to_group(
            UserPoolId=self._pool, Username=person.email, GroupName=REVIEWERS
        )

    def sign_out(self, person: Person) -> None:
        self._cognito.admin_disable_user(UserPoolId=self._pool, Username=person.email)
        self._cognito.admin_user_global_sign_out(UserPoolId=self._pool, Username=person.email)

    def remove(self, person: Person) -> None:
        self._cognito.admin_delete_user(UserPoolId=self._pool, Username=person.email)

    def _person(self, username: str, status: str, attributes: Sequence[Any]) -> Person:
        known = {each["Name"]: each.get("Value", "") for each in attributes}
        groups = self._cognito.admin_list_groups_for_user(UserPoolId=self._pool, Username=username)
        return Person(
            owner_id=known["sub"],
            email=known.get("email", username),
            status=status.lower(),
            groups=tuple(group["GroupName"] for group in groups["Groups"]),
        )
