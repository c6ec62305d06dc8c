"""The pack as the CLI starts it: a process that is asked over gRPC."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc

from local.engine.assets import on_the_wire
from policies.rules import RULES
from proofs.recorder import ROOT, Graph, record

PACK = ROOT / "policies"
pytestmark = pytest.mark.pack


@pytest.fixture(scope="module")
def analyzer() -> Iterator[Any]:
    process = subprocess.Popen(  # noqa: S603 - the pack's own environment
        [PACK / ".venv" / "bin" / "python", "-u", PACK],
        stdout=subprocess.PIPE,
        env={**os.environ, "PULUMI_PROJECT": "darkroom", "PULUMI_STACK": "prod"},
        text=True,
    )
    assert process.stdout
    with process, grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as to:
        yield analyzer_pb2_grpc.AnalyzerStub(to)
        process.kill()


@pytest.fixture(scope="module")
def prod() -> Graph:
    return record("prod", {"baseImage": f"base@sha256:{'0' * 64}"})


def struct(values: Any) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(json.loads(json.dumps(values, default=on_the_wire)))
    return made


def ask(analyzer: Any, graph: Graph, name: str, change: dict[str, Any]) -> list[tuple[str, str]]:
    """What the pack finds, one resource after the other, with one of them changed."""
    provider = graph.resource("providers.aws", "aws")
    found = []
    for each in graph.resources:
        if not each.custom:
            continue
        request = analyzer_pb2.AnalyzeRequest(
            type=each.type,
            urn=each.urn,
            name=each.name,
            properties=struct({**each.inputs, **(change if each.name == name else {})}),
            options=analyzer_pb2.AnalyzerResourceOptions(
                protect=each.protect, ignoreChanges=each.ignored
            ),
            provider=analyzer_pb2.AnalyzerProviderResource(
                type=provider.type,
                urn=provider.urn,
                name=provider.name,
                properties=struct(provider.inputs),
            ),
        )
        found += analyzer.Analyze(request).diagnostics
    return [(each.policyName, each.message.strip()) for each in found]


def test_the_pack_has_every_rule_and_each_stops_a_deployment(analyzer: Any) -> None:
    info = analyzer.GetAnalyzerInfo(empty_pb2.Empty())

    assert info.name == "darkroom"
    assert [(each.name, each.description) for each in info.policies] == [
        (rule.name, rule.description) for rule in RULES
    ]
    assert {each.enforcementLevel for each in info.policies} == {analyzer_pb2.MANDATORY}


def test_the_pack_lets_prod_through(analyzer: Any, prod: Graph) -> None:
    resources = [
        analyzer_pb2.AnalyzerResource(
            type=each.type, urn=each.urn, name=each.name, properties=struct(each.outputs)
        )
        for each in prod.resources
        if each.custom
    ]
    whole = analyzer.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=resources))

    assert ask(analyzer, prod, "", {}) == []
    assert list(whole.diagnostics) == []


def test_the_pack_reports_a_mutant(analyzer: Any, prod: Graph) -> None:
    [(rule, message)] = ask(analyzer, prod, "resize-logs", {"retentionInDays": 0})

    assert rule == "logs-expire"
    assert message.endswith(
        "retentionInDays must be 1 to 3653, got 0: set it, or logs cost for ever"
    )


def test_a_rule_waits_where_a_preview_knows_no_value_yet(analyzer: Any, prod: Graph) -> None:
    unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
    [(rule, message)] = ask(analyzer, prod, "resize", {"imageUri": unknown})[:1]

    assert rule == "images-are-pinned"
    assert "can't run policy 'images-are-pinned'" in message
