"""Amazon Cognito: the user pool."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aws.clients import client
from pipeline.people import REVIEWERS, AmbiguousPersonError, Person, UnknownPersonError

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp.type_defs import UserTypeTypeDef

__all__ = ["CognitoPeople"]

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class CognitoPeople:
    """The people in a user pool whose usernames are e-mail addresses."""

    def __init__(self, user_pool_id: str) -> None:
        self._pool = user_pool_id
        self._cognito = client("cognito-idp")

    def everyone(self) -> Iterator[Person]:
        pages = self._cognito.get_paginator("list_users").paginate(UserPoolId=self._pool)
        for page in pages:
            for user in page["Users"]:
                yield self._person(user)

    def find(self, who: str) -> Person:
        # Not AdminGetUser, which knows nobody of an identity provider by address or `sub`.
        attribute = "sub" if _ID.fullmatch(who) else "email"
        pages = self._cognito.get_paginator("list_users").paginate(
            UserPoolId=self._pool, Filter=f"{attribute} = {json.dumps(who, ensure_ascii=False)}"
        )
        people = (self._person(user) for page in pages for user in page["Users"])
        # Checked again, as what follows may be a promotion or a removal.
        found = [each for each in people if who.lower() in (each.owner_id, each.email.lower())]
        if not found:
            raise UnknownPersonError(f"nobody may sign in as {who}")
        if len(found) > 1:
            ids = " and ".join(f"{each.owner_id} ({each.username})" for each in found)
            raise AmbiguousPersonError(
                f"EMAIL must be one person's address, got {who} of {ids}; give an id in its place"
            )
        return found[0]

    def invite(self, email: str) -> Person:
        made = self._cognito.admin_create_user(
            UserPoolId=self._pool,
            Username=email,
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            DesiredDeliveryMediums=["EMAIL"],
        )
        return self._person(made["User"])

    def promote(self, person: Person) -> None:
        self._cognito.admin_add_user_to_group(
            UserPoolId=self._pool, Username=person.username, GroupName=REVIEWERS
        )

    def sign_out(self, person: Person) -> None:
        self._cognito.admin_disable_user(UserPoolId=self._pool, Username=person.username)
        self._cognito.admin_user_global_sign_out(UserPoolId=self._pool, Username=person.username)

    def remove(self, person: Person) -> None:
        self._cognito.admin_delete_user(UserPoolId=self._pool, Username=person.username)

    def _person(self, user: UserTypeTypeDef) -> Person:
        username = user["Username"]
        known = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
        groups = self._cognito.admin_list_groups_for_user(UserPoolId=self._pool, Username=username)
        return Person(
            owner_id=known["sub"],
            username=username,
            email=known.get("email", username),
            status=user["UserStatus"].lower(),
            groups=tuple(group["GroupName"] for group in groups["Groups"]),
        )
