"""The documentation, compared with the code it is about."""

import re
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import get_args

import pytest
import typer

from local.cli import app as local_app
from ops.cli import app as ops_app
from pictures.limits import Code
from pipeline.item import Item
from pipeline.storage import Refusal
from proofs.pages import PAGES, TYPES, example_item, filled
from proofs.recorder import ROOT
from tests.events import NAMES

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def pages() -> list[Path]:
    """Every page of Markdown that a reader can come to."""
    found = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "samples" / "LICENCES.md"]
    return [*found, *sorted((ROOT / "docs").rglob("*.md"))]


def links(page: Path) -> list[str]:
    """The page's links to other files."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:", link)]


def anchors(page: Path) -> set[str]:
    """The page's headings, as GitHub makes anchors of them."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(text)
    }


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file_and_every_anchor_to_a_heading(page: Path) -> None:
    broken = []
    for link in links(page):
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)

    assert broken == []


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]

    assert sorted(set(pages()) - reached) == []


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    used = set(re.findall(r"(?:`|^    )make ([a-z-]+)", text, re.MULTILINE))
    modules = set(re.findall(r"python -m ([\w.]+)", text)) - {"pytest"}
    commands = {"local": _commands(local_app), "ops": _commands(ops_app)}
    subcommands = re.findall(r"python -m (local|ops)(?: --[a-z]+ [\w.]+)* ([a-z]+)\b", text)

    assert used - targets == set()
    assert {module for module in modules if find_spec(module) is None} == set()
    assert [pair for pair in subcommands if pair[1] not in commands[pair[0]]] == []


def _commands(app: typer.Typer) -> set[str]:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    return set(group.commands)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_generated_parts_of_a_page_are_what_the_code_makes(page: Path) -> None:
    text = page.read_text(encoding="utf-8")

    assert filled(text) == text, "write them again: python -m proofs.pages"


def test_the_reference_shows_every_event_that_the_functions_publish() -> None:
    assert sorted(TYPES) == sorted(name for name in NAMES if not name.startswith("object-"))


def test_the_reference_describes_exactly_the_fields_of_an_item() -> None:
    names = (
        {each.name for each in fields(Item)}
        | set(example_item().to_dict())
        | {"owner_id", "alt_text"}
    )

    assert described("## Items") == names


def test_the_reference_lists_every_failure_code() -> None:
    assert described("### Failure codes") == {
        *get_args(Code),
        *get_args(Refusal),
        "refused_by_rekognition",
    }


def described(heading: str) -> set[str]:
    """The names in the first column of the first table below the heading."""
    text = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    table = text.partition(f"\n{heading}\n")[2].partition("\n|")[2].partition("\n\n")[0]
    cells = [
        row.split("|")[1] if row.startswith("|") else row.split("|")[0] for row in table.split("\n")
    ]
    return {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}


def test_the_readme_reports_the_race_as_its_page_does() -> None:
    page = (ROOT / "docs" / "benchmarks" / "renditions.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    row = re.compile(r"^\| (sharp|libvips), (\w+).* \| (\d\.\d\d) \| (\d\.\d\d) \|$", re.MULTILINE)
    measured = row.findall(page.partition("## In short")[2].partition("## Goals")[0])

    stated = row.findall(readme.partition("| against |")[2])

    assert [each[2:] for each in stated] == [each[2:] for each in measured]
    assert len(stated) == 3


def test_the_readme_states_the_cost_about_as_its_page_does() -> None:
    page = (ROOT / "docs" / "cost.md").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").partition("**Costs little")[2]
    measured = re.search(
        r"cost ([\d.]+) USD, (\d+) %.* about ([\d.]+) USD a month", page, re.DOTALL
    )
    stated = re.search(r"([\d.]+) USD per.* (\d+) %.* about ([\d.]+) USD a", readme, re.DOTALL)

    assert measured
    assert stated
    # The page's own time on a processor moves it by a cent or two.
    assert [float(number) for number in stated.groups()] == pytest.approx(
        [float(number) for number in measured.groups()], rel=0.02
    )
