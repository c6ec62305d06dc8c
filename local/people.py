"""The two people of the local stack: one who uploads, and a reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from local.aws import LocalAws

__all__ = ["PASSWORD", "PEOPLE", "People", "Person", "TokenError"]

PASSWORD = "on this machine only"  # noqa: S105 - of users that exist on this machine alone


class TokenError(ValueError):
    """The pool refuses the token."""


@dataclass(frozen=True)
class Person:
    """A user of the local pool."""

    name: str
    groups: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """The address that the person signs in with."""
        return f"{self.name}@example.org"


PEOPLE = {person.name: person for person in (Person("ann"), Person("rita", ("reviewers",)))}


@dataclass(frozen=True)
class People:
    """The people in the user pool of one local stack."""

    aws: LocalAws
    pool: str
    client: str

    @classmethod
    def of(cls, aws: LocalAws, outputs: Mapping[str, Any]) -> "People":
        """Those of the stack with these outputs."""
        return cls(aws, str(outputs["user_pool"]), str(outputs["app_client"]))

    def invite(self) -> None:
        """Create everyone, with the same password."""
        cognito = self.aws.client("cognito-idp")
        for person in PEOPLE.values():
            user = {"UserPoolId": self.pool, "Username": person.email}
            cognito.admin_create_user(
                **user,
                MessageAction="SUPPRESS",
                UserAttributes=[
                    {"Name": "email", "Value": person.email},
                    {"Name": "email_verified", "Value": "true"},
                ],
            )
            cognito.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
            for group in person.groups:
                cognito.admin_add_user_to_group(**user, GroupName=group)

    def owner_id(self, name: str) -> str:
        """The owner of the person's pictures."""
        user = self.aws.client("cognito-idp").admin_get_user(
            UserPoolId=self.pool, Username=PEOPLE[name].email
        )
        attributes = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        return str(attributes["sub"])

    def tokens(self, name: str) -> dict[str, Any]:
        """New tokens of the person `name`, as an OAuth token endpoint returns them."""
        signed_in = self.aws.client("cognito-idp").admin_initiate_auth(
            UserPoolId=self.pool,
            ClientId=self.client,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": PEOPLE[name].email, "PASSWORD": PASSWORD},
        )["AuthenticationResult"]
        return {**_tokens(signed_in), "refresh_token": signed_in["RefreshToken"]}

    def renewed(self, refresh_token: str) -> dict[str, Any]:
        """New tokens of the person whose `refresh_token` it is; raises `TokenError`."""
        try:
            signed_in = self.aws.client("cognito-idp").initiate_auth(
                ClientId=self.client,
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": refresh_token},
            )["AuthenticationResult"]
        except (ClientError, ParamValidationError) as error:
            raise TokenError from error
        return _tokens(signed_in)

    def revoke(self, refresh_token: str) -> None:
        """Make `refresh_token` useless; raises `TokenError`."""
        try:
            self.aws.client("cognito-idp").revoke_token(Token=refresh_token, ClientId=self.client)
        except (ClientError, ParamValidationError) as error:
            raise TokenError from error


def _tokens(signed_in: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "access_token": signed_in["AccessToken"],
        "id_token": signed_in["IdToken"],
        "expires_in": signed_in["ExpiresIn"],
        "token_type": signed_in["TokenType"],
    }
