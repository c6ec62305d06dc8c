"""A developer of pictures for tests that are not about pictures."""

from pictures.measures import Scores
from pictures.refusals import Unreadable
from resize.renditions import Developed, File

__all__ = ["develop"]


def develop(data: bytes, *, isolated: bool) -> Developed:
    """One rendition in two formats, both the upload itself; an upload `broken...` is unreadable."""
    if data.startswith(b"broken"):
        raise Unreadable("truncated", "the file ends in the middle of the picture")
    return Developed(
        content_type="image/jpeg",
        width=40,
        height=30,
        frames=1,
        has_alpha=False,
        files=tuple(
            File("small", format, 4, 3, data, extension, f"image/{format}")
            for format, extension in (("jpeg", "jpg"), ("webp", "webp"))
        ),
        placeholder="cGxhY2Vob2xkZXI=",
        dhash="0123456789abcdef",
        colors=(),
        scores=Scores(sharpness=50, brightness=50, contrast=50, shadows=0, highlights=0),
        exif={},
    )
