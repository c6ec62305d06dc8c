"""Amazon Cognito: where people get their mail.

Apart from `aws.cognito`, so that the image of the function that sends it has no right to more.
"""

from aws.clients import client

__all__ = ["CognitoAddresses"]


class CognitoAddresses:
    """The addresses in a user pool."""

    def __init__(self, user_pool_id: str) -> None:
        self._pool = user_pool_id
        self._cognito = client("cognito-idp")

    def of(self, owner_id: str) -> str | None:
        # Not AdminGetUser, which does not know people of another identity provider by their `sub`.
        found = self._cognito.list_users(
            UserPoolId=self._pool,
            Filter=f'sub = "{owner_id}"',
            AttributesToGet=["email", "email_verified"],
            Limit=1,
        )["Users"]
        for user in found:
            known = {each["Name"]: each.get("Value", "") for each in user["Attributes"]}
            # In the spelling of the identity provider that states it.
            if user["Enabled"] and known.get("email_verified", "").lower() == "true":
                return known.get("email")
        return None
