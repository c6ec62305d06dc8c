"""The cookies that the API signs open pictures, and nothing else does."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from botocore.signers import CloudFrontSigner
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from api.passes import LASTS, Passes
from edge import routing
from local.edge import Edge
from local.http import Reply, Request
from local.signed import Keys, SignedCookies
from local.viewer import ViewerFunction
from ops.signing_key import new_pair

URL = "https://d1.cloudfront.net"
PICTURE = "/i/a/b/small.jpg"
KEY_ID = "K1"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@cache
def pem() -> str:
    return new_pair()[0]


@cache
def private() -> RSAPrivateKey:
    key = load_pem_private_key(pem().encode(), None)
    assert isinstance(key, RSAPrivateKey)
    return key


def keys() -> Keys:
    return {KEY_ID: private().public_key()}


PASSES = Passes(f"{URL}/i/", KEY_ID, pem, lambda: NOW)
FRONT = SignedCookies(URL, keys, NOW.timestamp)


def header(cookies: Mapping[str, str]) -> tuple[str, str]:
    return ("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))


def refusal(
    cookies: Mapping[str, str], target: str = PICTURE, front: SignedCookies = FRONT
) -> str | None:
    return front(Request("GET", target, [header(cookies)]))


def signed(policy: object) -> dict[str, str]:
    """The cookies of a policy that the stack's own key has signed."""
    text = json.dumps(policy).encode()
    signature = private().sign(text, PKCS1v15(), SHA1())  # noqa: S303 - as CloudFront wants it
    encoded = {"Policy": text, "Signature": signature}
    forms = str.maketrans("+=/", "-_~")
    return {
        "CloudFront-Key-Pair-Id": KEY_ID,
        **{
            f"CloudFront-{name}": b64encode(value).decode().translate(forms)
            for name, value in encoded.items()
        },
    }


def statement(**changed: object) -> dict[str, object]:
    later = int((NOW + timedelta(hours=1)).timestamp())
    condition = {"DateLessThan": {"AWS:EpochTime": later}}
    return {"Statement": [{"Resource": f"{URL}/i/*", "Condition": condition, **changed}]}


@pytest.mark.parametrize("target", [PICTURE, "/i/x", "/i/a/b/small?size=1"])
def test_a_pass_opens_every_picture(target: str) -> None:
    assert refusal(PASSES.issue().cookies, target) is None


def test_a_pass_is_what_aws_own_library_signs() -> None:
    signer = CloudFrontSigner(
        KEY_ID,
        lambda policy: private().sign(policy, PKCS1v15(), SHA1()),  # noqa: S303 - see above
    )
    policy = signer.build_policy(f"{URL}/i/*", NOW + LASTS)
    address = signer.generate_presigned_url(f"{URL}/i/x", policy=policy)
    assert address == f"{URL}/i/x?" + "&".join(
        f"{name}={PASSES.issue().cookies[f'CloudFront-{name}']}"
        for name in ("Policy", "Signature", "Key-Pair-Id")
    )


def test_without_cookies_nothing_opens() -> None:
    assert refusal({}) == "the request must have the cookie CloudFront-Key-Pair-Id"


def test_a_pass_ends_to_the_second() -> None:
    issued = PASSES.issue()
    end = issued.until.timestamp()
    assert issued.until == NOW + LASTS
    assert refusal(issued.cookies, front=replace(FRONT, clock=lambda: end - 1)) is None
    assert refusal(issued.cookies, front=replace(FRONT, clock=lambda: end)) == (
        "the policy must not have expired"
    )


def test_another_key_opens_nothing_whatever_it_is_called() -> None:
    stranger = replace(PASSES, private_key=lambda: new_pair()[0])
    assert refusal(stranger.issue().cookies) == (
        "the policy must be signed by the key that the cookies name"
    )
    assert refusal(replace(PASSES, key_id="K2").issue().cookies) == (
        "the cookies must be of a key that the distribution trusts"
    )


@pytest.mark.parametrize(
    "resource", [f"{URL}/j/*", f"{URL}/i/a/c/*", "https://d2.cloudfront.net/i/*", f"{URL}/i/?"]
)
def test_a_policy_of_another_path_opens_nothing(resource: str) -> None:
    assert refusal(signed(statement(Resource=resource))) == "the policy must be of this path"


def test_a_policy_that_was_changed_opens_nothing() -> None:
    mine, wider = PASSES.issue().cookies, signed(statement(Resource="*"))
    mixed = {**wider, "CloudFront-Signature": mine["CloudFront-Signature"]}
    assert refusal(mixed) == "the policy must be signed by the key that the cookies name"


def test_a_condition_that_is_not_verified_here_opens_nothing() -> None:
    later = {"AWS:EpochTime": int(NOW.timestamp()) + 9}
    begun = {"DateLessThan": later, "DateGreaterThan": later}
    assert refusal(signed(statement(Condition=begun))) == "the policy must have begun"
    address = {"DateLessThan": later, "IpAddress": {"AWS:SourceIp": "192.0.2.1/32"}}
    assert refusal(signed(statement(Condition=address))) == (
        "the policy must have no condition IpAddress"
    )


@pytest.mark.parametrize("policy", ["", 7, {}, {"Statement": []}, statement(Condition={})])
def test_what_is_no_policy_opens_nothing(policy: object) -> None:
    assert refusal(signed(policy)) == "the policy must be one of CloudFront's"


def test_text_that_is_no_base_64_opens_nothing() -> None:
    cookies = {**PASSES.issue().cookies, "CloudFront-Policy": "*"}
    assert refusal(cookies) == "the policy must be one of CloudFront's"


def test_a_distribution_without_keys_is_open() -> None:
    assert refusal({}, front=replace(FRONT, keys=lambda: None)) is None


def edge() -> Edge:
    return Edge(page=ViewerFunction(routing()), refusal=FRONT)


@pytest.mark.parametrize("target", [PICTURE, "/i/../i/a", "/i/%2e%2e/i/a"])
def test_the_front_asks_for_cookies_on_every_way_to_a_picture(target: str) -> None:
    assert edge()(Request("GET", target, ())) == Reply(
        403, "the request must have the cookie CloudFront-Key-Pair-Id\n"
    )


@pytest.mark.parametrize(
    "target",
    [
        *("/api/../i/a.jpg", "/api/..%2fi%2fa.jpg", "/i%2fa/b/small.jpg", "/%69/a/b/small.jpg"),
        *("//i/a/b/small.jpg", "/./i/a/b/small.jpg", "/I/a/b/small.jpg"),
    ],
)
def test_no_other_way_of_writing_its_path_leads_to_a_picture(target: str) -> None:
    reply = edge()(Request("GET", target, ()))
    assert isinstance(reply, Reply)
    assert reply.status == 404


@pytest.mark.parametrize("target", ["/", "/pictures/a", "/i%2fa/b/small", "/index.html"])
def test_the_page_needs_no_cookies(target: str) -> None:
    assert edge()(Request("GET", target, ())) == "/index.html"


@pytest.mark.parametrize("target", ["/api/me", "/api/pictures?label=/i/x"])
def test_the_api_needs_no_cookies(target: str) -> None:
    assert edge()(Request("GET", target, ())) == target
