"""One address of a rendition, and the file that each viewer gets there."""

from collections.abc import Mapping

import httpx
import pytest

from local.pictures import Pictures
from local.samples import SAMPLES
from local.state import RunningStack

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def renditions(stack: RunningStack) -> Mapping[str, Mapping[str, str]]:
    """The key of each rendition of one picture, by name and format."""
    pictures = Pictures(stack)
    file = min(SAMPLES.glob("*.jpg"))
    sent = pictures.upload(file.read_bytes(), file.name, "uploads/negotiated.jpg")
    for _ in pictures.follow([sent], 60):
        pass
    assert sent.item
    assert sent.item.renditions
    return {
        name: {form: made["key"] for form, made in formats.items()}
        for name, formats in sent.item.renditions.items()
    }


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("image/avif,image/webp,*/*;q=0.8", "avif"),
        ("image/avif;q=0,*/*", "jpeg"),
        ("*/*", "jpeg"),
    ],
)
def test_a_viewer_gets_the_best_file_that_it_accepts(
    stack: RunningStack, renditions: Mapping[str, Mapping[str, str]], accept: str, form: str
) -> None:
    keys = renditions["small"]
    address = f"{stack.front}/{keys['jpeg'].rpartition('.')[0]}"
    negotiated = httpx.get(address, headers={"Accept": accept})
    named = httpx.get(f"{stack.front}/{keys[form]}")
    assert negotiated.status_code == 200
    assert negotiated.headers["content-type"] == f"image/{form}"
    assert negotiated.headers["vary"] == "Accept"
    assert negotiated.content == named.content
    assert negotiated.headers["cache-control"] == named.headers["cache-control"]


def test_an_address_that_was_never_made_is_refused_as_any_other(
    stack: RunningStack, renditions: Mapping[str, Mapping[str, str]]
) -> None:
    folder = renditions["small"]["jpeg"].rpartition("/")[0]
    missing = httpx.get(f"{stack.front}/{folder}/no-such-name")
    assert missing.status_code == httpx.get(f"{stack.front}/{folder}/no-such-name.jpg").status_code
    assert missing.status_code in (403, 404)
