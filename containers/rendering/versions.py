"""A decoded picture at every size it is needed in."""

from __future__ import annotations

from PIL import Image

from pictures.resampling import resample
from rendering.framing import WHOLE, Area, Frame

__all__ = ["Versions", "cut"]

Size = tuple[int, int]


class Versions:
    """The picture at several sizes, each made from the smallest that is large enough.

    Asking for the same frame again returns the same image.
    """

    def __init__(self, image: Image.Image) -> None:
        self._largest = image
        self._whole: dict[Size, Image.Image] = {image.size: image}
        self._parts: dict[Frame, Image.Image] = {}

    @property
    def largest(self) -> Image.Image:
        """The picture as it was decoded."""
        return self._largest

    def within(self, side: int) -> Image.Image:
        """The whole picture with no side longer than `side`; it is never enlarged."""
        scale = min(1.0, side / max(self._largest.size))
        width, height = (max(1, round(length * scale)) for length in self._largest.size)
        return self.show(Frame((width, height), WHOLE))

    def show(self, frame: Frame) -> Image.Image:
        """The area of a frame at its size."""
        if frame.area == WHOLE:
            if frame.size not in self._whole:
                source = self._large_enough(frame.size[0])
                self._whole[frame.size] = resample(source, frame.size)
            return self._whole[frame.size]
        if frame not in self._parts:
            source = self._large_enough(frame.size[0] / frame.area.width)
            self._parts[frame] = cut(source, frame)
        return self._parts[frame]

    def _large_enough(self, width: float) -> Image.Image:
        """The smallest version of at least twice the width, lest resampling twice shows."""
        candidates = [image for image in self._whole.values() if image.width >= 2 * width]
        return min(candidates, key=lambda image: image.width, default=self._largest)


def cut(image: Image.Image, frame: Frame) -> Image.Image:
    """The area of a frame, cut from the whole picture and resampled to the frame's size."""
    return resample(image, frame.size, _box(image.size, frame.area))


def _box(size: Size, area: Area) -> tuple[float, float, float, float]:
    width, height = size
    return (
        area.left * width,
        area.top * height,
        min((area.left + area.width) * width, width),
        min((area.top + area.height) * height, height),
    )
