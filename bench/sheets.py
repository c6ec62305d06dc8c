"""Contact sheets: what was read, what renditions look like, and what each of their steps does.

python -m bench.sheets FILE.jpg    writes every step of presets, on the photographs of samples/
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageStat

from pictures.limits import Limits
from pipeline.recipe import Format, Recipe, Rendition, Watermark
from pipeline.words import RENDITION, read
from proofs.recorder import ROOT
from rendering.framing import Area, Focus
from rendering.renditions import develop, develop_one

__all__ = ["enhancement", "renditions_sheet", "sheet", "steps_sheet"]

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


STEPS = (
    "inside",
    "cover",
    "cover salient",
    "cover faces",
    "pad=#335577",
    "rotate=90",
    "trim=8",
    "grey",
    "blur=3",
    "sharpen=200",
    "enhance",
    "round=50 cover",
    "round=8",
    "watermark=logo",
    "blur-faces",
    "pixelate-faces",
    "pixelate-faces blur-text rotate=180",
    "pad=#ffffff round=8 watermark=logo grey",
    "quality=5",
    "bytes=3000",
)
"""What the sheet shows, in the words of the configuration."""


def steps_sheet(photographs: Sequence[tuple[bytes, Focus]]) -> Image.Image:
    """Each of `STEPS` on each photograph, 240 x 180 pixels, on a chessboard where transparent."""
    cell, text = (240, 180), 14
    page = Image.new(
        "RGB",
        (len(photographs) * (cell[0] + 8) + 8, len(STEPS) * (cell[1] + text + 8) + 8),
        "white",
    )
    draw = ImageDraw.Draw(page)
    logo = BytesIO()
    _logo().save(logo, "PNG")
    for row, words in enumerate(STEPS):
        values = read(words.split(), RENDITION).values
        rendition = Rendition(name="step", width=cell[0], height=cell[1], **values)
        entry = Format(format="webp", quality=90)
        recipe = Recipe(
            renditions=(rendition,),
            formats=(entry,),
            watermarks=(Watermark(name="logo", sha256="0" * 64, size=30),),
        )
        for column, (data, focus) in enumerate(photographs):
            file = develop_one(
                data,
                rendition,
                entry,
                recipe,
                LIMITS,
                focus=focus,
                marks={"logo": logo.getvalue()},
            )
            at = (8 + column * (cell[0] + 8), 8 + row * (cell[1] + text + 8))
            line = f"{words}: {file.width} x {file.height}, {len(file.data):,} B"
            draw.text(at, line, fill="black")
            page.paste(on_checks(Image.open(BytesIO(file.data)), cell), (at[0], at[1] + text))
    return page


def _logo() -> Image.Image:
    """A disc and a bar, of which half is transparent."""
    logo = Image.new("RGBA", (240, 80), (0, 0, 0, 0))
    draw = ImageDraw.Draw(logo)
    draw.ellipse((4, 4, 76, 76), fill=(255, 200, 0, 255))
    draw.rounded_rectangle((90, 24, 236, 56), 16, fill=(255, 255, 255, 255))
    return logo


if __name__ == "__main__":
    face = Area(0.34, 0.07, 0.22, 0.29)
    searched = Focus(faces=(face,), text=(Area(0.05, 0.6, 0.4, 0.1),), searched=("faces", "text"))
    samples = ROOT / "samples"
    steps_sheet(
        [
            ((samples / "astronaut.jpg").read_bytes(), searched),
            ((samples / "coffee.jpg").read_bytes(), searched),
            ((samples / "camera.png").read_bytes(), searched),
        ]
    ).save(Path(sys.argv[1]), quality=90)
