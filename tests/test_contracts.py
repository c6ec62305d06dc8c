"""Where the program and the functions meet: both must agree.

The program is recorded as it would deploy; the functions are imported as Lambda would.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from notify.handler import Notify
from pipeline.address import recipe_key
from pipeline.analyses import Analyses
from pipeline.events import ImageHeld, parse
from pipeline.policy import Policy
from pipeline.recipe import Recipe
from proofs.recorder import ROOT, Graph, Resource, record
from rekognition.handler import Analyse
from resize.handler import Resize
from retire.handler import Retire
from runtime.queue import SharedWork, Work
from runtime.settings import from_environment
from tests.events import NAMES, sample
from tests.patterns import matches

QUEUED: Mapping[str, type[Work | SharedWork[Any]]] = {
    "notify": Notify,
    "rekognition": Analyse,
    "resize": Resize,
    "retire": Retire,
}
"""The work of each function that has the pipeline's events on its queue."""

FUNCTIONS = sorted(file.parent.name for file in Path(ROOT, "containers").glob("*/Dockerfile"))
GATES = ("open", "guarded")

ROUTES: Mapping[str, Mapping[str, set[str]]] = {
    "object-created": {"open": {"resize", "rekognition"}, "guarded": {"rekognition"}},
    "object-created-multipart": {"open": {"resize", "rekognition"}, "guarded": {"rekognition"}},
    "object-created-unversioned": {
        "open": {"resize-bulk", "rekognition-bulk"},
        "guarded": {"rekognition-bulk"},
    },
    "object-created-empty": {"open": {"retire"}, "guarded": {"retire"}},
    "object-restore-completed": {"open": {"retire"}, "guarded": {"retire"}},
    "object-deleted-expired": {"open": {"retire"}, "guarded": {"retire"}},
    "object-deleted-marker": {"open": {"retire"}, "guarded": {"retire"}},
    "object-deleted-permanently": {"open": {"retire"}, "guarded": {"retire"}},
    "image-accepted": {"open": set(), "guarded": {"resize"}},
    "image-failed": {"open": {"notify"}, "guarded": {"notify"}},
    "image-held": {"open": {"notify"}, "guarded": {"notify"}},
    "image-ready": {"open": {"notify"}, "guarded": {"notify"}},
    "image-rejected": {"open": {"notify"}, "guarded": {"notify"}},
    "image-restored": {"open": {"resize", "rekognition"}, "guarded": {"rekognition"}},
    "image-retired": {"open": set(), "guarded": set()},
    "original-missing": {"open": {"retire"}, "guarded": {"retire"}},
    "renditions-obsolete": {"open": {"retire"}, "guarded": {"retire"}},
}
"""Which routes bring each sample to their functions, by gate. No function receives the empty ones.
That of an unversioned bucket is a copy."""


@cache
def program(gate: str) -> Graph:
    given = {"gate": gate, "sesSender": "pictures@example.org", "onDemandDailyUsd": 5}
    return record("dev", given)


@pytest.fixture(params=GATES)
def gate(request: pytest.FixtureRequest) -> str:
    gate: str = request.param
    return gate


def environment(gate: str, function: str) -> dict[str, str]:
    deployed = program(gate).resource("lambda.Function", function)
    variables: dict[str, str] = deployed.inputs["environment"]["variables"]
    return variables


def recipe(gate: str) -> Recipe:
    digest = environment(gate, "resize")["RECIPE"]
    made = Recipe.from_json(program(gate).kept(recipe_key(digest)))
    assert made.digest == digest
    return made


def settings_of(function: str) -> Any:
    return import_module(f"{function}.handler").Settings


# Settings


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_is_given_every_setting_it_reads_and_no_other(gate: str, function: str) -> None:
    read = {field.name.upper() for field in fields(settings_of(function))}
    assert set(environment(gate, function)) == read | {
        "POWERTOOLS_SERVICE_NAME",
        "POWERTOOLS_METRICS_NAMESPACE",
    }
    assert environment(gate, function)["POWERTOOLS_SERVICE_NAME"] == function


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_can_read_the_settings_it_is_given(gate: str, function: str) -> None:
    settings = from_environment(settings_of(function), environment(gate, function))
    outputs = program(gate).outputs
    expected: dict[str, Any] = {
        "originals_bucket": outputs["originals"],
        "renditions_bucket": outputs["renditions"],
        "catalog_table": outputs["catalog"],
        "pipeline_bus": outputs["pipeline"],
        "notices_topic": outputs["notices"],
        "pictures_url": outputs["pictures_url"],
        "distribution_id": outputs["distribution_id"],
        "stage": "dev",
        "gate": gate,
        "repairs": "1000",
        "ses_sender": "pictures@example.org",
        "mail_domains": "example.org",
        "retention_days": 7 if function == "api" else "7",
        "previews_bucket": outputs["previews"],
        "exports_bucket": "",
        "uploads_table": outputs["uploads"],
        "audit_table": outputs["audit"],
        "shared": False,
        "quota_bytes": 10_000_000_000,
        "quota_pictures": 2000,
        "audit_days": 0,
        "spending_table": outputs["spending"],
        "likeness_table": outputs["likeness"],
        "vectors_table": "",
        "embedding": "none",
        "next_embedding": "none",
        "describer": "",
        "daily_budget_usd": 0,
        "feeds": "rekognition-consumer-0a1b2c,resize-consumer-0a1b2c,"
        "rekognition-bulk-consumer-0a1b2c,resize-bulk-consumer-0a1b2c",
        "backfills_table": outputs["backfills"],
        "queues": ",".join(
            outputs["queues"][f"{each}-bulk"] for each in ("rekognition", "resize", "notify")
        ),
        "recipe_fingerprint": recipe(gate).fingerprint,
        "user_pool": outputs["user_pool"],
        "signing_key": "",
        "signing_key_id": "",
        "claims_table": "claims-0a1b2c",
        "on_demand_daily_usd": 5,
        "on_demand_per_picture": 100,
    }
    parsed = {"recipe", "analyses", "policy"}
    assert {name: value for name, value in vars(settings).items() if name not in parsed} == {
        name: expected[name] for name in vars(settings) if name not in parsed
    }


def test_the_program_has_a_function_for_each_image(gate: str) -> None:
    functions = [each.name for each in program(gate).of_kind("lambda.Function")]
    assert sorted(functions) == FUNCTIONS


def test_the_recipe_policy_and_analyses_say_what_the_configuration_does() -> None:
    made = recipe("open")
    assert [
        (each.name, each.width, each.height, each.fit, each.enhance) for each in made.renditions
    ] == [
        ("thumbnail", 128, 128, "cover", False),
        ("small", 500, 500, "inside", False),
        ("large", 1600, 1600, "inside", False),
        ("enhanced", 1600, 1600, "inside", True),
    ]
    assert [(each.format, each.quality) for each in made.formats] == [("avif", 60), ("jpeg", 80)]
    given = environment("open", "rekognition")
    assert Analyses.from_json(given["ANALYSES"]).names == ("labels", "properties", "moderation")
    policy = Policy.from_json(given["POLICY"])
    assert (policy.min_confidence, vars(policy.quality), vars(policy.moderation)) == (
        55,
        {"min_sharpness": 10, "min_brightness": 10, "max_brightness": 97, "min_contrast": 10},
        {"hold": 50, "reject": 90},
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_dockerfiles_command_is_a_function_that_lambda_can_call(function: str) -> None:
    dockerfile = Path(ROOT, "containers", function, "Dockerfile").read_text()
    (command,) = re.findall(r"^CMD (.+)$", dockerfile, re.MULTILINE)
    ((path,),) = (json.loads(command),)
    module, _, name = path.rpartition(".")
    assert callable(getattr(import_module(module), name))


# Routes


def bus_of(rule: Resource) -> str:
    return str(rule.inputs.get("eventBusName", "default"))


def routes(gate: str) -> dict[str, list[Resource]]:
    """The rules that lead to each queue, by its name."""
    graph = program(gate)
    queues = {queue.outputs["arn"]: queue.name for queue in graph.of_kind("sqs.Queue")}
    rules = {rule.outputs["name"]: rule for rule in graph.of_kind("cloudwatch.EventRule")}
    found: dict[str, list[Resource]] = {name: [] for name in queues.values()}
    for target in graph.of_kind("cloudwatch.EventTarget"):
        found[queues[target.inputs["arn"]]].append(rules[target.inputs["rule"]])
    return found


def heard_by(gate: str, event: Mapping[str, Any]) -> list[str]:
    """The queues that the event comes into, one more time for each rule."""
    bus = program(gate).outputs["pipeline"] if event["source"] == "darkroom" else "default"
    return sorted(
        queue
        for queue, rules in routes(gate).items()
        for rule in rules
        if bus_of(rule) == bus and _matches(rule, event)
    )


def _matches(rule: Resource, event: Mapping[str, Any]) -> bool:
    scheduled = "scheduleExpression" in rule.inputs
    return not scheduled and matches(rule.document("eventPattern"), event)


def in_this_stack(name: str, gate: str = "open") -> dict[str, Any]:
    """The sample as if it came from the recorded program's bucket."""
    event = sample(name)
    if event["source"] == "aws.s3":
        event["detail"]["bucket"]["name"] = program(gate).outputs["originals"]
    return event


def test_every_sample_has_its_routes() -> None:
    assert set(ROUTES) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_an_event_comes_to_its_own_functions_once_and_to_no_other(gate: str, name: str) -> None:
    assert heard_by(gate, in_this_stack(name, gate)) == sorted(ROUTES[name][gate])


@pytest.mark.parametrize("name", [each for each in NAMES if sample(each)["source"] == "darkroom"])
def test_an_event_of_bulk_work_comes_to_the_same_functions_by_their_other_routes(
    gate: str, name: str
) -> None:
    event = in_this_stack(name, gate)
    event["detail"]["lane"] = "backfill"
    assert heard_by(gate, event) == sorted(f"{each}-bulk" for each in ROUTES[name][gate])
    # Release 0.1.0 knew of no lanes.
    del event["detail"]["lane"]
    assert heard_by(gate, event) == sorted(ROUTES[name][gate])


@pytest.mark.parametrize("name", NAMES)
def test_a_function_hears_what_its_routes_bring(gate: str, name: str) -> None:
    for route in ROUTES[name][gate]:
        handles = QUEUED[route.removesuffix("-bulk")].handles
        assert isinstance(parse(sample(name)), handles)  # type: ignore[arg-type]  # a class's own


@pytest.mark.parametrize(
    ("name", "gate", "function"),
    [
        ("image-accepted", "open", {"resize"}),
        ("image-held", "open", {"resize", "notify"}),
        ("image-accepted", "guarded", {"resize"}),
        ("image-held", "guarded", {"notify"}),
    ],
)
def test_a_verdict_on_a_picture_that_resize_has_not_begun_on_reaches_it(
    name: str, gate: str, function: set[str]
) -> None:
    event = in_this_stack(name, gate)
    event["detail"]["rendering"] = False
    assert set(heard_by(gate, event)) == function


def test_a_function_hears_nothing_that_no_route_brings() -> None:
    brought = {("resize", ImageHeld)} | {
        (route.removesuffix("-bulk"), type(parse(sample(name))))
        for name, by_gate in ROUTES.items()
        for brought_by in by_gate.values()
        for route in brought_by
    }
    heard = {
        (function, kind)
        for function, work in QUEUED.items()
        for kind in work.handles  # type: ignore[union-attr]  # a class's own
    }
    assert heard == brought


@pytest.mark.parametrize(
    ("name", "place", "value"),
    [
        ("object-created", ("detail", "object", "key"), "elsewhere/a.jpg"),
        ("object-created", ("detail", "object", "key"), "Uploads/a.jpg"),
        ("object-created", ("detail", "bucket", "name"), "another-bucket"),
        ("object-created", ("detail-type",), "Object Tags Added"),
        ("object-created", ("source",), "darkroom"),
        ("object-deleted-marker", ("detail", "object", "key"), "i/a.jpg"),
        ("object-deleted-marker", ("detail", "bucket", "name"), "another-bucket"),
        ("image-ready", ("source",), "another.program"),
        ("image-ready", ("detail-type",), "image ready"),
    ],
)
def test_what_is_not_the_pipelines_comes_to_nobody(
    gate: str, name: str, place: tuple[str, ...], value: object
) -> None:
    event = in_this_stack(name, gate)
    *parents, last = place
    inner = event
    for parent in parents:
        inner = inner[parent]
    inner[last] = value
    assert heard_by(gate, event) == []


def test_an_empty_object_comes_to_retire_alone(gate: str) -> None:
    event = in_this_stack("object-created", gate)
    event["detail"]["object"]["size"] = 0
    assert heard_by(gate, event) == ["retire"]
    event["detail"]["object"]["key"] = "elsewhere/a.jpg"
    assert heard_by(gate, event) == []


def test_the_renditions_bucket_starts_nothing(gate: str) -> None:
    event = in_this_stack("object-created", gate)
    event["detail"]["bucket"]["name"] = program(gate).outputs["renditions"]
    assert heard_by(gate, event) == []


# The matcher that these tests lean on


@pytest.mark.parametrize(
    ("pattern", "event", "expected"),
    [
        ({"a": ["x"]}, {"a": "x"}, True),
        ({"a": ["x", "y"]}, {"a": "y"}, True),
        ({"a": ["x"]}, {"a": "X"}, False),
        ({"a": ["x"]}, {}, False),
        ({"a": ["x"]}, {"a": ["w", "x"]}, True),
        ({"a": [1]}, {"a": True}, False),
        ({"a": {"b": ["x"]}}, {"a": {"b": "x", "c": 1}}, True),
        ({"a": {"b": ["x"]}}, {"a": "x"}, False),
        ({"a": [{"prefix": "up/"}]}, {"a": "up/x"}, True),
        ({"a": [{"prefix": "up/"}]}, {"a": "x/up/"}, False),
        ({"a": [{"numeric": [">", 0]}]}, {"a": 0}, False),
        ({"a": [{"numeric": [">", 0, "<=", 5]}]}, {"a": 5}, True),
        ({"a": [{"numeric": [">", 0]}]}, {"a": "1"}, False),
        ({"a": [{"anything-but": ["x"]}]}, {"a": "y"}, True),
        ({"a": [{"anything-but": ["x"]}]}, {"a": "x"}, False),
        ({"a": [{"anything-but": ["x"]}]}, {}, False),
        ({"a": ["x", {"exists": False}]}, {}, True),
        ({"a": ["x", {"exists": False}]}, {"a": "y"}, False),
        ({"a": ["x"], "b": ["y"]}, {"a": "x"}, False),
    ],
)
def test_a_pattern_matches_as_eventbridge_documents_it(
    pattern: dict[str, Any], event: dict[str, Any], expected: bool
) -> None:
    assert matches(pattern, event) is expected


def test_an_operator_that_the_matcher_does_not_know_is_an_error() -> None:
    with pytest.raises(ValueError, match="operator must be one that is known here, got 'wildcard'"):
        matches({"b": ["x"], "a": [{"wildcard": "*.jpg"}]}, {"a": "a.jpg"})
