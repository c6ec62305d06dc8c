"""A stage's configuration: what is accepted, and the message about anything that is not."""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pulumi
import pytest
import yaml
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)
from pulumi.runtime.config import set_all_config

from components.account import Account, AssumedRole
from components.identity_provider import OidcProvider, SamlProvider
from edge import negotiation
from ops.signing_key import new_pair
from pipeline.address import content_prefix, recipe_key, signing_key_parameter
from pipeline.analyses import Analyses
from pipeline.demand import MOST_ADDRESSES, addresses, names
from pipeline.policy import Policy
from pipeline.prices import analyses_usd
from pipeline.recipe import Format, Recipe, Rendition, Watermark
from proofs.recorder import ROOT, defaults, run, stage_config
from settings import Settings

ROLE = "arn:aws:iam::123456789012:role/deploy"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0123-4567"
OPTIONAL = {
    *("sesSender", "domain", "certificateArn", "reconcileSchedule", "webAclArn"),
    *("signingKey", "owner", "expires", "rolesBoundary", "sizes"),
}


def load(stage: str = "dev", **config: Any) -> Settings:
    """The settings of a stage with the defaults of Pulumi.yaml but for `config`."""
    own = {key if ":" in key else f"darkroom:{key}": value for key, value in config.items()}
    full = {**defaults(), **own}
    return _load(stage, full)


def refusals(stage: str = "dev", **config: Any) -> list[str]:
    """The messages about `config`, one per line."""
    with pytest.raises(pulumi.RunError) as refused:
        load(stage, **config)
    return str(refused.value).split("\n")


def _load(stage: str, config: dict[str, Any]) -> Settings:
    loaded: list[Settings] = []
    run(lambda: loaded.append(Settings.load()), stage, config)
    return loaded[0]


def declared() -> dict[str, dict[str, Any]]:
    """The project's own keys in Pulumi.yaml."""
    config = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return {key: entry for key, entry in config.items() if ":" not in key}


@pytest.mark.parametrize("stage", ["dev", "prod", "preview", "pr-17", "x"])
def test_the_defaults_and_every_stages_own_values_are_accepted(stage: str) -> None:
    assert _load(stage, stage_config(stage)).stage == stage


@pytest.mark.parametrize("key", sorted(declared()))
def test_every_key_has_a_type_a_default_and_a_description(key: str) -> None:
    entry = declared()[key]

    # The CLI knows no other type; one without a default would be required of every stage.
    assert entry["type"] in ("string", "integer", "boolean", "array")
    assert entry.get("items", {"type": "string"}) == {"type": "string"}
    assert ("items" in entry) == (entry["type"] == "array")
    assert entry["default"] is not None
    assert len(entry["description"]) > 20
    assert entry.keys() <= {"type", "items", "default", "description"}


@pytest.mark.parametrize("key", sorted(declared().keys() - OPTIONAL))
def test_every_key_that_is_declared_is_read(key: str) -> None:
    without: dict[str, Any] = {key: None}

    [line] = refusals(**without)

    assert line.startswith(f"{key} must be ")
    assert line.endswith(", got nothing")


@pytest.mark.parametrize("key", sorted(OPTIONAL))
def test_an_optional_key_may_be_empty(key: str) -> None:
    empty: dict[str, Any] = {key: ""}
    absent: dict[str, Any] = {key: None}

    assert load(**empty) == load(**absent)


def test_a_key_that_is_not_declared_is_refused() -> None:
    assert refusals(minSharpnes=40) == [
        "minSharpnes must be a key of Pulumi.yaml; did you mean minSharpness?"
    ]
    assert refusals(zoom="ours") == ["zoom must be a key of Pulumi.yaml"]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        ("gate", "ajar", "gate must be open or guarded, got ajar"),
        (
            "dailyBudgetUsd",
            -1,
            "dailyBudgetUsd must be a whole number from 0 to 1000000, got -1",
        ),
        ("dailyBudgetShare", 0, "dailyBudgetShare must be a whole number from 1 to 100, got 0"),
        (
            "alertWebhooks",
            ["http://alerts.example.org/x"],
            (
                "alertWebhooks[0] must be an address like https://alerts.example.org/darkroom, "
                "got http://alerts.example.org/x"
            ),
        ),
        ("delivery", "mailed", "delivery must be public or signed, got mailed"),
        (
            "signingKey",
            "MIIB",
            "signingKey must be a public key as make signing-key prints it, got MIIB",
        ),
        ("renditions", [], "renditions must be a list of at least 1, got an empty one"),
        ("renditions", "small", "renditions must be a list of texts, numbers in quotes, got small"),
        ("renditions", [500], "renditions must be a list of texts, numbers in quotes, got [500]"),
        (
            "renditions",
            ["Big! 500 inside"],
            (
                "renditions[0] name must be a lower-case letter, then up to 31 lower-case letters, "
                "digits and hyphens, got Big!"
            ),
        ),
        (
            "renditions",
            ["640 640 inside"],
            (
                "renditions[0] name must be a lower-case letter, then up to 31 lower-case letters, "
                "digits and hyphens, got 640"
            ),
        ),
        (
            "renditions",
            ["small inside"],
            ("renditions[0] must have a size (pixels like 500 or 1600x900), got small inside"),
        ),
        (
            "renditions",
            ["small 0x9 inside"],
            "renditions[0] size must be pixels like 640 or 640x480, got 0x9",
        ),
        (
            "renditions",
            ["small 10001 inside"],
            "renditions[0] size must be at most 10000 pixels a side, got 10001x10001",
        ),
        (
            "renditions",
            ["small 5000 3x"],
            "renditions[0] size must be at most 10000 pixels a side, got 15000x15000",
        ),
        (
            "renditions",
            ["small 500 stretch"],
            (
                "renditions[0] word must be a size like 640 or 640x480; 1x, 2x or 3x; inside or "
                "cover; centre, salient or faces; enhance; enlarge; rotate=90, rotate=180 or "
                "rotate=270; trim=10; pad=#ffffff; blur-faces or pixelate-faces; blur-text or "
                "pixelate-text; grey; blur=5; sharpen=100; watermark=NAME; round=50; quality=70; "
                "bytes=200000, got stretch"
            ),
        ),
        (
            "renditions",
            ["small 500 blur=21"],
            "renditions[0] blur must be a whole number from 1 to 20 (percent), like blur=5, got 21",
        ),
        (
            "renditions",
            ["small 500 pad=red"],
            "renditions[0] pad must be a colour like pad=#ffffff, got pad=red",
        ),
        (
            "renditions",
            ["small 500 cover pad=#ffffff"],
            (
                "renditions[0] pad must be left out where the fit is cover, which fills the box, "
                "got #ffffff"
            ),
        ),
        (
            "renditions",
            ["small 500 blur-text"],
            (
                "rendition small must be without blur-text unless gate is guarded and analyses "
                "have text, got blur-text"
            ),
        ),
        (
            "presets",
            ["cover 500"],
            (
                "presets[0] name must be other than inside, cover, centre, "
                "faces or salient, which mean something, got cover"
            ),
        ),
        ("presets", ["card 500", "card 600"], "presets[1] name must be unique, got card"),
        ("presets", ["small 500"], "presets must be called otherwise than renditions, got small"),
        (
            "presets",
            ["face 500 cover faces"],
            (
                "analyses must have faces, on which the preset face depends, got labels, "
                "properties, moderation"
            ),
        ),
        (
            "presets",
            ["tower 100x300 sizes"],
            (
                "preset tower must be at most 10000 pixels high when it is 3840 wide, got "
                "100x300 sizes"
            ),
        ),
        (
            "watermarks",
            ["logo samples/none.png"],
            (
                "watermarks[0] file must be a file in the program's folder, like brand/logo.png, "
                "got samples/none.png"
            ),
        ),
        (
            "watermarks",
            ["logo ../../etc/hostname"],
            (
                "watermarks[0] file must be a file in the program's folder, like brand/logo.png, "
                "got ../../etc/hostname"
            ),
        ),
        (
            "watermarks",
            ["logo"],
            (
                "watermarks[0] must have a file (a file in the program's folder, like "
                "brand/logo.png), got logo"
            ),
        ),
        (
            "watermarks",
            ["logo samples/cat.webp"],
            "watermarks[0] file must be a PNG file, which may be transparent, got samples/cat.webp",
        ),
        (
            "watermarks",
            ["logo samples/camera.png middle"],
            (
                "watermarks[0] word must be centre, top-left, top-right, bottom-left "
                "or bottom-right, size=20 or opacity=50, got middle"
            ),
        ),
        (
            "watermarks",
            ["logo samples/camera.png size=0"],
            "watermarks[0] size must be a whole number from 1 to 100 (percent), got 0",
        ),
        (
            "watermarks",
            ["logo samples/camera.png size=1 size=2"],
            "watermarks[0] size must be given once, got 1, 2",
        ),
        (
            "watermarks",
            ["logo samples/camera.png centre top-left"],
            "watermarks[0] place must be given once, got centre, top-left",
        ),
        (
            "presets",
            ["card 500 watermark=logo"],
            "watermark of card must be one of watermarks (which is empty), got logo",
        ),
        (
            "sizes",
            "640, 1280",
            (
                "sizes must be pixels that ascend, with a space between, like '320 640', got "
                "640, 1280"
            ),
        ),
        (
            "sizes",
            "640 320",
            (
                "sizes must be pixels that ascend, with a space between, like '320 640', "
                "at most 10000, got 640 320"
            ),
        ),
        (
            "sizes",
            " ".join(str(100 * each) for each in range(1, 51)),
            (
                "sizes must be fewer, so that a picture has at most 10000 addresses; leave out "
                "some, or the word sizes of presets, got 50, which make 15000"
            ),
        ),
        (
            "renditions",
            ["small 500 inside focus=salient"],
            (
                "renditions[0] focus must be left out where the fit is inside, which keeps all of "
                "the picture (add cover), got salient"
            ),
        ),
        (
            "renditions",
            ["small 500 cover focus=salient focus=centre"],
            "renditions[0] focus must be given once, got focus=salient, focus=centre",
        ),
        (
            "renditions",
            ["small 500 inside", "hero 500 cover focus=faces"],
            (
                "focus of rendition hero must be centre or salient unless gate is guarded and "
                "analyses have faces, got faces"
            ),
        ),
        (
            "renditions",
            [f"a{number} 1 inside" for number in range(21)],
            (
                "renditions must be at most 20; presets are made only when somebody asks for them, "
                "got 21"
            ),
        ),
        (
            "renditions",
            ["a 1 inside", "b 1 inside", "a 2 cover"],
            "renditions[2] name must be unique, got a",
        ),
        ("formats", ["gif 80"], "formats[0] format must be avif, jpeg or webp, got gif"),
        (
            "formats",
            ["jpeg"],
            "formats[0] must have a quality (a whole number from 1 to 100), got jpeg",
        ),
        ("formats", ["jpeg 0"], "formats[0] quality must be a whole number from 1 to 100, got 0"),
        (
            "formats",
            ["jpeg 80", "jpeg 90"],
            "formats[1] format must be unique, got jpeg",
        ),
        ("background", "white", "background must be a colour like '#ffffff', in quotes, got white"),
        ("animated", "loop", "animated must be keep or first, got loop"),
        (
            "analyses",
            ["label"],
            (
                "analyses[0] must be labels, properties, moderation, faces, text or celebrities, "
                "got label"
            ),
        ),
        ("minConfidence", -1, "minConfidence must be a whole number from 0 to 100, got -1"),
        ("minSharpness", "5.5", "minSharpness must be a whole number from 0 to 100, got 5.5"),
        ("moderationReject", 140, "moderationReject must be a whole number from 0 to 100, got 140"),
        (
            "moderationHold",
            95,
            "moderationHold must be at most moderationReject, which is 90, got 95",
        ),
        (
            "minBrightness",
            98,
            "minBrightness must be at most maxBrightness, which is 97, got 98",
        ),
        ("notifyEmails", ["ann"], "notifyEmails[0] must be an e-mail address, got ann"),
        (
            "notifyEmails",
            ["ann@example.org", "Ann@Example.org"],
            "notifyEmails[1] must be unique, got ann@example.org",
        ),
        (
            "notifySms",
            ["0151 123"],
            (
                "notifySms[0] must be a telephone number in E.164 form like +4915112345678, "
                "got 0151 123"
            ),
        ),
        ("sesSender", "ann@localhost", "sesSender must be an e-mail address, got ann@localhost"),
        (
            "mailDomains",
            ["Example.org"],
            (
                "mailDomains[0] must be a domain in lower case like example.org, or '*' in quotes, "
                "got Example.org"
            ),
        ),
        ("architecture", "arm", "architecture must be arm64 or x86_64, got arm"),
        ("protect", "yes", "protect must be true or false, got yes"),
        ("maxConcurrency", 1, "maxConcurrency must be a whole number from 2 to 1000, got 1"),
        (
            "reconcileSchedule",
            "0 3 * * *",
            ("reconcileSchedule must be like cron(0 3 * * ? *) or rate(1 day), got 0 3 * * *"),
        ),
        (
            "reconcileRepairs",
            -1,
            "reconcileRepairs must be a whole number from 0 to 1000000, got -1",
        ),
        ("domain", "http://a.org", "domain must be a host name in lower case, got http://a.org"),
        (
            "uploadOrigins",
            ["https://a.org/"],
            (
                "uploadOrigins[0] must be an origin like https://photos.example.org, without a "
                "path, got https://a.org/"
            ),
        ),
        (
            "uploadOrigins",
            ["*"],
            (
                "uploadOrigins[0] must be an origin like https://photos.example.org, without a "
                "path, got *"
            ),
        ),
        (
            "webAclArn",
            "acl",
            ("webAclArn must be the ARN of a WAF web ACL for CloudFront, in us-east-1, got acl"),
        ),
        ("baseImage", "a b", "baseImage must be the name of an image, got a b"),
        # Digits of other scripts are none to AWS.
        (
            "maxConcurrency",
            "\u0664\u0660",
            "maxConcurrency must be a whole number from 2 to 1000, got \u0664\u0660",
        ),
        (
            "notifySms",
            ["+\uff14\uff19151123456"],
            (
                "notifySms[0] must be a telephone number in E.164 form like +4915112345678, "
                "got +\uff14\uff19151123456"
            ),
        ),
        (
            "reconcileSchedule",
            "rate(1\u0660 days)",
            (
                "reconcileSchedule must be like cron(0 3 * * ? *) or rate(1 day), "
                "got rate(1\u0660 days)"
            ),
        ),
        (
            "uploadOrigins",
            ["https://a.org:8\u0660"],
            (
                "uploadOrigins[0] must be an origin like https://photos.example.org, without a "
                "path, got https://a.org:8\u0660"
            ),
        ),
        (
            "rolesBoundary",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            (
                "rolesBoundary must be the ARN of a policy of the account, got "
                "arn:aws:iam::aws:policy/AdministratorAccess"
            ),
        ),
        ("baseImage", "bild\u0660", "baseImage must be the name of an image, got bild\u0660"),
    ],
)
def test_a_bad_value_is_one_clear_line(key: str, value: Any, line: str) -> None:
    rest = {"certificateArn": CERTIFICATE} if key == "domain" else {}

    assert refusals(**{key: value}, **rest) == [line]


def test_logs_are_kept_as_long_as_cloudwatch_knows_how_to() -> None:
    [line] = refusals(retentionDays=31)

    assert line.startswith("retentionDays must be one of 1, 3, 5, 7, 14, 30, 60, ")
    assert line.endswith(", 3653, got 31")


def test_a_domain_needs_a_certificate_of_cloudfronts_region() -> None:
    elsewhere = CERTIFICATE.replace("us-east-1", "eu-west-1")

    assert refusals(domain="a.example.org") == [
        "certificateArn must be set where domain is, got nothing"
    ]
    assert refusals(certificateArn=CERTIFICATE) == [
        "domain must be set where certificateArn is, got nothing"
    ]
    assert refusals(domain="a.example.org", certificateArn=elsewhere) == [
        f"certificateArn must be the ARN of an ACM certificate in us-east-1, got {elsewhere}"
    ]


SECRET, FORMER = "a" * 64, "b" * 32


def test_addresses_are_signed_where_a_stage_has_a_key() -> None:
    open_ = load("dev")
    assert (open_.address_keys, open_.viewer_secrets) == ((), {})
    assert open_.viewer_function == negotiation(open_.recipe)
    signed = load("dev", addressKeys=[SECRET, FORMER])
    assert signed.viewer_secrets == {"keys": f"{SECRET} {FORMER}"}
    assert signed.viewer_function == negotiation(signed.recipe, signed=True)
    assert SECRET not in signed.viewer_function
    assert SECRET not in repr(signed)


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (
            [SECRET, FORMER, "c" * 64],
            "addressKeys must be at most 2, the new one and the one before, got 3",
        ),
        ([SECRET, SECRET], "addressKeys[1] must be unlike the first, got the same"),
        *(
            (
                [bad],
                (
                    "addressKeys[0] must be 32 to 128 letters, digits, - and _ (openssl rand -hex "
                    "32 makes one), got something else"
                ),
            )
            for bad in ("", "a" * 31, "a" * 129, f"{SECRET} {FORMER}", f"{SECRET}\n", "é" * 40)
        ),
        (SECRET, "addressKeys must be a list of texts, got something else"),
    ],
)
def test_a_key_of_addresses_is_long_and_in_no_message(keys: Any, line: str) -> None:
    assert refusals(addressKeys=keys) == [line]


def test_signed_delivery_needs_a_key_and_gives_cloudfront_pem() -> None:
    [line] = refusals(delivery="signed")
    rule = "signingKey must be set where delivery is signed (make signing-key makes a pair)"
    assert line == f"{rule}, got nothing"
    public = new_pair()[1]
    signed = load("dev", delivery="signed", signingKey=public)
    key = load_pem_public_key(signed.delivery_key.encode())
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert b64encode(der).decode() == public
    assert signed.delivery_key.endswith("-----END PUBLIC KEY-----\n")
    assert signed.delivery_key_parameter == signing_key_parameter("dev", public)
    open_ = load("dev", signingKey=public)
    assert (open_.delivery_key, open_.delivery_key_parameter) == ("", "")


def test_a_guarded_gate_needs_moderation() -> None:
    assert refusals(gate="guarded", analyses=["labels", "properties"]) == [
        (
            "analyses must have moderation where gate is guarded (without it nothing is rejected), "
            "got labels, properties"
        )
    ]
    assert load(gate="guarded", analyses=["moderation"]).analyses.names == ("moderation",)
    assert load(gate="open", analyses=["labels"]).analyses.names == ("labels",)


def test_a_focus_on_faces_needs_a_gate_that_waits_for_them() -> None:
    line = (
        "focus of rendition hero must be centre or salient unless gate is guarded and analyses "
        "have faces, got faces"
    )
    renditions = ["hero 500 cover focus=faces"]

    assert refusals(renditions=renditions, analyses=["moderation", "faces"]) == [line]
    assert refusals(renditions=renditions, gate="guarded") == [line]
    settings = load(renditions=renditions, gate="guarded", analyses=["moderation", "faces"])
    assert settings.recipe.renditions[0].focus == "faces"


def test_a_focus_of_all_of_a_picture_is_one_mistake() -> None:
    line = (
        "renditions[0] focus must be left out where the fit is inside, which keeps all of "
        "the picture (add cover), got faces"
    )
    assert refusals(renditions=["small 500 inside focus=faces"]) == [line]


@pytest.mark.parametrize("gate", ["open", "guarded"])
def test_what_catches_the_eye_needs_no_analysis(gate: str) -> None:
    settings = load(renditions=["hero 500 cover focus=salient"], gate=gate)

    assert settings.recipe.renditions[0].focus == "salient"


def test_a_rule_that_depends_on_a_refused_value_is_not_checked() -> None:
    faces = ["hero 500 cover focus=faces"]

    assert refusals(gate="ajar", renditions=faces) == ["gate must be open or guarded, got ajar"]
    assert refusals(gate="guarded", analyses=["face"], renditions=faces) == [
        "analyses[0] must be labels, properties, moderation, faces, text or celebrities, got face"
    ]


@pytest.mark.parametrize("stage", ["Dev", "a_b", "a.b", "-a", "a-", "a" * 21])
def test_a_stage_whose_name_no_bucket_could_have_is_refused(stage: str) -> None:
    assert refusals(stage) == [
        (
            "stack must be 1 to 20 lower-case letters, digits and inner hyphens "
            f"(it is part of bucket names), got {stage}"
        )
    ]


def test_a_stage_needs_a_region() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        _load("dev", {**defaults(), "aws:region": None})

    assert str(refused.value).startswith(
        "aws:region must be one with Rekognition: ap-northeast-1, "
    )
    assert str(refused.value).endswith(", us-west-2, got nothing")


@pytest.mark.parametrize(
    "region", ["eu-north-1", "eu-west-3", "us-gov-west-1", "cn-north-1", "moon"]
)
def test_a_region_without_rekognition_or_of_another_partition_is_refused(region: str) -> None:
    config: dict[str, Any] = {"aws:region": region}

    [line] = refusals(**config)

    assert line.startswith("aws:region must be one with Rekognition: ")
    assert line.endswith(f", got {region}")


def test_without_any_aws_key_but_the_region_the_environment_chooses_the_account() -> None:
    assert load().account == Account(
        region="eu-west-1", tags={"project": "darkroom", "stage": "dev"}
    )


def test_the_aws_keys_that_the_provider_takes_are_read() -> None:
    config: dict[str, Any] = {
        "aws:profile": "work",
        "aws:allowedAccountIds": ["000000000123"],
        "aws:assumeRoles": [
            {"roleArn": ROLE, "externalId": "x", "sessionName": "up", "duration": "1h"}
        ],
        "aws:defaultTags": {"tags": {"team": "web"}},
    }
    settings = load(**config)

    assert settings.account == Account(
        region="eu-west-1",
        profile="work",
        allowed=("000000000123",),
        assume_roles=(
            AssumedRole(role_arn=ROLE, external_id="x", session_name="up", duration="1h"),
        ),
        tags={"team": "web", "project": "darkroom", "stage": "dev"},
    )


def test_the_owner_and_the_day_of_expiry_are_tags_of_everything() -> None:
    settings = load(owner="Pictures team @ example.org", expires="2027-01-31")

    assert settings.account.tags == {
        "project": "darkroom",
        "stage": "dev",
        "owner": "Pictures team @ example.org",
        "expires": "2027-01-31",
    }


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (
            {"owner": "Zoë <zoe@example.org>"},
            (
                "owner must be 1 to 64 letters, digits, spaces and any of . : / = + @ _ -, "
                "got Zoë <zoe@example.org>"
            ),
        ),
        (
            {"expires": "2027-02-30"},
            "expires must be a day like '2027-01-31', in quotes, got 2027-02-30",
        ),
        (
            {"expires": "20270131"},
            "expires must be a day like '2027-01-31', in quotes, got 20270131",
        ),
        (
            {"expires": "2027-01-31", "protect": True},
            "expires must be left out where protect is true, got 2027-01-31",
        ),
    ],
)
def test_an_owner_that_no_tag_holds_and_an_expiry_that_is_no_day_are_refused(
    config: dict[str, Any], line: str
) -> None:
    assert refusals(**config) == [line]


def test_an_aws_key_without_any_effect_is_refused() -> None:
    config: dict[str, Any] = {"aws:skipMetadataApiCheck": True, "aws:secretKey": "s3cret"}

    assert refusals(**config) == [
        f"aws:{key} must be left out: it has no effect on this program, which passes only "
        "aws:allowedAccountIds, aws:assumeRoles, aws:defaultTags, aws:profile, aws:region to its "
        "provider"
        for key in ("secretKey", "skipMetadataApiCheck")
    ]


@pytest.mark.parametrize(
    ("key", "value", "line"),
    [
        (
            "aws:allowedAccountIds",
            ["123"],
            "aws:allowedAccountIds[0] must be an account id of 12 digits, in quotes, got 123",
        ),
        (
            "aws:assumeRoles",
            [{"role": "x"}],
            (
                "aws:assumeRoles must be a list of roles, each with a roleArn and perhaps "
                'externalId, sessionName, duration, got [{"role": "x"}]'
            ),
        ),
        (
            "aws:defaultTags",
            {"team": "web"},
            'aws:defaultTags must be tags with a text each, under tags, got {"team": "web"}',
        ),
        (
            "aws:defaultTags",
            {"tags": {"stage": "x"}},
            "aws:defaultTags must be tags other than expires, owner, project, stage, got stage",
        ),
    ],
)
def test_a_bad_aws_key_is_one_clear_line(key: str, value: Any, line: str) -> None:
    assert refusals(**{key: value}) == [line]


def test_a_stage_of_more_than_12_characters_is_advised_against_and_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert load("thirteen-char").stage == "thirteen-char"
    assert "stack should have at most 12 characters, got thirteen-char" in caplog.text

    caplog.clear()
    assert load("twelve-chars").stage == "twelve-chars"
    assert "stack should" not in caplog.text


def test_all_mistakes_are_reported_at_once() -> None:
    lines = refusals(
        gate="ajar",
        renditions=["small inside", "small 500 stretch glow"],
        moderationReject=140,
        notifyEmails=["ann", "bob"],
    )

    assert [line.split(" must ")[0] for line in lines] == [
        "gate",
        "renditions[0]",
        "renditions[1] word",
        "renditions[1] word",
        "renditions[1] name",
        "moderationReject",
        "notifyEmails[0]",
        "notifyEmails[1]",
    ]


def test_a_value_of_several_lines_is_shown_in_one() -> None:
    assert refusals(baseImage="a\nb") == ["baseImage must be the name of an image, got a b"]


def test_a_rendition_is_a_name_a_size_a_fit_and_options() -> None:
    settings = load(
        renditions=["hero 1600x900 cover enhance focus=salient", "tiny 32 inside enlarge"]
    )

    assert settings.recipe.renditions == (
        Rendition(
            name="hero",
            width=1600,
            height=900,
            fit="cover",
            enhance=True,
            enlarge=False,
            focus="salient",
        ),
        Rendition(
            name="tiny",
            width=32,
            height=32,
            fit="inside",
            enhance=False,
            enlarge=True,
            focus="centre",
        ),
    )


def test_what_the_functions_get_is_json_of_the_settings() -> None:
    settings = load(
        renditions=["tiny 32 inside"],
        formats=["webp 75"],
        background="#00fF00",
        animated="keep",
        analyses=["labels", "text", "faces"],
        presets=["card 320x240 cover 2x sizes round=50", "plain 100 inside pad=#000000 blur-text"],
        sizes="64 640",
        minContrast=0,
        moderationHold=60,
        duplicates="reject",
    )

    assert settings.recipe.formats == (Format(format="webp", quality=75),)
    assert json.loads(settings.recipe.to_json()) == {
        "renditions": [
            {
                "name": "tiny",
                "width": 32,
                "height": 32,
                "fit": "inside",
                "enhance": False,
                "enlarge": False,
                "focus": "centre",
            }
        ],
        "formats": [{"format": "webp", "quality": 75}],
        "background": "#00fF00",
        "animated": "keep",
        "presets": [
            {
                "name": "card",
                "width": 640,
                "height": 480,
                "fit": "cover",
                "enhance": False,
                "enlarge": False,
                "focus": "centre",
                "round": 50,
                "sizes": True,
            },
            {
                "name": "plain",
                "width": 100,
                "height": 100,
                "fit": "inside",
                "enhance": False,
                "enlarge": False,
                "focus": "centre",
                "pad": "#000000",
                "hide_text": "blur",
            },
        ],
        "sizes": [64, 640],
        "foci": ["centre", "salient", "faces"],
    }
    assert json.loads(settings.analyses.to_json()) == ["labels", "text", "faces"]
    assert json.loads(settings.policy.to_json()) == {
        "min_confidence": 55,
        "quality": {
            "min_sharpness": 10,
            "min_brightness": 10,
            "max_brightness": 97,
            "min_contrast": 0,
        },
        "moderation": {"hold": 60, "reject": 90},
        "duplicates": "reject",
        "min_score": 0,
    }


def test_the_functions_read_back_what_the_settings_hold() -> None:
    settings = load(
        gate="guarded",
        renditions=[
            f"{'a' * 32} 10000 cover enhance enlarge focus=faces",
            "b 1x10000 cover focus=salient",
            "c 10000x1 cover focus=centre",
        ],
        formats=["avif 1", "jpeg 100", "webp 50"],
        analyses=["labels", "properties", "moderation", "faces", "text", "celebrities"],
    )

    assert Recipe.from_json(settings.recipe.to_json()) == settings.recipe
    assert Policy.from_json(settings.policy.to_json()) == settings.policy
    assert Analyses.from_json(settings.analyses.to_json()) == settings.analyses
    assert [each.name for each in settings.recipe.renditions] == ["a" * 32, "b", "c"]


def test_settings_are_the_only_reader_of_configuration() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for folder in (".", "components", "settings")
        for path in (ROOT / folder).glob("*.py")
        if "pulumi.Config(" in path.read_text()
    ]

    assert readers == ["settings/reader.py"]


@pytest.mark.parametrize(
    ("config", "domains"),
    [
        ({}, ""),
        ({"sesSender": "pictures@Example.org"}, "example.org"),
        ({"sesSender": "a@example.org", "mailDomains": ["b.org", "c.org"]}, "b.org,c.org"),
        ({"sesSender": "a@example.org", "mailDomains": ["*"]}, "*"),
    ],
)
def test_mail_goes_to_the_senders_own_domain_unless_others_are_named(
    config: dict[str, Any], domains: str
) -> None:
    assert load(**config).addressable_domains == domains


OKTA = "Okta oidc https://team.okta.example.org 0oa1b2c3"


def test_each_identity_provider_has_what_its_kind_needs() -> None:
    settings = load(
        identityProviders=[
            "Workspace oidc https://accounts.google.com 12-ab.apps.googleusercontent.com",
            "Entra saml https://login.example.org/metadata.xml?appid=1",
        ],
        clientSecrets=["Workspace GOCSPX-hidden"],
    )

    assert settings.identity_providers == (
        OidcProvider(
            name="Workspace",
            issuer="https://accounts.google.com",
            client_id="12-ab.apps.googleusercontent.com",
            client_secret="GOCSPX-hidden",  # noqa: S106 - of nothing
        ),
        SamlProvider(name="Entra", metadata_url="https://login.example.org/metadata.xml?appid=1"),
    )


@pytest.mark.parametrize(
    ("provider", "line"),
    [
        (
            "no_name saml https://login.example.org",
            (
                "identityProviders[0] name must be a letter, then 2 to 31 letters, digits and "
                "hyphens, got no_name"
            ),
        ),
        (
            "google saml https://login.example.org",
            (
                "identityProviders[0] name must be other than Cognito, Google, Facebook, "
                "LoginWithAmazon or SignInWithApple, like google-sign-in, got google"
            ),
        ),
        (
            "Entra ldap https://login.example.org",
            "identityProviders[0] kind must be oidc or saml, got ldap",
        ),
        ("Entra", "identityProviders[0] must have a kind (oidc or saml), got Entra"),
        (
            "Entra saml http://login.example.org",
            (
                "identityProviders[0] metadata URL must be an address like "
                "https://login.example.org/path, got http://login.example.org"
            ),
        ),
        (
            "Okta oidc okta.example.org 0oa1b2c3",
            (
                "identityProviders[0] issuer must be an address like "
                "https://login.example.org/path, got okta.example.org"
            ),
        ),
        (
            "Okta oidc https://okta.example.org",
            (
                "identityProviders[0] must have a client id (as the provider shows it), "
                "got Okta oidc https://okta.example.org"
            ),
        ),
        (
            "Entra saml https://login.example.org more",
            (
                "identityProviders[0] must be NAME saml METADATA-URL and no more, "
                "got Entra saml https://login.example.org more"
            ),
        ),
    ],
)
def test_an_identity_provider_that_cognito_would_refuse_is_refused(
    provider: str, line: str
) -> None:
    assert refusals(identityProviders=[provider]) == [line]


def test_no_two_identity_providers_share_a_name_in_any_case() -> None:
    names = ["Entra", "entra"]
    providers = [f"{each} saml https://login.example.org" for each in names]

    assert refusals(identityProviders=providers) == [
        "identityProviders[1] name must be unique, got entra"
    ]


@pytest.mark.parametrize(
    ("secrets", "lines"),
    [
        (
            [],
            [
                (
                    "clientSecrets must have the secret of Okta (pulumi config set --secret --path "
                    "'clientSecrets[0]' 'Okta SECRET'), got nothing"
                )
            ],
        ),
        (["Okta hidden", "Okta hidden"], ["clientSecrets[1] name must be unique, got Okta"]),
        (
            ["Okta hidden", "hidden Entra"],
            [
                (
                    "clientSecrets[1] must be the name of an oidc provider in identityProviders, a "
                    "space and its secret, got something else"
                )
            ],
        ),
        ("hidden", ["clientSecrets must be a list of texts, got something else"]),
    ],
)
def test_a_client_secret_is_named_by_its_provider_and_in_no_message(
    secrets: Any, lines: list[str]
) -> None:
    found = refusals(identityProviders=[OKTA], clientSecrets=secrets)

    assert found == lines
    assert "hidden" not in str(found)


@pytest.mark.parametrize("encrypted", [True, False])
def test_a_client_secret_in_the_clear_is_warned_about(
    encrypted: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    given = {"identityProviders": [OKTA], "clientSecrets": ["Okta hidden"]}
    config = {**defaults(), **{f"darkroom:{key}": value for key, value in given.items()}}
    secrets = ["darkroom:clientSecrets"] if encrypted else []

    def program() -> None:
        set_all_config(pulumi.runtime.config.CONFIG.get(), secrets)
        Settings.load()

    run(program, "dev", config)

    text = "clientSecrets should be encrypted: pulumi config set --secret encrypts it"
    assert warnings == ([] if encrypted else [text])


def test_the_ladder_makes_the_number_of_addresses_that_its_description_says() -> None:
    number = addresses(load().recipe)
    assert f"They make {number} addresses of each picture" in declared()["sizes"]["description"]
    assert f"at most {MOST_ADDRESSES}" in declared()["sizes"]["description"]


def test_a_stage_may_make_no_sizes_on_demand() -> None:
    recipe = load(sizes="", presets=["card 640"]).recipe
    assert (recipe.sizes, addresses(recipe)) == ((), 2)
    assert refusals(sizes="", presets=["card 640 sizes"]) == [
        "preset card must be without the word sizes where sizes is empty, got sizes"
    ]


def test_all_that_is_made_of_a_picture_fits_into_its_item() -> None:
    """`retire` lists the files there, of several contents if one follows another."""
    recipe = load(onDemandPerPicture=1000, analyses=["faces"]).recipe
    longest = f"{content_prefix('0' * 32, '0' * 16)}{max(names(recipe), key=len)}.avif"
    assert 4 * 1000 * len(longest) < 400_000
    assert refusals(onDemandPerPicture=1001) == [
        "onDemandPerPicture must be a whole number from 1 to 1000, got 1001"
    ]


def test_the_page_asks_for_sizes_that_need_no_key() -> None:
    assert load().on_demand is None
    asked = load(onDemandDailyUsd=5, sizes="320 640", formats=["jpeg 80"]).on_demand
    assert asked == {"steps": [320, 640], "foci": ["centre", "salient"], "formats": ["jpeg"]}
    known: dict[str, Any] = {"sizes": "320", "animated": "keep", "analyses": ["labels", "faces"]}
    assert load(onDemandDailyUsd=5, **known).on_demand == {
        "steps": [320],
        "foci": ["centre", "salient", "faces"],
        "formats": ["avif", "jpeg", "webp"],
    }


@pytest.mark.parametrize("config", [{"addressKeys": [SECRET]}, {"sizes": ""}])
def test_the_page_asks_for_no_size_that_would_be_refused(config: dict[str, Any]) -> None:
    assert load(onDemandDailyUsd=5, **config).on_demand is None


def test_a_watermark_is_a_file_and_how_it_is_laid() -> None:
    settings = load(
        watermarks=["logo samples/camera.png", "seal samples/camera.png size=5 centre opacity=100"],
        presets=["card 500 watermark=seal"],
    )
    content = (ROOT / "samples" / "camera.png").read_bytes()
    digest = sha256(content).hexdigest()
    assert settings.recipe.watermarks == (
        Watermark(name="logo", sha256=digest, place="bottom-right", size=20, opacity=50),
        Watermark(name="seal", sha256=digest, place="centre", size=5, opacity=100),
    )
    assert settings.watermark_files == {recipe_key(digest): "samples/camera.png"}


def test_presets_that_are_longer_than_the_code_at_the_edge_are_refused() -> None:
    long = [f"{'a' * 29}{number} 1000x1000 cover" for number in range(100, 225)]
    line = (
        "presets must be fewer or shorter (CloudFront takes 10,240 bytes of code), got 11,055 "
        "bytes with their names and widths"
    )
    assert refusals(presets=long) == [line]


TITAN = "amazon.titan-embed-image-v1"
NOVA = "amazon.nova-2-multimodal-embeddings-v1:0"


@pytest.mark.parametrize(
    ("embedding", "following", "models"),
    [
        ("none", "none", []),
        ("titan", "none", [TITAN]),
        ("nova", "none", [NOVA]),
        ("titan", "nova", [TITAN, NOVA]),
        ("nova", "titan", [NOVA, TITAN]),
    ],
)
def test_an_embedding_names_one_of_bedrock_s_models_and_the_next_another(
    embedding: str, following: str, models: list[str]
) -> None:
    settings = load(embedding=embedding, nextEmbedding=following)
    assert settings.embedding_models == models
    assert settings.embeddings == tuple(each for each in (embedding, following) if each != "none")
    # A person's share pays for every model that is shown a picture.
    paid = load(embedding=embedding, nextEmbedding=following, dailyBudgetUsd="1")
    picture = analyses_usd(paid.analyses.names) + 0.00006 * len(models)
    assert paid.pictures_a_day == int(0.25 / picture)


@pytest.mark.parametrize(
    ("region", "profile"),
    [
        ("eu-west-1", "eu.amazon.nova-lite-v1:0"),
        ("us-east-1", "us.amazon.nova-lite-v1:0"),
        ("ap-south-1", "apac.amazon.nova-lite-v1:0"),
    ],
)
def test_a_model_that_describes_is_reached_by_the_profile_of_its_geography(
    region: str, profile: str
) -> None:
    settings = load(descriptions="nova-lite", **{"aws:region": region})
    assert settings.describer == profile
    assert settings.analyses.names[-1] == "nova-lite"
    assert "describe" not in settings.analyses.operations
    assert load().describer == ""


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"descriptions": "nova-lite", "aws:region": "sa-east-1"},
            (
                "descriptions must be composed where aws:region is in none of ap, ca, eu and us, "
                "got nova-lite"
            ),
        ),
        (
            {"minScore": 40},
            (
                "minScore must be 0 unless descriptions is a model (nothing else judges before a "
                "picture is shown), got 40"
            ),
        ),
    ],
)
def test_a_model_that_cannot_be_asked_is_refused(given: dict[str, Any], problem: str) -> None:
    assert refusals(**given) == [problem]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"nextEmbedding": "nova"},
            (
                "nextEmbedding must be none where embedding is none (set embedding itself: nothing "
                "is to be replaced), got nova"
            ),
        ),
        (
            {"embedding": "titan", "nextEmbedding": "titan"},
            "nextEmbedding must be none or another model than embedding, got titan",
        ),
    ],
)
def test_a_model_takes_over_from_another_one_alone(given: dict[str, Any], problem: str) -> None:
    assert refusals(**given) == [problem]
