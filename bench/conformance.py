"""Every kind of picture, read by Darkroom, plain Pillow and sharp, and set against what is right.

    python -m bench.conformance            writes docs/conformance.md and its sheets
    python -m bench.conformance --alone    Darkroom only, in seconds; writes nothing

The specimens are those of the tests.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path

from bench import workshop
from bench.photographs import small_photographs
from bench.readers import SECONDS, Outcome, Reader, is_right, ours
from bench.sheets import enhancement, renditions_sheet, sheet
from proofs.specimens import BAD, GOOD, Specimen, chart
from proofs.specimens.bitmaps import BITMAPS, UNREAD_BITMAPS
from proofs.specimens.boxes import BOXES
from proofs.specimens.broken import CUT, NAMED, NO_PICTURES
from proofs.specimens.colours import COLOURS
from proofs.specimens.geometry import GEOMETRY
from proofs.specimens.metadata import SIDE_BLOCKS
from proofs.specimens.motion import MOTION
from proofs.specimens.tiffs import MATRIX, Layout, expected, tiff

OUTPUT = workshop.ROOT / "docs"
READERS = ("Darkroom", "Pillow", "sharp")

Row = tuple[Specimen, Sequence[Outcome]]


@dataclass(frozen=True)
class Section:
    """A kind of picture."""

    title: str
    name: str
    """Of its sheet."""
    about: str
    specimens: Sequence[Specimen]


SECTIONS = (
    Section(
        "Pictures",
        "inputs",
        """\
In brackets the largest colour difference (CIE 1976 delta E) at the middle of the chart's four
quarters; expectations come from the colour spaces' definitions, not from a library. *A convention*
is a file that does not say what its numbers mean (CMYK without a profile, grey in floating point):
another answer is as right, and these rows are not counted.""",
        GOOD,
    ),
    Section(
        "Bytes in unusual places, and behind the end",
        "boxes",
        """\
AVIF and HEIC files that keep their coded bytes in one of their boxes or in several parts, or that
have behind the picture what phones write there.""",
        BOXES,
    ),
    Section(
        "Colour spaces",
        "colours",
        "However a file names its colour space; expected is what browsers show.",
        COLOURS,
    ),
    Section(
        "Geometry",
        "geometry",
        "Clean apertures, rotations and mirrorings by the properties of AVIF and HEIC.",
        GEOMETRY,
    ),
    Section("Animation", "motion", "The first frame, as browsers show it.", MOTION),
    Section(
        "Damaged metadata",
        "metadata",
        "Sound pixels beside metadata that are damaged, misplaced or of the wrong length.",
        SIDE_BLOCKS,
    ),
    Section("Bitmaps", "bitmaps", "Every layout of bits.", BITMAPS),
)

TROUBLE = (*BAD, *CUT, *UNREAD_BITMAPS)
OTHERS = tuple(specimen for specimen, _ in (*NAMED, *NO_PICTURES))


def layouts() -> list[tuple[str, list[Specimen]]]:
    """A TIFF of each layout of samples, by what its samples are."""

    def family(layout: Layout) -> str:
        form = {1: "", 2: " signed", 3: " floating point"}[layout.form]
        extra = {0: "unspecified", 1: "premultiplied alpha", 2: "alpha"}
        others = "".join(f", {extra[kind]}" for kind in layout.extra)
        small = ", small colour map" if layout.small_map else ""
        step = f", chroma 1:{layout.subsampling}" if layout.photometric == "YCbCr" else ""
        return f"{layout.photometric}, {layout.bits}{form} bits{others}{small}{step}"

    return [
        (
            name,
            [
                Specimen(
                    str(layout),
                    partial(tiff, layout, (48, 32)),
                    "image/tiff",
                    expected(layout),
                    tolerance=4.0,
                    size=(48, 32),
                    alpha=bool({1, 2} & set(layout.extra)),
                )
                for layout in members
            ],
        )
        for name, members in groupby(sorted(MATRIX, key=family), family)
    ]


def table(rows: Sequence[Row]) -> list[str]:
    """The rows as Markdown."""
    lines = [f"| input | expected | {' | '.join(READERS)} |", "|---|---|---|---|---|"]
    for specimen, outcomes in rows:
        if specimen.code is not None:
            wanted = f"`{specimen.code}`"
        else:
            wanted = f"{specimen.size[0]} x {specimen.size[1]}"
            wanted += ", alpha" if specimen.alpha else ""
            wanted += f", {specimen.frames} frames" if specimen.frames > 1 else ""
            wanted += " (a convention)" if specimen.conventional else ""
        cells = " | ".join(outcome.words for outcome in outcomes)
        lines.append(f"| {specimen.name} | {wanted} | {cells} |")
    return lines


def kind_of(outcome: Outcome) -> str:
    """`right`, `refused` or `wrong`."""
    if outcome.words.startswith("right"):
        return "right"
    return "refused" if outcome.image is None else "wrong"


def layout_table(families: Sequence[tuple[str, Sequence[Sequence[Outcome]]]]) -> list[str]:
    """What each reader made of the TIFFs of each family, in one row each."""
    lines = [f"| samples | files | {' | '.join(READERS)} |", "|---|--:|---|---|---|"]
    for name, columns in families:
        cells = []
        for outcomes in columns:
            counts = Counter(map(kind_of, outcomes))
            words = [
                f"{counts[kind]} {kind}" for kind in ("right", "refused", "wrong") if counts[kind]
            ]
            cells.append(", ".join(words))
        lines.append(f"| {name} | {len(columns[0])} | {' | '.join(cells)} |")
    return lines


def check() -> int:
    """Reads all by Darkroom alone, prints what is wrong, and returns how much that is."""
    wrong = [
        f"{specimen.name}: {outcome.words}"
        for specimen in (*(one for each in SECTIONS for one in each.specimens), *TROUBLE, *OTHERS)
        for outcome in (ours(specimen),)
        if not is_right(specimen, outcome)
    ]
    families = layouts()
    wrong += [
        f"TIFF, {specimen.name}: {outcome.words}"
        for _, members in families
        for specimen in members
        for outcome in (ours(specimen),)
        if not outcome.words.startswith(("right", "`unsupported_format`"))
    ]
    total = sum(len(each.specimens) for each in SECTIONS) + len(TROUBLE) + len(OTHERS)
    total += sum(len(members) for _, members in families)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{total - len(wrong)} passed, {len(wrong)} failed\n")
    return len(wrong)


def others() -> tuple[Reader, Reader]:
    """Pillow and sharp, installed."""
    workshop.prepare(quick=True)
    here = Path(__file__).parent / "contenders"
    shutil.copy(here / "convert.mjs", workshop.HERE / "node")
    folders = []
    for name in READERS[1:]:
        folders.append(workshop.HERE / "conformance" / name)
        folders[-1].mkdir(parents=True, exist_ok=True)
    pillow = [str(workshop.python()), "-W", "ignore", str(here / "convert.py")]
    return (
        Reader(pillow, workshop.ROOT, folders[0]),
        Reader(["node", "convert.mjs"], workshop.HERE / "node", folders[1]),
    )


def together(specimens: Sequence[Specimen], readers: Sequence[Reader]) -> list[Row]:
    """What all make of harmless files."""
    columns = [[ours(one) for one in specimens], *(one.read_all(specimens) for one in readers)]
    return list(zip(specimens, zip(*columns, strict=True), strict=True))


def counted(rows: Sequence[Row]) -> str:
    """How many of a section's files each reader reads right."""
    certain = [row for row in rows if not row[0].conventional]
    rights = (
        str(sum(outcomes[place].words.startswith("right") for _, outcomes in certain))
        for place in range(len(READERS))
    )
    return f"{len(certain)} | {' | '.join(rights)}"


def refused(rows: Sequence[Row]) -> str:
    """How many files each reader refuses quickly."""
    counts = (
        str(
            sum(
                outcomes[place].words.startswith(("`", "refused"))
                and " after " not in outcomes[place].words
                for _, outcomes in rows
            )
        )
        for place in range(len(READERS))
    )
    return f"{len(rows)} | {' | '.join(counts)}"


def main() -> None:
    """Makes the page and its sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--alone", action="store_true", help="Darkroom only; writes nothing")
    chosen = parser.parse_args()
    if chosen.alone:
        sys.exit(check() > 0)
    readers = others()
    sheets = chosen.output / "conformance"
    sheets.mkdir(parents=True, exist_ok=True)
    summary, pages = [], []
    for section in SECTIONS:
        rows = together(section.specimens, readers)
        summary.append(f"| {section.title}: right | {counted(rows)} |")
        shown = [
            (
                specimen.name,
                [chart(specimen.colours, specimen.size), *(one.image for one in outcomes)],
            )
            for specimen, outcomes in rows
        ]
        sheet(shown, 3).save(sheets / f"{section.name}.png", optimize=True)
        picture = f"![Expected, and as each read it](conformance/{section.name}.png)"
        lines = "\n".join(table(rows))
        pages.append(f"## {section.title}\n\n{section.about}\n\n{lines}\n\n{picture}\n")
    families = []
    for name, members in layouts():
        rows = together(members, readers)
        families.append((name, list(zip(*(outcomes for _, outcomes in rows), strict=True))))
    for kind in ("right", "refused", "wrong"):
        totals = [
            sum(kind_of(outcome) == kind for _, columns in families for outcome in columns[place])
            for place in range(len(READERS))
        ]
        summary.append(
            f"| Layouts of TIFF: {kind} | {len(MATRIX)} | {' | '.join(map(str, totals))} |"
        )
    trouble = [
        (specimen, [ours(specimen), *(reader.read(specimen) for reader in readers)])
        for specimen in TROUBLE
    ]
    summary.append(f"| Trouble: refused in under 3 s | {refused(trouble)} |")
    named = [
        (specimen, [outcomes[0], *map(_as_read, outcomes[1:])])
        for specimen, outcomes in together(OTHERS, readers)
    ]
    photographs = small_photographs((workshop.HERE / "wheels").glob("*.whl"))
    chosen_ones = [photographs[0], photographs[1], photographs[5]]
    renditions_sheet(chosen_ones).save(sheets / "renditions.jpg", quality=85)
    before_after, measured = enhancement([*chosen_ones, photographs[3]])
    before_after.save(sheets / "enhancement.jpg", quality=85)
    lines = "\n"
    page = f"""\
# Conformance

Every kind of picture, and every kind of trouble, made by `proofs/specimens` and read by
Darkroom, by Pillow with pi-heif (open, transpose, save) and by sharp (rotate, sRGB, save).
`make conformance` (`python -m bench.conformance`) makes this page; `make conformance ALONE=1` reads
the same files by Darkroom alone and fails if one comes out wrong.

| | files | {" | ".join(READERS)} |
|---|--:|--:|--:|--:|
{lines.join(summary)}

The sheets show what was expected, and what Darkroom, Pillow and sharp made of it, in this order.
Pillow and sharp are used as their tutorials use them: Pillow converts no colours unless it is told
to, and sharp's prebuilt binary has no decoder for HEIC and BMP.

{lines.join(pages)}
## Layouts of TIFF

Photometric interpretation, bits, planes, compression, predictor, byte order, BigTIFF and tiles,
written without a library from known samples. Darkroom refuses a layout that none of its decoders
reads right, and names it; *wrong* are other colours, another alpha channel or another size than
were written.

{lines.join(layout_table(families))}

## Trouble

A *bomb* announces far more pixels, text or scans than its file could justify. Pillow and sharp have
{SECONDS} seconds and 4 GB each. *Accepted* means that a picture came out: of a file that is cut,
one of which a part is missing; of a format that Darkroom only names, the picture.

{lines.join(table(trouble))}

## Named formats

Darkroom names these formats in its refusal and has no decoder for them. Most of the files are no
more than the beginning of one, so *not read* means little for the others; *read* means that they
decode the format.

{lines.join(table(named))}

## Enhancement

Photographs as they are, then darkened, flattened and tinted, each before and after `enhanced`.
Sharpness and exposure as `pictures/measures.py` scores them, 0 to 100; *clipped* is the share of
pixels all but black or white.

{lines.join(measured)}

![Before and after enhancement](conformance/enhancement.jpg)

## Renditions

![Every rendition of three photographs in three formats](conformance/renditions.jpg)

Photographs: astronaut and rocket (NASA, public domain), chelsea (CC0), china (CC BY 2.0), from the
scikit-image and scikit-learn packages.
"""
    (chosen.output / "conformance.md").write_text(page)


def _as_read(outcome: Outcome) -> Outcome:
    return Outcome(outcome.image, "not read" if outcome.image is None else "read")


if __name__ == "__main__":
    main()
