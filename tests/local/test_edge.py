"""What the front lets through, and the local users' way to sign in."""

import json

import pytest

from local.edge import Edge, Reply, Request

HOST = ("host", "127.0.0.1:8080")


def edge() -> Edge:
    return Edge(
        8080,
        lambda name: {"access_token": f"token of {name}"},
        rewrite=lambda request: f"{request.target}.avif",
    )


def decided(target: str, *headers: tuple[str, str]) -> Reply | str:
    return edge()(Request("GET", target, headers or [HOST]))


@pytest.mark.parametrize("target", ["/", "/?a=b", "/api/me", "/api/pictures/a%2Fb?cursor=/i/x"])
def test_the_distributions_paths_pass_as_they_were_sent(target: str) -> None:
    assert decided(target) == target


def test_a_renditions_path_is_rewritten_as_the_distributions_function_does() -> None:
    assert decided("/i/a/b/small") == "/i/a/b/small.avif"


@pytest.mark.parametrize(
    "target",
    [
        "/health",
        "/_ministack/health",
        "/_ministack/reset",
        "/_localstack/health",
        "/_aws/execute-api/abc/api/me",
        "/oauth2/token",
        "/login",
        "/logout",
        "/v2/apis",
        "/i/../health",
        "/i/%2e%2e/health",
        "/api/..%2f_ministack/health",
        "/api/../../health",
        "//health",
        "/%68ealth",
        "/_ministack%2Fhealth",
        "/api%2fme",
        "/API/me",
        "/iceberg/v1/config",
        "http://elsewhere.example.org/health",
        "*",
    ],
)
def test_nothing_else_of_the_local_aws_can_be_reached(target: str) -> None:
    reply = decided(target)
    assert isinstance(reply, Reply)
    assert reply.status == 404


def test_a_local_user_signs_in_with_one_click() -> None:
    page = decided("/_local/sign-in")
    assert isinstance(page, Reply)
    assert 'href="/_local/sign-in/ann"' in page.text
    assert 'href="/_local/sign-in/rita"' in page.text
    tokens = decided("/_local/sign-in/rita")
    assert isinstance(tokens, Reply)
    assert (tokens.content_type, json.loads(tokens.text)) == (
        "application/json",
        {"access_token": "token of rita"},
    )


def test_a_name_that_is_no_local_users_is_not_found() -> None:
    reply = decided("/_local/sign-in/mallory")
    assert reply == Reply(404, "the local users are ann, rita\n")


@pytest.mark.parametrize("host", ["evil.example.org:8080", "127.0.0.1:9", "127.0.0.1", ""])
def test_nobody_signs_in_by_another_name_of_this_machine(host: str) -> None:
    reply = decided("/_local/sign-in/ann", ("host", host))
    assert isinstance(reply, Reply)
    assert (reply.status, "token" in reply.text) == (403, False)
