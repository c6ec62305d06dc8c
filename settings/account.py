"""What the configuration's `aws:` namespace may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from components.account import Account, AssumedRole
from components.rekognition import REGIONS
from settings.reader import Reader
from settings.words import account_id

__all__ = ["account"]

PROFILE = re.compile(r"\S+")
ROLE = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)

# The provider's names of a role's members, and ours.
MEMBERS = {
    "roleArn": "role_arn",
    "externalId": "external_id",
    "sessionName": "session_name",
    "duration": "duration",
}


def account(config: Reader, stage: str) -> Account:
    """The account and Region of the stack `stage`."""
    own = {"project": "darkroom", "stage": stage}
    return Account(
        region=_region(config),
        profile=config.optional("aws:profile", PROFILE, "the name of an AWS profile"),
        allowed=(
            config.items("aws:allowedAccountIds", account_id)
            if config.given("aws:allowedAccountIds")
            else ()
        ),
        assume_roles=tuple(_roles(config)),
        tags={**_tags(config, own), **own},
    )


def _region(config: Reader) -> str:
    region = config.value("aws:region")
    if region not in REGIONS:
        # Elsewhere a stack would deploy, and then every picture would end as a dead letter.
        config.refuse("aws:region", f"one with Rekognition: {', '.join(REGIONS)}", region)
    return region or ""


def _roles(config: Reader) -> list[AssumedRole]:
    key = "aws:assumeRoles"
    rule = f"a list of roles, each with a roleArn and perhaps {', '.join(list(MEMBERS)[1:])}"
    given = config.structure(key, [])
    if isinstance(given, list) and all(map(_is_role, given)):
        return [
            AssumedRole(**{MEMBERS[name]: value for name, value in each.items()}) for each in given
        ]
    config.refuse(key, rule, config.value(key))
    return []


def _is_role(given: Any) -> bool:
    return (
        isinstance(given, dict)
        and given.keys() <= MEMBERS.keys()
        and all(isinstance(value, str) for value in given.values())
        and bool(ROLE.fullmatch(given.get("roleArn", "")))
    )


def _tags(config: Reader, own: Mapping[str, str]) -> dict[str, str]:
    key = "aws:defaultTags"
    given = config.structure(key, {})
    tags = given.get("tags", {}) if isinstance(given, dict) and given.keys() <= {"tags"} else None
    if not isinstance(tags, dict) or not all(isinstance(each, str) for each in tags.values()):
        config.refuse(key, "tags with a text each, under tags", config.value(key))
        return {}
    if taken := sorted(tags.keys() & own.keys()):
        config.refuse(key, f"tags other than {' and '.join(own)}", ", ".join(taken))
    return tags
