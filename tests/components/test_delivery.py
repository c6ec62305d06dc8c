from __future__ import annotations

from collections.abc import Mapping

import pytest

from components.delivery import Delivery, DeliveryArgs, Page
from components.function import Function
from components.http_api import HttpApi, HttpApiArgs
from components.private_bucket import PrivateBucket, PrivateBucketArgs
from proofs.recorder import Graph, run
from tests.components.parts import children, given, worker

VIEWER = "arn:aws:cloudfront::123456789012:function/web-viewer-0a1b2c"
ROUTER = "arn:aws:cloudfront::123456789012:function/web-page-0a1b2c"


def delivery(
    domain: str = "",
    certificate_arn: str = "",
    *,
    wait: bool = False,
    public_key: str = "",
    maker: Function | None = None,
    viewer_secrets: Mapping[str, str] | None = None,
) -> Delivery:
    bucket, page = (
        PrivateBucket(name, PrivateBucketArgs(protect=False, policy_by_grant=True))
        for name in ("files", "page")
    )
    return Delivery(
        "web",
        DeliveryArgs(
            bucket=bucket,
            under="i/",
            viewer_function="function handler(event) { return event.request; }",
            varies_by="Accept",
            page=Page(
                bucket=page,
                viewer_function="function handler(event) { return '/'; }",
                content_policy="default-src 'self'",
            ),
            api=HttpApi("calls", HttpApiArgs(requests_per_second=5)),
            api_under="api/",
            domain=domain,
            certificate_arn=certificate_arn,
            wait=wait,
            public_key=public_key,
            maker=maker,
            viewer_secrets=viewer_secrets or {},
        ),
    )


def build(domain: str = "", certificate_arn: str = "", *, wait: bool = False) -> Graph:
    def program() -> None:
        delivery(domain, certificate_arn, wait=wait)

    return run(program)


def test_a_delivery_is_a_distribution_its_access_and_its_headers() -> None:
    assert children(build(), "Delivery", "web") == [
        ("cloudfront.Distribution", "web"),
        ("cloudfront.Function", "web-page"),
        ("cloudfront.Function", "web-viewer"),
        ("cloudfront.OriginAccessControl", "web-access"),
        ("cloudfront.ResponseHeadersPolicy", "web-api-headers"),
        ("cloudfront.ResponseHeadersPolicy", "web-headers"),
        ("cloudfront.ResponseHeadersPolicy", "web-page-headers"),
    ]


def test_a_delivery_hands_out_its_address() -> None:
    assert build().resource("Delivery", "web").outputs == {
        "url": "https://d1example.cloudfront.net",
        "distribution_id": "E1EXAMPLE",
    }


def test_a_distribution_serves_both_buckets_and_signs_what_it_asks_of_them() -> None:
    graph = build()

    assert graph.resource("cloudfront.Distribution", "web").inputs == {
        "enabled": True,
        "comment": "darkroom test",
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "aliases": [],
        "defaultRootObject": "index.html",
        "origins": [
            {
                "originId": "bucket",
                "domainName": "files-0a1b2c.s3.eu-west-1.amazonaws.com",
                "originAccessControlId": "web-access-0a1b2c",
            },
            {
                "originId": "page",
                "domainName": "page-0a1b2c.s3.eu-west-1.amazonaws.com",
                "originAccessControlId": "web-access-0a1b2c",
            },
            {
                "originId": "api",
                "domainName": "a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com",
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                },
            },
        ],
        "defaultCacheBehavior": {
            "targetOriginId": "page",
            "viewerProtocolPolicy": "redirect-to-https",
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "compress": True,
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "responseHeadersPolicyId": "web-page-headers-0a1b2c",
            "functionAssociations": [{"eventType": "viewer-request", "functionArn": ROUTER}],
        },
        "orderedCacheBehaviors": [
            {
                "pathPattern": "/api/*",
                "targetOriginId": "api",
                "viewerProtocolPolicy": "https-only",
                "allowedMethods": ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"],
                "cachedMethods": ["GET", "HEAD"],
                "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
                "originRequestPolicyId": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
                "responseHeadersPolicyId": "web-api-headers-0a1b2c",
            },
            {
                "pathPattern": "/i/*",
                "targetOriginId": "bucket",
                "viewerProtocolPolicy": "redirect-to-https",
                "allowedMethods": ["GET", "HEAD"],
                "cachedMethods": ["GET", "HEAD"],
                "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
                "responseHeadersPolicyId": "web-headers-0a1b2c",
                "functionAssociations": [
                    {
                        "eventType": "viewer-request",
                        "functionArn": VIEWER,
                    }
                ],
            },
        ],
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "waitForDeployment": False,
    }
    assert graph.resource("cloudfront.OriginAccessControl", "web-access").inputs == {
        "originAccessControlOriginType": "s3",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }


@pytest.mark.parametrize(("bucket", "under"), [("files", "i/*"), ("page", "*")])
def test_each_bucket_opens_to_this_distribution_and_its_prefix(bucket: str, under: str) -> None:
    policy = build().resource("s3.BucketPolicy", f"{bucket}-policy").document("policy")

    assert policy["Statement"][1] == {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": ["s3:GetObject"],
        "Resource": [f"arn:aws:s3:::{bucket}-0a1b2c/{under}"],
        "Condition": {
            "StringEquals": {
                "AWS:SourceArn": "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"
            }
        },
    }


@pytest.mark.parametrize("name", ["web-headers", "web-api-headers"])
def test_what_is_delivered_can_neither_run_nor_be_framed_or_reinterpreted(name: str) -> None:
    headers = build().resource("cloudfront.ResponseHeadersPolicy", name)

    assert headers.inputs["securityHeadersConfig"] == {
        "contentSecurityPolicy": {
            "contentSecurityPolicy": "default-src 'none'; frame-ancestors 'none'; sandbox",
            "override": True,
        },
        "contentTypeOptions": {"override": True},
        "frameOptions": {"frameOption": "DENY", "override": True},
        "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
        "strictTransportSecurity": {"accessControlMaxAgeSec": 63072000, "override": True},
    }


def test_browsers_keep_a_rendition_by_what_chose_its_format() -> None:
    graph = build()
    assert graph.resource("cloudfront.Function", "web-viewer").inputs == {
        "runtime": "cloudfront-js-2.0",
        "code": "function handler(event) { return event.request; }",
        "publish": True,
    }
    headers = {
        each.name: each.inputs.get("customHeadersConfig")
        for each in graph.of_kind("cloudfront.ResponseHeadersPolicy")
    }
    headers.pop("web-page-headers")
    assert headers == {
        "web-headers": {"items": [{"header": "Vary", "value": "Accept", "override": True}]},
        "web-api-headers": None,
    }


def test_the_page_runs_its_own_policy_isolated_and_without_what_it_does_not_use() -> None:
    graph = build()
    assert graph.resource("cloudfront.Function", "web-page").inputs["code"] == (
        "function handler(event) { return '/'; }"
    )
    headers = graph.resource("cloudfront.ResponseHeadersPolicy", "web-page-headers").inputs
    security = dict(headers["securityHeadersConfig"])
    assert security.pop("contentSecurityPolicy") == {
        "contentSecurityPolicy": "default-src 'self'",
        "override": True,
    }
    assert security == {
        "contentTypeOptions": {"override": True},
        "frameOptions": {"frameOption": "DENY", "override": True},
        "referrerPolicy": {"referrerPolicy": "no-referrer", "override": True},
        "strictTransportSecurity": {"accessControlMaxAgeSec": 63072000, "override": True},
    }
    custom = {each["header"]: each["value"] for each in headers["customHeadersConfig"]["items"]}
    assert custom["Cross-Origin-Opener-Policy"] == "same-origin"
    assert {"camera=()", "geolocation=()", "microphone=()"} <= {
        *custom["Permissions-Policy"].split(", ")
    }


def test_an_own_domain_comes_with_its_certificate() -> None:
    graph = build("pictures.example.org", "arn:of:certificate")
    inputs = graph.resource("cloudfront.Distribution", "web").inputs

    assert graph.resource("Delivery", "web").outputs["url"] == "https://pictures.example.org"
    assert inputs["aliases"] == ["pictures.example.org"]
    assert inputs["viewerCertificate"] == {
        "acmCertificateArn": "arn:of:certificate",
        "sslSupportMethod": "sni-only",
        "minimumProtocolVersion": "TLSv1.2_2021",
    }


@pytest.mark.parametrize("wait", [True, False])
def test_a_deployment_waits_for_the_edges_if_asked_to(wait: bool) -> None:
    distribution = build(wait=wait).resource("cloudfront.Distribution", "web")

    assert distribution.inputs["waitForDeployment"] is wait


def test_an_invalidator_may_clear_this_distribution_alone() -> None:
    assert given(lambda work: delivery().grant_invalidate(work)) == (
        "work-invalidate-web",
        [
            {
                "Effect": "Allow",
                "Action": ["cloudfront:CreateInvalidation"],
                "Resource": ["arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE"],
            }
        ],
    )


PEM = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"


def test_with_a_key_the_bucket_alone_needs_its_cookies() -> None:
    def program() -> None:
        delivery(public_key=PEM)

    graph = run(program)
    assert graph.resource("cloudfront.PublicKey", "web-key").inputs == {"encodedKey": PEM}
    assert graph.resource("cloudfront.KeyGroup", "web-keys").inputs == {"items": ["web-key-0a1b2c"]}
    distribution = graph.resource("cloudfront.Distribution", "web").inputs
    assert "trustedKeyGroups" not in distribution["defaultCacheBehavior"]
    assert {
        behaviour["pathPattern"]: behaviour.get("trustedKeyGroups")
        for behaviour in distribution["orderedCacheBehaviors"]
    } == {"/api/*": None, "/i/*": ["web-keys-0a1b2c"]}


def test_what_the_viewer_function_reads_is_there_before_it_and_encrypted() -> None:
    def program() -> None:
        delivery(viewer_secrets={"keys": "hidden"})

    graph = run(program)
    store = "arn:aws:cloudfront::123456789012:key-value-store/web-viewer-secrets-0a1b2c"
    value = graph.resource("cloudfront.KeyvaluestoreKey", "web-viewer-keys")
    assert value.inputs == {"keyValueStoreArn": store, "key": "keys", "value": "hidden"}
    assert value.secrets == {"value"}
    viewer = graph.resource("cloudfront.Function", "web-viewer")
    assert viewer.inputs["keyValueStoreAssociations"] == [store]
    assert value.urn in viewer.depends_on
    page = graph.resource("cloudfront.Function", "web-page")
    assert "keyValueStoreAssociations" not in page.inputs
    assert "hidden" not in viewer.inputs["code"]


def test_without_secrets_there_is_no_store() -> None:
    def program() -> None:
        delivery()

    graph = run(program)
    assert graph.of_kind("cloudfront.KeyValueStore") == []
    for each in graph.of_kind("cloudfront.Function"):
        assert "keyValueStoreAssociations" not in each.inputs


@pytest.fixture(scope="module")
def made() -> Graph:
    def program() -> None:
        delivery(maker=worker())

    return run(program)


def test_a_missing_object_is_asked_of_its_maker(made: Graph) -> None:
    distribution = made.resource("cloudfront.Distribution", "web").inputs
    assert distribution["origins"][-1] == {
        "originId": "maker",
        "domainName": "web-maker-0a1b2c.lambda-url.eu-west-1.on.aws",
        "originAccessControlId": "web-maker-access-0a1b2c",
        "connectionAttempts": 1,
        "customOriginConfig": {
            "httpPort": 80,
            "httpsPort": 443,
            "originProtocolPolicy": "https-only",
            "originSslProtocols": ["TLSv1.2"],
            "originReadTimeout": 30,
            "originKeepaliveTimeout": 60,
        },
    }
    assert distribution["originGroups"] == [
        {
            "originId": "bucket-or-maker",
            "failoverCriteria": {"statusCodes": [403, 404]},
            "members": [{"originId": "bucket"}, {"originId": "maker"}],
        }
    ]
    assert distribution["customErrorResponses"] == [
        {"errorCode": code, "errorCachingMinTtl": 1} for code in (403, 404, 500, 502, 503, 504)
    ]
    targets = {
        each["pathPattern"]: (
            each["targetOriginId"],
            each["cachePolicyId"],
            each.get("originRequestPolicyId"),
        )
        for each in distribution["orderedCacheBehaviors"]
    }
    assert targets["/i/*"] == ("bucket-or-maker", "web-caching-0a1b2c", None)
    assert distribution["defaultCacheBehavior"]["targetOriginId"] == "page"


def test_only_the_address_chooses_what_is_made_and_cached(made: Graph) -> None:
    assert made.resource("cloudfront.CachePolicy", "web-caching").inputs == {
        "minTtl": 0,
        "defaultTtl": 86400,
        "maxTtl": 31536000,
        "parametersInCacheKeyAndForwardedToOrigin": {
            "cookiesConfig": {"cookieBehavior": "none"},
            "headersConfig": {"headerBehavior": "none"},
            "queryStringsConfig": {"queryStringBehavior": "none"},
            "enableAcceptEncodingBrotli": False,
            "enableAcceptEncodingGzip": False,
        },
    }


def test_the_maker_answers_signed_requests_of_this_distribution_alone(made: Graph) -> None:
    assert made.resource("lambda.FunctionUrl", "web-maker").inputs == {
        "functionName": "work-0a1b2c",
        "authorizationType": "AWS_IAM",
        "invokeMode": "BUFFERED",
    }
    assert made.resource("cloudfront.OriginAccessControl", "web-maker-access").inputs == {
        "originAccessControlOriginType": "lambda",
        "signingBehavior": "always",
        "signingProtocol": "sigv4",
    }
    granted = {
        "function": "work-0a1b2c",
        "principal": "cloudfront.amazonaws.com",
        "sourceArn": "arn:aws:cloudfront::123456789012:distribution/E1EXAMPLE",
    }
    assert [each.inputs for each in made.of_kind("lambda.Permission")] == [
        {**granted, "action": "lambda:InvokeFunctionUrl", "functionUrlAuthType": "AWS_IAM"},
        {**granted, "action": "lambda:InvokeFunction", "invokedViaFunctionUrl": True},
    ]
