"""What is done to a rendition's pixels once it has its size, step by step.

Pixels are sRGB, and amounts are relative to the rendition, so that a preset looks the same in every
size. The order is that of `Steps`. Nothing is done to a picture that needs no step.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PIL import Image, ImageChops, ImageColor, ImageDraw, ImageFilter

from pictures.resampling import resample
from pipeline.recipe import Hiding, Recipe, Rendition, Watermark
from rendering.enhancement import enhance
from rendering.framing import WHOLE, Area, Focus, Frame, within

__all__ = ["Marks", "Steps", "apply", "border", "size_of", "steps_of"]

Size = tuple[int, int]
Marks = Mapping[str, Image.Image]
"""The pictures of watermarks, by name."""

_CELLS = 6
"""What is left of a hidden area along its longer side: too little for a face or a letter."""

_MARGIN = 0.02
"""Around a watermark, of the rendition's shorter side."""


@dataclass(frozen=True)
class Steps:
    """The steps of a rendition. Those with the same frame and steps have the same pixels."""

    enhance: bool = False
    hidden: tuple[tuple[Hiding, Area], ...] = ()
    """How, and which areas of the whole picture."""
    rotate: int = 0
    grey: bool = False
    blur: int = 0
    sharpen: int = 0
    pad: tuple[str, Size] | None = None
    """The colour, and the box."""
    watermark: Watermark | None = None
    round: int = 0


def steps_of(rendition: Rendition, recipe: Recipe, focus: Focus) -> Steps:
    """The steps of one of the recipe's renditions or presets.

    Raises `ValueError` where areas are to be hidden that no analysis has looked for.
    """
    hidden: list[tuple[Hiding, Area]] = []
    for kind, hiding, areas in (
        ("faces", rendition.hide_faces, focus.faces),
        ("text", rendition.hide_text, focus.text),
    ):
        if hiding and kind not in focus.searched:
            raise ValueError(
                f"{rendition.name} must be made after an analysis of {kind}: it hides them"
            )
        if hiding:
            hidden += [(hiding, area) for area in areas]
    marks = {mark.name: mark for mark in recipe.watermarks}
    return Steps(
        enhance=rendition.enhance,
        hidden=tuple(hidden),
        rotate=rendition.rotate,
        grey=rendition.grey,
        blur=rendition.blur,
        sharpen=rendition.sharpen,
        pad=(rendition.pad, (rendition.width, rendition.height)) if rendition.pad else None,
        watermark=marks[rendition.watermark] if rendition.watermark else None,
        round=rendition.round,
    )


def size_of(frame: Frame, steps: Steps) -> Size:
    """The size of a rendition after its steps."""
    if steps.pad is not None:
        return steps.pad[1]
    return frame.size[::-1] if steps.rotate in (90, 270) else frame.size


def apply(image: Image.Image, frame: Frame, steps: Steps, marks: Marks) -> Image.Image:
    """The pixels of a rendition, of what its frame shows; L, LA, RGB or RGBA."""
    if steps.enhance:
        image = enhance(image)
    for hiding, area in steps.hidden:
        image = _hide(image, hiding, within(area, frame.area))
    if steps.rotate:
        image = image.transpose(_TURNS[steps.rotate])
    if steps.grey:
        image = image.convert("LA" if image.mode in ("LA", "RGBA") else "L")
    if steps.blur:
        image = _blur(image, steps.blur)
    if steps.sharpen:
        image = _sharpen(image, steps.sharpen)
    if steps.pad is not None:
        image = _pad(image, *steps.pad)
    if steps.watermark is not None:
        image = _mark(image, steps.watermark, marks[steps.watermark.name])
    return _round(image, steps.round) if steps.round else image


_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Pillow turns counter-clockwise."""


def border(image: Image.Image, tolerance: int) -> Area:
    """The part of the picture within a border of the colour of its top left corner.

    A pixel belongs to the border if no channel differs by more than `tolerance` percent. A picture
    that is nothing else is its own part.
    """
    flat = Image.new(image.mode, image.size, image.getpixel((0, 0)))
    channels = ImageChops.difference(image, flat).split()
    most = channels[0]
    for channel in channels[1:]:
        most = ImageChops.lighter(most, channel)
    limit = 255 * tolerance / 100
    box = most.point([255 if level > limit else 0 for level in range(256)]).getbbox()
    if box is None:
        return WHOLE
    width, height = image.size
    left, top, right, bottom = box
    return Area(left / width, top / height, (right - left) / width, (bottom - top) / height)


def _hide(image: Image.Image, hiding: Hiding, area: Area) -> Image.Image:
    width, height = image.size
    margin = 0.2 * min(area.width * width, area.height * height)
    box = (
        max(0, int(area.left * width - margin)),
        max(0, int(area.top * height - margin)),
        min(width, int((area.left + area.width) * width + margin) + 1),
        min(height, int((area.top + area.height) * height + margin) + 1),
    )
    size = box[2] - box[0], box[3] - box[1]
    if min(size) < 1:  # outside what the frame shows
        return image
    cell = max(size) / _CELLS
    coarse = image.crop(box).resize(
        (max(1, round(size[0] / cell)), max(1, round(size[1] / cell))), Image.Resampling.BOX
    )
    way = Image.Resampling.NEAREST if hiding == "pixelate" else Image.Resampling.BICUBIC
    image = image.copy()
    image.paste(coarse.resize(size, way), box)
    return image


def _blur(image: Image.Image, percent: int) -> Image.Image:
    mask = ImageFilter.GaussianBlur(max(image.size) * percent / 100)
    if image.mode not in ("LA", "RGBA"):
        return image.filter(mask)
    return image.convert("RGBA").convert("RGBa").filter(mask).convert("RGBA")


def _sharpen(image: Image.Image, percent: int) -> Image.Image:
    radius = 0.5 + max(image.size) / 3200
    mask = ImageFilter.UnsharpMask(radius=radius, percent=percent, threshold=2)
    if image.mode not in ("LA", "RGBA"):
        return image.filter(mask)
    sharp = image.convert(image.mode.removesuffix("A")).filter(mask)
    sharp.putalpha(image.getchannel("A"))
    return sharp


def _pad(image: Image.Image, colour: str, box: Size) -> Image.Image:
    """The picture in the middle of its box, whose colour shows where it is transparent too."""
    padded = Image.new("RGB", box, ImageColor.getrgb(colour))
    at = (box[0] - image.width) // 2, (box[1] - image.height) // 2
    mask = image.getchannel("A") if image.mode in ("LA", "RGBA") else None
    padded.paste(image.convert("RGB"), at, mask)
    return padded


def _mark(image: Image.Image, watermark: Watermark, mark: Image.Image) -> Image.Image:
    margin = round(_MARGIN * min(image.size))
    room = [max(1, side - 2 * margin) for side in image.size]
    scale = min(
        image.width * watermark.size / 100 / mark.width,
        *(most / side for most, side in zip(room, mark.size, strict=True)),
    )
    size = max(1, round(mark.width * scale)), max(1, round(mark.height * scale))
    laid = resample(mark.convert("RGBA"), size)
    laid.putalpha(
        laid.getchannel("A").point([level * watermark.opacity // 100 for level in range(256)])
    )
    free = image.width - size[0], image.height - size[1]
    at = tuple(
        side // 2 if place is None else margin if place else side - margin
        for side, place in zip(free, _STARTS[watermark.place], strict=True)
    )
    marked = image.convert("RGBA")
    marked.alpha_composite(laid, (max(0, at[0]), max(0, at[1])))
    return marked if image.mode in ("LA", "RGBA") else marked.convert("RGB")


_STARTS: dict[str, tuple[bool | None, bool | None]] = {
    "centre": (None, None),
    "top-left": (True, True),
    "top-right": (False, True),
    "bottom-left": (True, False),
    "bottom-right": (False, False),
}
"""Whether a watermark lies at the start of each side; None is the middle."""


def _round(image: Image.Image, percent: int) -> Image.Image:
    """The picture with transparent corners, drawn at twice the size for smooth edges."""
    width, height = image.size
    radius = min(width, height) * percent / 100
    mask = Image.new("L", (2 * width, 2 * height))
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 2 * width - 1, 2 * height - 1), 2 * radius, 255)
    mask = mask.resize(image.size, Image.Resampling.BOX)
    rounded = image.convert("RGBA")
    rounded.putalpha(ImageChops.multiply(rounded.getchannel("A"), mask))
    return rounded
