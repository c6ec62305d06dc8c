"""The generated parts of the pages: examples, the list of decisions, the graph of imports.

    python -m proofs.pages        writes them

Events come from the sample payloads that the tests use; the item is what the state machine makes of
those events. A test compares the pages with this, so they cannot drift from the code.
"""

import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from grimp import build_graph

from api.description import describe
from api.handler import application
from pipeline.analyses import Analyses
from pipeline.answers import would_be_asked
from pipeline.events import Event, ImageReady, parse
from pipeline.facts import Analysis, Label, Measurement
from pipeline.item import Item, Verdict
from pipeline.lifecycle import (
    Analysed,
    NoticeClaimed,
    NoticeSent,
    Received,
    Rendered,
    Rendering,
    Update,
    advance,
)
from pipeline.original import Original
from policies.rules import RULES
from proofs import markdown
from proofs.recorder import ROOT

__all__ = ["OPENAPI", "PAGES", "TYPES", "example_item", "filled", "openapi"]

DECISIONS = ROOT / "docs" / "decisions"
PAGES = (
    ROOT / "docs" / "architecture.md",
    ROOT / "docs" / "reference.md",
    DECISIONS / "README.md",
    ROOT / "policies" / "README.md",
)
"""Every page with generated parts."""

OPENAPI = ROOT / "docs" / "openapi.json"
"""The description of the API."""

TYPES = (
    "image-accepted",
    "image-held",
    "image-rejected",
    "image-ready",
    "image-failed",
    "image-retired",
    "image-restored",
    "renditions-obsolete",
    "original-missing",
)
"""The sample of every event that the functions publish."""

_FUNCTIONS = frozenset(
    dockerfile.parent.name for dockerfile in (ROOT / "containers").glob("*/Dockerfile")
)
_FREE = frozenset({"bench", "proofs", "tests"})
_BLOCK = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)
_BEGAN = datetime(2026, 1, 1, 12, 0, 0, 120_000, tzinfo=UTC)


def filled(page: str) -> str:
    """The page with every generated part as the code has it."""
    return _BLOCK.sub(lambda found: f"{found[1]}{_PARTS[found[2]]()}\n{found[3]}", page)


def openapi() -> str:
    """The OpenAPI document, as the API serves it, for people to read."""
    return json.dumps(json.loads(describe(application())), indent=2, ensure_ascii=False) + "\n"


def example_item() -> Item:
    """What the catalog holds of the sample upload once it is ready and its notice is out."""
    ready = parse(_sample("image-ready"))
    if not isinstance(ready, ImageReady):
        raise TypeError(f"image-ready.json must be an Image Ready, got {ready.detail_type}")
    original, renditions = ready.original, ready.renditions
    content = next(iter(next(iter(renditions.values())).values()))["key"].split("/")[2]
    item: Item | None = None
    for milliseconds, update in _updates(original, renditions, content):
        item = advance(item, update, _BEGAN + timedelta(milliseconds=milliseconds))
        item = item and replace(item, revision=item.revision + 1)
    if item is None:
        raise AssertionError("the updates of an upload must make an item")
    return item


def _updates(
    original: Original, renditions: dict[str, Any], content: str
) -> list[tuple[int, Update]]:
    measurement = Measurement(
        content_type="image/jpeg",
        width=5184,
        height=3456,
        placeholder="1QcSHQRnh493V4dIh4eXh1h4kJUI",
        measured={
            "sharpness": 71.2,
            "brightness": 52.8,
            "contrast": 63.1,
            "shadows": 2.4,
            "highlights": 0.6,
            "colors": [{"hex": "#7a8ea6", "share": 0.31}],
            "frames": 1,
            "has_alpha": False,
        },
        hashes={
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "dhash": "b4d2611184e1c3a5",
            "phash": "c1e69a2f3d0b5874",
        },
        exif={"taken_at": "2025-12-30T16:41:07+01:00", "camera": "NIKON D90"},
    )
    labels: tuple[Label, ...] = (
        {"name": "Railway Station", "confidence": 96.2, "parents": ["Building"]},
        {"name": "Building", "confidence": 97.0, "parents": []},
    )
    analysis = Analysis(
        labels=labels,
        quality={"brightness": 54.1, "sharpness": 83.6, "contrast": 47.9},
        colors=({"hex": "#778899", "name": "lightslategrey", "percent": 24.5},),
    )
    claim = NoticeClaimed(
        original=original, outcome="ready", by="9f2c", until=_BEGAN + timedelta(seconds=62)
    )
    return [
        (0, Received(original=original)),
        (30, Rendering(original=original, content=content)),
        (
            660,
            Rendered(
                original=original,
                ms=604,
                content=content,
                renditions=renditions,
                measurement=measurement,
                owner="ann@example.org",
                costs={"resize": 0.00001738, "renditions": 0.00002},
            ),
        ),
        (
            1480,
            Analysed(
                original=original,
                ms=1412,
                verdict=Verdict(decision="accept"),
                analysis=analysis,
                sha256=measurement.hashes["sha256"],
                asked=would_be_asked(
                    Analyses(("labels", "properties", "moderation")).questions(
                        labels_from=55, moderation_from=50
                    ),
                    {"detect_labels": "3.0", "detect_moderation_labels": "7.0"},
                ),
                owner="ann@example.org",
                costs={
                    "labels": 0.001,
                    "properties": 0.00075,
                    "moderation": 0.001,
                    "rekognition": 0.00004061,
                },
            ),
        ),
        (1600, claim),
        (1720, NoticeSent(original=original, outcome="ready")),
    ]


def _sample(name: str) -> dict[str, Any]:
    sample: dict[str, Any] = json.loads(
        (ROOT / "tests" / "events" / f"{name}.json").read_text(encoding="utf-8")
    )
    return sample


def _types() -> str:
    """A row per event type: when it is published, and the fields that it adds."""
    common = set(parse(_sample("original-missing")).detail())
    rows = []
    for name in TYPES:
        sample = _sample(name)
        kind = type(parse(sample))
        added = {k: v for k, v in sample["detail"].items() if k not in common}
        shown = "; ".join(
            f"`{field}`: `{json.dumps(_short(value))}`" for field, value in added.items()
        )
        rows.append((f"`{kind.detail_type}`", _sentence(kind), shown))
    return markdown.table(("detail-type", "meaning", "fields it adds, with an example"), rows)


def _sentence(kind: type[Event]) -> str:
    return " ".join((kind.__doc__ or "").split())


def _short(value: Any) -> Any:
    """An example of a nested value: one rendition instead of all."""
    if isinstance(value, dict) and all(isinstance(each, dict) for each in value.values()):
        name, below = next(iter(value.items()))
        return {name: _short(below)}
    return value


def _decisions() -> str:
    """The decisions by number, each with a link."""
    lines = []
    for page in sorted(DECISIONS.glob("[0-9]*.md")):
        title = page.read_text(encoding="utf-8").partition("\n")[0]
        number, _, text = title.removeprefix("# ").partition(". ")
        lines.append(f"- {number}: [{text}]({page.name})")
    return "\n".join(lines)


def _policies() -> str:
    """A row for each rule of the policy pack."""
    rows = [(f"`{rule.name}`", rule.description.removesuffix(".")) for rule in RULES]
    return markdown.table(("rule", "what holds"), rows)


def _imports() -> str:
    """Who imports whom; the functions are one node."""
    graph = build_graph(
        *_import_linter()["root_packages"], exclude_type_checking_imports=True, cache_dir=None
    )
    edges = {
        (_folder(importer), _folder(imported))
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
    }
    drawn = sorted({folder for edge in edges for folder in edge} - _FREE)
    arrows = sorted(
        (importer, imported)
        for importer, imported in edges
        if importer != imported and importer in drawn
    )
    lines = [*drawn, *(f"{importer} --> {imported}" for importer, imported in arrows)]
    return "\n".join(["```mermaid", "flowchart TD", *(f"    {line}" for line in lines), "```"])


def _folder(module: str) -> str:
    package = module.partition(".")[0]
    return "functions" if package in _FUNCTIONS else package


def _contracts() -> str:
    """The contracts that `make lint` checks, by name."""
    return "\n".join(f"- {contract['name']}" for contract in _import_linter()["contracts"])


def _import_linter() -> dict[str, Any]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    settings: dict[str, Any] = project["tool"]["importlinter"]
    return settings


def _json(value: Any) -> str:
    return f"```json\n{json.dumps(value, indent=2, ensure_ascii=False)}\n```"


_PARTS: Mapping[str, Callable[[], str]] = {
    "contracts": _contracts,
    "decisions": _decisions,
    "imports": _imports,
    "policies": _policies,
    "event-types": lambda: _types().strip(),
    "event": lambda: _json(_sample("image-ready")),
    "item": lambda: _json(example_item().to_dict()),
}


if __name__ == "__main__":
    for each in PAGES:
        each.write_text(filled(each.read_text(encoding="utf-8")), encoding="utf-8")
    OPENAPI.write_text(openapi(), encoding="utf-8")
