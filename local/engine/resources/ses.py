"""Senders of mail. MiniStack takes any identity as verified, so mails are kept, never sent."""

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Values, operation


@REGISTRY.resource(
    "aws:ses/emailIdentity:EmailIdentity",
    "email",
    delete=operation("ses", "delete_identity", Identity="id"),
)
def email_identity(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    email = inputs["email"]
    deployment.aws.client("ses").verify_email_identity(EmailAddress=email)
    return Created(email, {"arn": deployment.arn("ses", f"identity/{email}")})


@REGISTRY.resource(
    "aws:sesv2/emailIdentity:EmailIdentity",
    "emailIdentity",
    "tags*",
    delete=operation("sesv2", "delete_email_identity", EmailIdentity="id"),
)
def email_identity_v2(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    email = inputs["emailIdentity"]
    tags = deployment.tags(inputs.plain("tags"))
    deployment.aws.client("sesv2").create_email_identity(
        EmailIdentity=email, Tags=[{"Key": key, "Value": value} for key, value in tags.items()]
    )
    return Created(email, {"arn": deployment.arn("ses", f"identity/{email}"), "tagsAll": tags})


@REGISTRY.reads("aws:ses/emailIdentity:EmailIdentity")
def read_email_identity(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    listed = deployment.aws.client("ses").list_identities()["Identities"]
    return {} if identity in listed else None


@REGISTRY.updates("aws:sesv2/emailIdentity:EmailIdentity")
def change_email_identity_v2(_deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    """Nothing but its tags can change."""
    return {"emailIdentity": inputs["emailIdentity"]}


@REGISTRY.reads("aws:sesv2/emailIdentity:EmailIdentity")
def read_email_identity_v2(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    deployment.aws.client("sesv2").get_email_identity(EmailIdentity=identity)
    return {}
