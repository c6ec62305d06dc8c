"""The second of two origins is asked as CloudFront asks it, and refused as AWS refuses it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import local.engine.resources  # noqa: F401 - fills the registry
from local.children import free_port
from local.edge import Edge
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created
from local.failover import Elsewhere, Failover, Second, second_origin
from local.front import Front
from local.http import Reply, Request
from tests.local.engine.documents import TRUST
from tests.local.test_front import asked, exchange

PICTURE = "/i/0123/4567/640.avif"
SECOND = Second(frozenset({403, 404}), "abc.lambda-url.eu-west-1.on.aws")


def failover(second: Second | None) -> Failover:
    return Failover("eu-west-1", lambda: second)


def request(method: str = "GET") -> Request:
    return Request(method, PICTURE, [("accept", "image/avif"), ("cookie", "a=b")])


@pytest.mark.parametrize("status", [403, 404])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_after_a_miss_the_second_origin_is_asked_with_a_signature_and_nothing_of_the_viewer_s(
    method: str, status: int
) -> None:
    then = failover(SECOND)(request(method), f"{PICTURE}?a=b", status)

    assert isinstance(then, Elsewhere)
    assert (then.host, then.target) == (SECOND.host, PICTURE)
    headers = dict(then.headers)
    assert set(headers) == {"Host", "X-Amz-Date", "Authorization", "User-Agent", "Via"}
    assert headers["Host"] == SECOND.host
    assert (
        "/eu-west-1/lambda/aws4_request, SignedHeaders=host;x-amz-date"
        in (headers["Authorization"])
    )


@pytest.mark.parametrize("status", [200, 206, 304, 400, 416, 429, 500, 503])
def test_another_status_is_passed_on(status: int) -> None:
    assert failover(SECOND)(request(), PICTURE, status) is None


@pytest.mark.parametrize("target", ["/index.html", "/api/me", "/"])
def test_only_renditions_have_a_second_origin(target: str) -> None:
    assert failover(SECOND)(request(), target, 404) is None


def test_other_methods_and_single_origins_fail_over_to_nothing() -> None:
    assert failover(SECOND)(request("OPTIONS"), PICTURE, 404) is None
    assert failover(None)(request(), PICTURE, 404) is None


def test_what_aws_would_refuse_is_refused() -> None:
    broken = Second(SECOND.codes, SECOND.host, "the policy must allow it")
    then = failover(broken)(request(), PICTURE, 403)
    assert then == Reply(403, "the policy must allow it\n")


def make(deployment: Deployment, type_: str, name: str, **values: Any) -> Created:
    return REGISTRY.create(deployment, type_, name, values)


@pytest.fixture
def function(deployment: Deployment, tmp_path: Path) -> str:
    """A function that answers with the method and the path it was asked for."""
    folder = tmp_path / "containers" / "maker"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM base\nCMD ["maker.handler"]\n')
    (tmp_path / "containers" / "maker.py").write_text(
        "def handler(event, context):\n"
        "    method = event['requestContext']['http']['method']\n"
        "    body = '' if method == 'HEAD' else method + ' ' + event['rawPath']\n"
        "    return {'statusCode': 200, 'headers': {'content-type': 'image/avif'}, 'body': body}\n"
    )
    repository = make(deployment, "aws:ecr/repository:Repository", "maker-repository")
    image = make(
        deployment,
        "docker:index/image:Image",
        "maker",
        imageName=f"{repository.outputs['repositoryUrl']}:latest",
        build={
            "context": str(tmp_path / "containers"),
            "dockerfile": str(folder / "Dockerfile"),
            "platform": "linux/arm64",
        },
        registry={"server": "somewhere"},
    )
    role = make(deployment, "aws:iam/role:Role", "maker-role", assumeRolePolicy=TRUST)
    return make(
        deployment,
        "aws:lambda/function:Function",
        "maker",
        packageType="Image",
        imageUri=image.outputs["repoDigest"],
        role=role.outputs["arn"],
        memorySize=256,
        timeout=20,
        reservedConcurrentExecutions=3,
    ).id


Delivered = tuple[Created, dict[str, Created]]


@pytest.fixture
def delivered(deployment: Deployment, function: str) -> Delivered:
    """A distribution over an empty bucket and the function, and all that it needs."""
    bucket = make(deployment, "aws:s3/bucket:Bucket", "files", forceDestroy=True).id
    read = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [read]})
    make(deployment, "aws:s3/bucketPolicy:BucketPolicy", "files", bucket=bucket, policy=policy)
    reading = make(
        deployment,
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "files",
        originAccessControlOriginType="s3",
        signingBehavior="always",
        signingProtocol="sigv4",
    )
    url = make(
        deployment,
        "aws:lambda/functionUrl:FunctionUrl",
        "maker",
        functionName=function,
        authorizationType="AWS_IAM",
        invokeMode="BUFFERED",
    )
    access = make(
        deployment,
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "maker",
        originAccessControlOriginType="lambda",
        signingBehavior="always",
        signingProtocol="sigv4",
    )
    caching = make(
        deployment,
        "aws:cloudfront/cachePolicy:CachePolicy",
        "made",
        minTtl=0,
        parametersInCacheKeyAndForwardedToOrigin={
            "cookiesConfig": {"cookieBehavior": "none"},
            "headersConfig": {"headerBehavior": "none"},
            "queryStringsConfig": {"queryStringBehavior": "none"},
        },
    )
    behavior = {
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": caching.id,
    }
    distribution = make(
        deployment,
        "aws:cloudfront/distribution:Distribution",
        "pictures",
        enabled=True,
        origins=[
            {
                "originId": "bucket",
                "domainName": f"{bucket}.s3.eu-west-1.amazonaws.com",
                "originAccessControlId": reading.id,
            },
            {
                "originId": "maker",
                "domainName": url.outputs["functionUrl"].split("/")[2],
                "originAccessControlId": access.id,
                "connectionAttempts": 1,
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                },
            },
        ],
        originGroups=[
            {
                "originId": "either",
                "failoverCriteria": {"statusCodes": [403, 404]},
                "members": [{"originId": "bucket"}, {"originId": "maker"}],
            }
        ],
        defaultCacheBehavior={**behavior, "targetOriginId": "bucket"},
        orderedCacheBehaviors=[{**behavior, "pathPattern": "/i/*", "targetOriginId": "either"}],
        restrictions={"geoRestriction": {"restrictionType": "none"}},
        viewerCertificate={"cloudfrontDefaultCertificate": True},
    )
    permissions = {
        name: make(
            deployment,
            "aws:lambda/permission:Permission",
            name,
            function=function,
            action=f"lambda:{action}",
            principal="cloudfront.amazonaws.com",
            sourceArn=distribution.outputs["arn"],
            **more,
        )
        for name, action, more in (
            ("address", "InvokeFunctionUrl", {"functionUrlAuthType": "AWS_IAM"}),
            ("function", "InvokeFunction", {"invokedViaFunctionUrl": True}),
        )
    }
    made = {"url": url, "access": access, "caching": caching, "bucket": Created(bucket, {})}
    return distribution, {**made, **{f"permission {k}": v for k, v in permissions.items()}}


def test_a_miss_in_the_bucket_is_made_by_the_function_and_a_hit_is_not(
    deployment: Deployment, delivered: Delivered
) -> None:
    distribution, parts = delivered
    aws, port = deployment.aws, free_port()
    edge = Edge(failover=Failover("eu-west-1", lambda: second_origin(aws, distribution.id)))
    front = Front.serve(aws.endpoint, distribution.outputs["domainName"], port, edge)
    try:
        made = exchange(port, asked(b"/i/a/b/640.avif"))
        head = exchange(port, asked(b"/i/a/b/640.avif", b"HEAD"))
        aws.client("s3").put_object(Bucket=parts["bucket"].id, Key="i/a/b/640.avif", Body=b"stored")
        stored = exchange(port, asked(b"/i/a/b/640.avif"))
    finally:
        front.stop()

    assert made.endswith(b"\r\n\r\nGET /i/a/b/640.avif")
    assert made.startswith(b"HTTP/1.1 200 ")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert head.endswith(b"\r\n\r\n")
    assert stored.endswith(b"\r\n\r\nstored")


def revoke(permission: str) -> Callable[[Deployment, Delivered], None]:
    def change(deployment: Deployment, delivered: Delivered) -> None:
        made = delivered[1][f"permission {permission}"]
        REGISTRY.delete(
            deployment, "aws:lambda/permission:Permission", made.id, {**made.outputs, "id": made.id}
        )

    return change


def without_access(deployment: Deployment, delivered: Delivered) -> None:
    distribution = delivered[0]
    inputs = json.loads(json.dumps(distribution.outputs))
    del inputs["origins"][1]["originAccessControlId"]
    known = {key: inputs[key] for key in inputs if not str(inputs[key]).startswith("<aws:")}
    REGISTRY.update(
        deployment,
        "aws:cloudfront/distribution:Distribution",
        "pictures",
        distribution.id,
        distribution.outputs,
        {key: known[key] for key in ("enabled", "origins", "originGroups", *BEHAVIORS)},
    )


BEHAVIORS = ("defaultCacheBehavior", "orderedCacheBehaviors", "restrictions", "viewerCertificate")


def with_headers(deployment: Deployment, delivered: Delivered) -> None:
    caching = delivered[1]["caching"]
    key = "parametersInCacheKeyAndForwardedToOrigin"
    forwarded = {
        **caching.outputs[key],
        "headersConfig": {"headerBehavior": "whitelist", "headers": {"items": ["Host"]}},
    }
    type_ = "aws:cloudfront/cachePolicy:CachePolicy"
    inputs = {"name": caching.outputs["name"], "minTtl": 0, key: forwarded}
    REGISTRY.update(deployment, type_, "made", caching.id, caching.outputs, inputs)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            revoke("address"),
            "the policy of {function} must allow lambda:InvokeFunctionUrl to the distribution",
        ),
        (
            revoke("function"),
            "the policy of {function} must allow lambda:InvokeFunction to the distribution",
        ),
        (without_access, "the function's origin must have an origin access control"),
        (
            with_headers,
            "the cache policy must forward no headers, as none of the viewer's is signed",
        ),
    ],
)
def test_a_distribution_that_aws_would_refuse_says_what_is_missing(
    deployment: Deployment,
    delivered: Delivered,
    function: str,
    change: Callable[[Deployment, Delivered], None],
    problem: str,
) -> None:
    distribution, parts = delivered
    before = second_origin(deployment.aws, distribution.id)
    host = parts["url"].outputs["functionUrl"].split("/")[2]
    assert before == Second(frozenset({403, 404}), host)

    change(deployment, delivered)

    after = second_origin(deployment.aws, distribution.id)
    assert after == Second(frozenset({403, 404}), host, problem.format(function=function))


def test_a_function_s_executions_and_address_are_as_the_program_says(
    deployment: Deployment, delivered: Delivered, function: str
) -> None:
    client = deployment.aws.client("lambda")
    reserved = client.get_function_concurrency(FunctionName=function)
    assert reserved["ReservedConcurrentExecutions"] == 3
    type_, url = "aws:lambda/functionUrl:FunctionUrl", delivered[1]["url"]
    inputs = {"functionName": function, "authorizationType": "AWS_IAM", "invokeMode": "BUFFERED"}
    read = REGISTRY.read(deployment, type_, url.id, inputs, url.outputs)
    assert read is not None
    assert read[0] == inputs

    REGISTRY.delete(deployment, type_, url.id, url.outputs)

    assert REGISTRY.read(deployment, type_, url.id, inputs, url.outputs) is None
