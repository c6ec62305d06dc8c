"""What the program makes of a stage: routes, rights, environments, protection."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pulumi
import pytest

from pipeline.address import recipe_key
from proofs.recorder import ROOT, Graph, Resource, defaults, record, run, run_program, stage_config
from tests.program.conftest import FULL, FULL_CONFIG

ORIGINALS = "arn:aws:s3:::originals-0a1b2c"
RENDITIONS = "arn:aws:s3:::renditions-0a1b2c"
CATALOG = "arn:aws:dynamodb:eu-west-1:123456789012:table/catalog-0a1b2c"
PIPELINE = "arn:aws:events:eu-west-1:123456789012:event-bus/pipeline-0a1b2c"
NOTICES = "arn:aws:sns:eu-west-1:123456789012:notices-0a1b2c"
DISTRIBUTION = "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"

UPLOADED: dict[str, Any] = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {
        "bucket": {"name": ["originals-0a1b2c"]},
        "object": {"key": [{"prefix": "uploads/"}], "size": [{"numeric": [">", 0]}]},
        "reason": [{"anything-but": ["CopyObject"]}],
    },
}
COPIED = {**UPLOADED, "detail": {**UPLOADED["detail"], "reason": ["CopyObject"]}}
EMPTIED = {
    "source": ["aws.s3"],
    "detail-type": ["Object Created"],
    "detail": {
        "bucket": {"name": ["originals-0a1b2c"]},
        "object": {"key": [{"prefix": "uploads/"}], "size": [0]},
    },
}
UNARCHIVED = {
    "source": ["aws.s3"],
    "detail-type": ["Object Restore Completed"],
    "detail": {
        "bucket": {"name": ["originals-0a1b2c"]},
        "object": {"key": [{"prefix": "uploads/"}]},
    },
}
DELETED = {
    "source": ["aws.s3"],
    "detail-type": ["Object Deleted"],
    "detail": {
        "bucket": {"name": ["originals-0a1b2c"]},
        "object": {"key": [{"prefix": "uploads/"}]},
    },
}


def darkroom(*kinds: str) -> dict[str, Any]:
    return {"source": ["darkroom"], "detail-type": list(kinds)}


def live(*kinds: str, **detail: Any) -> tuple[str, Any]:
    lane = ["live", {"exists": False}]
    return "pipeline-0a1b2c", {**darkroom(*kinds), "detail": {**detail, "lane": lane}}


def bulk(*kinds: str, **detail: Any) -> tuple[str, Any]:
    return "pipeline-0a1b2c", {**darkroom(*kinds), "detail": {**detail, "lane": ["backfill"]}}


def rules(graph: Graph, route: str) -> dict[str, tuple[str | None, Any]]:
    """The bus and pattern of each rule of a route."""
    return {
        rule.name: (rule.inputs.get("eventBusName"), rule.document("eventPattern"))
        for rule in graph.children(graph.resource("Route", route))
        if rule.kind == "cloudwatch.EventRule"
    }


def schedules(graph: Graph, route: str) -> dict[str, tuple[str | None, str | None, Any]]:
    """The bus, schedule and pattern of each rule of a route."""
    return {
        rule.name: (
            rule.inputs.get("eventBusName"),
            rule.inputs.get("scheduleExpression"),
            rule.document("eventPattern") if "eventPattern" in rule.inputs else None,
        )
        for rule in graph.children(graph.resource("Route", route))
        if rule.kind == "cloudwatch.EventRule"
    }


def rights(graph: Graph, function: str) -> dict[str, list[dict[str, Any]]]:
    """The statements of each policy of a function's role, but those that many functions have."""
    many = ("write-logs", "consume-queue", "consume-bulk-queue")
    common = {f"{function}-{each}" for each in many}
    return {
        policy.name: policy.document("policy")["Statement"]
        for policy in graph.children(graph.resource("Function", function))
        if policy.kind == "iam.RolePolicy" and policy.name not in common
    }


def environment(graph: Graph, function: str) -> dict[str, str]:
    """The variables of a function, without the one that is the same everywhere."""
    variables = graph.resource("lambda.Function", function).inputs["environment"]["variables"]
    assert isinstance(variables, dict)
    return {name: each for name, each in variables.items() if name != METRICS}


def allow(actions: list[str], *resources: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": list(resources)}


READ_ORIGINALS = [
    allow(["s3:GetObject", "s3:GetObjectVersion"], f"{ORIGINALS}/uploads/*"),
    allow(["s3:ListBucket"], ORIGINALS),
]
SPENDING = "arn:aws:dynamodb:eu-west-1:123456789012:table/spending-0a1b2c"
LIKENESS = "arn:aws:dynamodb:eu-west-1:123456789012:table/likeness-0a1b2c"
FIND_LOOKS = [allow(["dynamodb:Query"], LIKENESS)]
LIST_LOOKS = [allow(["dynamodb:PutItem"], LIKENESS)]
REMOVE_LOOKS = [allow(["dynamodb:DeleteItem"], LIKENESS)]
VECTORS = "arn:aws:dynamodb:eu-west-1:123456789012:table/vectors-0a1b2c"
NOVA = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-2-multimodal-embeddings-v1:0"
TITAN = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.titan-embed-image-v1"
REMOVE_VECTORS = [allow(["dynamodb:Query", "dynamodb:DeleteItem"], VECTORS)]
EMBED = [allow(["bedrock:InvokeModel"], TITAN)]
METRICS = "POWERTOOLS_METRICS_NAMESPACE"
COUNT = [allow(["dynamodb:UpdateItem"], SPENDING)]
ADD_UP = [allow(["dynamodb:Query"], SPENDING)]
USE_CATALOG = [allow(["dynamodb:GetItem", "dynamodb:PutItem"], CATALOG)]
PUT_EVENTS = [allow(["events:PutEvents"], PIPELINE)]


def test_an_open_stage_makes_renditions_as_soon_as_a_picture_is_uploaded(dev: Graph) -> None:
    assert rules(dev, "resize") == {
        "resize-uploaded": (None, UPLOADED),
        "resize-restored": live("Image Restored"),
        "resize-accepted": live("Image Accepted", "Image Held", rendering=[False]),
    }
    assert rules(dev, "resize-bulk") == {
        "resize-bulk-uploaded": (None, COPIED),
        "resize-bulk-restored": bulk("Image Restored"),
        "resize-bulk-accepted": bulk("Image Accepted", "Image Held", rendering=[False]),
    }
    assert dev.outputs["gate"] == "open"


def test_a_guarded_stage_makes_renditions_only_of_accepted_pictures(prod: Graph) -> None:
    assert rules(prod, "resize") == {
        "resize-accepted": live("Image Accepted"),
        "resize-unlisted": live("Image Restored", stale=["likeness", "vectors"]),
    }
    assert rules(prod, "resize-bulk") == {
        "resize-bulk-accepted": bulk("Image Accepted"),
        "resize-bulk-unlisted": bulk("Image Restored", stale=["likeness", "vectors"]),
    }
    assert prod.outputs["gate"] == "guarded"


def test_the_other_routes_do_not_depend_on_the_gate(graph: Graph) -> None:
    assert rules(graph, "rekognition") == {
        "rekognition-uploaded": (None, UPLOADED),
        "rekognition-restored": live("Image Restored"),
    }
    assert rules(graph, "rekognition-bulk") == {
        "rekognition-bulk-uploaded": (None, COPIED),
        "rekognition-bulk-restored": bulk("Image Restored"),
    }
    finished = live("Image Ready", "Image Held", "Image Rejected", "Image Failed")
    assert rules(graph, "notify") == {"notify-finished": finished}
    finished = bulk("Image Ready", "Image Held", "Image Rejected", "Image Failed")
    assert rules(graph, "notify-bulk") == {"notify-bulk-finished": finished}
    assert rules(graph, "retire") == {
        "retire-deleted": (None, DELETED),
        "retire-emptied": (None, EMPTIED),
        "retire-unarchived": (None, UNARCHIVED),
        "retire-obsolete": live("Renditions Obsolete", "Original Missing"),
    }
    assert rules(graph, "retire-bulk") == {
        "retire-bulk-obsolete": bulk("Renditions Obsolete", "Original Missing")
    }


def test_reconciling_begins_at_its_hour_and_goes_on_after_each_pause(dev: Graph) -> None:
    again = ("pipeline-0a1b2c", None, darkroom("Reconciliation Paused"))
    assert schedules(dev, "reconcile") == {
        "reconcile-paused": again,
        "reconcile-scheduled": (None, "cron(0 3 ? * SUN *)", None),
    }


def test_without_a_schedule_reconciling_waits_to_be_asked(full: Graph) -> None:
    again = ("pipeline-0a1b2c", None, darkroom("Reconciliation Paused"))
    assert schedules(full, "reconcile") == {"reconcile-paused": again}


def test_a_target_is_on_the_bus_of_its_rule(graph: Graph) -> None:
    for target in graph.of_kind("cloudwatch.EventTarget"):
        rule = graph.resource("cloudwatch.EventRule", target.name.removesuffix("-target"))
        assert target.inputs["rule"] == rule.outputs["name"]
        assert target.inputs.get("eventBusName") == rule.inputs.get("eventBusName")


def only_full(graph: Graph, rights: dict[str, Any]) -> dict[str, Any]:
    """What functions may do besides in the stage whose pictures have vectors."""
    return rights if graph.outputs["embedding"] == "titan" else {}


def test_resize_may_read_originals_and_write_renditions(graph: Graph) -> None:
    assert rights(graph, "resize") == {
        "resize-read-originals": READ_ORIGINALS,
        "resize-write-renditions": [allow(["s3:PutObject"], f"{RENDITIONS}/i/*")],
        "resize-read-recipe": [allow(["s3:GetObject"], f"{RENDITIONS}/recipes/*")],
        "resize-append-likeness": LIST_LOOKS,
        "resize-read-write-catalog": USE_CATALOG,
        "resize-add-spending": COUNT,
        "resize-query-spending": ADD_UP,
        "resize-put-pipeline": PUT_EVENTS,
        **only_full(
            graph,
            {
                "resize-append-vectors": [allow(["dynamodb:PutItem"], VECTORS)],
                "resize-get-vectors": [allow(["dynamodb:GetItem"], VECTORS)],
                "resize-embed": EMBED,
            },
        ),
    }


def test_rekognition_may_ask_for_what_is_configured_and_no_more(dev: Graph) -> None:
    assert rights(dev, "rekognition") == {
        "rekognition-read-originals": READ_ORIGINALS,
        "rekognition-detect": [
            allow(["rekognition:DetectLabels", "rekognition:DetectModerationLabels"], "*")
        ],
        "rekognition-read-write-catalog": USE_CATALOG,
        "rekognition-find-catalog": [
            allow(["dynamodb:Query"], f"{CATALOG}/index/by-answers"),
            allow(["dynamodb:BatchGetItem"], CATALOG),
        ],
        "rekognition-add-spending": COUNT,
        "rekognition-query-spending": ADD_UP,
        "rekognition-put-pipeline": PUT_EVENTS,
        "rekognition-write-previews": [allow(["s3:PutObject"], f"{PREVIEWS}/previews/*")],
    }


def test_each_further_analysis_adds_its_own_action(full: Graph) -> None:
    assert rights(full, "rekognition")["rekognition-detect"] == [
        allow(
            [
                "rekognition:DetectFaces",
                "rekognition:DetectLabels",
                "rekognition:DetectModerationLabels",
                "rekognition:DetectText",
                "rekognition:RecognizeCelebrities",
            ],
            "*",
        )
    ]


def test_rekognition_finds_duplicates_where_the_policy_asks(full: Graph) -> None:
    assert rights(full, "rekognition")["rekognition-query-likeness"] == FIND_LOOKS


def test_rekognition_may_have_pictures_described_by_the_configured_model_alone(
    full: Graph,
) -> None:
    assert rights(full, "rekognition")["rekognition-describe"] == [
        allow(
            ["bedrock:InvokeModel"],
            "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.amazon.nova-lite-v1:0",
            "arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0",
        )
    ]


def test_notify_may_publish_and_send_no_mail_without_a_sender(dev: Graph) -> None:
    assert rights(dev, "notify") == {
        "notify-read-write-catalog": USE_CATALOG,
        "notify-publish-notices": [allow(["sns:Publish"], NOTICES)],
    }


def test_notify_may_send_mail_from_the_configured_sender_alone(full: Graph) -> None:
    identities = "arn:aws:ses:eu-west-1:123456789012:identity"
    sender = (
        f"{identities}/pictures@example.org",
        f"{identities}/example.org",
        "arn:aws:ses:eu-west-1:123456789012:configuration-set/*",
    )

    assert rights(full, "notify") == {
        "notify-read-write-catalog": USE_CATALOG,
        "notify-publish-notices": [allow(["sns:Publish"], NOTICES)],
        "notify-send-mail": [allow(["ses:SendEmail"], *sender)],
        "notify-find-people": [
            allow(
                ["cognito-idp:ListUsers"],
                "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_people",
            )
        ],
    }


def test_retire_may_look_for_originals_and_remove_renditions(graph: Graph) -> None:
    assert rights(graph, "retire") == {
        "retire-read-originals": [
            allow(["s3:GetObject"], f"{ORIGINALS}/uploads/*"),
            allow(["s3:ListBucket"], ORIGINALS),
        ],
        "retire-remove-renditions": [
            allow(["s3:DeleteObject"], f"{RENDITIONS}/i/*"),
            {
                **allow(["s3:ListBucket"], RENDITIONS),
                "Condition": {"StringLike": {"s3:prefix": "i/*"}},
            },
        ],
        "retire-delete-previews": [allow(["s3:DeleteObject"], f"{PREVIEWS}/previews/*")],
        "retire-query-likeness": FIND_LOOKS,
        "retire-remove-likeness": REMOVE_LOOKS,
        "retire-read-write-catalog": USE_CATALOG,
        "retire-put-pipeline": PUT_EVENTS,
        "retire-invalidate-pictures": [allow(["cloudfront:CreateInvalidation"], DISTRIBUTION)],
        **only_full(graph, {"retire-remove-vectors": REMOVE_VECTORS}),
    }


def test_reconcile_may_look_everywhere_and_remove_renditions(graph: Graph) -> None:
    by_inventory = "originals-inventory" in {each.name for each in graph.of_kind("s3.Inventory")}
    inventories = {
        "reconcile-read-exports": [
            allow(["s3:GetObject"], f"{EXPORTS}/inventory/*"),
            allow(["s3:ListBucket"], EXPORTS),
        ]
    }
    assert rights(graph, "reconcile") == {
        **(inventories if by_inventory else {}),
        "reconcile-read-originals": [
            allow(["s3:GetObject"], f"{ORIGINALS}/uploads/*"),
            allow(["s3:ListBucket"], ORIGINALS),
        ],
        "reconcile-read-remove-renditions": [
            allow(["s3:GetObject", "s3:DeleteObject"], f"{RENDITIONS}/i/*"),
            allow(["s3:ListBucket"], RENDITIONS),
        ],
        "reconcile-remove-previews": [
            allow(["s3:DeleteObject"], f"{PREVIEWS}/previews/*"),
            {
                **allow(["s3:ListBucket"], PREVIEWS),
                "Condition": {"StringLike": {"s3:prefix": "previews/*"}},
            },
        ],
        "reconcile-read-all-catalog": [allow(["dynamodb:BatchGetItem", "dynamodb:Scan"], CATALOG)],
        "reconcile-read-all-likeness": [
            allow(["dynamodb:BatchGetItem", "dynamodb:Scan"], LIKENESS)
        ],
        "reconcile-query-likeness": FIND_LOOKS,
        "reconcile-remove-likeness": REMOVE_LOOKS,
        **only_full(
            graph,
            {
                "reconcile-read-all-vectors": [
                    allow(["dynamodb:BatchGetItem", "dynamodb:Scan"], VECTORS)
                ],
                "reconcile-remove-vectors": REMOVE_VECTORS,
            },
        ),
        "reconcile-put-pipeline": PUT_EVENTS,
        "reconcile-invalidate-pictures": [allow(["cloudfront:CreateInvalidation"], DISTRIBUTION)],
    }


def test_budget_may_pause_what_works_on_pictures_and_nothing_else(graph: Graph) -> None:
    mapping = "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping"
    update = ["lambda:UpdateEventSourceMapping"]
    assert rights(graph, "budget") == {
        "budget-query-spending": ADD_UP,
        "budget-change-spending": [
            allow(["dynamodb:GetItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"], SPENDING)
        ],
        "budget-pause-rekognition": [allow(update, f"{mapping}:rekognition-consumer-0a1b2c")],
        "budget-pause-resize": [allow(update, f"{mapping}:resize-consumer-0a1b2c")],
        "budget-pause-rekognition-bulk": [
            allow(update, f"{mapping}:rekognition-bulk-consumer-0a1b2c")
        ],
        "budget-pause-resize-bulk": [allow(update, f"{mapping}:resize-bulk-consumer-0a1b2c")],
    }


def test_budget_is_asked_when_it_is_spent_or_raised_and_every_five_minutes(graph: Graph) -> None:
    asked = ("pipeline-0a1b2c", None, darkroom("Budget Spent", "Budget Raised"))
    assert schedules(graph, "budget") == {
        "budget-spent": asked,
        "budget-scheduled": (None, "rate(5 minutes)", None),
    }


def test_budget_knows_what_a_day_may_cost_and_what_it_pauses(dev: Graph, full: Graph) -> None:
    expected = {
        "POWERTOOLS_SERVICE_NAME": "budget",
        "SPENDING_TABLE": "spending-0a1b2c",
        "DAILY_BUDGET_USD": "0",
        "FEEDS": "rekognition-consumer-0a1b2c,resize-consumer-0a1b2c,"
        "rekognition-bulk-consumer-0a1b2c,resize-bulk-consumer-0a1b2c",
    }
    assert environment(dev, "budget") == expected
    assert environment(full, "budget") == {**expected, "DAILY_BUDGET_USD": "40"}


def test_a_person_may_upload_no_more_than_their_share_of_the_budget_pays_for(
    dev: Graph, full: Graph
) -> None:
    assert environment(dev, "api")["QUOTA_PICTURES"] == "2000"
    # A quarter of 40 dollars: 0.00575 for six analyses, 0.00006 and 0.00022 for the two models.
    assert environment(full, "api")["QUOTA_PICTURES"] == "1658"


def test_a_deployment_leaves_a_paused_queue_paused(graph: Graph) -> None:
    for mapping in graph.of_kind("lambda.EventSourceMapping"):
        assert mapping.ignored == ("enabled",)
        assert "enabled" not in mapping.inputs


def test_everything_that_can_fail_has_an_alarm(dev: Graph, full: Graph) -> None:
    names = {each.name.removesuffix("-alarm") for each in full.of_kind("cloudwatch.MetricAlarm")}
    functions, queued = full.outputs["functions"], dev.outputs["queues"]
    assert names == {
        *(f"{each}-{what}" for each in functions for what in ("errors", "throttles")),
        *(f"{each}-duration" for each in functions if each != "reconcile"),
        *(f"{each}-{what}" for each in queued for what in ("dead-letters", "oldest")),
        *("api-5xx", "findings", "bounces", "paused", "develop-there", "develop-limited"),
        "develop-failed",
    }
    without = {each.name for each in dev.of_kind("cloudwatch.MetricAlarm")}
    assert names - {each.removesuffix("-alarm") for each in without} == {
        *(f"develop-{each}" for each in ("errors", "throttles", "duration")),
        *(f"develop-{each}" for each in ("there", "limited", "failed")),
        "bounces",
    }


def test_a_stage_without_monitoring_has_the_alarms_for_dead_letters_alone() -> None:
    graph = record("dev", {"monitoring": False})
    names = {each.name for each in graph.of_kind("cloudwatch.MetricAlarm")}
    assert names == {f"{each}-dead-letters-alarm" for each in graph.outputs["queues"]}
    assert not any(each.type.startswith("aws:cloudwatch/dash") for each in graph.resources)


def test_a_stage_that_is_traced_may_write_to_x_ray(dev: Graph) -> None:
    graph = record("dev", {"tracing": True})
    for function in graph.of_kind("lambda.Function"):
        assert function.inputs["tracingConfig"] == {"mode": "Active"}
        assert rights(graph, function.name)[f"{function.name}-trace"] == [
            allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")
        ]
    assert not any("tracingConfig" in each.inputs for each in dev.of_kind("lambda.Function"))


def test_resize_knows_where_things_are_and_what_to_make(dev: Graph) -> None:
    variables = environment(dev, "resize")

    assert json.loads(dev.kept(recipe_key(variables.pop("RECIPE")))) == {
        "renditions": [
            rendition("thumbnail", 128, "cover"),
            rendition("small", 500, "inside"),
            rendition("large", 1600, "inside"),
            rendition("enhanced", 1600, "inside", enhance=True),
        ],
        "formats": [{"format": "avif", "quality": 60}, {"format": "jpeg", "quality": 80}],
        "background": "#ffffff",
        "animated": "first",
        "sizes": [
            *(64, 96, 128, 160, 200, 240, 320, 400, 480, 560, 640, 720, 800, 960, 1080, 1200),
            *(1280, 1440, 1600, 1920, 2048, 2560, 3200, 3840),
        ],
    }
    assert variables == {
        "POWERTOOLS_SERVICE_NAME": "resize",
        "SPENDING_TABLE": "spending-0a1b2c",
        "DAILY_BUDGET_USD": "0",
        "RETENTION_DAYS": "7",
        "GATE": "open",
        "ORIGINALS_BUCKET": "originals-0a1b2c",
        "RENDITIONS_BUCKET": "renditions-0a1b2c",
        "LIKENESS_TABLE": "likeness-0a1b2c",
        "VECTORS_TABLE": "",
        "EMBEDDING": "none",
        "NEXT_EMBEDDING": "none",
        "CATALOG_TABLE": "catalog-0a1b2c",
        "PIPELINE_BUS": "pipeline-0a1b2c",
    }


def test_a_stage_keeps_its_watermarks_with_its_recipe_beside_the_renditions() -> None:
    graph = record("dev", {"watermarks": ["logo samples/camera.png"]})
    digest = sha256((ROOT / "samples" / "camera.png").read_bytes()).hexdigest()
    mark = graph.resource("s3.BucketObjectv2", f"recipe-{digest}")
    assert (mark.inputs["key"], mark.inputs["bucket"]) == (
        f"recipes/{digest}",
        "renditions-0a1b2c",
    )
    recipe = json.loads(graph.kept(recipe_key(environment(graph, "resize")["RECIPE"])))
    assert [each["sha256"] for each in recipe["watermarks"]] == [digest]
    assert mark.urn in graph.resource("lambda.Function", "resize").depends_on
    bucket = "arn:aws:s3:::renditions-0a1b2c"
    assert rights(graph, "resize")["resize-read-recipe"] == [
        allow(["s3:GetObject"], f"{bucket}/recipes/*")
    ]


def rendition(name: str, size: int, fit: str, *, enhance: bool = False) -> dict[str, Any]:
    return {
        "name": name,
        "width": size,
        "height": size,
        "fit": fit,
        "enhance": enhance,
        "enlarge": False,
        "focus": "centre",
    }


def test_rekognition_knows_what_to_ask_and_how_to_decide(dev: Graph) -> None:
    variables = environment(dev, "rekognition")

    assert json.loads(variables.pop("ANALYSES")) == ["labels", "properties", "moderation"]
    assert json.loads(variables.pop("POLICY")) == {
        "min_confidence": 55,
        "quality": {
            "min_sharpness": 10,
            "min_brightness": 10,
            "max_brightness": 97,
            "min_contrast": 10,
        },
        "moderation": {"hold": 50, "reject": 90},
        "duplicates": "allow",
        "min_score": 0,
    }
    assert variables.pop("DESCRIBER") == ""
    assert variables == {
        "POWERTOOLS_SERVICE_NAME": "rekognition",
        "SPENDING_TABLE": "spending-0a1b2c",
        "LIKENESS_TABLE": "likeness-0a1b2c",
        "DAILY_BUDGET_USD": "0",
        "RETENTION_DAYS": "7",
        "ORIGINALS_BUCKET": "originals-0a1b2c",
        "PREVIEWS_BUCKET": "previews-0a1b2c",
        "CATALOG_TABLE": "catalog-0a1b2c",
        "PIPELINE_BUS": "pipeline-0a1b2c",
    }


def test_notify_knows_whom_to_notify_and_where_the_pictures_are(dev: Graph, full: Graph) -> None:
    expected = {
        "POWERTOOLS_SERVICE_NAME": "notify",
        "CATALOG_TABLE": "catalog-0a1b2c",
        "NOTICES_TOPIC": NOTICES,
        "PICTURES_URL": "https://d1example.cloudfront.net",
        "STAGE": "dev",
        "USER_POOL": "eu-west-1_people",
        "SES_SENDER": "",
        "MAIL_DOMAINS": "",
    }

    assert environment(dev, "notify") == expected
    assert environment(full, "notify") == {
        **expected,
        "PICTURES_URL": "https://pictures.example.org",
        "STAGE": "a-stage-with-20-char",
        "SES_SENDER": "pictures@example.org",
        "MAIL_DOMAINS": "example.org",
    }


def test_retire_knows_what_to_clear(graph: Graph) -> None:
    log = graph.of_kind("cloudwatch.LogGroup")[0]
    assert environment(graph, "retire") == {
        "POWERTOOLS_SERVICE_NAME": "retire",
        "RETENTION_DAYS": f"{log.inputs['retentionInDays']}",
        "ORIGINALS_BUCKET": "originals-0a1b2c",
        "RENDITIONS_BUCKET": "renditions-0a1b2c",
        "PREVIEWS_BUCKET": "previews-0a1b2c",
        "LIKENESS_TABLE": "likeness-0a1b2c",
        "VECTORS_TABLE": graph.outputs["vectors"],
        "EMBEDDING": graph.outputs["embedding"],
        "CATALOG_TABLE": "catalog-0a1b2c",
        "PIPELINE_BUS": "pipeline-0a1b2c",
        "DISTRIBUTION_ID": "E1EXAMPLE",
    }


def test_reconcile_knows_what_to_compare_and_how_much_to_repair(full: Graph) -> None:
    assert environment(full, "reconcile") == {
        "POWERTOOLS_SERVICE_NAME": "reconcile",
        "ORIGINALS_BUCKET": "originals-0a1b2c",
        "RENDITIONS_BUCKET": "renditions-0a1b2c",
        "PREVIEWS_BUCKET": "previews-0a1b2c",
        "LIKENESS_TABLE": "likeness-0a1b2c",
        "VECTORS_TABLE": "vectors-0a1b2c",
        "EMBEDDING": "titan",
        "NEXT_EMBEDDING": "none",
        "CATALOG_TABLE": "catalog-0a1b2c",
        "PIPELINE_BUS": "pipeline-0a1b2c",
        "DISTRIBUTION_ID": "E1EXAMPLE",
        "GATE": "guarded",
        "REPAIRS": "1000",
        "EXPORTS_BUCKET": "exports-0a1b2c",
    }


def test_reconcile_looks_for_inventories_only_where_s3_writes_them(dev: Graph) -> None:
    assert environment(dev, "reconcile")["EXPORTS_BUCKET"] == ""


SIZES = {
    "resize": (1769, 60, 1, 10),
    "rekognition": (1769, 60, 1, 10),
    "notify": (256, 30, 10, 10),
    "retire": (512, 60, 50, 5),
    "reconcile": (512, 900, 1, 10),
    "budget": (256, 30, 1, 10),
}
"""Of each function: memory in MB, timeout in seconds, messages at once, executions at once."""


def test_each_function_has_its_size_and_its_pace(dev: Graph) -> None:
    assert {name: _size(dev, name) for name in SIZES} == SIZES


def test_a_sender_slows_notices_to_the_sandbox_of_ses_and_inventories_take_reconcile_a_processor(
    full: Graph,
) -> None:
    assert {name: _size(full, name) for name in SIZES} == {
        **SIZES,
        "notify": (256, 60, 2, 2),
        "reconcile": (1769, 900, 1, 10),
    }


def test_only_retire_collects_messages_as_cloudfront_bills_each_path(graph: Graph) -> None:
    windows = {
        each.name: each.inputs["maximumBatchingWindowInSeconds"]
        for each in graph.of_kind("lambda.EventSourceMapping")
        if "maximumBatchingWindowInSeconds" in each.inputs
    }
    assert windows == {"retire-consumer": 10, "retire-bulk-consumer": 10}


def test_bulk_work_is_as_wide_as_it_is_configured(dev: Graph) -> None:
    wide = record("dev", {"bulkConcurrency": 7})
    widths = [
        {
            each.name.removesuffix("-bulk-consumer"): each.inputs["scalingConfig"][
                "maximumConcurrency"
            ]
            for each in graph.of_kind("lambda.EventSourceMapping")
            if each.name.endswith("-bulk-consumer")
        }
        for graph in (dev, wide)
    ]
    assert widths == [
        {"resize": 2, "rekognition": 2, "notify": 2, "retire": 2},
        {"resize": 7, "rekognition": 7, "notify": 7, "retire": 5},
    ]


def _size(graph: Graph, name: str) -> tuple[int, int, int, int]:
    function = graph.resource("lambda.Function", name).inputs
    consumer = graph.resource("lambda.EventSourceMapping", f"{name}-consumer").inputs
    assert consumer["functionResponseTypes"] == ["ReportBatchItemFailures"]
    return (
        function["memorySize"],
        function["timeout"],
        consumer["batchSize"],
        consumer["scalingConfig"]["maximumConcurrency"],
    )


def test_reconcile_alone_may_send_itself_events_for_ever(graph: Graph) -> None:
    [recursion] = graph.of_kind("lambda.FunctionRecursionConfig")

    assert recursion.inputs == {
        "functionName": graph.resource("lambda.Function", "reconcile").outputs["name"],
        "recursiveLoop": "Allow",
    }
    assert (
        recursion.urn
        in graph.resource("lambda.EventSourceMapping", "reconcile-consumer").depends_on
    )


def test_each_dead_letter_queue_has_an_alarm_that_reaches_the_operators(full: Graph) -> None:
    alarms = [
        each
        for each in full.of_kind("cloudwatch.MetricAlarm")
        if each.name.endswith("-dead-letters-alarm")
    ]
    queues = {each.outputs["name"] for each in full.of_kind("sqs.Queue") if "dead" in each.name}

    assert {each.inputs["dimensions"]["QueueName"] for each in alarms} == queues
    assert {tuple(each.inputs["alarmActions"]) for each in alarms} == {(full.outputs["alerts"],)}
    assert [
        each.inputs["endpoint"]
        for each in full.of_kind("sns.TopicSubscription")
        if each.inputs["topic"] == full.outputs["alerts"]
    ] == ["ops@example.org", "https://alerts.example.org/darkroom"]


def test_notices_are_encrypted_and_alerts_are_not_as_no_alarm_could_publish_them(
    graph: Graph,
) -> None:
    keys = {each.name: each.inputs.get("kmsMasterKeyId") for each in graph.of_kind("sns.Topic")}

    assert keys == {"notices": "alias/aws/sns", "alerts": None}


def test_backups_of_the_catalog_reach_as_far_back_as_logs_and_originals_but_for_35_days(
    prod: Graph,
) -> None:
    def days(retention: int) -> int:
        graph = record("prod", {"retentionDays": retention})
        recovery = graph.resource("dynamodb.Table", "catalog").inputs["pointInTimeRecovery"]
        return int(recovery["recoveryPeriodInDays"])

    assert (days(7), days(90)) == (7, 35)


def test_phones_receive_only_what_needs_a_person(full: Graph) -> None:
    filters = {
        each.inputs["protocol"]: each.document("filterPolicy")
        for each in full.of_kind("sns.TopicSubscription")
        if "filterPolicy" in each.inputs
    }
    assert filters == {"sms": {"needs_person": ["true"]}}


def test_only_the_stacks_own_page_may_upload_and_no_web_acl_filters_unless_configured(
    dev: Graph,
) -> None:
    policies = dev.of_kind("cloudfront.ResponseHeadersPolicy")
    [distribution] = dev.of_kind("cloudfront.Distribution")
    [cors] = dev.of_kind("s3.BucketCorsConfiguration")

    assert cors.inputs["corsRules"][0]["allowedOrigins"] == ["https://d1example.cloudfront.net"]
    assert [each.name for each in policies if "corsConfig" in each.inputs] == []
    assert "webAclId" not in distribution.inputs


def test_a_page_of_a_configured_origin_may_upload_originals_and_read_renditions(
    full: Graph,
) -> None:
    [cors] = full.of_kind("s3.BucketCorsConfiguration")
    policies = full.of_kind("cloudfront.ResponseHeadersPolicy")
    [headers] = [each for each in policies if "corsConfig" in each.inputs]
    [distribution] = full.of_kind("cloudfront.Distribution")

    assert cors.inputs == {
        "bucket": "originals-0a1b2c",
        "corsRules": [
            {
                "allowedOrigins": [
                    "https://pictures.example.org",
                    "http://localhost:5173",
                    "https://photos.example.org",
                ],
                "allowedMethods": ["PUT", "POST"],
                "allowedHeaders": ["*"],
                "exposeHeaders": ["ETag", "x-amz-checksum-sha256", "x-amz-version-id"],
                "maxAgeSeconds": 3600,
            }
        ],
    }
    assert headers.name == "pictures-headers"
    assert headers.inputs["corsConfig"] == {
        "accessControlAllowCredentials": False,
        "accessControlAllowHeaders": {"items": ["*"]},
        "accessControlAllowMethods": {"items": ["GET", "HEAD"]},
        "accessControlAllowOrigins": {"items": ["https://photos.example.org"]},
        "accessControlMaxAgeSec": 3600,
        "originOverride": True,
    }
    assert distribution.inputs["webAclId"] == FULL_CONFIG["webAclArn"]


def test_the_provider_gets_what_the_configuration_says_of_the_account(full: Graph) -> None:
    provider = full.resource("providers.aws", "aws")

    assert provider.inputs["region"] == "eu-west-1"
    assert provider.inputs["profile"] == "work"
    assert provider.document("allowedAccountIds") == ["123456789012"]
    assert provider.document("assumeRoles") == [
        {"roleArn": "arn:aws:iam::123456789012:role/deploy", "externalId": "x"}
    ]
    assert provider.document("defaultTags") == {
        "tags": {
            "team": "web",
            "project": "darkroom",
            "stage": FULL,
            "owner": "pictures@example.org",
        }
    }


def test_without_configuration_the_environment_says_which_account(dev: Graph) -> None:
    inputs = dev.resource("providers.aws", "aws").inputs

    assert inputs.keys() & {"profile", "allowedAccountIds", "assumeRoles"} == set()


@pytest.mark.parametrize(
    ("stage", "architecture", "platform"),
    [("dev", "x86_64", "linux/amd64"), ("full", "arm64", "linux/arm64")],
)
def test_an_image_is_built_for_what_its_function_runs_on(
    request: pytest.FixtureRequest, stage: str, architecture: str, platform: str
) -> None:
    graph: Graph = request.getfixturevalue(stage)

    assert {each.name for each in graph.of_kind("docker.Image")} == {
        "resize",
        "rekognition",
        "notify",
        "retire",
        "reconcile",
        "budget",
        "admit",
        "api",
        *(("develop",) if stage == "full" else ()),
    }
    for image in graph.of_kind("docker.Image"):
        function = graph.resource("lambda.Function", image.name)
        assert function.inputs["architectures"] == [architecture]
        assert function.inputs["imageUri"] == image.outputs["repoDigest"]
        assert image.inputs["build"] == {
            "context": "containers",
            "dockerfile": f"containers/{image.name}/Dockerfile",
            "platform": platform,
            "args": {"BASE_IMAGE": "public.ecr.aws/lambda/python:3.13"},
        }


def test_the_base_image_can_be_another() -> None:
    graph = record("dev", {"baseImage": "mirror.example.org/lambda/python:3.13"})

    assert {
        image.inputs["build"]["args"]["BASE_IMAGE"] for image in graph.of_kind("docker.Image")
    } == {"mirror.example.org/lambda/python:3.13"}


LISTED = [
    *("status", "key", "content", "previous_content", "width", "height"),
    *("placeholder", "labels", "alt_text", "exif", "trashed"),
]


def test_the_indexes_have_what_lists_show_and_no_key_that_many_pictures_share(
    graph: Graph,
) -> None:
    assert graph.resource("dynamodb.Table", "catalog").inputs["globalSecondaryIndexes"] == [
        {
            "name": "by-status-shard",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": ["key", "failure"],
            "keySchemas": [
                {"attributeName": "status_shard", "keyType": "HASH"},
                {"attributeName": "updated_at", "keyType": "RANGE"},
            ],
        },
        {
            "name": "by-owner-month",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": LISTED,
            "keySchemas": [
                {"attributeName": "owner_month", "keyType": "HASH"},
                {"attributeName": "shown_at", "keyType": "RANGE"},
            ],
        },
        {
            "name": "by-month",
            "projectionType": "INCLUDE",
            "nonKeyAttributes": LISTED,
            "keySchemas": [
                {"attributeName": "shown_month", "keyType": "HASH"},
                {"attributeName": "shown_at", "keyType": "RANGE"},
            ],
        },
        {
            "name": "by-answers",
            "projectionType": "KEYS_ONLY",
            "keySchemas": [
                {"attributeName": "answers_title", "keyType": "HASH"},
                {"attributeName": "image_id", "keyType": "RANGE"},
            ],
        },
    ]


def test_sizes_on_demand_are_off_unless_a_stage_says_what_they_may_cost(
    dev: Graph, full: Graph
) -> None:
    for graph, there in ((dev, False), (full, True)):
        kinds = ("lambda.FunctionUrl", "cloudfront.CachePolicy")
        assert [bool(graph.of_kind(each)) for each in kinds] == [there] * 2
        assert ("develop" in graph.outputs["functions"]) is there
        distribution = graph.resource("cloudfront.Distribution", "pictures").inputs
        assert ("originGroups" in distribution) is there


def test_the_keys_of_signed_addresses_are_in_a_store_alone(dev: Graph, full: Graph) -> None:
    assert dev.of_kind("cloudfront.KeyValueStore") == []
    [key] = full.of_kind("cloudfront.KeyvaluestoreKey")
    assert (key.inputs["key"], key.inputs["value"]) == ("keys", f"{'n' * 64} {'o' * 64}")
    assert key.secrets == {"value"}
    others = [each for each in full.resources if each is not key]
    assert not any("n" * 64 in json.dumps(each.inputs, default=str) for each in others)


def test_develop_has_executions_of_its_own_and_may_make_and_take_back(full: Graph) -> None:
    function = full.resource("lambda.Function", "develop").inputs
    assert function["reservedConcurrentExecutions"] == 10
    others = [each for each in full.of_kind("lambda.Function") if each.name != "develop"]
    assert not any("reservedConcurrentExecutions" in each.inputs for each in others)
    objects = "arn:aws:s3:::renditions-0a1b2c"
    found = rights(full, "develop")
    assert found.keys() == {
        *("develop-read-originals", "develop-write-renditions", "develop-read-recipe"),
        *("develop-read-remove-renditions", "develop-get-catalog", "develop-add-claims"),
        *("develop-add-spending", "develop-query-spending", "develop-put-pipeline"),
    }
    assert found["develop-read-remove-renditions"] == [
        allow(["s3:GetObject", "s3:DeleteObject"], f"{objects}/i/*"),
        allow(["s3:ListBucket"], objects),
    ]
    assert found["develop-get-catalog"] == [allow(["dynamodb:GetItem"], CATALOG)]


def test_prod_guards_what_cannot_be_made_again(prod: Graph) -> None:
    assert {each.name for each in prod.resources if each.protect} == {
        "exports",
        "originals",
        "renditions",
        "previews",
        "site",
        "catalog",
        "uploads",
        "audit",
        "spending",
        "likeness",
        "backfills",
        "people",
    }
    assert _disposability(prod) == (False, False, True, True)


def test_a_protected_stage_exports_its_catalog_every_night(dev: Graph, prod: Graph) -> None:
    [schedule] = prod.of_kind("scheduler.Schedule")
    assert schedule.inputs["scheduleExpression"] == "cron(0 2 * * ? *)"
    target = schedule.inputs["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
    assert json.loads(target["input"]) == {"TableArn": CATALOG, "S3Bucket": "exports-0a1b2c"}
    role = prod.resource("iam.Role", "catalog-export-role")
    assert target["roleArn"] == role.outputs["arn"]
    policy = prod.resource("iam.RolePolicy", "catalog-export-rights")
    assert policy.document("policy")["Statement"] == [
        allow(["dynamodb:ExportTableToPointInTime"], CATALOG),
        allow(["s3:PutObject", "s3:AbortMultipartUpload"], "arn:aws:s3:::exports-0a1b2c/*"),
    ]
    lifecycle = prod.resource("s3.BucketLifecycleConfiguration", "exports-lifecycle")
    assert {"days": 90} in [rule.get("expiration") for rule in lifecycle.inputs["rules"]]
    assert [each.name for each in dev.resources if each.kind.startswith("scheduler.")] == []


def test_dev_can_be_destroyed_with_all_that_is_in_it(dev: Graph) -> None:
    assert [each.name for each in dev.resources if each.protect] == []
    assert _disposability(dev) == (True, True, False, False)


def _disposability(graph: Graph) -> tuple[bool, bool, bool, bool]:
    [buckets] = {each.inputs["forceDestroy"] for each in graph.of_kind("s3.Bucket")}
    [images] = {each.inputs["forceDelete"] for each in graph.of_kind("ecr.Repository")}
    [(kept, backed_up)] = {
        (
            each.inputs["deletionProtectionEnabled"],
            each.inputs["pointInTimeRecovery"]["enabled"],
        )
        for each in graph.of_kind("dynamodb.Table")
    }
    return (buckets, images, kept, backed_up)


def test_logs_and_superseded_originals_go_after_the_same_days(graph: Graph) -> None:
    [logs] = {each.inputs["retentionInDays"] for each in graph.of_kind("cloudwatch.LogGroup")}
    lifecycle = graph.resource("s3.BucketLifecycleConfiguration", "originals-lifecycle")
    [versions] = [
        rule["noncurrentVersionExpiration"]["noncurrentDays"]
        for rule in lifecycle.inputs["rules"]
        if "noncurrentVersionExpiration" in rule
    ]

    assert logs == versions


def test_renditions_keep_no_versions_and_announce_nothing(graph: Graph) -> None:
    def kinds(name: str) -> set[str]:
        return {each.kind for each in graph.children(graph.resource("PrivateBucket", name))}

    optional = {"s3.BucketCorsConfiguration", "s3.Inventory"}
    assert kinds("originals") - kinds("renditions") - optional == {
        "s3.BucketVersioning",
        "s3.BucketNotification",
    }
    assert kinds("renditions") - kinds("originals") == set()


@pytest.mark.parametrize("stage", ["dev", "prod"])
def test_a_stages_file_holds_only_what_differs(stage: str) -> None:
    declared = defaults()
    own = {key for key, value in stage_config(stage).items() if value != declared.get(key)}
    written = [
        line
        for line in (ROOT / f"Pulumi.{stage}.yaml").read_text().splitlines()
        if "darkroom:" in line
    ]

    assert len(own) == len(written) > 0


def test_a_bad_stage_is_refused_before_anything_is_created() -> None:
    refused: list[str] = []

    def program() -> None:
        try:
            run_program()
        except pulumi.RunError as error:
            refused.append(str(error))

    graph = run(program, "dev", {**stage_config("dev"), "darkroom:gate": "ajar"})

    assert refused == ["gate must be open or guarded, got ajar"]
    assert graph.resources == ()


def test_the_password_of_the_registry_is_a_secret(graph: Graph) -> None:
    images: list[Resource] = graph.of_kind("docker.Image")

    assert {image.secrets for image in images} == {frozenset({"registry"})}


def test_access_logs_are_off_by_default(dev: Graph) -> None:
    assert dev.of_kind("AccessLogs") == []
    assert dev.of_kind("s3.BucketLogging") == []


def test_access_logs_of_both_buckets_and_the_distribution_have_a_bucket_that_expires(
    full: Graph,
) -> None:
    logged = {
        each.inputs["bucket"]: (each.inputs["targetBucket"], each.inputs["targetPrefix"])
        for each in full.of_kind("s3.BucketLogging")
    }
    source = full.resource("cloudwatch.LogDeliverySource", "access-logs-source")
    target = full.resource("cloudwatch.LogDeliveryDestination", "access-logs-target")
    lifecycle = full.resource("s3.BucketLifecycleConfiguration", "access-logs-lifecycle")

    assert logged == {
        "originals-0a1b2c": ("access-logs-0a1b2c", "s3/originals/"),
        "renditions-0a1b2c": ("access-logs-0a1b2c", "s3/renditions/"),
    }
    assert source.inputs == {
        "region": "us-east-1",
        "logType": "ACCESS_LOGS",
        "resourceArn": DISTRIBUTION,
    }
    assert target.inputs == {
        "region": "us-east-1",
        "outputFormat": "w3c",
        "deliveryDestinationConfiguration": {
            "destinationResourceArn": "arn:aws:s3:::access-logs-0a1b2c"
        },
    }
    assert full.resource("cloudwatch.LogDelivery", "access-logs-delivery").inputs == {
        "region": "us-east-1",
        "deliverySourceName": source.outputs["name"],
        "deliveryDestinationArn": target.outputs["arn"],
    }
    assert [each["expiration"] for each in lifecycle.inputs["rules"] if "expiration" in each] == [
        {"days": 30}
    ]


def test_only_the_log_services_of_this_account_may_write_access_logs(full: Graph) -> None:
    bucket = "arn:aws:s3:::access-logs-0a1b2c"
    own = {"StringEquals": {"aws:SourceAccount": "123456789012"}}

    [_, *writers] = full.resource("s3.BucketPolicy", "access-logs-policy").document("policy")[
        "Statement"
    ]

    assert writers == [
        {
            **allow(["s3:PutObject"], f"{bucket}/s3/*"),
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Condition": {**own, "ArnLike": {"aws:SourceArn": [ORIGINALS, RENDITIONS]}},
        },
        {
            **allow(["s3:PutObject"], f"{bucket}/AWSLogs/123456789012/CloudFront/*"),
            "Principal": {"Service": "delivery.logs.amazonaws.com"},
            "Condition": {
                **own,
                "ArnLike": {
                    "aws:SourceArn": ["arn:aws:logs:us-east-1:123456789012:delivery-source:*"]
                },
            },
        },
    ]


UPLOADS = "arn:aws:dynamodb:eu-west-1:123456789012:table/uploads-0a1b2c"
AUDIT = "arn:aws:dynamodb:eu-west-1:123456789012:table/audit-0a1b2c"
PREVIEWS = "arn:aws:s3:::previews-0a1b2c"
EXPORTS = "arn:aws:s3:::exports-0a1b2c"


def test_the_api_has_its_rights_and_no_others(dev: Graph, full: Graph) -> None:
    signed = {
        "api-read-parameter": [
            allow(
                ["ssm:GetParameter"],
                "arn:aws:ssm:eu-west-1:123456789012:"
                f"parameter{environment(full, 'api')['SIGNING_KEY']}",
            )
        ]
    }
    searching = {
        "api-get-vectors": [allow(["dynamodb:GetItem"], VECTORS)],
        "api-search-vectors": [
            allow(["dynamodb:SearchVectors"], f"{VECTORS}/index/by-titan"),
        ],
        "api-remove-vectors": REMOVE_VECTORS,
        "api-embed": EMBED,
    }
    assert rights(full, "api") == API_RIGHTS | signed | searching
    assert rights(dev, "api") == API_RIGHTS


API_RIGHTS = {
    "api-upload-originals": [
        allow(
            ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
            f"{ORIGINALS}/uploads/*",
        )
    ],
    "api-read-originals": READ_ORIGINALS,
    "api-erase-originals": [
        allow(["s3:DeleteObject", "s3:DeleteObjectVersion"], f"{ORIGINALS}/uploads/*"),
        {
            **allow(["s3:ListBucketVersions"], ORIGINALS),
            "Condition": {"StringLike": {"s3:prefix": "uploads/*"}},
        },
    ],
    "api-read-delete-previews": [
        allow(["s3:GetObject", "s3:DeleteObject"], f"{PREVIEWS}/previews/*"),
    ],
    "api-read-write-catalog": USE_CATALOG,
    "api-find-catalog": [
        allow(
            ["dynamodb:Query"],
            f"{CATALOG}/index/by-owner-month",
            f"{CATALOG}/index/by-month",
            f"{CATALOG}/index/by-status-shard",
        ),
        allow(["dynamodb:BatchGetItem"], CATALOG),
    ],
    "api-keep-uploads": [
        allow(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"], UPLOADS)
    ],
    "api-query-likeness": FIND_LOOKS,
    "api-remove-likeness": REMOVE_LOOKS,
    "api-get-spending": [allow(["dynamodb:GetItem"], SPENDING)],
    "api-append-audit": [allow(["dynamodb:PutItem"], AUDIT)],
    "api-put-pipeline": PUT_EVENTS,
}


def test_people_may_be_sent_to_the_pictures_address_and_to_configured_pages_alone(
    dev: Graph,
) -> None:
    configured = record("dev", {"appOrigins": ["http://localhost:5173"]})
    for graph, urls in (
        (dev, ["https://d1example.cloudfront.net/"]),
        (configured, ["https://d1example.cloudfront.net/", "http://localhost:5173/"]),
    ):
        client = graph.resource("cognito.UserPoolClient", "gallery").inputs
        assert (client["callbackUrls"], client["logoutUrls"]) == (urls, urls)


def test_the_gateway_throttles_as_configured() -> None:
    stage = record("dev", {"requestsPerSecond": 7}).resource("apigatewayv2.Stage", "requests-stage")
    assert stage.inputs["defaultRouteSettings"] == {
        "throttlingRateLimit": 7,
        "throttlingBurstLimit": 14,
    }


def test_the_edge_chooses_among_the_formats_that_are_made() -> None:
    for formats, named in ((["jpeg 80"], []), (["webp 80", "jpeg 80"], ["image/webp"])):
        graph = record("dev", {"formats": formats})
        code = graph.resource("cloudfront.Function", "pictures-viewer").inputs["code"]
        found = [kind for kind in ("image/avif", "image/webp") if f'"{kind}"' in code]
        assert found == named


def test_vectors_are_kept_where_a_model_makes_them_and_nowhere_else(
    dev: Graph, full: Graph
) -> None:
    assert (dev.of_kind("VectorTable"), dev.outputs["vectors"]) == ([], "")
    state = full.resource("cloudcontrol.Resource", "vectors").document("desiredState")
    assert state["TableName"] == "darkroom-a-stage-with-20-char-vectors"
    [index] = state["VectorIndexes"]
    assert (index["IndexName"], index["Dimensions"]) == ("by-titan", 384)
    tags = {each["Key"]: each["Value"] for each in state["Tags"]}
    assert tags["stage"] == "a-stage-with-20-char"
    assert (tags["project"], tags["team"]) == ("darkroom", "web")


def test_a_next_model_has_an_index_beside_the_first_and_what_it_takes() -> None:
    graph = record("dev", {"embedding": "titan", "nextEmbedding": "nova"})
    state = graph.resource("cloudcontrol.Resource", "vectors").document("desiredState")
    assert [index["IndexName"] for index in state["VectorIndexes"]] == ["by-titan", "by-nova"]
    both = [allow(["bedrock:InvokeModel"], TITAN, NOVA)]
    assert rights(graph, "resize")["resize-embed"] == rights(graph, "api")["api-embed"] == both
    assert rights(graph, "api")["api-search-vectors"] == [
        allow(
            ["dynamodb:SearchVectors"],
            *(f"{VECTORS}/index/by-{each}" for each in ("titan", "nova")),
        )
    ]
    noting = {
        "reconcile-append-vectors": [allow(["dynamodb:PutItem"], VECTORS)],
        "reconcile-get-vectors": [allow(["dynamodb:GetItem"], VECTORS)],
        "reconcile-search-vectors": [allow(["dynamodb:SearchVectors"], f"{VECTORS}/index/by-nova")],
    }
    held = rights(graph, "reconcile")
    assert noting.items() <= held.items()
    alone = rights(record("dev", {"embedding": "titan"}), "reconcile")
    assert held == alone | noting
    for name in ("resize", "reconcile", "admit", "api"):
        assert environment(graph, name)["EMBEDDING"] == "titan"
        assert environment(graph, name)["NEXT_EMBEDDING"] == "nova"
