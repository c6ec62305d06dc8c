"""A stage's own file, from the configuration to the corner of a rendition."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image, ImageChops

from local.pictures import Pictures
from local.samples import SAMPLES
from local.state import RunningStack
from local.up import LocalStack, Plan
from tests.end_to_end.conftest import SETTINGS

pytestmark = pytest.mark.long


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack with a watermark, whose renditions depend on the analysis."""
    settings: dict[str, Any] = {
        **SETTINGS,
        "gate": "guarded",
        "analyses": ["labels", "properties", "moderation", "faces"],
        "renditions": ["plain 400", "marked 400 watermark=logo", "hidden grey pixelate-faces 400"],
        "formats": ["webp 90"],
        "watermarks": ["logo samples/camera.png bottom-right size=25 opacity=100"],
    }
    folder = tmp_path_factory.mktemp("marked")
    with LocalStack(Plan(folder=folder, models=False, settings=settings)) as local:
        yield local.up()


def test_a_watermark_lies_in_its_corner_and_nowhere_else(stack: RunningStack) -> None:
    pictures = Pictures(stack)
    file = SAMPLES / "coffee.jpg"
    sent = pictures.upload(file.read_bytes(), file.name, "uploads/marked.jpg")
    for _ in pictures.follow([sent], 60):
        pass
    assert sent.item
    assert sent.item.renditions
    images = {
        name: Image.open(BytesIO(httpx.get(f"{stack.front}/{made['webp']['key']}").content))
        for name, made in sent.item.renditions.items()
    }
    plain, marked = images["plain"].convert("RGB"), images["marked"].convert("RGB")
    width, height = plain.size
    changed = ImageChops.difference(plain, marked).convert("L")
    changed = changed.point([255 if level > 24 else 0 for level in range(256)])
    left, top, right, bottom = changed.getbbox() or (0, 0, 0, 0)
    assert left >= 0.7 * width
    assert top >= height - 0.3 * width
    assert (right, bottom) > (0.95 * width, 0.95 * height)
    hidden = images["hidden"].convert("RGB")
    assert max(ImageChops.difference(hidden, hidden.convert("L").convert("RGB")).tobytes()) < 8
