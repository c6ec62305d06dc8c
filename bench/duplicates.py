"""How well duplicates are found: `python -m bench.duplicates`.

Every photograph is edited in each way of `bench.edits`, and hashed as `resize` hashes uploads.
What is found of the edits, and which photographs of different things are taken for the same, are
written into docs/benchmarks/duplicates.md, bad results included.
"""

import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal

import typer
from PIL import Image, ImageOps
from rich.console import Console
from rich.progress import track

from bench.edits import EDITS
from bench.labels import fetch, read_content, read_photographs, unpack_debian
from local.rekognition.models import cache_folder
from local.rekognition.packages import PackageError
from ops.terminal import console as open_console
from pictures.measures import dhash, phash, scores
from pipeline.likeness import FLATTEST, SAME, SCENE, Alike, Look, alike, bands, distance
from proofs import markdown
from proofs.recorder import ROOT
from rendering.versions import Versions

HERE = Path(__file__).parent
REPORT = ROOT / "docs" / "benchmarks" / "duplicates.md"

MOST_PIXELS = 1600
"""The longer side that a photograph is edited at."""

LEAST_PIXELS = 200
LEAST_COLOURS = 0.1
"""Of the pixels, how many must have a colour of their own: drawings have a few colours."""

SHOWN = 20
"""False pairs that the page names."""

Kind = Literal["photograph", "cut-out"]
KINDS: Mapping[Kind, str] = {"photograph": "photographs", "cut-out": "cut-outs"}

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Source:
    """A Debian package, and which of its files are photographs."""

    kind: Kind
    package: str
    version: str
    licence: str
    files: tuple[str, ...]
    leave_out: frozenset[str]
    drawings: bool
    """Whether only what looks like a photograph is taken."""


@dataclass(frozen=True)
class Photograph:
    """A photograph, whole or of one thing that is cut out, on white."""

    kind: Kind
    name: str
    image: Image.Image


@dataclass
class Found:
    """How many edits were alike, and of those how many the index finds."""

    edits: int = 0
    alike: Counter[Alike] = field(default_factory=Counter)
    indexed: int = 0

    def add(self, original: Look, edited: Look) -> None:
        """Count one edit of a photograph."""
        self.edits += 1
        if how := alike(original, edited):
            self.alike[how] += 1
            self.indexed += bool(set(bands(original)) & set(bands(edited)))

    @property
    def cells(self) -> tuple[str, str, str]:
        """Percent that are the same, that are at least of the scene, and that are found."""
        counts = (self.alike["same"], self.alike.total(), self.indexed)
        return tuple(f"{100 * each / self.edits:.0f}" for each in counts)  # type: ignore[return-value]  # three


@dataclass(frozen=True)
class Pair:
    """Two photographs, and how far apart they look."""

    names: tuple[str, str]
    distance: int
    alike: Alike | None
    flat: bool
    real: bool
    """Whether an onlooker took them for the same photograph."""


@dataclass(frozen=True)
class Measured:
    """What came out."""

    counts: Mapping[Kind, int]
    licences: Sequence[tuple[str, int, str]]
    flat: Sequence[str]
    found: Mapping[tuple[Kind, str], Found]
    pairs: Sequence[Pair]


@app.command()
def main(
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = REPORT,
    most: Annotated[int, typer.Option(min=2, help="Look at no more of each source.")] = 1000,
) -> None:
    """Edit photographs, look for them, and write what was found."""
    console = open_console(stderr=True)
    page = _page(measure(console, most))
    markdown.write(report, page)
    typer.echo(page)


def read_sources() -> tuple[list[Source], set[frozenset[str]]]:
    """The packages of duplicates.toml, and the pairs of their pictures that are the same."""
    listed = tomllib.loads((HERE / "duplicates.toml").read_text(encoding="utf-8"))
    sources = [
        Source(**{**each, "files": tuple(each["files"]), "leave_out": frozenset(each["leave_out"])})
        for each in listed["source"]
    ]
    return sources, {frozenset(each) for each in listed["same"]}


def each_source(console: Console, most: int) -> Iterator[tuple[str, str, Sequence[Photograph]]]:
    """Each package's name and licence, and at most so many of its photographs."""
    pinned, debian = read_photographs()
    whole = [each for each in pinned if each.package != "tuxpaint-stamps-default"]
    folder = fetch(whole, debian, console)
    for package in sorted({each.package for each in whole}):
        own = [each for each in whole if each.package == package]
        there = [each for each in own if (folder / each.sha256).exists()][:most]
        licences = ", ".join(sorted({each.licence for each in there}))
        opened = (Image.open(BytesIO(read_content(each, folder))) for each in there)
        photographs = [
            Photograph("photograph", each.name, _on_white(image))
            for each, image in zip(there, opened, strict=True)
        ]
        yield package, licences, photographs
    for source in read_sources()[0]:
        try:
            yield source.package, source.licence, list(_photographs(source))[:most]
        except PackageError as error:
            console.print(f"[yellow]{error}")


def measure(console: Console, most: int) -> Measured:
    """Hash every photograph and every edit of it."""
    counts: Counter[Kind] = Counter()
    licences: list[tuple[str, int, str]] = []
    found: dict[tuple[Kind, str], Found] = {}
    looks: dict[str, Look] = {}
    for package, licence, photographs in each_source(console, most):
        for photograph in track(photographs, package, console=console, transient=True):
            original = look_of(photograph.image)
            looks[photograph.name] = original
            counts[photograph.kind] += 1
            if original.flat:
                continue
            for name, edit in EDITS.items():
                edited = look_of(edit(photograph.image))
                found.setdefault((photograph.kind, name), Found()).add(original, edited)
        licences.append((package, len(photographs), licence))
    flat = [name for name, look in looks.items() if look.flat]
    _, same = read_sources()
    return Measured(counts, licences, flat, found, pairs_of(looks, same))


def look_of(image: Image.Image) -> Look:
    """How the picture looks to `resize`."""
    small = Versions(image).within(512)
    flat = scores(small).contrast < FLATTEST
    return Look(dhash=int(dhash(small), 16), phash=int(phash(small), 16), flat=flat)


def pairs_of(looks: Mapping[str, Look], same: set[frozenset[str]]) -> list[Pair]:
    """Every two photographs, the nearest first."""
    pairs = [
        Pair(
            names,
            distance(looks[names[0]], looks[names[1]]),
            alike(looks[names[0]], looks[names[1]]),
            any(looks[name].flat for name in names),
            frozenset(names) in same,
        )
        for names in combinations(looks, 2)
    ]
    return sorted(pairs, key=lambda pair: (pair.distance, pair.names))


def webps(data: bytes) -> Iterator[bytes]:
    """The WebP files in a Qt resource file, which holds them as they are."""
    at = 0
    while (at := data.find(b"RIFF", at)) >= 0:
        end = at + 8 + int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at + 8 : at + 12] == b"WEBP":
            yield data[at:end]
        at += 4


def is_photograph(image: Image.Image, kind: Kind) -> bool:
    """Whether it has a photograph's many colours, and for a whole one no transparent ground."""
    if max(image.size) < LEAST_PIXELS:
        return False
    small = image.convert("RGBA")
    small.thumbnail((256, 256))
    opaque = [pixel for pixel in small.get_flattened_data() if pixel[3] > 200]  # type: ignore[index]  # RGBA
    if not opaque or (kind == "photograph" and len(opaque) < 0.97 * small.width * small.height):
        return False
    colours = {(red // 4, green // 4, blue // 4) for red, green, blue, _ in opaque}  # type: ignore[misc]
    return len(colours) > LEAST_COLOURS * len(opaque)


def _photographs(source: Source) -> Iterator[Photograph]:
    folder = cache_folder() / "duplicates" / f"{source.package}_{source.version}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            work = Path(scratch) / "unpacked"
            work.mkdir()
            unpack_debian(f"{source.package}={source.version}", work)
            work.rename(folder)
    for path in sorted({path for pattern in source.files for path in folder.glob(pattern)}):
        if source.leave_out & {*path.relative_to(folder).parts, path.stem}:
            continue
        for name, image in _images(path):
            if not source.drawings or is_photograph(image, source.kind):
                yield Photograph(source.kind, name, _on_white(image))


def _images(path: Path) -> Iterable[tuple[str, Image.Image]]:
    """The pictures of a file, with names that no other one has."""
    if path.suffix == ".rcc":
        for number, data in enumerate(webps(path.read_bytes()), 1):
            yield f"{path.stem}-{number}", Image.open(BytesIO(data))
    else:
        yield f"{path.parent.name}/{path.stem}", Image.open(path)


def _on_white(image: Image.Image) -> Image.Image:
    upright = ImageOps.exif_transpose(image).convert("RGBA")
    ground = Image.new("RGBA", upright.size, "white")
    flattened = Image.alpha_composite(ground, upright).convert("RGB")
    flattened.thumbnail((MOST_PIXELS, MOST_PIXELS), Image.Resampling.LANCZOS)
    return flattened


def _page(measured: Measured) -> str:
    edits = [
        (
            name,
            *(
                cell
                for kind in KINDS
                for cell in (
                    measured.found[kind, name].cells
                    if (kind, name) in measured.found
                    else ("-",) * 3
                )
            ),
        )
        for name in EDITS
    ]
    real = [pair for pair in measured.pairs if pair.real]
    wrong = [pair for pair in measured.pairs if pair.alike and not pair.real]
    others = [pair for pair in measured.pairs if not pair.alike and not pair.flat][:5]
    words = {kind: f"{measured.counts[kind]} {name}" for kind, name in KINDS.items()}
    total = sum(measured.counts.values())
    return f"""\
# Duplicates: what is found, and what is taken for one

Written by `make bench-duplicates` (`python -m bench.duplicates`; {markdown.machine()}).

{words["photograph"].capitalize()} and {words["cut-out"]} are edited in {
        len(EDITS)
    } ways, and hashed
as `resize` hashes uploads. *Same* is a sum of both distances of at most {SAME}, *scene* of at most
{
        SCENE
    }. A cut-out is a photograph of one thing on white, as in a shop's catalog: all of them have the
same empty ground, which makes them harder to tell apart.

{_extent(total)}

## What is found

Percent of the edits that are the same picture, that are the same picture or scene, and that the
index of ten bands finds of these. Flat pictures are not compared: {len(measured.flat)} of {total}\
{f" ({', '.join(measured.flat)})" if measured.flat else ""}.

{
        markdown.table(
            (
                "edit",
                *(
                    f"{name}: {what}"
                    for name in KINDS.values()
                    for what in ("same", "or scene", "found")
                ),
            ),
            edits,
        )
    }

## What is taken for a duplicate

{len(measured.pairs):,} pairs of photographs were compared. {
        len(real)
    } are the same photograph, in two
sizes, of which {sum(pair.alike is not None for pair in real)} are found. {_counted(wrong)}

{_pairs(wrong[:SHOWN])}

The nearest pairs that are not alike:

{_pairs(others)}

## Where the photographs are from

{markdown.table(("package", "photographs", "licence"), measured.licences)}
"""


def _extent(total: int) -> str:
    if total >= 300:
        return (
            "Only the cut-outs make it more than 300: no package within reach has "
            "more whole ones with a stated licence."
        )
    return f"The goal was 300 photographs; no package within reach has more than these {total}."


def _counted(wrong: Sequence[Pair]) -> str:
    if not wrong:
        return "No two others are alike."
    counts = Counter(pair.alike for pair in wrong)
    return (
        f"Of different things, {counts['same']} are taken for the same picture and "
        f"{counts['scene']} for the same scene."
    )


def _pairs(pairs: Sequence[Pair]) -> str:
    rows = [(*pair.names, pair.distance, pair.alike or "-") for pair in pairs]
    return (
        markdown.table(("photograph", "photograph", "distance", "taken for"), rows) if rows else ""
    )


if __name__ == "__main__":
    app()
