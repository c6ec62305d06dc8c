"""What the configuration's `aws:` namespace may hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from components.account import Account, AssumedRole
from components.rekognition import REGIONS
from settings.reader import Reader
from settings.words import account_id

__all__ = ["account"]

PROFILE = re.compile(r"\S+")
ROLE = re.compile(r"arn:aws:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII)

# What every service takes in a tag's value, less the spaces at its ends.
OWNER = re.compile(r"[\w.:/=+@-]([\w .:/=+@-]{0,62}[\w.:/=+@-])?", re.ASCII)

# The provider's names of a role's members, and ours.
MEMBERS = {
    "roleArn": "role_arn",
    "externalId": "external_id",
    "sessionName": "session_name",
    "duration": "duration",
}


def account(config: Reader, stage: str) -> Account:
    """The account and Region of the stack `stage`."""
    rule = "1 to 64 letters, digits, spaces and any of . : / = + @ _ -"
    marks = {
        "owner": config.optional("owner", OWNER, rule),
        "expires": config.day("expires"),
    }
    own = {"project": "darkroom", "stage": stage, **{k: v for k, v in marks.items() if v}}
    return Account(
        region=_region(config),
        profile=config.optional("aws:profile", PROFILE, "the name of an AWS profile"),
        allowed=(
            config.items("aws:allowedAccountIds", account_id)
            if config.given("aws:allowedAccountIds")
            else ()
        ),
        assume_roles=tuple(_roles(config)),
        tags={**_tags(config, {*own, *marks}), **own},
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


def _tags(config: Reader, own: Collection[str]) -> dict[str, str]:
    key = "aws:defaultTags"
    given = config.structure(key, {})
    tags = given.get("tags", {}) if isinstance(given, dict) and given.keys() <= {"tags"} else None
    if not isinstance(tags, dict) or not all(isinstance(each, str) for each in tags.values()):
        config.refuse(key, "tags with a text each, under tags", config.value(key))
        return {}
    if taken := sorted(tags.keys() & own):
        config.refuse(key, f"tags other than {', '.join(sorted(own))}", ", ".join(taken))
    return tags
