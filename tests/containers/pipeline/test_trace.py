"""A version's way through the functions is read from their logs."""

import json
from typing import Any

from pipeline.original import Original
from pipeline.trace import LogLine, Span, spans

TRACE = "a" * 32


def line(function: str, second: float, message: str, **more: Any) -> LogLine:
    at = f"2026-01-01 00:00:{second:06.3f}+00:00"
    logged = {"timestamp": at, "message": message, "trace_id": TRACE, **more}
    return LogLine(function, "stream", json.dumps(logged))


def test_each_event_that_a_function_received_is_a_span() -> None:
    began = 1767225600.0
    lines = [
        line("resize", 1, "received", event="Object Created"),
        line("resize", 2, "received", event="Object Created", trace_id="other"),
        line("resize", 3.5, "done"),
        line("notify", 4, "received", event="Image Ready"),
        line("notify", 4.25, "notice sent"),
        line("resize", 9, "failed", trace_id="other"),
        LogLine("resize", "stream", f"REPORT {TRACE}"),
        LogLine("resize", "stream", "[1]"),
    ]
    assert spans([], TRACE) == []
    assert spans(lines, TRACE) == [
        Span("resize", "Object Created", began + 1, began + 3.5, "done"),
        Span("notify", "Image Ready", began + 4, began + 4.25, "notice sent"),
    ]


def test_a_retry_is_a_span_of_its_own() -> None:
    lines = [
        line("resize", 1, "received", event="Object Created"),
        line("resize", 2, "failed"),
        line("resize", 50, "received", event="Object Created"),
        line("resize", 51, "done"),
    ]
    assert [(span.outcome, span.seconds) for span in spans(lines, TRACE)] == [
        ("failed", 1.0),
        ("done", 1.0),
    ]


def test_a_version_has_one_trace_and_no_other_version_has_it() -> None:
    original = Original(bucket="b", key="uploads/a.jpg", sequencer="01", etag="e", version_id="v")
    told_less = Original(bucket="b", key="uploads/a.jpg", sequencer="01")
    assert original.trace_id == told_less.trace_id
    assert original.trace_id != original.just_after().trace_id
    assert len(original.trace_id) == 32
