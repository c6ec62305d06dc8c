"""How well pictures are found by words and by example: `python -m bench.search`.

The queries of queries.toml, which were written before the first search, are put to the API's own
ranking over the photographs of the report on duplicates. What comes first, bad results included,
how long a search takes and what it costs are written into docs/benchmarks/search.md.
"""

import statistics
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from bench.duplicates import each_source
from bench.library import ALL, Library, LocalEmbedder, Seen, open_models, see
from bench.retrieval import EXAMPLE, NOTHING, TOP, Asked, first_right, read_queries, score
from bench.vector_speed import (
    EXAMINED_USD,
    INDEX_BYTES,
    ITEM_BYTES,
    ITEM_UNITS,
    STORED_USD,
    VECTOR_WRITE_USD,
    WORDS_TOKENS,
    WORDS_USD,
    Agreement,
    Speed,
    compare_with_emulator,
    examined_usd,
    filling_usd,
    found_usd,
    month_usd,
    speed_of,
)
from local.rekognition.models import ModelsError, prepare_models
from ops.terminal import console as open_console
from pipeline.prices import embeddings_usd
from pipeline.vectors import MOST_NEAR
from proofs import markdown
from proofs.cost import PRICES

SIZES, SMALL_SIZES = (1_000, 10_000, 100_000), (1_000,)
SEARCHES = 20
EMULATED, SMALL_EMULATED = 1_000, 100
EMULATED_SEARCHES = 5
BILLED = (10_000, 1_000_000, 10_000_000)

NAMED = 3
"""Labels that the page shows of a photograph."""

KINDS: Mapping[str, str] = {
    "object": "objects",
    "scene": "scenes",
    "colour": "colours with objects",
    "action": "actions",
    "synonym": "synonyms, none of them a label",
    "place": "places",
    "text": "text in pictures",
    NOTHING: "what no picture shows",
    EXAMPLE: "by example",
}

WAYS = ("labels and texts alone", "vectors alone", "both, as the API does")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Result:
    """What one query found in each way: names with similarities, the best first."""

    asked: Asked
    found: Sequence[Sequence[tuple[str, float]] | None]
    """As `WAYS`; None where the way has no such search."""

    def place(self, way: int) -> int | None:
        """Of the first right one, from 1."""
        found = self.found[way]
        return first_right([name for name, _ in found], self.asked.right) if found else None

    @property
    def first(self) -> tuple[str, float] | None:
        """What comes first as the API ranks."""
        found = self.found[-1]
        return found[0] if found else None


@dataclass(frozen=True)
class Measured:
    """What came out."""

    library: Library
    results: Sequence[Result]
    licences: Sequence[tuple[str, int, str]]
    words_ms: Sequence[float]
    """How long MiniLM took for the words of each query."""
    speeds: Sequence[Speed]
    emulator: Agreement


@app.command()
def main(
    small: Annotated[bool, typer.Option(help="Fewer vectors; the page is not in docs.")] = False,
) -> None:
    """Search photographs, and write what was found."""
    console = open_console(stderr=True)
    try:
        embedder = open_models(prepare_models(console))
    except ModelsError as error:
        console.print(f"[red]{error}")
        raise typer.Exit(1) from error
    library, licences = collect(console, embedder)
    queries = read_queries()
    if missing := sorted(named(queries) - library.names):
        console.print(
            f"[red]queries.toml names photographs that are not there: {', '.join(missing)}; "
            "their Debian packages are fetched by apt-get"
        )
        raise typer.Exit(1)
    results = [
        search(each, library)
        for each in track(queries, "searching", console=console, transient=True)
    ]
    console.print(f"{len(results)} queries among {len(library.names)} photographs")
    measured = Measured(
        library,
        results,
        licences,
        list(_words_ms(queries, embedder)),
        [speed_of(size, SEARCHES, console.print) for size in (SMALL_SIZES if small else SIZES)],
        compare_with_emulator(
            SMALL_EMULATED if small else EMULATED, EMULATED_SEARCHES, console.print
        ),
    )
    page = page_of(measured)
    markdown.write(markdown.place("benchmarks/search", full=not small), page)
    typer.echo(page)


def collect(
    console: Console, embedder: LocalEmbedder
) -> tuple[Library, list[tuple[str, int, str]]]:
    """The whole photographs, and the licences of each package."""
    seen: dict[str, Seen] = {}
    licences = []
    for package, licence, photographs in each_source(console, most=1_000):
        whole = [each for each in photographs if each.kind == "photograph"]
        if whole:
            licences.append((package, len(whole), licence))
        for each in track(whole, package, console=console, transient=True):
            seen[each.name] = see(each.image, embedder)
    return Library(seen, embedder), licences


def named(queries: Iterable[Asked]) -> set[str]:
    """Every photograph that the queries name."""
    return {
        name
        for each in queries
        for name in (*each.right, *((each.text,) if each.kind == EXAMPLE else ()))
    }


def search(asked: Asked, library: Library) -> Result:
    """One query in each way that there is."""
    if asked.kind == EXAMPLE:
        found = library.like(asked.text)
        return Result(asked, (None, found, found))
    return Result(
        asked,
        (
            library.by_labels(asked.text),
            library.by_vectors(asked.text),
            library.by_words(asked.text),
        ),
    )


def _words_ms(queries: Iterable[Asked], embedder: LocalEmbedder) -> Iterator[float]:
    for each in queries:
        if each.kind != EXAMPLE:
            began = time.perf_counter()
            embedder.of_words(each.text)
            yield 1000 * (time.perf_counter() - began)


def page_of(measured: Measured) -> str:
    """The Markdown page."""
    return f"""\
# Search: what is found by words and by example

Written by `make bench-search` (`python -m bench.search`; {markdown.machine()}).

{_summary(measured)}

The queries and the right answers are in `bench/queries.toml`. They were written from the
photographs alone and committed before the first search. None has been changed since, and the
ranking has not been tuned to them. The photographs are the whole ones of
[the report on duplicates](duplicates.md). Each gets its labels, text and vector from the
[local stand-in](../local-rekognition.md), the vector by ConSE and MiniLM: **these are not Titan's
vectors, and say nothing about how well Titan finds.** The ranking is the API's own code, over
vectors in memory, as for a reviewer. Text is read here, which `analyses` does not include by
default.

An earlier, informal trial was of 26 photographs, few enough for chance to help. The message of
commit e3e482d quotes it, 18 right first of 25 queries, without that number.

## How well

Right first: the first result is right. In the top {TOP}: a right one is among the first {TOP}.
MRR: the mean of 1 / the place of the first right one, 0 where none is found. At most the
{MOST_NEAR} nearest are found.

{markdown.table(_HEAD, _kinds(measured.results))}

*{WAYS[0].capitalize()}*: only pictures that have words of the query literally; those that have
equally many are in an order that means nothing. *{WAYS[1].capitalize()}*: the same pictures without
labels and texts, so that a query with `text:` finds nothing. By example, only vectors are compared.

## What does not work

{_weaknesses(measured)}

## Every query without a right one first

What came first, with its similarity and its likeliest labels.

{markdown.table(("kind", "query", "first right one", "came first", "its labels"), _bad(measured))}

## How long a search takes

{_speeds(measured)}

## What it costs

{_costs()}

## Where the photographs are from

{markdown.table(("package", "photographs", "licence"), measured.licences)}
"""


def _summary(measured: Measured) -> str:
    kinds = {EXAMPLE: 0, NOTHING: 0}
    for each in measured.results:
        if each.asked.kind in kinds:
            kinds[each.asked.kind] += 1
    words, like = (
        score([each.place(-1) for each in measured.results if each.asked.right and wanted(each)])
        for wanted in (_is_words, _is_example)
    )
    return f"""\
{len(measured.results)} queries are put to {len(measured.library.names)} photographs:
{words.queries} of words that some photograph is right for, {kinds[NOTHING]} of words that none is
right for, {kinds[EXAMPLE]} by example.

**By words, {words.first} of {words.queries} have a right one first, {words.top} among the first
{TOP}, MRR {words.cells[-1]}. By example, {like.first} and {like.top} of {like.queries}, MRR
{like.cells[-1]}.**"""


def _is_example(result: Result) -> bool:
    return result.asked.kind == EXAMPLE


def _is_words(result: Result) -> bool:
    return not _is_example(result)


_HEAD = (
    "kind",
    "queries",
    *(f"{way}: {what}" for way in WAYS for what in ("first", f"top {TOP}", "MRR")),
)


def _kinds(results: Sequence[Result]) -> Iterator[Sequence[object]]:
    for kind, title in KINDS.items():
        if kind != NOTHING:
            yield _row(title, [each for each in results if each.asked.kind == kind])
    right = [each for each in results if each.asked.right]
    yield _row("**all by words**", [each for each in right if each.asked.kind != EXAMPLE])


def _row(title: str, results: Sequence[Result]) -> Sequence[object]:
    cells: list[object] = []
    for way in range(len(WAYS)):
        if results[0].found[way] is None:
            cells += ("-",) * 3
        else:
            cells += score([each.place(way) for each in results]).cells
    return (title, len(results), *cells)


def _weaknesses(measured: Measured) -> str:
    asked = [each for each in measured.results if each.asked.right]
    worse = [each for each in asked if _later(each.place(-1), each.place(1))]
    better = [each for each in asked if _later(each.place(1), each.place(-1))]
    unfound = [each for each in asked if each.place(-1) is None]
    nothing = [
        each.first[1] for each in measured.results if each.asked.kind == NOTHING and each.first
    ]
    right = [
        each.first[1]
        for each in asked
        if each.place(-1) == 1 and each.first and each.asked.kind != EXAMPLE
    ]
    below = sum(each <= max(nothing) for each in right)
    return f"""\
- **Names.** The stand-in places a picture by the 1,000 classes of its classifier. It knows no
  Colosseum and no giraffe, so what it has no class for is among what looks alike. Most places are
  not found.
- **People, paintings, light and weather** are hardly classes either.
- **Colours.** A vector has the thing, but hardly its colour.
- **Plurals.** A label is matched word for word: `black horses` does not have the label `Horse`.
- **One word outranks the whole.** Pictures with any of the words as a label come before nearer
  ones. That puts a right one earlier in {len(better)} queries and later in {len(worse)}:
  {_places(worse)}.
- **Not found at all**, being none of the {MOST_NEAR} nearest or with a text that was not read:
  {_quoted(unfound)}.
- **Something is always found.** For the {len(nothing)} queries that no photograph is right for, the
  first result has a similarity of {min(nothing):.2f} to {max(nothing):.2f}. Where the first result
  for words is right, it has {min(right):.2f} to {max(right):.2f}; {below} of these {len(right)} are
  no higher than the highest of the former. No limit tells them apart, so there is none."""


def _later(place: int | None, other: int | None) -> bool:
    return (place or ALL) > (other or ALL)


def _quoted(results: Iterable[Result]) -> str:
    return ", ".join(f"`{each.asked.text}`" for each in results) or "none"


def _places(results: Iterable[Result]) -> str:
    """The queries, with the places by vectors alone and as the API does."""
    told = (
        f"`{each.asked.text}` ({each.place(1) or '-'} to {each.place(-1) or '-'})"
        for each in results
    )
    return ", ".join(told) or "none"


def _bad(measured: Measured) -> Iterator[Sequence[object]]:
    for each in measured.results:
        if each.place(-1) == 1:
            continue
        name, similarity = each.first or ("nothing", 0.0)
        labels = measured.library.labels(name)[:NAMED] if each.first else []
        yield (
            KINDS[each.asked.kind],
            f"`{each.asked.text}`",
            "-" if not each.asked.right else each.place(-1) or "not found",
            f"{name} ({similarity:.2f})" if each.first else name,
            ", ".join(labels) or "-",
        )


def _speeds(measured: Measured) -> str:
    head = ("vectors", "where", "median ms", "p95 ms", "searches a second", "")
    largest = max(measured.speeds, key=lambda each: each.size)
    emulated, speed = measured.emulator, measured.emulator.speed
    rows = [
        *(_speed(each, "in memory") for each in measured.speeds),
        *(_computed(size, largest) for size in BILLED if size > largest.size),
        _speed(speed, "the emulator's index"),
    ]
    return f"""\
Random vectors. In memory: `MemoryVectors`, which compares a search with every vector in plain
Python; {SEARCHES} searches, processor time of one core. Tests and this page use it, no stack does.
MiniLM takes {statistics.median(measured.words_ms):.0f} ms more to place the words (median of
{len(measured.words_ms)} queries, wall time).

{markdown.table(head, rows)}

*Computed*: the median of {largest.size:,} vectors times the number of vectors over that, as the
comparison is linear. How long DynamoDB's own index takes can neither be measured on this machine
nor computed from what AWS documents.

The emulator's index, MiniStack's, is there for its contract. It compares in plain Python behind
HTTP: {EMULATED_SEARCHES} searches, wall time, {speed.put_per_second:.0f} vectors put a second. Of
{emulated.compared} results {emulated.same} are at the same place as in memory, though it keeps five
digits of each number."""


def _speed(speed: Speed, where: str) -> Sequence[object]:
    median, p95 = f"{speed.median_ms:,.1f}", f"{speed.p95_ms:,.1f}"
    return f"{speed.size:,}", where, median, p95, f"{1000 / speed.median_ms:.2f}", "measured"


def _computed(size: int, largest: Speed) -> Sequence[object]:
    median = largest.median_ms * size / largest.size
    return f"{size:,}", "in memory", f"{median:,.0f}", "-", f"{1000 / median:.4f}", "computed"


def _costs() -> str:
    head = (
        "pictures",
        "placing all, once",
        "storing, a month",
        "one search: words and items",
        "one search: index, at most",
    )
    rows = [
        (
            f"{pictures:,}",
            f"{filling_usd(pictures):,.2f}",
            f"{month_usd(pictures):,.2f}",
            f"{found_usd():.7f}",
            f"{examined_usd(pictures):.6f}",
        )
        for pictures in BILLED
    ]
    units = ceil(ITEM_BYTES / 1024)
    placing = embeddings_usd(["titan"])
    write, read = PRICES["DynamoDB write unit"], PRICES["DynamoDB read unit"]
    return f"""\
All of this is computed, not measured: list prices in US dollars, us-east-1, with Titan Multimodal
Embeddings and DynamoDB's vector index.

{markdown.table(head, rows)}

- Placing a picture: {placing:.5f} for Titan, {units} write units at {write} per million for
  an item of {ITEM_BYTES:,} bytes, and {VECTOR_WRITE_USD} per GB for {INDEX_BYTES:,} bytes in the
  index.
- Storing it: {ITEM_BYTES:,} + {INDEX_BYTES:,} bytes at {STORED_USD} per GB and month.
- A search: {WORDS_TOKENS} tokens at {WORDS_USD} per thousand, and {MOST_NEAR} items of at most 8 KB
  at {ITEM_UNITS} read unit each, {read} per million. That is the same at any size.
- The index: {EXAMINED_USD} per GB examined. The column supposes that a search examines every
  vector. An approximate index examines fewer; how many, AWS does not document. In a shared library
  a search is two, except for reviewers.

The bytes of an item follow DynamoDB's documented sizes. Those of an entry in the index are assumed:
four bytes a number."""


if __name__ == "__main__":
    app()
