"""What one text in a list of the configuration may be: a rendition, a format, an address."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, cast, get_args

from components.identity_provider import IdentityProvider, OidcProvider, SamlProvider
from pipeline.address import NAME
from pipeline.analyses import ANALYSES, AnalysisName
from pipeline.recipe import Fit, FocusKind, Format, FormatName, Preset, Rendition
from pipeline.words import PRESET, RENDITION, Problem, box, read

__all__ = [
    "COLOUR",
    "EMAIL",
    "Item",
    "account_id",
    "analysis",
    "check_name",
    "either",
    "email",
    "file_format",
    "identity_provider",
    "mail_domain",
    "origin",
    "phone",
    "preset",
    "problem",
    "rendition",
    "webhook",
    "whole",
]

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
ACCOUNT = re.compile(r"[0-9]{12}")
ORIGIN = re.compile(
    r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://(localhost|127\.0\.0\.1)(:[0-9]{1,5})?"
)
MAIL_DOMAIN = re.compile(r"\*|[a-z0-9-]+(\.[a-z0-9-]+)+")
PROVIDER = re.compile(r"[A-Za-z][A-Za-z0-9-]{2,31}")
SERVER = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s#]*)?", re.ASCII)
WEBHOOK = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?/\S*", re.ASCII)
PHONE = re.compile(r"\+[1-9][0-9]{6,14}")

# Cognito has kinds of its own with these names, which an app lists beside the others.
RESERVED = ("Cognito", "Google", "Facebook", "LoginWithAmazon", "SignInWithApple")
KINDS = ("oidc", "saml")

# Words of addresses that have the form of a name.
ADDRESS_WORDS = (*get_args(Fit), *get_args(FocusKind))

FORMATS: tuple[FormatName, ...] = get_args(FormatName)


class Item:
    """One text of a list, and the mistakes in it."""

    def __init__(self, field: str, text: str) -> None:
        self.text = text
        self.problems: list[str] = []
        self._field = field

    def refuse(self, part: str, rule: str, value: str) -> None:
        """Add that the part breaks its rule with `value`, or is missing if `value` is empty."""
        if part and not value:
            lacks = problem(self._field, f"a {part} ({rule})", self.text, must="must have")
            self.problems.append(lacks)
        else:
            self.problems.append(problem(f"{self._field} {part}".strip(), rule, value))


def rendition(item: Item) -> tuple[str, Rendition | None]:
    """`small 500x400 cover enhance salient`: a name, then words (`pipeline.words`)."""
    name, values = _named_box(item, RENDITION)
    return name, None if item.problems else Rendition(name=name, **values)


def preset(item: Item) -> tuple[str, Preset | None]:
    """`card 640x480 cover sizes`: the same of what is made on demand."""
    name, values = _named_box(item, PRESET)
    if name in ADDRESS_WORDS:
        item.refuse("name", f"other than {either(ADDRESS_WORDS)}, which mean something", name)
    return name, None if item.problems else Preset(name=name, **values)


def _named_box(item: Item, kinds: Sequence[str]) -> tuple[str, dict[str, Any]]:
    """A name, and the fields of a rendition that the words of these kinds mean."""
    name, *words = item.text.split() or [""]
    check_name(item, name)
    values, problems = read(words, kinds)
    sides = box(values)
    if isinstance(sides, Problem):
        if not any(each.part == "size" for each in problems):
            problems.insert(0, sides)
    else:
        values["width"], values["height"] = sides
    for each in problems:
        item.refuse(*each)
    return name, {key: value for key, value in values.items() if key not in ("size", "dpr")}


def check_name(item: Item, name: str) -> None:
    """Refuse what is not a name of the recipe."""
    if not NAME.fullmatch(name):
        rule = "a lower-case letter, then up to 31 lower-case letters, digits and hyphens"
        item.refuse("name", rule, name)


def file_format(item: Item) -> tuple[str, Format | None]:
    """`jpeg 80`: a format and its quality."""
    name, _, quality = item.text.partition(" ")
    if name not in FORMATS:
        item.refuse("format", either(FORMATS), name)
    number = whole(quality.strip())
    if number is None or not 1 <= number <= 100:
        item.refuse("quality", "a whole number from 1 to 100", quality.strip())
    if item.problems or number is None:
        return name, None
    return name, Format(format=cast(FormatName, name), quality=number)


def analysis(item: Item) -> tuple[str, AnalysisName | None]:
    """`labels`: one of the analyses."""
    for name in ANALYSES:
        if item.text == name:
            return name, name
    item.refuse("", either(ANALYSES), item.text)
    return item.text, None


def mail_domain(item: Item) -> tuple[str, str | None]:
    """A domain of mail addresses, or `*` for every domain."""
    if not MAIL_DOMAIN.fullmatch(item.text):
        item.refuse("", "a domain in lower case like example.org, or '*' in quotes", item.text)
        return item.text, None
    return item.text, item.text


def email(item: Item) -> tuple[str, str | None]:
    """An e-mail address."""
    if not EMAIL.fullmatch(item.text):
        item.refuse("", "an e-mail address", item.text)
    return item.text.lower(), item.text


def account_id(item: Item) -> tuple[str, str | None]:
    """The id of an AWS account."""
    if not ACCOUNT.fullmatch(item.text):
        item.refuse("", "an account id of 12 digits, in quotes", item.text)
    return item.text, item.text


def origin(item: Item) -> tuple[str, str | None]:
    """The origin of a web page: scheme, host and port, without a path."""
    if not ORIGIN.fullmatch(item.text):
        item.refuse("", "an origin like https://photos.example.org, without a path", item.text)
    return item.text, item.text


def identity_provider(item: Item) -> tuple[str, IdentityProvider | None]:
    """`Okta oidc ISSUER CLIENT-ID` or `Entra saml METADATA-URL`. The client secret is elsewhere.

    Cognito makes usernames of the provider's name, in which case does not count.
    """
    name, kind, address, client_id = [*item.text.split(), "", "", "", ""][:4]
    if not PROVIDER.fullmatch(name):
        item.refuse("name", "a letter, then 2 to 31 letters, digits and hyphens", name)
    if name.lower() in map(str.lower, RESERVED):
        item.refuse("name", f"other than {either(RESERVED)}, like {name}-sign-in", name)
    if kind not in KINDS:
        item.refuse("kind", either(KINDS), kind)
        return name.lower(), None
    if not SERVER.fullmatch(address):
        part = "issuer" if kind == "oidc" else "metadata URL"
        item.refuse(part, "an address like https://login.example.org/path", address)
    if kind == "oidc" and not client_id:
        item.refuse("client id", "as the provider shows it", client_id)
    if len(item.text.split()) > (4 if kind == "oidc" else 3):
        form = "NAME oidc ISSUER CLIENT-ID" if kind == "oidc" else "NAME saml METADATA-URL"
        item.refuse("", f"{form} and no more", item.text)
    if item.problems:
        return name.lower(), None
    if kind == "saml":
        return name.lower(), SamlProvider(name=name, metadata_url=address)
    provider = OidcProvider(name=name, issuer=address, client_id=client_id, client_secret="")
    return name.lower(), provider


def webhook(item: Item) -> tuple[str, str | None]:
    """An address that SNS posts to."""
    if not WEBHOOK.fullmatch(item.text):
        item.refuse("", "an address like https://alerts.example.org/darkroom", item.text)
        return item.text, None
    return item.text, item.text


def phone(item: Item) -> tuple[str, str | None]:
    """A telephone number in E.164 form."""
    if not PHONE.fullmatch(item.text):
        item.refuse("", "a telephone number in E.164 form like +4915112345678", item.text)
    return item.text, item.text


def problem(field: str, rule: str, value: str | None, must: str = "must be") -> str:
    """One line about a mistake."""
    shown = " ".join((value or "").split()) or "nothing"
    return f"{field} {must} {rule}, got {shown}"


def whole(text: str | None) -> int | None:
    """The whole number in a text, or None."""
    return int(text) if text and re.fullmatch(r"-?[0-9]{1,9}", text) else None


def either(allowed: Sequence[str]) -> str:
    """`a, b or c`."""
    return f"{', '.join(allowed[:-1])} or {allowed[-1]}"
