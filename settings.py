"""A stage's configuration, checked before anything is created.

Pulumi.yaml holds each key's meaning and default. The CLI applies those defaults and knows of types
no more than string, integer, boolean and array; everything else is checked here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TypeVar

import pulumi

from components.rekognition import ACTIONS

__all__ = ["MOST_RENDITIONS", "Format", "Rendition", "Settings"]

GATES = ("open", "guarded")
FITS = ("inside", "cover")
FOCI = ("centre", "faces", "salient")
FORMATS = ("avif", "jpeg", "webp")
ANIMATED = ("first", "keep")
ARCHITECTURES = ("arm64", "x86_64")

# The longest side of a rendition, in pixels, that the resizing function makes.
LONGEST_SIDE = 10_000

# A function is told of its renditions in its environment, which Lambda lets have 4 KB in all.
MOST_RENDITIONS = 20

# The periods that CloudWatch Logs accepts.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

# A stage's name is part of every physical name, the buckets' among them: S3 takes 63 characters,
# and no capitals, dots or underscores.
STAGE = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
SIZE = re.compile(r"(?P<width>[1-9]\d{0,4})(?:x(?P<height>[1-9]\d{0,4}))?")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
PHONE = re.compile(r"\+[1-9]\d{6,14}")
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = re.compile(r"arn:aws:acm:us-east-1:\d{12}:certificate/[0-9a-f-]+")
SCHEDULE = re.compile(r"cron\([^()]+\)|rate\([1-9]\d* \w+\)")
IMAGE = re.compile(r"[a-z0-9][\w./:@-]*")

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Rendition:
    """One picture to make of every upload. Sizes are pixels."""

    name: str
    width: int
    height: int
    fit: str
    enhance: bool
    enlarge: bool
    focus: str


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format that every rendition is made in. `quality` is 1 to 100, on its own scale."""

    format: str
    quality: int


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between two stages; Pulumi.yaml says what each one means."""

    stage: str
    region: str
    gate: str
    renditions: tuple[Rendition, ...]
    formats: tuple[Format, ...]
    background: str
    animated: str
    analyses: tuple[str, ...]
    min_confidence: int
    min_sharpness: int
    min_brightness: int
    max_brightness: int
    min_contrast: int
    moderation_hold: int
    moderation_reject: int
    notify_emails: tuple[str, ...]
    notify_sms: tuple[str, ...]
    ses_sender: str
    architecture: str
    protect: bool
    retention_days: int
    max_concurrency: int
    reconcile_schedule: str
    reconcile_repairs: int
    domain: str
    certificate_arn: str
    base_image: str

    @classmethod
    def load(cls) -> Settings:
        """The settings of the stack that is being deployed.

        Raises:
            RunError: with one line for each thing that is wrong, all of them at once.
        """
        config = _Config()
        settings = cls(
            stage=config.stage(),
            region=config.region(),
            gate=config.choice("gate", GATES),
            renditions=config.items("renditions", _rendition, part="name"),
            formats=config.items("formats", _format, part="format"),
            background=config.text("background", COLOUR, "a colour like #ffffff"),
            animated=config.choice("animated", ANIMATED),
            analyses=config.items("analyses", _analysis),
            min_confidence=config.number("minConfidence", 0, 100),
            min_sharpness=config.number("minSharpness", 0, 100),
            min_brightness=config.number("minBrightness", 0, 100),
            max_brightness=config.number("maxBrightness", 0, 100),
            min_contrast=config.number("minContrast", 0, 100),
            moderation_hold=config.number("moderationHold", 0, 100),
            moderation_reject=config.number("moderationReject", 0, 100),
            notify_emails=config.items("notifyEmails", _email, least=0),
            notify_sms=config.items("notifySms", _phone, least=0),
            ses_sender=config.optional("sesSender", EMAIL, "an e-mail address"),
            architecture=config.choice("architecture", ARCHITECTURES),
            protect=config.flag("protect"),
            retention_days=config.period("retentionDays"),
            max_concurrency=config.number("maxConcurrency", 2, 1000),
            reconcile_schedule=config.optional(
                "reconcileSchedule", SCHEDULE, "like cron(0 3 * * ? *) or rate(1 day)"
            ),
            reconcile_repairs=config.number("reconcileRepairs", 0, 1_000_000),
            domain=config.optional("domain", HOST, "a host name in small letters"),
            certificate_arn=config.optional(
                "certificateArn", CERTIFICATE, "the ARN of an ACM certificate in us-east-1"
            ),
            base_image=config.text("baseImage", IMAGE, "the name of an image"),
        )
        config.ordered(
            "minBrightness", settings.min_brightness, "maxBrightness", settings.max_brightness
        )
        config.ordered(
            "moderationHold",
            settings.moderation_hold,
            "moderationReject",
            settings.moderation_reject,
        )
        config.together("domain", "certificateArn")
        config.deployable(settings)
        config.effective(settings)
        config.finish()
        return settings

    @property
    def recipe(self) -> str:
        """JSON for whatever makes renditions: which ones, in which formats, and from what."""
        return json.dumps(
            {
                "renditions": [asdict(each) for each in self.renditions],
                "formats": [asdict(each) for each in self.formats],
                "background": self.background,
                "animated": self.animated,
            },
            separators=(",", ":"),
        )

    @property
    def questions(self) -> str:
        """JSON for whatever analyses a picture: the analyses to ask for."""
        return json.dumps(self.analyses)

    @property
    def policy(self) -> str:
        """JSON for whatever decides on a picture: what holds it and what rejects it."""
        return json.dumps(
            {
                "min_confidence": self.min_confidence,
                "quality": {
                    "min_sharpness": self.min_sharpness,
                    "min_brightness": self.min_brightness,
                    "max_brightness": self.max_brightness,
                    "min_contrast": self.min_contrast,
                },
                "moderation": {"hold": self.moderation_hold, "reject": self.moderation_reject},
            }
        )


class _Config:
    """Reads values and collects what is wrong with them.

    A value that was refused is answered with a harmless one of its type, so that the reading goes
    on to the next; `finish` then stops the program.
    """

    def __init__(self) -> None:
        self._values = pulumi.Config()
        self._read: set[str] = set()
        self._refused: set[str] = set()
        self._problems: list[str] = []

    def stage(self) -> str:
        stage = pulumi.get_stack()
        if not STAGE.fullmatch(stage):
            rule = "1 to 20 small letters, digits and inner hyphens (names of buckets hold it)"
            self._refuse("stack", rule, stage)
        return stage

    def region(self) -> str:
        region = pulumi.Config("aws").get("region") or ""
        if not REGION.fullmatch(region):
            self._refuse("aws:region", "a Region like eu-west-1", region)
        return region

    def choice(self, key: str, allowed: Sequence[str]) -> str:
        value = self._get(key) or ""
        if value not in allowed:
            self._refuse(key, _either(allowed), value)
        return value

    def number(self, key: str, least: int, most: int) -> int:
        number = _whole(self._get(key))
        if number is None or not least <= number <= most:
            self._refuse(key, f"a whole number from {least} to {most}", self._get(key))
            return least
        return number

    def period(self, key: str) -> int:
        number = _whole(self._get(key))
        if number not in RETENTION_DAYS:
            self._refuse(key, f"one of {_listed(RETENTION_DAYS)}", self._get(key))
            return RETENTION_DAYS[0]
        return number

    def flag(self, key: str) -> bool:
        value = self._get(key)
        if value not in ("true", "false"):
            self._refuse(key, "true or false", value)
        return value == "true"

    def text(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        value = self._get(key) or ""
        if not pattern.fullmatch(value):
            self._refuse(key, rule, value)
        return value

    def optional(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        return self.text(key, pattern, rule) if self._get(key) else ""

    def items(
        self, key: str, parse: Callable[[_Item], tuple[str, T]], part: str = "", least: int = 1
    ) -> tuple[T, ...]:
        """The list under `key`. `parse` answers each item's `part` that no other may have, too."""
        texts = self._texts(key)
        if texts is not None and len(texts) < least:
            self._refuse(key, f"a list of at least {least}", "an empty one")
        parsed: dict[str, T] = {}
        for position, text in enumerate(texts or []):
            item = _Item(f"{key}[{position}]", text)
            identity, value = parse(item)
            if identity and identity in parsed:
                item.refuse(part, "unlike all before it", identity)
            parsed[identity] = value
            if item.problems:
                self._refused.add(key)
            self._problems += item.problems
        return tuple(parsed.values())

    def ordered(self, low: str, least: int, high: str, most: int) -> None:
        if least > most and self._refused.isdisjoint({low, high}):
            self._refuse(low, f"at most {high}, which is {most}", str(least))

    def together(self, *keys: str) -> None:
        missing = [key for key in keys if not self._get(key)]
        if 0 < len(missing) < len(keys):
            present = next(key for key in keys if key not in missing)
            self._refuse(missing[0], f"set where {present} is", None)

    def deployable(self, settings: Settings) -> None:
        """Refuse more renditions than fit into the environment of the function that makes them."""
        if len(settings.renditions) > MOST_RENDITIONS:
            rule = f"at most {MOST_RENDITIONS} (Lambda's 4 KB of environment take no more)"
            self._refuse("renditions", rule, str(len(settings.renditions)))

    def effective(self, settings: Settings) -> None:
        """Refuse what would deploy and not have the effect that it is there for."""
        if not self._refused.isdisjoint({"gate", "analyses"}):
            return
        guarded = settings.gate == "guarded"
        if guarded and "moderation" not in settings.analyses:
            rule = "moderation where gate is guarded (without it nothing is rejected)"
            self._refuse("analyses", rule, ", ".join(settings.analyses), must="must have")
        if guarded and "faces" in settings.analyses:
            return
        for rendition in settings.renditions:
            if rendition.focus == "faces":
                # With the gate open renditions do not wait for the analysis that finds the faces.
                rule = "centre or salient unless gate is guarded and analyses have faces"
                self._refuse(f"focus of rendition {rendition.name}", rule, rendition.focus)

    def finish(self) -> None:
        """Stop if anything was wrong, or if there is a key that nobody read: a misspelt one."""
        project = pulumi.get_project()
        given = {**pulumi.runtime.config.get_config_env(), **pulumi.runtime.config.CONFIG.get()}
        for key in sorted(given):
            namespace, _, name = key.partition(":")
            if namespace == project and name not in self._read:
                meant = get_close_matches(name, sorted(self._read), 1)
                hint = f"; did you mean {meant[0]}?" if meant else ""
                self._problems.append(f"{name} is no key of Pulumi.yaml{hint}")
        if self._problems:
            raise pulumi.RunError("\n".join(self._problems))

    def _texts(self, key: str) -> list[str] | None:
        value = self._get(key)
        try:
            texts = json.loads(value or "")
        except ValueError:
            texts = None
        if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
            self._refuse(key, "a list of texts", value)
            return None
        return texts

    def _get(self, key: str) -> str | None:
        self._read.add(key)
        return self._values.get(key)

    def _refuse(self, key: str, rule: str, value: str | None, must: str = "must be") -> None:
        self._refused.add(key)
        self._problems.append(_problem(key, rule, value, must))


class _Item:
    """One text of a list, and what is wrong with it."""

    def __init__(self, field: str, text: str) -> None:
        self.text = text
        self.problems: list[str] = []
        self._field = field

    def refuse(self, part: str, rule: str, value: str) -> None:
        """Add that `value` breaks the rule for the part, or if it is empty that there is none."""
        if part and not value:
            lacks = _problem(self._field, f"a {part} ({rule})", self.text, must="must have")
            self.problems.append(lacks)
        else:
            self.problems.append(_problem(f"{self._field} {part}".strip(), rule, value))


def _rendition(item: _Item) -> tuple[str, Rendition]:
    words = item.text.split()
    if words[1:2] and words[1] in FITS:
        words.insert(1, "")  # so that a size that was left out is what is complained about
    name, size, fit = [*words, "", "", ""][:3]
    options = words[3:]
    if not NAME.fullmatch(name):
        item.refuse("name", "1 to 32 small letters, digits and hyphens", name)
    match = SIZE.fullmatch(size)
    width = int(match["width"]) if match else 0
    height = int(match["height"] or width) if match else 0
    if not 0 < max(width, height) <= LONGEST_SIDE:
        rule = f"pixels like 500 or 1600x900, at most {LONGEST_SIDE} a side"
        item.refuse("size", rule, size)
    if fit not in FITS:
        item.refuse("fit", _either(FITS), fit)
    foci = {f"focus={focus}": focus for focus in FOCI}
    known = ("enhance", "enlarge", *foci)
    for option in options:
        if option not in known:
            item.refuse("option", _either(known), option)
    chosen = [foci[option] for option in options if option in foci]
    if len(chosen) > 1:
        item.refuse("focus", "given once", ", ".join(chosen))
    focus = chosen[0] if chosen else FOCI[0]
    if fit == "inside" and focus != FOCI[0]:
        rule = f"{FOCI[0]} or left out where fit is inside, which keeps all of the picture"
        item.refuse("focus", rule, focus)
        focus = FOCI[0]
    return name, Rendition(
        name=name,
        width=width,
        height=height,
        fit=fit,
        enhance="enhance" in options,
        enlarge="enlarge" in options,
        focus=focus,
    )


def _format(item: _Item) -> tuple[str, Format]:
    name, _, quality = item.text.partition(" ")
    if name not in FORMATS:
        item.refuse("format", _either(FORMATS), name)
    number = _whole(quality.strip())
    if number is None or not 1 <= number <= 100:
        item.refuse("quality", "a whole number from 1 to 100", quality.strip())
    return name, Format(format=name, quality=number or 1)


def _analysis(item: _Item) -> tuple[str, str]:
    if item.text not in ACTIONS:
        item.refuse("", _either(tuple(ACTIONS)), item.text)
    return item.text, item.text


def _email(item: _Item) -> tuple[str, str]:
    if not EMAIL.fullmatch(item.text):
        item.refuse("", "an e-mail address", item.text)
    return item.text.lower(), item.text


def _phone(item: _Item) -> tuple[str, str]:
    if not PHONE.fullmatch(item.text):
        item.refuse("", "a telephone number in E.164 form like +4915112345678", item.text)
    return item.text, item.text


def _problem(field: str, rule: str, value: str | None, must: str = "must be") -> str:
    shown = " ".join((value or "").split()) or "nothing"
    return f"{field} {must} {rule}, got {shown}"


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else None


def _either(allowed: Sequence[str]) -> str:
    return f"{', '.join(allowed[:-1])} or {allowed[-1]}"


def _listed(numbers: Sequence[int]) -> str:
    return ", ".join(str(each) for each in numbers)
