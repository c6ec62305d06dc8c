"""A developer of pictures for tests that are not about pictures."""

from pictures.formats import FormatName
from pictures.limits import UnreadableError
from pictures.measures import Colour, Scores
from rendering.framing import Focus
from rendering.renditions import Developed, File

__all__ = ["develop"]

_FORMATS: tuple[tuple[FormatName, str], ...] = (("jpeg", "jpg"), ("webp", "webp"))


def develop(data: bytes, *, isolated: bool, focus: Focus | None = None) -> Developed:
    """One rendition in two formats, both the upload itself; an upload `broken...` is unreadable."""
    if data.startswith(b"broken"):
        raise UnreadableError("truncated", "the file ends in the middle of the picture")
    return Developed(
        content_type="image/jpeg",
        width=40,
        height=30,
        frames=1,
        has_alpha=False,
        files=tuple(
            File("small", kind, 4, 3, data, extension, f"image/{kind}")
            for kind, extension in _FORMATS
        ),
        placeholder="cGxhY2Vob2xkZXI=",
        dhash="0123456789abcdef",
        phash="fedcba9876543210",
        colours=(Colour("#102030", 0.75), Colour("#ffffff", 0.2031)),
        scores=Scores(sharpness=50, brightness=50, contrast=50, shadows=0, highlights=0),
        exif={},
        sample=data,
    )
