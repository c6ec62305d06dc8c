"""A key may hold anything; what people see of it is one line."""

import io
from collections import Counter
from typing import Any

import pytest
from rich.console import Console

from ops import show
from ops.policy import Replayed
from ops.status import Report
from pipeline.explain import story
from pipeline.spending import Day
from pipeline.statuses import Failed
from reconcile.findings import Finding
from tests.containers.pipeline.test_explain import item

ODD = "uploads/a\nstatus  ready\x1b[31m\u2028\u202egpj.\u00fc\U0001f469\u200d\U0001f467"
SEEN = "uploads/a\\nstatus  ready\\x1b[31m\\u2028\\u202egpj.\u00fc\U0001f469\u200d\U0001f467"


def printed(*shown: Any) -> str:
    out = io.StringIO()
    Console(file=out, width=400).print(*shown)
    return out.getvalue()


@pytest.mark.parametrize("part", ["story", "restored", "finding", "failures", "flips"])
def test_a_key_writes_no_line_of_its_own(part: str) -> None:
    picture = item(key=ODD, timeline=({"stage": "received", "at": "now"},))
    failed = Failed("a" * 32, ODD, "at", "resize", "truncated", "it ends early")
    finding = Finding(kind="stuck", image_id="a" * 32, key=ODD, detail="since then")
    flip = Replayed(picture, "accept", "hold", ())
    shown = {
        "story": show.story(
            picture, story(picture, gate="open", logs={"rekognition": "", "resize": ""})
        ),
        "restored": show.restored(picture, "restored"),
        "finding": show.finding(finding, "left"),
        "failures": show.failures(Report({}, {}, {}, {}, (failed,), (), Day("2026-01-01"), None)),
        "flips": show.flips(Counter({("accept", "hold"): 1}), [flip])[-1],
    }[part]
    text = printed(shown)
    assert SEEN in text
    assert "\nstatus  ready" not in text
