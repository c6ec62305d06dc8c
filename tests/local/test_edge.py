"""What the front lets through, and to what it turns the page's addresses."""

import pytest

from edge import routing
from local.edge import Edge
from local.http import Reply, Request
from local.viewer import ViewerFunction


def edge() -> Edge:
    return Edge(
        port=8080,
        sign_in=lambda request: Reply(200, f"signing in: {request.path}"),
        rendition=lambda request: f"{request.target}.avif",
        page=ViewerFunction(routing()),
    )


def decided(target: str) -> Reply | str:
    return edge()(Request("GET", target, ()))


@pytest.mark.parametrize(
    "target",
    [
        *("/api/me", "/api/pictures/a%2Fb?cursor=/i/x"),
        *("/index.html", "/config.json", "/icon.svg", "/assets/index-B4kd_2-x.js"),
    ],
)
def test_the_distributions_files_and_the_api_pass_as_they_were_sent(target: str) -> None:
    assert decided(target) == target


def test_a_renditions_path_is_rewritten_as_the_distributions_function_does() -> None:
    assert decided("/i/a/b/small") == "/i/a/b/small.avif"


@pytest.mark.parametrize("target", ["/", "/trash", "/pictures/0a1b", "/api", "/i", "/a.js/"])
def test_an_address_of_the_page_gets_its_document(target: str) -> None:
    assert decided(target) == "/index.html"


def test_a_query_stays_beside_the_document() -> None:
    assert decided("/?code=a.b&state=c") == "/index.html?code=a.b&state=c"


MINISTACKS = [
    *("/health", "/_ministack/health", "/_ministack/reset", "/_localstack/health"),
    *("/_aws/execute-api/abc/api/me", "/oauth2/token", "/oauth2/authorize", "/login", "/logout"),
    *("/v2/apis", "/v20180820/x", "/iceberg/v1/config", "//health", "/%68ealth"),
    *("/_ministack%2Fhealth", "/api%2fme", "/API/me"),
]
UNKNOWN = [
    *(
        "/i/../health",
        "/i/..%2f/",
        "/i/%2e%2e/health",
        "/api/..%2f_ministack/health",
        "/api/../../health",
    ),
    *(
        "http://elsewhere.example.org/health",
        "*",
        "",
        "/_ministack/x.js",
        "/eu-west-1_a/.well-known",
    ),
    *(
        "/.well-known/openid-configuration.json",
        "/assets/../_ministack/x.js",
        "/assets/%2e%2e/a.js",
    ),
    *("/assets/a/b.js", "/..", "/_local/..", "/_local/../_ministack/x.js"),
]


@pytest.mark.parametrize("target", MINISTACKS)
def test_a_path_that_the_local_aws_keeps_for_itself_is_the_pages_as_on_aws(target: str) -> None:
    assert decided(target) == "/index.html"


@pytest.mark.parametrize("target", UNKNOWN)
def test_nothing_else_of_the_local_aws_can_be_reached(target: str) -> None:
    assert decided(target) == Reply(404, "the distribution has nothing at this path\n")


@pytest.mark.parametrize("target", ["/_local/oauth2/token", "/%5flocal/logout", "/_local//x?y=z"])
def test_signing_in_never_reaches_the_distribution(target: str) -> None:
    assert decided(target) == Reply(200, f"signing in: {target.partition('?')[0]}")


@pytest.mark.parametrize("target", ["/_local", "/_local/../api/me"])
def test_what_only_looks_like_signing_in_does_not(target: str) -> None:
    assert decided(target) == "/index.html"


@pytest.mark.parametrize(
    ("target", "compressed"),
    [("/", True), ("/assets/a.js", True), ("/api/me", False), ("/i/a", False)],
)
def test_the_page_alone_is_compressed(target: str, compressed: bool) -> None:
    assert edge().compresses(Request("GET", target, ())) is compressed


def test_the_page_has_one_origin_whatever_this_machine_is_called() -> None:
    called = [("host", "localhost:8080")]
    moved = edge()(Request("GET", "/trash?a=b", called))
    assert moved == Reply(307, "", headers=(("Location", "http://127.0.0.1:8080/trash?a=b"),))
    assert edge()(Request("GET", "/api/me", called)) == "/api/me"
    assert edge()(Request("GET", "/trash", [("host", "localhost:5173")])) == "/index.html"
