"""Asks the second of two origins, as CloudFront does where a behavior's target is a group of them.

MiniStack keeps groups and asks their first member alone. It neither signs for an origin access
control of the type `lambda` nor looks at a function's own policy, so both are done here: what would
be a 403 on AWS, for the want of a permission or as too much is forwarded, is one here.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws import ACCESS_KEY, SECRET_KEY, LocalAws
from local.http import Reply, Request
from pipeline.address import RENDITIONS

__all__ = ["Elsewhere", "Failover", "Second", "second_origin"]

_METHODS = ("GET", "HEAD")
"""CloudFront fails over with OPTIONS too, which no behavior of renditions allows."""

_KEPT_SECONDS = 2.0
"""How late a change by `make apply` may be noticed."""

_CLOUDFRONT = "cloudfront.amazonaws.com"


@dataclass(frozen=True)
class Elsewhere:
    """A request for the second origin."""

    host: str
    target: str
    headers: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Second:
    """The second origin of the group that serves renditions."""

    codes: frozenset[int]
    """The status codes of the first origin after which it is asked."""
    host: str
    problem: str = ""
    """What would make AWS refuse every request; empty if nothing would."""


@dataclass
class Failover:
    """Decides whether the second origin is asked once the first has responded."""

    region: str
    second: Callable[[], Second | None]
    """The second origin, or None if there is but one."""
    _known: tuple[float, Second | None] | None = field(default=None, init=False)

    def __call__(self, request: Request, target: str, status: int) -> Elsewhere | Reply | None:
        """The signed request for the second origin, a reply in its place, or None where the first
        origin's response is passed on."""
        if request.method not in _METHODS or not target.startswith(f"/{RENDITIONS}"):
            return None
        second = self._second()
        if second is None or status not in second.codes:
            return None
        if second.problem:
            return Reply(403, f"{second.problem}\n")
        # The query is no part of the cache key, and so nothing that CloudFront would forward.
        path = target.partition("?")[0]
        signed = AWSRequest(request.method, f"https://{second.host}{path}")
        signed.headers["Host"] = second.host
        credentials = Credentials(ACCESS_KEY, SECRET_KEY)
        SigV4Auth(credentials, "lambda", self.region).add_auth(signed)
        return Elsewhere(
            second.host,
            path,
            [*signed.headers.items(), ("User-Agent", "Amazon CloudFront"), ("Via", "1.1 local")],
        )

    def _second(self) -> Second | None:
        now = time.monotonic()
        if self._known is None or now - self._known[0] > _KEPT_SECONDS:
            self._known = (now, self.second())
        return self._known[1]


def second_origin(aws: LocalAws, distribution_id: str) -> Second | None:
    """The second origin of a distribution's renditions, or None if they have only one."""
    cloudfront = aws.client("cloudfront")
    found = cloudfront.get_distribution(Id=distribution_id)["Distribution"]
    config = found["DistributionConfig"]
    behaviors = config["CacheBehaviors"]["Items"]
    [behavior] = [each for each in behaviors if each["PathPattern"] == f"/{RENDITIONS}*"]
    for group in config.get("OriginGroups", {}).get("Items", []):
        first, second = (each["OriginId"] for each in group["Members"]["Items"])
        if first != behavior["TargetOriginId"]:
            continue
        [origin] = [each for each in config["Origins"]["Items"] if each["Id"] == second]
        codes = frozenset(group["FailoverCriteria"]["StatusCodes"]["Items"])
        problems = _problems(aws, found["ARN"], behavior, origin)
        return Second(codes, origin["DomainName"], next(problems, ""))
    return None


def _problems(
    aws: LocalAws, distribution: str, behavior: Mapping[str, Any], origin: Mapping[str, Any]
) -> Iterator[str]:
    """Why AWS would refuse what the distribution asks of a function's address."""
    cloudfront = aws.client("cloudfront")
    control = origin.get("OriginAccessControlId")
    if not control:
        yield "the function's origin must have an origin access control"
    else:
        access = cloudfront.get_origin_access_control(Id=control)["OriginAccessControl"]
        settings = access["OriginAccessControlConfig"]
        if settings["OriginAccessControlOriginType"] != "lambda":
            yield "the origin access control must be of the type lambda"
        if settings["SigningBehavior"] != "always":
            yield "the origin access control must sign always"
    if behavior.get("OriginRequestPolicyId"):
        yield "the behavior must have no origin request policy, as no forwarded header is signed"
    policy = cloudfront.get_cache_policy(Id=behavior["CachePolicyId"])["CachePolicy"]
    forwarded = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    if forwarded["HeadersConfig"]["HeaderBehavior"] != "none":
        yield "the cache policy must forward no headers, as none of the viewer's is signed"
    yield from _refusals(aws, distribution, origin["DomainName"])


def _refusals(aws: LocalAws, distribution: str, host: str) -> Iterator[str]:
    """What the function's own policy lacks. AWS has wanted both statements since October 2025."""
    functions = aws.client("lambda")
    name = _function_at(functions, host)
    if name is None:
        yield f"no function has the address {host}"
        return
    try:
        policy = json.loads(functions.get_policy(FunctionName=name)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        policy = {"Statement": []}
    wanted = {
        "lambda:InvokeFunctionUrl": {"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        "lambda:InvokeFunction": {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
    }
    for action, condition in wanted.items():
        whole = {**condition, "ArnLike": {"AWS:SourceArn": distribution}}
        if not any(
            statement["Effect"] == "Allow"
            and statement["Action"] == action
            and statement["Principal"] == {"Service": _CLOUDFRONT}
            and statement.get("Condition") == whole
            for statement in policy["Statement"]
        ):
            yield f"the policy of {name} must allow {action} to the distribution"


def _function_at(functions: Any, host: str) -> str | None:
    for page in functions.get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            name: str = function["FunctionName"]
            urls = functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]
            if any(each["FunctionUrl"] == f"https://{host}/" for each in urls):
                return name
    return None
