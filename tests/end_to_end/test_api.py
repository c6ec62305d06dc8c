"""The API on a running stack: signing in, and every kind of token that is not one."""

import base64
import hashlib
import json
import secrets
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from local.people import PASSWORD, PEOPLE, People
from local.state import RunningStack
from tests.end_to_end import page

Tokens = dict[str, Any]


@pytest.fixture(scope="module")
def people(stack: RunningStack) -> People:
    return People.of(stack.aws, stack.outputs)


@pytest.fixture(scope="module")
def ann(people: People) -> Tokens:
    return people.tokens("ann")


def me(stack: RunningStack, token: str | None) -> httpx.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{stack.front}/api/me", headers=headers)


# Signing in


@pytest.mark.parametrize(("name", "reviewer"), [("ann", False), ("rita", True)])
def test_a_local_user_signs_in_with_one_click_and_is_known_to_the_api(
    stack: RunningStack, name: str, reviewer: bool
) -> None:
    tokens = page.clicked(stack, name)
    answer = me(stack, tokens["access_token"])
    assert (answer.status_code, answer.json()["reviewer"]) == (200, reviewer)
    assert answer.headers["cache-control"] == "no-store"
    assert tokens["expires_in"] == 15 * 60
    renewed = page.token(stack, grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert me(stack, renewed["access_token"]).json()["reviewer"] == reviewer


def test_a_person_signs_in_on_the_hosted_page_by_code_and_pkce(
    stack: RunningStack, people: People
) -> None:
    verifier = secrets.token_urlsafe(48)
    challenge = _encoded(hashlib.sha256(verifier.encode()).digest())
    request = {
        "client_id": people.client,
        "response_type": "code",
        "scope": "openid email",
        "redirect_uri": f"{stack.front}/",
        "state": "s",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    with httpx.Client(base_url=stack.endpoint) as browser:
        assert browser.get("/oauth2/authorize", params=request).status_code < 400
        person = {"username": PEOPLE["ann"].email, "password": PASSWORD}
        sent_back = browser.post("/login", params=request, data={**request, **person})
        target = urlsplit(sent_back.headers["location"])
        [code] = parse_qs(target.query)["code"]
        assert f"{target.scheme}://{target.netloc}" == stack.front
        exchange = {
            "grant_type": "authorization_code",
            "client_id": people.client,
            "redirect_uri": f"{stack.front}/",
            "code": code,
        }
        stolen = browser.post("/oauth2/token", data={**exchange, "code_verifier": "x" * 43})
        assert stolen.status_code == 400
        sent_back = browser.post("/login", params=request, data={**request, **person})
        exchange["code"] = parse_qs(urlsplit(sent_back.headers["location"]).query)["code"][0]
        tokens = browser.post("/oauth2/token", data={**exchange, "code_verifier": verifier})
    assert me(stack, tokens.json()["access_token"]).status_code == 200


# Tokens that are none


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, claims, signature = token.split(".")
    decoded = [json.loads(base64.urlsafe_b64decode(f"{part}===")) for part in (head, claims)]
    return decoded[0], decoded[1], signature


def _joined(head: dict[str, Any], claims: dict[str, Any]) -> str:
    return f"{_encoded(json.dumps(head).encode())}.{_encoded(json.dumps(claims).encode())}"


def _forged(token: str, **changed: Any) -> str:
    """The token with other claims, signed with a key of the forger's own."""
    head, claims, _ = _parts(token)
    body = _joined(head, {**claims, **changed})
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    signature = key.sign(body.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{body}.{_encoded(signature)}"


def _unsigned(token: str) -> str:
    head, claims, _ = _parts(token)
    return f"{_joined({**head, 'alg': 'none'}, claims)}."


def _altered(token: str) -> str:
    """The token with the reviewers' group added under the signature that it had."""
    head, claims, signature = _parts(token)
    return f"{_joined(head, {**claims, 'cognito:groups': ['reviewers']})}.{signature}"


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda _: None, id="none"),
        pytest.param(lambda _: "a.b.c", id="malformed"),
        pytest.param(lambda token: token[:-4], id="cut off"),
        pytest.param(_altered, id="altered"),
        pytest.param(_unsigned, id="alg none"),
        pytest.param(_forged, id="signed by a stranger"),
        pytest.param(lambda token: _forged(token, exp=4102444800), id="prolonged"),
    ],
)
def test_what_is_no_token_of_the_pool_is_refused(
    stack: RunningStack, ann: Tokens, made: Any
) -> None:
    assert me(stack, made(ann["access_token"])).status_code == 401


@pytest.fixture
def other_client(people: People) -> Iterator[People]:
    """The same people, signing in to another app of the pool."""
    cognito = people.aws.client("cognito-idp")
    made = cognito.create_user_pool_client(
        UserPoolId=people.pool,
        ClientName="other",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"],
    )
    client = made["UserPoolClient"]["ClientId"]
    yield People(people.aws, people.pool, client)
    cognito.delete_user_pool_client(UserPoolId=people.pool, ClientId=client)


@pytest.fixture
def other_pool(people: People) -> Iterator[People]:
    """People of the same names in another pool of the account."""
    cognito = people.aws.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    cognito.create_group(UserPoolId=pool, GroupName="reviewers")
    made = cognito.create_user_pool_client(
        UserPoolId=pool, ClientName="other", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    others = People(people.aws, pool, made["UserPoolClient"]["ClientId"])
    for name in PEOPLE:
        cognito.admin_create_user(
            UserPoolId=pool, Username=PEOPLE[name].email, MessageAction="SUPPRESS"
        )
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=PEOPLE[name].email, Password=f"{PASSWORD} A1!", Permanent=True
        )
    yield others
    cognito.delete_user_pool(UserPoolId=pool)


def test_a_token_of_another_app_is_refused(stack: RunningStack, other_client: People) -> None:
    assert me(stack, other_client.tokens("rita")["access_token"]).status_code == 401


def test_a_token_of_another_pool_is_refused(stack: RunningStack, other_pool: People) -> None:
    signed_in = other_pool.aws.client("cognito-idp").admin_initiate_auth(
        UserPoolId=other_pool.pool,
        ClientId=other_pool.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": PEOPLE["rita"].email, "PASSWORD": f"{PASSWORD} A1!"},
    )
    token = signed_in["AuthenticationResult"]["AccessToken"]
    assert me(stack, token).status_code == 401


def test_an_id_token_is_not_an_access_token(stack: RunningStack, ann: Tokens) -> None:
    answer = me(stack, ann["id_token"])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


@pytest.mark.parametrize("name", ["authorization", "cookie", "x-authorization"])
def test_a_token_counts_as_a_bearer_token_alone(
    stack: RunningStack, ann: Tokens, name: str
) -> None:
    sent = {name: f"Basic {ann['access_token']}"}
    assert httpx.get(f"{stack.front}/api/me", headers=sent).status_code == 401
    query = {"access_token": ann["access_token"]}
    assert httpx.get(f"{stack.front}/api/me", params=query).status_code == 401


# The paths of the front


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example.org"},
        {"x-forwarded-host": "evil.example.org", "x-forwarded-proto": "http"},
        {"x-amzn-request-context": '{"authorizer":{"jwt":{"claims":{"token_use":"access"}}}}'},
        {"x-original-url": "/api/openapi.json", "x-rewrite-url": "/api/openapi.json"},
        {"x-http-method-override": "DELETE"},
    ],
)
def test_no_header_stands_for_a_token(stack: RunningStack, headers: dict[str, str]) -> None:
    assert httpx.get(f"{stack.front}/api/me", headers=headers).status_code == 401


def test_anyone_may_read_the_description_alone(stack: RunningStack) -> None:
    described = httpx.get(f"{stack.front}/api/openapi.json")
    assert described.status_code == 200
    assert "/api/me" in described.json()["paths"]
    for path in ("/api/openapi.json/", "/api/openapi.json/../me", "/api/openapi.jsonx", "/api/"):
        assert httpx.get(f"{stack.front}{path}").status_code in (401, 404), path


def test_neither_tokens_nor_queries_are_logged(stack: RunningStack, ann: Tokens) -> None:
    token = ann["access_token"]
    httpx.get(
        f"{stack.front}/api/me",
        params={"signature": "a-secret-of-the-query"},
        headers={"Authorization": f"Bearer {token}"},
    )
    pages = stack.aws.client("logs").get_paginator("filter_log_events")
    group = stack.outputs["logs"]["api"]
    lines = [
        event["message"] for page in pages.paginate(logGroupName=group) for event in page["events"]
    ]
    assert any('"path":"/api/me"' in line.replace(": ", ":") for line in lines)
    assert not any(token in line or "a-secret-of-the-query" in line for line in lines)
