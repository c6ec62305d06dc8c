"""What holds for every route: who is let in, and how errors, headers and the log look."""

import pytest
from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel

from api.caller import Reviewer, SignedIn
from api.errors import ChangedError, NotFoundError
from runtime.logging import logger
from tests.containers.api.client import ANN, AS_ANN, AS_RITA, RITA, Claims, Client


class Size(BaseModel):
    bytes: int


@pytest.fixture(scope="module")
def client() -> Client:
    """The API with a few more routes, one for each thing that a route can do."""
    client = Client()

    @client.app.get("/api/trial/tagged")
    def tagged() -> Response[dict[str, int]]:
        return Response(200, "application/json", {"a": 1}, {"ETag": '"7"'})

    @client.app.get("/api/trial/review")
    def review(caller: Reviewer) -> list[str]:
        return [caller.owner_id]

    @client.app.get("/api/trial/missing")
    def missing(caller: SignedIn) -> None:
        raise NotFoundError

    @client.app.get("/api/trial/changed")
    def changed() -> None:
        raise ChangedError("the picture has revision 8")

    @client.app.get("/api/trial/broken")
    def broken() -> None:
        raise ValueError("secret")

    @client.app.post("/api/trial/size")
    def size(size: Size) -> int:
        return size.bytes

    return client


# Who is let in


@pytest.mark.parametrize(
    ("claims", "status", "code"),
    [
        (None, 401, "unauthorized"),
        ({}, 401, "unauthorized"),
        ({**AS_ANN, "token_use": "id"}, 403, "forbidden"),
        ({name: AS_ANN[name] for name in AS_ANN if name != "token_use"}, 403, "forbidden"),
        ({**AS_ANN, "sub": "1example23456789"}, 403, "forbidden"),
        ({**AS_ANN, "sub": f"{ANN}/../{RITA}"}, 403, "forbidden"),
    ],
)
@pytest.mark.parametrize("path", ["/api/me", "/api/no-such-route", "/api/openapi.json/"])
def test_only_a_persons_access_token_is_let_in(
    client: Client, claims: Claims | None, status: int, code: str, path: str
) -> None:
    answer = client.get(path, claims=claims)
    assert (answer.status, answer.code) == (status, code)


def test_the_description_needs_no_token(client: Client) -> None:
    answer = client.get("/api/openapi.json", claims=None)
    assert answer.status == 200
    assert "/api/me" in answer.body["paths"]


def test_a_reviewers_route_is_forbidden_to_others(client: Client) -> None:
    answer = client.get("/api/trial/review", claims=AS_ANN)
    assert (answer.status, answer.code) == (403, "forbidden")
    answer = client.get("/api/trial/review", claims=AS_RITA)
    assert (answer.status, answer.body) == (200, [RITA])


@pytest.mark.parametrize("groups", ["[reviewers]", "[others reviewers]"])
def test_a_group_is_read_from_the_gateways_text(client: Client, groups: str) -> None:
    claims = {**AS_ANN, "cognito:groups": groups}
    assert client.get("/api/trial/review", claims=claims).status == 200


@pytest.mark.parametrize("groups", ["[reviewersofart]", "[not-reviewers]", "", "[]"])
def test_a_group_counts_by_its_whole_name(client: Client, groups: str) -> None:
    claims = {**AS_ANN, "cognito:groups": groups}
    assert client.get("/api/trial/review", claims=claims).status == 403


# Errors


def test_an_error_has_a_code_and_a_message_and_nothing_else(client: Client) -> None:
    answer = client.get("/api/trial/changed")
    assert (answer.status, answer.body) == (
        412,
        {"code": "changed", "message": "the picture has revision 8"},
    )
    assert answer.headers["content-type"] == "application/json"


def test_a_route_that_does_not_exist_looks_like_a_picture_that_does_not(client: Client) -> None:
    unknown, missing = client.get("/api/no-such-route"), client.get("/api/trial/missing")
    assert (unknown.status, unknown.text) == (404, missing.text)


@pytest.mark.parametrize("method", ["POST", "DELETE", "HEAD", "OPTIONS", "TRACE", "get "])
def test_a_method_that_a_route_does_not_have_is_not_found(client: Client, method: str) -> None:
    answer = client.request(method, "/api/me")
    assert (answer.status, answer.code) == (404, "not_found")


def test_a_failure_says_nothing_of_its_cause(client: Client) -> None:
    answer = client.get("/api/trial/broken")
    assert (answer.status, answer.body) == (
        500,
        {"code": "internal", "message": "the request failed; retry"},
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"bytes": "many"}', "body.bytes: "),
        ('{"pictures": 1}', "body.bytes: "),
        ("[]", "body: "),
        ("null", "body: "),
        ("{", "body"),
        ("\x00", "body"),
        ("", "body"),
    ],
)
def test_a_body_that_breaks_a_rule_is_invalid_and_named(
    client: Client, text: str, place: str
) -> None:
    answer = client.post("/api/trial/size", text=text)
    assert (answer.status, answer.code) == (400, "invalid")
    assert answer.body["message"].startswith(place)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[" * 200_000, id="nested too deeply"),
        pytest.param(f'{{"bytes": {"1" * 5000}}}', id="a number too long"),
        pytest.param("]", id="malformed"),
    ],
)
def test_a_body_that_no_parser_takes_is_invalid(client: Client, text: str) -> None:
    answer = client.post("/api/trial/size", text=text)
    assert (answer.status, answer.code) == (400, "invalid")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_a_body_in_another_encoding_is_invalid(client: Client, encoding: str) -> None:
    answer = client.post("/api/trial/size", data='{"bytes": 1}'.encode(encoding))
    assert (answer.status, answer.code) == (400, "invalid")


def test_a_body_that_the_gateway_has_encoded_is_read(client: Client) -> None:
    assert client.post("/api/trial/size", data=b'{"bytes": 1}').text == "1"


@pytest.mark.parametrize(
    "media_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "multipart/form-data",
        "application/jsonp",
        "application/xml",
        "",
    ],
)
def test_a_body_must_be_json_by_its_type(client: Client, media_type: str) -> None:
    answer = client.post(
        "/api/trial/size", headers={"content-type": media_type}, text='{"bytes": 1}'
    )
    assert (answer.status, answer.code) == (415, "unsupported_type")


def test_the_type_of_a_body_may_have_parameters(client: Client) -> None:
    answer = client.post(
        "/api/trial/size",
        headers={"content-type": "application/json; charset=utf-8"},
        text='{"bytes": 1}',
    )
    assert answer.status == 200


def test_the_type_of_a_body_may_name_the_charset(client: Client) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert client.post("/api/trial/size", headers=headers, text='{"bytes": 1}').status == 200


def test_a_body_that_is_too_large_is_not_parsed(client: Client) -> None:
    answer = client.post("/api/trial/size", text="{" * (256 * 1024 + 1))
    assert (answer.status, answer.code) == (413, "too_large")


# Headers


@pytest.mark.parametrize("path", ["/api/me", "/api/openapi.json", "/api/trial/broken", "/api/x"])
def test_no_response_is_stored(client: Client, path: str) -> None:
    assert client.get(path).headers["cache-control"] == "no-store"


def test_a_response_with_a_tag_is_revalidated_by_its_own_browser_alone(client: Client) -> None:
    answer = client.get("/api/trial/tagged")
    assert answer.headers["etag"] == '"7"'
    assert answer.headers["cache-control"] == "private, no-cache"


# The log


def test_a_request_is_one_line_without_its_token_query_and_body(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger.name):
        client.post(
            "/api/trial/size",
            query={"signature": "secret"},
            headers={"authorization": "Bearer secret"},
            body={"bytes": "secret"},
        )
    (record,) = caplog.records
    said = {**vars(record)}
    assert "secret" not in str(said)
    assert {name: said[name] for name in ("method", "path", "status", "caller")} == {
        "method": "POST",
        "path": "/api/trial/size",
        "status": 400,
        "caller": ANN,
    }


def test_a_request_without_a_caller_is_logged_too(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger.name):
        client.get("/api/" + "x" * 5000, claims=None)
    (record,) = caplog.records
    assert vars(record)["caller"] is None
    assert vars(record)["status"] == 401
    assert len(vars(record)["path"]) == 200
