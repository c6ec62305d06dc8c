"""One case for each setting of Pulumi.yaml: another value, and what the change may touch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import stagefile
from local.children import ROOT
from proofs.engine.copies import OTHER_PAGE
from proofs.engine.stacks import Change

__all__ = ["CASES", "Case", "groups", "undescribed", "unexpected"]


@dataclass(frozen=True)
class Case:
    """Another value of a setting."""

    value: Any
    touches: Sequence[str]
    """Patterns of `step Type name`: nothing else may be touched, and something must be."""

    besides: Mapping[str, Any] = field(default_factory=dict)
    """Settings that the value needs beside it."""

    other: Any = None
    """The value for a stage that has `value` already."""

    def covers(self, change: Change) -> bool:
        """Whether the change is one that this case may make."""
        return any(fnmatchcase(str(change), pattern) for pattern in self.touches)


def unexpected(cases: Mapping[str, Case], changes: Iterable[Change]) -> set[Change]:
    """The changes that none of the cases names."""
    return {each for each in changes if not any(case.covers(each) for case in cases.values())}


def groups() -> list[dict[str, Case]]:
    """The cases in groups that touch nothing in common, so that one preview can show them all."""
    made: list[dict[str, Case]] = []
    for key, case in CASES.items():
        for group in made:
            if not any(_overlap(case, other) for other in group.values()):
                group[key] = case
                break
        else:
            made.append({key: case})
    return made


def _overlap(one: Case, other: Case) -> bool:
    """Whether a pattern of either covers one of the other's."""
    return any(fnmatchcase(a, b) or fnmatchcase(b, a) for a in one.touches for b in other.touches)


def undescribed() -> list[str]:
    """The settings that Pulumi.yaml declares and that have no case."""
    declared = stagefile.project(ROOT)["config"]
    return sorted(key for key in declared if ":" not in key and key not in CASES)


_API = ["update Function api"]
_ADMIT = ["update Function admit"]
_POLICY = [*_API, *_ADMIT, "update Function rekognition"]
_REMADE = ["* BucketObjectv2 recipe-*", "update Function resize", "update Function develop"]
_RECIPE = [*_ADMIT, *_REMADE, "update Function pictures-viewer"]
_RENDITIONS = [*_RECIPE, "update BucketObjectv2 page-config.json"]
_DELIVERY = ["update Distribution pictures"]
_ADDRESS = [
    *_DELIVERY,
    *_API,
    "update BucketCorsConfiguration originals-cors",
    "update Function notify",
    "update UserPoolClient gallery",
]
_MAIL = [
    "update Function notify",
    "create RolePolicy notify-find-people",
    "create RolePolicy notify-send-mail",
    "create MetricAlarm bounces-alarm",
    "update MetricAlarm notify-duration-alarm",
    "update Queue notify",
    "update Queue notify-bulk",
    "update EventSourceMapping notify-consumer",
]
_KEY, _OTHER_KEY = (
    f"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA{letter * 342}IDAQAB" for letter in "AB"
)
"""The form of a public key: CloudFront is never asked about it."""
_IMAGES = ["update Image *", "update Function *"]
_EXPORT = [
    *("* TableExport catalog", "* Schedule catalog-export"),
    *("* Role catalog-export-role", "* RolePolicy catalog-export-rights"),
]
"""What a protected stage has alone."""
_BUDGET = [
    *_API,
    "update Function admit",
    "update Function budget",
    "update Function rekognition",
    "update Function resize",
]
_ON_DEMAND = [
    *("* develop*", "create * claims", "create * pictures-maker*"),
    *("create CachePolicy pictures-caching", "update Distribution pictures"),
    *("update Dashboard overview", "update BucketObjectv2 page-config.json"),
]
_EMBEDDING = [
    *("create VectorTable vectors", "create Resource vectors"),
    *_ADMIT,
    *(f"update Function {each}" for each in ("resize", "retire", "reconcile", "api")),
    *("create RolePolicy *-vectors", "create RolePolicy *-embed"),
]

CASES: dict[str, Case] = {
    "gate": Case(
        "guarded",
        [
            *_API,
            "* EventRule resize-*",
            "* EventTarget resize-*-target",
            "update Function reconcile",
            "update Function resize",
        ],
        other="open",
    ),
    "renditions": Case(["thumbnail 96x96 cover"], _RENDITIONS),
    "presets": Case(["card 640x480 cover"], _RECIPE),
    "watermarks": Case(["logo samples/camera.png"], _RECIPE),
    "sizes": Case("320 640", [*_REMADE, "update Function pictures-viewer"]),
    "formats": Case(["jpeg 70"], _RECIPE),
    "background": Case("#000000", _RECIPE),
    "animated": Case("keep", _RECIPE),
    "analyses": Case(
        ["labels", "properties", "moderation", "text"],
        [*_ADMIT, "update Function rekognition", "update RolePolicy rekognition-detect"],
    ),
    "minConfidence": Case(60, _POLICY),
    "minSharpness": Case(11, _POLICY),
    "minBrightness": Case(11, _POLICY),
    "maxBrightness": Case(96, _POLICY),
    "minContrast": Case(11, _POLICY),
    "moderationHold": Case(45, _POLICY),
    "moderationReject": Case(95, _POLICY),
    "duplicates": Case("hold", [*_POLICY, "create RolePolicy rekognition-query-likeness"]),
    "embedding": Case("titan", _EMBEDDING),
    "nextEmbedding": Case(
        "nova",
        [
            *(*_EMBEDDING, "update Resource vectors"),
            *("update RolePolicy *-embed", "update RolePolicy *-search-vectors"),
        ],
        besides={"embedding": "titan"},
    ),
    "descriptions": Case(
        "nova-lite",
        [*_ADMIT, "update Function rekognition", "create RolePolicy rekognition-describe"],
    ),
    "minScore": Case(40, _POLICY, besides={"descriptions": "nova-lite"}),
    "notifyEmails": Case(["curator@example.org"], ["create TopicSubscription notices-email-*"]),
    "notifySms": Case(["+4915112345678"], ["create TopicSubscription notices-sms-*"]),
    "alertEmails": Case(["operator@example.org"], ["create TopicSubscription alerts-email-*"]),
    "alertWebhooks": Case(
        ["https://hooks.example.org/alerts"], ["create TopicSubscription alerts-https-*"]
    ),
    "monitoring": Case(
        False,
        [
            *("delete Alarms alarms", "delete MetricAlarm *", "delete CompositeAlarm *"),
            "delete Dashboard overview",
        ],
        other=True,
    ),
    "tracing": Case(True, ["create RolePolicy *-trace", "update Function *"]),
    "sesSender": Case(
        "darkroom@example.org",
        _MAIL,
    ),
    "mailDomains": Case(
        ["example.org", "example.net"],
        _MAIL,
        besides={"sesSender": "darkroom@example.org"},
    ),
    "owner": Case("anna@example.org", ["update *"]),
    "rolesBoundary": Case(
        "arn:aws:iam::000000000000:policy/darkroom/darkroom-boundary",
        [
            "replace Role *-role",
            "replace RolePolicy *",
            "update Function *",
            "update EventSourceMapping *-consumer",
            "update Schedule catalog-export",
            "update StateMachine backfill",
        ],
    ),
    "architecture": Case("arm64", _IMAGES),
    "protect": Case(
        True,
        [
            "update Bucket *",
            "update Repository *-repository",
            "update Table *",
            "update Distribution pictures",
            "update UserPool people",
            *_EXPORT,
        ],
        other=False,
    ),
    # After `protect`, which a stage with a day of expiry must not have.
    "expires": Case("2100-01-31", ["update *", *_EXPORT], besides={"protect": False}),
    "retentionDays": Case(
        14,
        [
            "update LogGroup *-logs",
            "update BucketLifecycleConfiguration originals-lifecycle",
            "update BucketLifecycleConfiguration access-logs-lifecycle",
            *_API,
            "update Table *",
            "update Function rekognition",
            "update Function resize",
            "update Function retire",
        ],
    ),
    "maxConcurrency": Case(5, ["update EventSourceMapping *-consumer"]),
    "bulkConcurrency": Case(5, ["update EventSourceMapping *-bulk-consumer"]),
    "reconcileSchedule": Case("rate(1 day)", ["update EventRule reconcile-scheduled"]),
    "reconcileRepairs": Case(0, ["update Function reconcile"]),
    "inventory": Case(
        "daily",
        [
            "create Inventory originals-inventory",
            "create RolePolicy reconcile-read-exports",
            "update BucketPolicy exports-policy",
            "update Function reconcile",
        ],
    ),
    "domain": Case(
        "pictures.example.org",
        _ADDRESS,
        besides={"certificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/a"},
    ),
    "certificateArn": Case(
        "arn:aws:acm:us-east-1:000000000000:certificate/b",
        _ADDRESS,
        besides={"domain": "pictures.example.org"},
    ),
    "accessLogs": Case(True, ["create * *access-logs*", "create BucketLogging *"]),
    "webAclArn": Case("arn:aws:wafv2:us-east-1:000000000000:global/webacl/a/b", _DELIVERY),
    "uploadOrigins": Case(
        ["https://photos.example.org"],
        [
            "update BucketCorsConfiguration originals-cors",
            "update ResponseHeadersPolicy pictures-headers",
        ],
    ),
    "appOrigins": Case(
        ["http://localhost:5173"],
        ["update BucketCorsConfiguration originals-cors", "update UserPoolClient gallery"],
    ),
    "shared": Case(True, _API),
    "totp": Case("always", ["update UserPool people"]),
    "identityProviders": Case(
        ["Entra saml https://login.example.org/metadata.xml"],
        ["create IdentityProvider people-*", "update UserPoolClient gallery"],
    ),
    "clientSecrets": Case(
        ["Okta a-secret"],
        ["* IdentityProvider people-*", "update UserPoolClient gallery"],
        besides={"identityProviders": ["Okta oidc https://team.example.org 0oa1b2c3"]},
    ),
    "quotaMegabytes": Case(500, _API),
    "quotaPictures": Case(500, _API),
    "requestsPerSecond": Case(50, ["update Stage requests-stage"]),
    "auditDays": Case(400, _API),
    "delivery": Case(
        "signed",
        [
            *_DELIVERY,
            "create PublicKey *",
            "create KeyGroup *",
            "create RolePolicy api-read-parameter",
            "update Function api",
        ],
        besides={"signingKey": _KEY},
    ),
    "signingKey": Case(
        _OTHER_KEY,
        [*_DELIVERY, *_API, "* PublicKey *", "* KeyGroup *", "* RolePolicy api-*"],
        besides={"delivery": "signed"},
    ),
    "dailyBudgetUsd": Case(5, _BUDGET),
    "onDemandDailyUsd": Case(6, _ON_DEMAND),
    "onDemandPerPicture": Case(50, _ON_DEMAND, besides={"onDemandDailyUsd": 5}),
    "onDemandConcurrency": Case(5, _ON_DEMAND, besides={"onDemandDailyUsd": 5}),
    "addressKeys": Case(
        [64 * "k"],
        [
            *("create KeyValueStore *", "create KeyvaluestoreKey *"),
            *("update Function pictures-viewer", "update BucketObjectv2 page-config.json"),
        ],
    ),
    "dailyBudgetShare": Case(10, _BUDGET, besides={"dailyBudgetUsd": 5}),
    "baseImage": Case("public.ecr.aws/lambda/python:3.12", _IMAGES),
    "page": Case(
        OTHER_PAGE,
        ["delete BucketObjectv2 page-icon.svg", "update BucketObjectv2 page-index.html"],
    ),
}
"""By the setting's name. A setting that Pulumi.yaml gains and that has no case is a problem."""
