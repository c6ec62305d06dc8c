"""The page of a running stack: its files, what it is told, and what its policy lets it reach."""

import re
from urllib.parse import urlsplit

import httpx
import pytest

from local.children import ROOT
from local.state import RunningStack
from proofs import PAGE
from tests.end_to_end.page import config
from tests.end_to_end.visitors import visitor

DIST = ROOT / PAGE / "dist"


def sources(stack: RunningStack) -> dict[str, list[str]]:
    """The sources of each directive of the page's policy."""
    policy = httpx.get(f"{stack.front}/").headers["content-security-policy"]
    directives = [each.split() for each in policy.split(";")]
    return {name: listed for name, *listed in directives}


@pytest.mark.parametrize("path", ["/", "/trash", "/pictures/a", "/health", "/_ministack/health"])
def test_every_address_of_the_page_is_its_document(stack: RunningStack, path: str) -> None:
    answer = httpx.get(f"{stack.front}{path}")
    assert (answer.status_code, answer.content) == (200, (DIST / "index.html").read_bytes())
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"


def test_a_file_is_its_own_and_has_its_type(stack: RunningStack) -> None:
    answer = httpx.get(f"{stack.front}/assets/main-0a1b2c3d.js")
    assert answer.content == (DIST / "assets/main-0a1b2c3d.js").read_bytes()
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = {"if-none-match": answer.headers["etag"]}
    assert httpx.get(str(answer.url), headers=again).status_code == 304


def test_the_page_knows_its_stack_by_addresses_that_a_browser_here_can_reach(
    stack: RunningStack,
) -> None:
    known = config(stack)
    renditions = known.pop("renditions")
    assert known == {
        "issuer": f"https://cognito-idp.{stack.region}.amazonaws.com/{stack.outputs['user_pool']}",
        "client": stack.outputs["app_client"],
        "signIn": f"{stack.front}/_local",
        "stage": "dev",
        "onDemand": None,
    }
    assert list(renditions) == ["thumbnail", "small", "large", "enhanced"]
    assert renditions["thumbnail"] == {"width": 128, "height": 128, "fit": "cover"}


def test_the_policy_names_the_hosts_of_the_addresses_that_the_api_signs(
    stack: RunningStack,
) -> None:
    allowed = sources(stack)
    assert "unsafe" not in str(allowed)
    with visitor(stack, "ann") as ann:
        signed = ann.upload("named.jpg", b"a picture")["url"]
    originals = f"{stack.endpoint}/{stack.outputs['originals']}/"
    assert signed.startswith(originals)
    assert allowed["connect-src"] == ["'self'", originals, f"{stack.front}/_local/"]
    assert allowed["img-src"] == [
        *("'self'", "blob:", "data:", originals),
        f"{stack.endpoint}/{stack.outputs['previews']}/",
    ]


def test_the_bucket_of_originals_takes_uploads_from_the_page(stack: RunningStack) -> None:
    asked = {"origin": stack.front, "access-control-request-method": "PUT"}
    bucket = f"{stack.endpoint}/{stack.outputs['originals']}/uploads/a"
    answer = httpx.options(bucket, headers=asked)
    assert answer.headers["access-control-allow-origin"] == stack.front


@pytest.mark.parametrize("path", ["/i%2Fa.jpg", "/%69/a.jpg", "/assets/none.js", "/index.html/a.b"])
def test_the_page_has_no_other_file(stack: RunningStack, path: str) -> None:
    assert httpx.get(f"{stack.front}{path}").status_code in (403, 404)


def test_signing_in_stays_on_the_front(stack: RunningStack) -> None:
    assert urlsplit(config(stack)["signIn"]).netloc == urlsplit(stack.front).netloc
    answer = httpx.get(f"{stack.front}/_local/oauth2/authorize?client_id=x")
    assert answer.status_code == 400
    assert re.search("<script", answer.text) is None
