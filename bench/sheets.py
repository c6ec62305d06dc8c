"""Contact sheets for the conformance page: what was read, and what renditions look like."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from PIL import Image, ImageDraw, ImageStat

from pictures.limits import Limits
from pipeline.recipe import Recipe
from rendering.renditions import develop

__all__ = ["enhancement", "renditions_sheet", "sheet"]

LIMITS = Limits.for_memory(1769)


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
    from rendering.enhancement import enhance

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
