"""A stage's configuration, checked before anything is created.

Pulumi.yaml declares each key with its meaning and default. The CLI applies the defaults and knows
no types but string, integer, boolean and array; every other rule is checked here.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

# The functions' own types are the program's too. `containers/` is their import root in Lambda, and
# no other part of the program adds it.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "containers"))

import pagebuild
from components.account import Account
from components.bedrock import GEOGRAPHIES
from components.identity_provider import IdentityProvider
from edge import KEYS, MOST_BYTES, negotiation, routing
from pipeline.address import (
    API,
    API_DESCRIPTION,
    INVENTORIES,
    INVENTORY,
    PREVIEWS,
    RECIPES,
    RENDITIONS,
    UPLOADS,
    recipe_key,
    signing_key_parameter,
)
from pipeline.analyses import Analyses, AnalysisName
from pipeline.demand import MOST_ADDRESSES, addresses
from pipeline.demand import formats as on_demand_formats
from pipeline.description import MODELS as DESCRIBERS
from pipeline.embedding import MODELS, placing_models
from pipeline.policy import Copies, Gate, Moderation, Policy, Quality
from pipeline.prices import analyses_usd, embeddings_usd
from pipeline.recipe import (
    LARGEST_SIDE,
    MOST_RENDITIONS,
    Animated,
    FocusKind,
    Preset,
    Recipe,
    Rendition,
    Watermark,
)
from pipeline.vectors import SIZE as VECTOR_SIZE
from settings.account import account
from settings.reader import Reader
from settings.sign_in import identity_providers
from settings.watermarks import watermarks
from settings.words import (
    COLOUR,
    EMAIL,
    analysis,
    email,
    file_format,
    mail_domain,
    origin,
    phone,
    preset,
    rendition,
    webhook,
)

__all__ = [
    "API",
    "API_DESCRIPTION",
    "ARCHITECTURES",
    "EXPORTED",
    "EXPORTS_KEPT_DAYS",
    "INVENTORIES",
    "INVENTORIES_KEPT_DAYS",
    "INVENTORY",
    "PREVIEWS",
    "RECIPES",
    "RENDITIONS",
    "UPLOADS",
    "VECTOR_SIZE",
    "Pace",
    "Settings",
    "recipe_key",
]

ROOT = Path(__file__).resolve().parents[1]
"""The program's folder."""

ARCHITECTURES = ("arm64", "x86_64")

# The periods that CloudWatch Logs accepts.
RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545),
    *(731, 1096, 1827, 2192, 2557, 2922, 3288, 3653),
)

HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
CERTIFICATE = re.compile(r"arn:aws:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+")
SCHEDULE = re.compile(r"cron\([^()]+\)|rate\([1-9][0-9]* \w+\)", re.ASCII)
BOUNDARY = re.compile(r"arn:aws:iam::[0-9]{12}:policy/[\w+=,.@/-]+", re.ASCII)
WEB_ACL = re.compile(r"arn:aws:wafv2:us-east-1:[0-9]{12}:global/webacl/[\w-]+/[0-9a-f-]+", re.ASCII)
LADDER = re.compile(r"[1-9][0-9]{0,4}( [1-9][0-9]{0,4})*")
ADDRESS_KEY = re.compile(r"[A-Za-z0-9_-]{32,128}", re.ASCII)
MOST_ADDRESS_KEYS = 2
FOLDER = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)*", re.ASCII)
IMAGE = re.compile(r"[a-z0-9][\w./:@-]*", re.ASCII)

PUBLIC_KEY = re.compile(r"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA[A-Za-z0-9+/]{342}IDAQAB")
"""An RSA key of 2,048 bits, the only kind that signs for CloudFront with SHA-1: DER in base 64."""

DELIVERIES = ("public", "signed")
TOTP = ("never", "optional", "always")
FREQUENCIES = ("never", "daily", "weekly")
COPIES: tuple[Copies, ...] = get_args(Copies)
EMBEDDINGS = ("none", *MODELS)
DESCRIPTIONS = ("composed", *DESCRIBERS)

# `retire` lists a picture's files in its item, and DynamoDB limits items to 400 KB.
MOST_PER_PICTURE = 1000

# CloudFront throttles a distribution's invalidations after a few quick calls, and bills each path.
# Fifty pictures take `retire` a few seconds, which leaves most of its timeout for CloudFront.
MOST_INVALIDATING = 5
INVALIDATED_TOGETHER = 50
INVALIDATIONS_COLLECTED_SECONDS = 10

# In SES's sandbox an account sends one mail a second; a message may mean two.
MAIL_TIMEOUT_SECONDS = 60
TIMEOUT_SECONDS = 30


# Backups of single seconds reach back 35 days at most, and are deleted with their table.
EXPORTED = "cron(0 2 * * ? *)"
EXPORTS_KEPT_DAYS = 90
# A backfill may read one for as long as it runs.
INVENTORIES_KEPT_DAYS = 30

# Reading an inventory takes a whole processor, and its shard is held in memory.
RECONCILE_MEMORY_MB = 512
RECONCILE_BY_INVENTORY_MEMORY_MB = 1769

# The budget is enforced by an event as soon as it is spent; this is how late work goes on after
# midnight at most, and how long a pause may take whose event was lost.
BUDGET_SCHEDULE = "rate(5 minutes)"


class Pace(NamedTuple):
    """How many messages a function gets at once, in how many concurrent executions, and how long
    messages are collected for a batch."""

    batch_size: int
    concurrency: int
    window_seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that may differ between two stages, as Pulumi.yaml describes it."""

    stage: str
    account: Account
    gate: str
    recipe: Recipe
    analyses: Analyses
    policy: Policy
    embedding: str
    next_embedding: str
    descriptions: str
    notify_emails: tuple[str, ...]
    notify_sms: tuple[str, ...]
    alert_emails: tuple[str, ...]
    alert_webhooks: tuple[str, ...]
    monitoring: bool
    tracing: bool
    ses_sender: str
    mail_domains: tuple[str, ...]
    roles_boundary: str
    architecture: str
    protect: bool
    retention_days: int
    max_concurrency: int
    bulk_concurrency: int
    reconcile_schedule: str
    reconcile_repairs: int
    inventory: str
    domain: str
    certificate_arn: str
    access_logs: bool
    web_acl_arn: str
    delivery: str
    signing_key: str
    upload_origins: tuple[str, ...]
    app_origins: tuple[str, ...]
    shared: bool
    totp: str
    identity_providers: tuple[IdentityProvider, ...]
    quota_megabytes: int
    quota_pictures: int
    requests_per_second: int
    audit_days: int
    daily_budget_usd: int
    daily_budget_share: int
    on_demand_daily_usd: int
    on_demand_per_picture: int
    on_demand_concurrency: int
    address_keys: tuple[str, ...] = field(repr=False)
    """The secret that addresses on demand are signed with, and the one before it; empty where they
    need no signature."""
    base_image: str
    watermark_files: Mapping[str, str]
    """The file of each watermark's key, relative to the program."""
    page_files: Mapping[str, str]
    """The page's build: the file of each key, relative to the program."""

    @property
    def embeddings(self) -> tuple[str, ...]:
        """The models that place pictures: the one that is searched by, and the next."""
        return placing_models(self.embedding, self.next_embedding)

    @property
    def embedding_models(self) -> list[str]:
        """Bedrock's ids of these models."""
        return [MODELS[each] for each in self.embeddings]

    @property
    def describing_model(self) -> str:
        """Bedrock's id of the model that describes pictures; empty where none does."""
        return DESCRIBERS.get(self.descriptions, "")

    @property
    def describer(self) -> str:
        """The id of the inference profile that reaches this model; empty where none does."""
        if not self.describing_model:
            return ""
        return f"{GEOGRAPHIES[_part(self.account.region)]}.{self.describing_model}"

    @property
    def single(self) -> Pace:
        """Of a function that decodes pictures: one that fails takes no other down with it."""
        return Pace(1, self.max_concurrency)

    @property
    def invalidating(self) -> Pace:
        """Of the function that has CloudFront drop files."""
        return Pace(
            INVALIDATED_TOGETHER,
            min(self.max_concurrency, MOST_INVALIDATING),
            INVALIDATIONS_COLLECTED_SECONDS,
        )

    @property
    def single_bulk(self) -> Pace:
        """Of the same function with pictures of bulk work."""
        return Pace(1, self.bulk_concurrency)

    @property
    def invalidating_bulk(self) -> Pace:
        """Of the function that has CloudFront drop files, after bulk work."""
        return self.invalidating._replace(concurrency=min(self.bulk_concurrency, MOST_INVALIDATING))

    @property
    def notifying(self) -> Pace:
        """Of the function that sends notices; with SES, as slow as its sandbox."""
        return Pace(2, 2) if self.ses_sender else Pace(10, self.max_concurrency)

    @property
    def counting(self) -> Pace:
        """Of the same function with pictures of bulk work, of which it sends no notices."""
        return Pace(10, self.bulk_concurrency)

    @property
    def app_urls(self) -> tuple[str, ...]:
        """Where people may be sent after signing in, besides the stack's own page."""
        return tuple(f"{each}/" for each in self.app_origins)

    @property
    def viewer_function(self) -> str:
        """What CloudFront runs with every request for a rendition."""
        return negotiation(self.recipe, signed=bool(self.address_keys))

    @property
    def viewer_secrets(self) -> dict[str, str]:
        """What that function reads of its key value store."""
        return {KEYS: " ".join(self.address_keys)} if self.address_keys else {}

    @property
    def page_function(self) -> str:
        """What CloudFront runs with every request for the page."""
        return routing()

    @property
    def boxes(self) -> dict[str, Any]:
        """What the page knows of each rendition, by name and in the recipe's order."""
        return {
            each.name: {"width": each.width, "height": each.height, "fit": each.fit}
            for each in self.recipe.renditions
        }

    @property
    def on_demand(self) -> dict[str, Any] | None:
        """What the page asks for sizes on demand with; None where there are none, or only signed
        ones, as the page has no key."""
        if not self.on_demand_daily_usd or self.address_keys or not self.recipe.sizes:
            return None
        return {
            "steps": list(self.recipe.sizes),
            "foci": list(self.recipe.foci),
            "formats": [each.format for each in on_demand_formats(self.recipe)],
        }

    @property
    def delivery_key(self) -> str:
        """PEM of the key that signs for pictures; empty where they are public."""
        if self.delivery == "public":
            return ""
        lines = [self.signing_key[start : start + 64] for start in range(0, 392, 64)]
        return "\n".join(("-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""))

    @property
    def delivery_key_parameter(self) -> str:
        """The parameter with the key's private half; empty where pictures are public."""
        if self.delivery == "public":
            return ""
        return signing_key_parameter(self.stage, self.signing_key)

    @property
    def quota_bytes(self) -> int:
        """Bytes that a person may upload in a day."""
        return self.quota_megabytes * 1_000_000

    @property
    def pictures_a_day(self) -> int:
        """Pictures that a person may upload in a day: the quota, or what their share of the budget
        pays for if that is less."""
        picture = analyses_usd(self.analyses.names)
        picture += embeddings_usd(self.embeddings)
        if not self.daily_budget_usd or not picture:
            return self.quota_pictures
        share = self.daily_budget_usd * self.daily_budget_share / 100
        return min(self.quota_pictures, max(int(share / picture), 1))

    @property
    def budget_schedule(self) -> str:
        """When the budget is looked at besides the events about it."""
        return BUDGET_SCHEDULE

    @property
    def reconcile_memory_mb(self) -> int:
        """Of the function that compares what is stored."""
        by_walk = self.inventory == "never"
        return RECONCILE_MEMORY_MB if by_walk else RECONCILE_BY_INVENTORY_MEMORY_MB

    @property
    def addressable_domains(self) -> str:
        """The domains that mail to uploaders may go to, separated by commas."""
        return ",".join(self.mail_domains) or self.ses_sender.rpartition("@")[2].lower()

    @property
    def notice_timeout_seconds(self) -> int:
        """Of the function that sends notices."""
        return MAIL_TIMEOUT_SECONDS if self.ses_sender else TIMEOUT_SECONDS

    @classmethod
    def load(cls) -> Settings:
        """The settings of the stack that is being deployed.

        Raises:
            RunError: with one line for each mistake, all of them at once.
        """
        config = Reader()
        stage = config.stage()
        gate = config.choice("gate", get_args(Gate))
        renditions = config.items("renditions", rendition, part="name")
        formats = config.items("formats", file_format, part="format")
        background = config.text("background", COLOUR, "a colour like '#ffffff', in quotes")
        animated = config.choice("animated", get_args(Animated))
        presets = config.items("presets", preset, part="name", least=0)
        sizes = _sizes(config)
        marks = watermarks(config, ROOT)
        descriptions = config.choice("descriptions", DESCRIPTIONS)
        analyses = Analyses(_with(descriptions, config.items("analyses", analysis)))
        settings = partial(
            cls,
            stage=stage,
            account=account(config, stage),
            gate=gate,
            analyses=analyses,
            policy=_policy(config),
            embedding=config.choice("embedding", EMBEDDINGS),
            next_embedding=config.choice("nextEmbedding", EMBEDDINGS),
            descriptions=descriptions,
            notify_emails=config.items("notifyEmails", email, least=0),
            notify_sms=config.items("notifySms", phone, least=0),
            alert_emails=config.items("alertEmails", email, least=0),
            alert_webhooks=config.items("alertWebhooks", webhook, least=0),
            monitoring=config.flag("monitoring"),
            tracing=config.flag("tracing"),
            ses_sender=config.optional("sesSender", EMAIL, "an e-mail address"),
            mail_domains=config.items("mailDomains", mail_domain, least=0),
            roles_boundary=config.optional(
                "rolesBoundary", BOUNDARY, "the ARN of a policy of the account"
            ),
            architecture=config.choice("architecture", ARCHITECTURES),
            protect=config.flag("protect"),
            retention_days=config.period("retentionDays", RETENTION_DAYS),
            max_concurrency=config.number("maxConcurrency", 2, 1000),
            bulk_concurrency=config.number("bulkConcurrency", 2, 1000),
            reconcile_schedule=config.optional(
                "reconcileSchedule", SCHEDULE, "like cron(0 3 * * ? *) or rate(1 day)"
            ),
            reconcile_repairs=config.number("reconcileRepairs", 0, 1_000_000),
            inventory=config.choice("inventory", FREQUENCIES),
            domain=config.optional("domain", HOST, "a host name in lower case"),
            certificate_arn=config.optional(
                "certificateArn", CERTIFICATE, "the ARN of an ACM certificate in us-east-1"
            ),
            access_logs=config.flag("accessLogs"),
            web_acl_arn=config.optional(
                "webAclArn", WEB_ACL, "the ARN of a WAF web ACL for CloudFront, in us-east-1"
            ),
            delivery=config.choice("delivery", DELIVERIES),
            signing_key=config.optional(
                "signingKey", PUBLIC_KEY, "a public key as make signing-key prints it"
            ),
            upload_origins=config.items("uploadOrigins", origin, least=0),
            app_origins=config.items("appOrigins", origin, least=0),
            shared=config.flag("shared"),
            totp=config.choice("totp", TOTP),
            identity_providers=identity_providers(config),
            quota_megabytes=config.number("quotaMegabytes", 1, 100_000_000),
            quota_pictures=config.number("quotaPictures", 1, 100_000_000),
            requests_per_second=config.number("requestsPerSecond", 1, 10_000),
            audit_days=config.number("auditDays", 0, 36_500),
            daily_budget_usd=config.number("dailyBudgetUsd", 0, 1_000_000),
            daily_budget_share=config.number("dailyBudgetShare", 1, 100),
            on_demand_daily_usd=config.number("onDemandDailyUsd", 0, 1_000_000),
            on_demand_per_picture=config.number("onDemandPerPicture", 1, MOST_PER_PICTURE),
            on_demand_concurrency=config.number("onDemandConcurrency", 1, 1000),
            address_keys=_address_keys(config),
            base_image=config.text("baseImage", IMAGE, "the name of an image"),
            watermark_files={recipe_key(mark.sha256): file for mark, file in marks.values()},
            page_files=_page_files(config),
        )
        config.together("domain", "certificateArn")
        _refuse_without_key(config)
        _refuse_without_model(config)
        _refuse_same_model(config)
        _refuse_too_many(config, renditions)
        _refuse_ineffective(config, gate, analyses, renditions)
        _refuse_unfindable(config, analyses, presets)
        _refuse_ambiguous(config, renditions, presets)
        _refuse_too_tall(config, presets, sizes)
        _refuse_unmarked(config, (*renditions, *presets), marks)
        config.apart("protect", "expires")
        config.finish()
        faces: tuple[FocusKind, ...] = ("faces",) if "faces" in analyses.names else ()
        recipe = Recipe(
            renditions=renditions,
            formats=formats,
            background=background,
            animated=animated,
            presets=presets,
            watermarks=tuple(mark for mark, _ in marks.values()),
            sizes=sizes,
            foci=("centre", "salient", *faces),
        )
        _refuse_too_many_addresses(config, recipe)
        made = settings(recipe=recipe)
        _refuse_too_much_code(config, made.viewer_function)
        config.finish()
        return made


def _sizes(config: Reader) -> tuple[int, ...]:
    """The ladder, ascending; empty where addresses may ask for no size."""
    rule = "pixels that ascend, with a space between, like '320 640'"
    text = config.optional("sizes", LADDER, rule)
    if config.refused("sizes"):
        return ()
    sizes = tuple(map(int, text.split()))
    if list(sizes) != sorted(set(sizes)) or (sizes and sizes[-1] > LARGEST_SIDE):
        config.refuse("sizes", f"{rule}, at most {LARGEST_SIDE}", text)
        return ()
    return sizes


def _address_keys(config: Reader) -> tuple[str, ...]:
    keys = config.secrets("addressKeys")
    if len(keys) > MOST_ADDRESS_KEYS:
        rule = f"at most {MOST_ADDRESS_KEYS}, the new one and the one before"
        config.refuse("addressKeys", rule, str(len(keys)))
    for position, key in enumerate(keys):
        if not ADDRESS_KEY.fullmatch(key):
            rule = "32 to 128 letters, digits, - and _ (openssl rand -hex 32 makes one)"
            config.refuse(f"addressKeys[{position}]", rule, "something else")
        elif key in keys[:position]:
            config.refuse(f"addressKeys[{position}]", "unlike the first", "the same")
    return keys


def _page_files(config: Reader) -> dict[str, str]:
    page = config.text("page", FOLDER, "a folder within the program's, like gallery")
    if config.refused("page"):
        return {}
    try:
        return {each: f"{page}/{pagebuild.BUILD}/{each}" for each in pagebuild.files(ROOT / page)}
    except pagebuild.BuildError as error:
        config.fail(str(error))
        return {}


def _policy(config: Reader) -> Policy:
    policy = Policy(
        min_confidence=config.number("minConfidence", 0, 100),
        quality=Quality(
            min_sharpness=config.number("minSharpness", 0, 100),
            min_brightness=config.number("minBrightness", 0, 100),
            max_brightness=config.number("maxBrightness", 0, 100),
            min_contrast=config.number("minContrast", 0, 100),
        ),
        moderation=Moderation(
            hold=config.number("moderationHold", 0, 100),
            reject=config.number("moderationReject", 0, 100),
        ),
        duplicates=config.choice("duplicates", COPIES),
        min_score=config.number("minScore", 0, 100),
    )
    config.ordered("minBrightness", "maxBrightness")
    config.ordered("moderationHold", "moderationReject")
    return policy


def _refuse_same_model(config: Reader) -> None:
    """Refuse a model that takes over from nothing, or from itself."""
    if config.refused("embedding", "nextEmbedding"):
        return
    embedding, following = config.value("embedding"), config.value("nextEmbedding")
    if following == "none":
        return
    if embedding == "none":
        rule = "none where embedding is none (set embedding itself: nothing is to be replaced)"
        config.refuse("nextEmbedding", rule, following)
    elif embedding == following:
        config.refuse("nextEmbedding", "none or another model than embedding", following)


def _refuse_too_many(config: Reader, renditions: tuple[Rendition, ...]) -> None:
    """Refuse more renditions than should be made of every picture."""
    if len(renditions) > MOST_RENDITIONS:
        rule = f"at most {MOST_RENDITIONS}; presets are made only when somebody asks for them"
        config.refuse("renditions", rule, str(len(renditions)))


def _refuse_too_many_addresses(config: Reader, recipe: Recipe) -> None:
    """Refuse what makes it unknown how much one picture may take in storage."""
    number = addresses(recipe)
    if number > MOST_ADDRESSES:
        rule = (
            f"fewer, so that a picture has at most {MOST_ADDRESSES} addresses; leave out some, or "
            "the word sizes of presets"
        )
        config.refuse("sizes", rule, f"{len(recipe.sizes)}, which make {number}")


def _refuse_too_much_code(config: Reader, code: str) -> None:
    """Refuse presets of which the function at the edge cannot know all."""
    size = len(code.encode())
    if size > MOST_BYTES:
        rule = f"fewer or shorter (CloudFront takes {MOST_BYTES:,} bytes of code)"
        config.refuse("presets", rule, f"{size:,} bytes with their names and widths")


def _refuse_ambiguous(
    config: Reader, renditions: tuple[Rendition, ...], presets: tuple[Preset, ...]
) -> None:
    """Refuse two meanings of one address."""
    made = [each.name for each in renditions]
    for each in presets:
        if each.name in made:
            config.refuse("presets", "called otherwise than renditions", each.name)


def _refuse_too_tall(config: Reader, presets: tuple[Preset, ...], sizes: tuple[int, ...]) -> None:
    """Refuse a preset that would be beyond all limits in the largest of the sizes."""
    for each in presets:
        if each.sizes and not sizes:
            rule = "without the word sizes where sizes is empty"
            config.refuse(f"preset {each.name}", rule, "sizes")
        elif each.sizes and sizes[-1] * each.height > LARGEST_SIDE * each.width:
            rule = f"at most {LARGEST_SIDE} pixels high when it is {sizes[-1]} wide"
            config.refuse(f"preset {each.name}", rule, f"{each.width}x{each.height} sizes")


def _refuse_unmarked(
    config: Reader, renditions: tuple[Rendition, ...], marks: Mapping[str, tuple[Watermark, str]]
) -> None:
    """Refuse a watermark that the stage does not have."""
    for each in renditions:
        if each.watermark and each.watermark not in marks and not config.refused("watermarks"):
            rule = f"one of watermarks ({', '.join(marks) or 'which is empty'})"
            config.refuse(f"watermark of {each.name}", rule, each.watermark)


def _refuse_unfindable(config: Reader, analyses: Analyses, presets: tuple[Preset, ...]) -> None:
    """Refuse presets that depend on what no analysis finds."""
    if config.refused("analyses"):
        return
    for each in presets:
        for need in sorted(each.needs - set(analyses.names)):
            rule = f"{need}, on which the preset {each.name} depends"
            config.refuse("analyses", rule, ", ".join(analyses.names), must="must have")


def _part(region: str) -> str:
    """What a Region's name begins with."""
    return region.partition("-")[0]


def _with(descriptions: str, names: tuple[AnalysisName, ...]) -> tuple[AnalysisName, ...]:
    """The analyses that are made, with that of the model that describes."""
    return (*names, "nova-lite") if descriptions == "nova-lite" else names


def _refuse_without_model(config: Reader) -> None:
    """Refuse a model that the Region does not reach, and a rule about what no model says."""
    if config.refused("descriptions", "minScore", "aws:region"):
        return
    composed, region = config.value("descriptions") == "composed", config.value("aws:region")
    if not composed and _part(region or "") not in GEOGRAPHIES:
        rule = "composed where aws:region is in none of ap, ca, eu and us"
        config.refuse("descriptions", rule, config.value("descriptions"))
    if composed and config.value("minScore") != "0":
        rule = "0 unless descriptions is a model (nothing else judges before a picture is shown)"
        config.refuse("minScore", rule, str(config.value("minScore")))


def _refuse_without_key(config: Reader) -> None:
    if config.value("delivery") == "signed" and not config.value("signingKey"):
        rule = "set where delivery is signed (make signing-key makes a pair)"
        config.refuse("signingKey", rule, "nothing")


def _refuse_ineffective(
    config: Reader, gate: Gate, analyses: Analyses, renditions: tuple[Rendition, ...]
) -> None:
    """Refuse what would deploy without the effect that it is meant to have."""
    if config.refused("gate", "analyses"):
        return
    if gate == "guarded" and "moderation" not in analyses.names:
        rule = "moderation where gate is guarded (without it nothing is rejected)"
        config.refuse("analyses", rule, ", ".join(analyses.names), must="must have")
    for each in renditions:
        # With the gate open, renditions do not wait for the analysis.
        lacking = each.needs if gate == "open" else each.needs - set(analyses.names)
        if each.focus == "faces" and "faces" in lacking:
            rule = "centre or salient unless gate is guarded and analyses have faces"
            config.refuse(f"focus of rendition {each.name}", rule, each.focus)
        for areas, hiding in (("faces", each.hide_faces), ("text", each.hide_text)):
            if hiding and areas in lacking:
                rule = f"without {hiding}-{areas} unless gate is guarded and analyses have {areas}"
                config.refuse(f"rendition {each.name}", rule, f"{hiding}-{areas}")
