"""Every kind of picture, read by Darkroom, plain Pillow and sharp, and set against what is right.

    python -m bench.conformance            writes docs/conformance.md and its sheets
    python -m bench.conformance --alone    Darkroom only, in seconds; writes nothing

The specimens are those of the tests. Pillow and sharp read each in a process of its own, with 20
seconds and 4 GB, so that a bomb ends there.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageStat

from bench import workshop
from bench.photographs import small_photographs
from pictures.reading import Limits, UnreadableError, read
from pipeline.recipe import Recipe
from proofs.specimens import BAD, GOOD, Specimen, chart
from proofs.specimens.profiles import difference
from resize.renditions import develop

OUTPUT = workshop.ROOT / "docs"
SECONDS = 20
LIMITS = Limits.for_memory(1769)
PLACES = ((0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75))


@dataclass(frozen=True)
class Outcome:
    """What came of one specimen in one reader's hands."""

    image: Image.Image | None
    words: str
    """`right`, or what is wrong with it."""


def judged(specimen: Specimen, image: Image.Image) -> str:
    """What is wrong with a picture, in a few words."""
    wrong: list[str] = []
    if image.size != specimen.size:
        wrong.append(f"{image.width} x {image.height}")
    if (image.mode in ("LA", "RGBA") and opacity(image) < 250) != specimen.alpha:
        wrong.append("alpha lost" if specimen.alpha else "alpha made up")
    coloured = image.convert("RGB")
    width, height = coloured.size
    worst = max(
        difference(rgb(coloured, int(width * x), int(height * y)), colour)
        for (x, y), colour in zip(PLACES, specimen.colours, strict=True)
    )
    if worst > max(specimen.tolerance, 3.0):
        wrong.append(f"off by delta E {worst:.0f}")
    return ", ".join(wrong) or f"right ({worst:.1f})"


def rgb(image: Image.Image, x: int, y: int) -> tuple[int, int, int]:
    """One pixel of a picture in RGB."""
    red, green, blue = image.crop((x, y, x + 1, y + 1)).tobytes()
    return red, green, blue


def opacity(image: Image.Image) -> int:
    """The lowest alpha of a picture that has alpha."""
    return next(level for level, count in enumerate(image.getchannel("A").histogram()) if count)


def ours(specimen: Specimen) -> Outcome:
    """Darkroom's reading."""
    start = time.perf_counter()
    try:
        picture = read(specimen.data, LIMITS, lambda size: size)
    except UnreadableError as refused:
        took = (time.perf_counter() - start) * 1e3
        return Outcome(None, f"`{refused.code}` in {took:.0f} ms")
    words = judged(specimen, picture.image)
    if words.startswith("right") and picture.frames != specimen.frames:
        words = f"{picture.frames} frames"
    return Outcome(picture.image, words)


def theirs(specimen: Specimen, command: Sequence[str], folder: Path, cwd: Path) -> Outcome:
    """Another reader's reading, in a process of its own."""
    source, target = folder / "input", folder / "output.png"
    target.unlink(missing_ok=True)
    source.write_bytes(specimen.data)
    start = time.perf_counter()
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            [*command, str(source), str(target)],
            cwd=cwd,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            text=True,
            preexec_fn=confined,
        )
    except subprocess.TimeoutExpired:
        return Outcome(None, f"not done after {SECONDS} s")
    took = time.perf_counter() - start
    if done.returncode != 0:
        slow = f" after {took:.0f} s" if took > 3 else ""
        return Outcome(None, f"refused{slow}" if done.returncode > 0 else f"died{slow}")
    image = Image.open(target)
    image.load()
    if specimen.code is not None:
        return Outcome(image, f"accepted{f' after {took:.0f} s' if took > 3 else ''}")
    return Outcome(image, judged(specimen, image.convert("RGBA" if has_alpha(image) else "RGB")))


def has_alpha(image: Image.Image) -> bool:
    """Whether the PNG has transparency of any kind."""
    return "A" in image.mode or "transparency" in image.info


def confined() -> None:
    """Limits a child's data segment; node maps far more address space than it uses."""
    resource.setrlimit(resource.RLIMIT_DATA, (4_000_000_000, 4_000_000_000))


def sheet(rows: Sequence[tuple[str, Sequence[Image.Image | None]]], across: int) -> Image.Image:
    """A contact sheet: each row's pictures side by side under its name, several rows abreast."""
    cell, text, gap = (96, 64), 14, 8
    each = len(rows[0][1])
    width = each * (cell[0] + 4) + gap
    height = cell[1] + text + gap
    down = -(-len(rows) // across)
    page = Image.new("RGB", (across * width + gap, down * height + gap), "white")
    draw = ImageDraw.Draw(page)
    for number, (name, images) in enumerate(rows):
        left = gap + number // down * width
        top = gap + number % down * height
        draw.text((left, top), name[: each * 17], fill="black")
        for column, image in enumerate(images):
            at = (left + column * (cell[0] + 4), top + text)
            if image is None:
                draw.rectangle((*at, at[0] + cell[0] - 1, at[1] + cell[1] - 1), outline="#999999")
                draw.line((*at, at[0] + cell[0], at[1] + cell[1]), fill="#999999")
                continue
            page.paste(on_checks(image, cell), at)
    return page


def on_checks(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture within a cell, its transparent parts on a chessboard."""
    small = image.convert("RGBA")
    small.thumbnail(size)
    checks = Image.new("RGB", size, "#bbbbbb")
    draw = ImageDraw.Draw(checks)
    for top in range(0, size[1], 8):
        for left in range(top // 8 % 2 * 8, size[0], 16):
            draw.rectangle((left, top, left + 7, top + 7), fill="#eeeeee")
    checks.paste(small, mask=small)
    return checks


def renditions_sheet(photographs: Sequence[Image.Image]) -> Image.Image:
    """Every default rendition of sample photographs, each in its own file's pixels."""
    recipe = Recipe.from_json(
        '{"renditions":[{"name":"thumbnail","width":128,"height":128,"fit":"cover","focus":"salient"},'
        '{"name":"small","width":200,"height":200},{"name":"large","width":330,"height":330},'
        '{"name":"enhanced","width":330,"height":330,"enhance":true}],'
        '"formats":[{"format":"jpeg"},{"format":"webp"},{"format":"avif"}]}'
    )
    page = Image.new("RGB", (1420, 1400 * len(photographs)), "white")
    draw = ImageDraw.Draw(page)
    top = 10
    for photograph in photographs:
        buffer = BytesIO()
        photograph.save(buffer, "JPEG", quality=95)
        files = develop(buffer.getvalue(), recipe, LIMITS).files
        left, tallest = 10, 0
        for file in files:
            image = Image.open(BytesIO(file.data)).convert("RGB")
            if left + image.width > page.width:
                left, top, tallest = 10, top + tallest + 24, 0
            draw.text((left, top), f"{file.name} {file.format} {len(file.data):,} B", fill="black")
            page.paste(image, (left, top + 14))
            left += image.width + 10
            tallest = max(tallest, image.height)
        top += tallest + 30
    return page.crop((0, 0, page.width, top))


def enhancement(photographs: Sequence[Image.Image]) -> tuple[Image.Image, list[str]]:
    """Before and after, of good photographs and of the same ones spoilt, with what was measured."""
    from pictures.measures import scores
    from resize.enhancement import enhance

    spoilt = {
        "as it is": (1.0, 0, (1.0, 1.0, 1.0)),
        "underexposed": (0.55, 0, (1.0, 1.0, 1.0)),
        "flat": (0.6, 40, (1.0, 1.0, 1.0)),
        "yellow cast": (1.0, 0, (1.0, 0.97, 0.8)),
    }
    lines = [
        "| photograph | brightness | contrast | sharpness | clipped, % | blue / red |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    cell = 230
    page = Image.new(
        "RGB", (len(spoilt) * 2 * (cell + 6) + 10, len(photographs) * (cell + 20) + 10), "white"
    )
    draw = ImageDraw.Draw(page)
    for row, photograph in enumerate(photographs):
        image = photograph.copy()
        image.thumbnail((600, 600))
        for column, (name, (share, offset, channels)) in enumerate(spoilt.items()):
            before = image.point(
                [round(offset + level * share * part) for part in channels for level in range(256)]
            )
            after = enhance(before)
            pair = (scores(before), scores(after))
            means = [ImageStat.Stat(one).mean for one in (before, after)]
            casts = [mean[2] / max(mean[0], 1) for mean in means]
            numbers = [
                f"{getattr(pair[0], score):.0f} to {getattr(pair[1], score):.0f}"
                for score in ("brightness", "contrast", "sharpness")
            ]
            clipped = [one.shadows + one.highlights for one in pair]
            numbers.append(f"{clipped[0]:.1f} to {clipped[1]:.1f}")
            numbers.append(f"{casts[0]:.2f} to {casts[1]:.2f}")
            lines.append(f"| {row + 1}, {name} | " + " | ".join(numbers) + " |")
            for side, shown in enumerate((before, after)):
                left = 8 + (2 * column + side) * (cell + 6)
                top = 8 + row * (cell + 20)
                small = shown.copy()
                small.thumbnail((cell, cell))
                draw.text((left, top), f"{name}{', enhanced' if side else ''}", fill="black")
                page.paste(small, (left, top + 13))
    return page, lines


def table(rows: Sequence[tuple[Specimen, Sequence[Outcome]]]) -> list[str]:
    """The rows as Markdown."""
    lines = ["| input | expected | Darkroom | Pillow | sharp |", "|---|---|---|---|---|"]
    for specimen, outcomes in rows:
        if specimen.code is not None:
            expected = f"`{specimen.code}`"
        else:
            expected = f"{specimen.size[0]} x {specimen.size[1]}"
            expected += ", alpha" if specimen.alpha else ""
            expected += f", {specimen.frames} frames" if specimen.frames > 1 else ""
            expected += " (a convention)" if specimen.conventional else ""
        cells = " | ".join(outcome.words for outcome in outcomes)
        lines.append(f"| {specimen.name} | {expected} | {cells} |")
    return lines


def main() -> None:
    """Makes the page and its sheets."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("--alone", action="store_true", help="Darkroom only; writes nothing")
    chosen = parser.parse_args()
    wrong = [
        f"{specimen.name}: {outcome.words}"
        for specimen in (*GOOD, *BAD)
        for outcome in (ours(specimen),)
        if not outcome.words.startswith(f"`{specimen.code}`" if specimen.code else "right")
    ]
    total = len(GOOD) + len(BAD)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{total - len(wrong)} passed, {len(wrong)} failed\n")
    if chosen.alone:
        sys.exit(bool(wrong))
    workshop.prepare(quick=True)
    folder = workshop.HERE / "conformance"
    folder.mkdir(exist_ok=True)
    here = Path(__file__).parent / "contenders"
    shutil.copy(here / "convert.mjs", workshop.HERE / "node")
    readers = (
        ([str(workshop.python()), "-W", "ignore", str(here / "convert.py")], workshop.ROOT),
        (["node", "convert.mjs"], workshop.HERE / "node"),
    )
    rows = [
        (
            specimen,
            [ours(specimen), *(theirs(specimen, command, folder, cwd) for command, cwd in readers)],
        )
        for specimen in (*GOOD, *BAD)
    ]
    good = [row for row in rows if row[0].code is None]
    bad = [row for row in rows if row[0].code is not None]
    sheets = chosen.output / "conformance"
    sheets.mkdir(parents=True, exist_ok=True)
    charts = [
        (
            specimen.name,
            [chart(specimen.colours), *(outcome.image for outcome in outcomes)],
        )
        for specimen, outcomes in good
    ]
    sheet(charts, 3).save(sheets / "inputs.png", optimize=True)
    photographs = small_photographs((workshop.HERE / "wheels").glob("*.whl"))
    chosen_ones = [photographs[0], photographs[1], photographs[5]]
    renditions_sheet(chosen_ones).save(sheets / "renditions.jpg", quality=85)
    before_after, measured = enhancement([*chosen_ones, photographs[3]])
    before_after.save(sheets / "enhancement.jpg", quality=85)
    certain = [row for row in good if not row[0].conventional]
    counts: dict[str, list[Any]] = {}
    for place, name in enumerate(("Darkroom", "Pillow", "sharp")):
        right = sum(outcomes[place].words.startswith("right") for _, outcomes in certain)
        refused = sum(
            outcomes[place].words.startswith(("`", "refused"))
            and " after " not in outcomes[place].words
            for _, outcomes in bad
        )
        counts[name] = [right, refused]
    names = " | ".join(counts)
    rights, refusals = (
        " | ".join(str(one[place]) for one in counts.values()) for place in range(2)
    )
    page = f"""\
# Conformance

Every kind of picture, and every kind of trouble, made by `proofs/specimens` and read by
Darkroom, by Pillow with pi-heif (open, transpose, save) and by sharp (rotate, sRGB, save).
`make conformance` (`python -m bench.conformance`) makes this page.

| | {names} |
|---|--:|--:|--:|
| right, of {len(certain)} | {rights} |
| refused in under 3 s, of {len(bad)} | {refusals} |

## Pictures

In brackets the largest colour difference (CIE 1976 delta E) at the middle of the chart's four
quarters; expectations come from the colour spaces' definitions, not from a library. *A convention*
is a file that does not say what its numbers mean (CMYK without a profile, grey in floating point):
another answer is as right, and these rows are not counted above.

{chr(10).join(table(good))}

What was expected, and what Darkroom, Pillow and sharp made of it:

![Each specimen as expected and as read](conformance/inputs.png)

## Trouble

A *bomb* announces far more pixels, text or scans than its file could justify. Pillow and sharp have
{SECONDS} seconds and 4 GB each.

{chr(10).join(table(bad))}

## Enhancement

Photographs as they are, then darkened, flattened and tinted, each before and after `enhanced`.
Sharpness and exposure as `pictures/measures.py` scores them, 0 to 100; *clipped* is the share of
pixels all but black or white.

{chr(10).join(measured)}

![Before and after enhancement](conformance/enhancement.jpg)

## Renditions

![Every rendition of three photographs in three formats](conformance/renditions.jpg)

Photographs: astronaut and rocket (NASA, public domain), chelsea (CC0), china (CC BY 2.0), from the
scikit-image and scikit-learn packages.
"""
    (chosen.output / "conformance.md").write_text(page)


if __name__ == "__main__":
    main()
