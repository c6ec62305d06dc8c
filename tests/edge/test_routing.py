"""Which file of the page a viewer gets at an address."""

import pytest

from edge import routing
from local.http import Request
from local.viewer import ViewerFunction


def served(path: str) -> str:
    target = ViewerFunction(routing())(Request("GET", path, ()))
    assert isinstance(target, str)
    return target


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/trash", "/review", "/upload", f"/pictures/{'a' * 32}", "/a/b/", "/v1.2/pictures"),
        *("/i%2fa", "//", "/%2e%2e", "/health"),
    ],
)
def test_every_address_of_the_page_is_its_document(path: str) -> None:
    assert served(path) == "/index.html"


@pytest.mark.parametrize(
    "path", ["/index.html", "/config.json", "/assets/index-B4k.js", "/a.b/c.d", "/.well-known/x.y"]
)
def test_a_file_is_served_as_it_is(path: str) -> None:
    assert served(path) == path
