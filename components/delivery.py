"""A page, a bucket's objects and an API on the web, by way of CloudFront."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
from pulumi_aws import cloudfront, lambda_

from components.function import Function
from components.http_api import HttpApi
from components.policy import Statement
from components.private_bucket import PrivateBucket

__all__ = ["Delivery", "DeliveryArgs", "Page"]

# Without the right to list, S3 returns 403 for an object that is missing.
MISSING = [403, 404]

TEMPORARY = [403, 404, 500, 502, 503, 504]

# CloudFront waits so long for the function at least, which must have given up before.
READ_TIMEOUT_SECONDS = 30
LONGEST_READ_TIMEOUT_SECONDS = 120

# AWS's cache policy "CachingOptimized": the path alone is the cache key, nothing else is forwarded.
CACHING_OPTIMIZED = "658327ea-f89d-4fab-a63d-7e88639e58f6"

# AWS's policies "CachingDisabled" and "AllViewerExceptHostHeader": an API's own host has to stay.
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"

# CloudFront forwards writes only together.
EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]

EITHER = "bucket-or-maker"

# CachingOptimized keeps everything for a second at least, and three copies by Accept-Encoding.
ONE_DAY_SECONDS = 86_400
ONE_YEAR_SECONDS = 31_536_000
TWO_YEARS_SECONDS = 63_072_000

# What is delivered beside the page is data: no browser shall run or frame it.
INERT = "default-src 'none'; frame-ancestors 'none'; sandbox"

# What browsers have and the page does not use.
UNUSED = (
    *("accelerometer", "autoplay", "browsing-topics", "camera", "display-capture"),
    *("encrypted-media", "geolocation", "gyroscope", "hid", "local-fonts", "magnetometer"),
    *("microphone", "midi", "payment", "publickey-credentials-get", "screen-wake-lock", "serial"),
    *("usb", "xr-spatial-tracking"),
)
PAGE_HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{each}=()" for each in UNUSED),
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """The web page at every path that is neither the API's nor under the objects' prefix."""

    bucket: PrivateBucket
    """Its files; all of them can be reached."""
    viewer_function: str
    """JavaScript that CloudFront runs with every request for the page."""
    content_policy: pulumi.Input[str]
    """The content security policy of its responses."""


@dataclass(frozen=True, kw_only=True)
class DeliveryArgs:
    """What is delivered, and where."""

    bucket: PrivateBucket
    under: str
    """Prefix of the keys that are delivered; nothing else in the bucket can be reached."""
    viewer_function: str
    """JavaScript that CloudFront runs with every request under `under`; it may rewrite the path, by
    which the response is then cached."""
    viewer_secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What `viewer_function` reads from a key value store of its own, by key; encrypted in the
    state. Empty for no store."""
    varies_by: str
    """The request header that `viewer_function` reads."""
    page: Page
    api: HttpApi
    api_under: str
    """Beginning of the paths that the API answers, with a slash at its end."""
    domain: str = ""
    """Host name of your own and its ACM certificate in us-east-1, or both empty."""
    certificate_arn: str = ""
    web_acl_arn: str = ""
    """A WAF web ACL with the scope CLOUDFRONT, or empty."""
    origins: Sequence[str] = ()
    """Origins of web pages whose scripts may read what is delivered."""
    public_key: str = ""
    """PEM of the RSA key whose signed cookies a viewer needs; empty lets everyone in who has an
    address."""
    maker: Function | None = None
    """Is asked for an object that the bucket lacks, with its address as the path, and may put it
    there; None leaves it missing."""
    wait: bool = False
    """Wait, for minutes, until every edge location has a change."""


@dataclass(frozen=True, kw_only=True)
class _Policies:
    """The ids of the policies of the responses' headers."""

    objects: pulumi.Output[str]
    page: pulumi.Output[str]
    api: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class _Functions:
    """The ARNs of the functions that run with each request."""

    objects: pulumi.Output[str]
    page: pulumi.Output[str]


@dataclass(frozen=True, kw_only=True)
class _Missing:
    """Where a missing object is made, and how responses of both origins are cached."""

    origin: cloudfront.DistributionOriginArgs
    cache_policy: pulumi.Output[str]


class Delivery(pulumi.ComponentResource):
    """A CloudFront distribution that alone may read two private buckets, with an API beside them.

    An object's address is `url`, a slash and its key; every other path is the page's. HTTP is
    redirected to HTTPS, and refused by the API, as a request there carries a token. The responses'
    headers forbid a browser to execute, frame or sniff anything but the page. Responses of the API
    are not cached. Where an object is missing, CloudFront asks its maker, if there is one, in the
    same request. With a public key an object needs a cookie that its private key has signed; no
    path of the page leads to the objects' bucket.
    """

    url: pulumi.Output[str]
    arn: pulumi.Output[str]
    distribution_id: pulumi.Output[str]
    key_id: pulumi.Output[str]
    """What a signed cookie names its key by; empty where none is needed."""

    def __init__(
        self, name: str, args: DeliveryArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("darkroom:index:Delivery", name, None, opts)
        self._label = name

        access = self._access()
        page = args.page
        policies = _Policies(
            objects=self._headers(
                "headers", INERT, _varying(args.varies_by), origins=args.origins
            ).id,
            api=self._headers("api-headers", INERT).id,
            page=self._headers("page-headers", page.content_policy, PAGE_HEADERS).id,
        )
        functions = _Functions(
            objects=self._function("viewer", args.viewer_function, args.viewer_secrets).arn,
            page=self._function("page", page.viewer_function).arn,
        )
        trusted = self._trusted(args.public_key)
        missing = self._made_when_missing(args.maker) if args.maker else None
        distribution = self._distribution(args, access, policies, functions, trusted, missing)
        if args.maker:
            self._let_call(args.maker, distribution.arn)
        args.bucket.grant_read_to_distribution(distribution.arn, args.under)
        page.bucket.grant_read_to_distribution(distribution.arn, "")
        self.arn = distribution.arn
        self.distribution_id = distribution.id
        self.url = pulumi.Output.concat("https://", args.domain or distribution.domain_name)

        self.register_outputs({"url": self.url, "distribution_id": self.distribution_id})

    def grant_invalidate(self, grantee: Function) -> None:
        """Let `grantee` take paths out of the caches."""
        grantee.allow(
            f"invalidate-{self._label}",
            Statement(actions=["cloudfront:CreateInvalidation"], resources=[self.arn]),
        )

    def _access(self) -> cloudfront.OriginAccessControl:
        return cloudfront.OriginAccessControl(
            f"{self._label}-access",
            origin_access_control_origin_type="s3",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _made_when_missing(self, maker: Function) -> _Missing:
        """How the maker is reached. The distribution forwards nothing of a viewer's request, as
        the signature covers none of it, and whatever is in the cache key would multiply what is
        made."""
        address = lambda_.FunctionUrl(
            f"{self._label}-maker",
            function_name=maker.name,
            authorization_type="AWS_IAM",
            invoke_mode="BUFFERED",
            opts=pulumi.ResourceOptions(parent=self),
        )
        access = cloudfront.OriginAccessControl(
            f"{self._label}-maker-access",
            origin_access_control_origin_type="lambda",
            signing_behavior="always",
            signing_protocol="sigv4",
            opts=pulumi.ResourceOptions(parent=self),
        )
        caching = cloudfront.CachePolicy(
            f"{self._label}-caching",
            min_ttl=0,
            default_ttl=ONE_DAY_SECONDS,
            max_ttl=ONE_YEAR_SECONDS,
            parameters_in_cache_key_and_forwarded_to_origin=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginArgs(
                cookies_config=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginCookiesConfigArgs(
                    cookie_behavior="none"
                ),
                headers_config=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginHeadersConfigArgs(
                    header_behavior="none"
                ),
                query_strings_config=cloudfront.CachePolicyParametersInCacheKeyAndForwardedToOriginQueryStringsConfigArgs(
                    query_string_behavior="none"
                ),
                enable_accept_encoding_brotli=False,
                enable_accept_encoding_gzip=False,
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        seconds = max(READ_TIMEOUT_SECONDS, maker.timeout_seconds + 5)
        if seconds > LONGEST_READ_TIMEOUT_SECONDS:
            longest = LONGEST_READ_TIMEOUT_SECONDS - 5
            raise ValueError(
                f"timeout_seconds of the maker must be at most {longest}, "
                f"got {maker.timeout_seconds}"
            )
        origin = cloudfront.DistributionOriginArgs(
            origin_id="maker",
            # https://<id>.lambda-url.<region>.on.aws/
            domain_name=address.function_url.apply(lambda url: url.split("/")[2]),
            origin_access_control_id=access.id,
            # By default CloudFront repeats a request that took too long, and would have it made
            # three times.
            connection_attempts=1,
            custom_origin_config=cloudfront.DistributionOriginCustomOriginConfigArgs(
                http_port=80,
                https_port=443,
                origin_protocol_policy="https-only",
                origin_ssl_protocols=["TLSv1.2"],
                origin_read_timeout=seconds,
                origin_keepalive_timeout=60,
            ),
        )
        return _Missing(origin=origin, cache_policy=caching.id)

    def _let_call(self, maker: Function, distribution: pulumi.Output[str]) -> None:
        """Both rights, of which each alone is refused by Lambda since October 2025."""
        lambda_.Permission(
            f"{self._label}-maker-address",
            function=maker.name,
            action="lambda:InvokeFunctionUrl",
            principal="cloudfront.amazonaws.com",
            source_arn=distribution,
            function_url_auth_type="AWS_IAM",
            opts=pulumi.ResourceOptions(parent=self),
        )
        lambda_.Permission(
            f"{self._label}-maker-function",
            function=maker.name,
            action="lambda:InvokeFunction",
            principal="cloudfront.amazonaws.com",
            source_arn=distribution,
            invoked_via_function_url=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _function(
        self, name: str, code: str, secrets: Mapping[str, str] | None = None
    ) -> cloudfront.Function:
        store, filled = self._store(name, secrets) if secrets else (None, [])
        return cloudfront.Function(
            f"{self._label}-{name}",
            runtime="cloudfront-js-2.0",
            code=code,
            publish=True,
            key_value_store_associations=[store.arn] if store else None,
            # It must not run before it finds what it reads.
            opts=pulumi.ResourceOptions(parent=self, depends_on=filled),
        )

    def _store(
        self, name: str, secrets: Mapping[str, str]
    ) -> tuple[cloudfront.KeyValueStore, Sequence[cloudfront.KeyvaluestoreKey]]:
        """A function's key value store, and what is in it."""
        store = cloudfront.KeyValueStore(
            f"{self._label}-{name}-secrets", opts=pulumi.ResourceOptions(parent=self)
        )
        filled = [
            cloudfront.KeyvaluestoreKey(
                f"{self._label}-{name}-{key}",
                key_value_store_arn=store.arn,
                key=key,
                value=pulumi.Output.secret(value),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for key, value in secrets.items()
        ]
        return store, filled

    def _trusted(self, public_key: str) -> list[pulumi.Output[str]] | None:
        """The group of the key that opens what is delivered, or None if it is open."""
        if not public_key:
            self.key_id = pulumi.Output.from_input("")
            return None
        key = cloudfront.PublicKey(
            f"{self._label}-key",
            encoded_key=public_key,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.key_id = key.id
        group = cloudfront.KeyGroup(
            f"{self._label}-keys", items=[key.id], opts=pulumi.ResourceOptions(parent=self)
        )
        return [group.id]

    def _headers(
        self,
        name: str,
        content_policy: pulumi.Input[str],
        custom: Mapping[str, str] | None = None,
        origins: Sequence[str] = (),
    ) -> cloudfront.ResponseHeadersPolicy:
        return cloudfront.ResponseHeadersPolicy(
            f"{self._label}-{name}",
            security_headers_config=cloudfront.ResponseHeadersPolicySecurityHeadersConfigArgs(
                content_security_policy=cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentSecurityPolicyArgs(
                    content_security_policy=content_policy, override=True
                ),
                content_type_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigContentTypeOptionsArgs(
                    override=True
                ),
                frame_options=cloudfront.ResponseHeadersPolicySecurityHeadersConfigFrameOptionsArgs(
                    frame_option="DENY", override=True
                ),
                referrer_policy=cloudfront.ResponseHeadersPolicySecurityHeadersConfigReferrerPolicyArgs(
                    referrer_policy="no-referrer", override=True
                ),
                strict_transport_security=cloudfront.ResponseHeadersPolicySecurityHeadersConfigStrictTransportSecurityArgs(
                    access_control_max_age_sec=TWO_YEARS_SECONDS, override=True
                ),
            ),
            cors_config=_cors(origins),
            custom_headers_config=_custom(custom),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _distribution(
        self,
        args: DeliveryArgs,
        access: cloudfront.OriginAccessControl,
        policies: _Policies,
        functions: _Functions,
        trusted: list[pulumi.Output[str]] | None,
        missing: _Missing | None,
    ) -> cloudfront.Distribution:
        return cloudfront.Distribution(
            self._label,
            enabled=True,
            comment=pulumi.get_project() + " " + pulumi.get_stack(),
            http_version="http2and3",
            is_ipv6_enabled=True,
            aliases=[args.domain] if args.domain else [],
            default_root_object="index.html",
            origins=[
                cloudfront.DistributionOriginArgs(
                    origin_id="bucket",
                    domain_name=args.bucket.regional_domain_name,
                    origin_access_control_id=access.id,
                ),
                cloudfront.DistributionOriginArgs(
                    origin_id="page",
                    domain_name=args.page.bucket.regional_domain_name,
                    origin_access_control_id=access.id,
                ),
                cloudfront.DistributionOriginArgs(
                    origin_id="api",
                    domain_name=args.api.host,
                    custom_origin_config=cloudfront.DistributionOriginCustomOriginConfigArgs(
                        http_port=80,
                        https_port=443,
                        origin_protocol_policy="https-only",
                        origin_ssl_protocols=["TLSv1.2"],
                    ),
                ),
                *([missing.origin] if missing else []),
            ],
            origin_groups=[_either()] if missing else None,
            default_cache_behavior=cloudfront.DistributionDefaultCacheBehaviorArgs(
                target_origin_id="page",
                viewer_protocol_policy="redirect-to-https",
                allowed_methods=["GET", "HEAD"],
                cached_methods=["GET", "HEAD"],
                compress=True,
                cache_policy_id=CACHING_OPTIMIZED,
                response_headers_policy_id=policies.page,
                function_associations=[
                    cloudfront.DistributionDefaultCacheBehaviorFunctionAssociationArgs(
                        event_type="viewer-request", function_arn=functions.page
                    )
                ],
            ),
            ordered_cache_behaviors=[
                cloudfront.DistributionOrderedCacheBehaviorArgs(
                    path_pattern=f"/{args.api_under}*",
                    target_origin_id="api",
                    viewer_protocol_policy="https-only",
                    allowed_methods=EVERY_METHOD,
                    cached_methods=["GET", "HEAD"],
                    cache_policy_id=CACHING_DISABLED,
                    origin_request_policy_id=ALL_BUT_HOST,
                    response_headers_policy_id=policies.api,
                ),
                cloudfront.DistributionOrderedCacheBehaviorArgs(
                    path_pattern=f"/{args.under}*",
                    target_origin_id=EITHER if missing else "bucket",
                    viewer_protocol_policy="redirect-to-https",
                    allowed_methods=["GET", "HEAD"],
                    cached_methods=["GET", "HEAD"],
                    cache_policy_id=missing.cache_policy if missing else CACHING_OPTIMIZED,
                    response_headers_policy_id=policies.objects,
                    trusted_key_groups=trusted,
                    function_associations=[
                        cloudfront.DistributionOrderedCacheBehaviorFunctionAssociationArgs(
                            event_type="viewer-request", function_arn=functions.objects
                        )
                    ],
                ),
            ],
            custom_error_responses=_errors() if missing else None,
            viewer_certificate=_certificate(args),
            web_acl_id=args.web_acl_arn or None,
            restrictions=cloudfront.DistributionRestrictionsArgs(
                geo_restriction=cloudfront.DistributionRestrictionsGeoRestrictionArgs(
                    restriction_type="none"
                )
            ),
            wait_for_deployment=args.wait,
            opts=pulumi.ResourceOptions(parent=self),
        )


def _errors() -> list[cloudfront.DistributionCustomErrorResponseArgs]:
    """CloudFront would keep errors for ten seconds, also where they say less: what is missing or
    being made may be there a second later."""
    return [
        cloudfront.DistributionCustomErrorResponseArgs(error_code=code, error_caching_min_ttl=1)
        for code in TEMPORARY
    ]


def _either() -> cloudfront.DistributionOriginGroupArgs:
    """The bucket, and the maker for what it lacks."""
    return cloudfront.DistributionOriginGroupArgs(
        origin_id=EITHER,
        failover_criteria=cloudfront.DistributionOriginGroupFailoverCriteriaArgs(
            status_codes=MISSING
        ),
        members=[
            cloudfront.DistributionOriginGroupMemberArgs(origin_id="bucket"),
            cloudfront.DistributionOriginGroupMemberArgs(origin_id="maker"),
        ],
    )


def _varying(header: str) -> dict[str, str]:
    """`Vary`, for the caches of browsers. CloudFront replaces it where it adds CORS headers, so a
    stack whose renditions other origins read varies by `Origin` alone."""
    return {"Vary": header} if header else {}


def _custom(
    headers: Mapping[str, str] | None,
) -> cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs | None:
    if not headers:
        return None
    return cloudfront.ResponseHeadersPolicyCustomHeadersConfigArgs(
        items=[
            cloudfront.ResponseHeadersPolicyCustomHeadersConfigItemArgs(
                header=name, value=value, override=True
            )
            for name, value in headers.items()
        ]
    )


def _cors(
    origins: Sequence[str],
) -> cloudfront.ResponseHeadersPolicyCorsConfigArgs | None:
    if not origins:
        return None
    return cloudfront.ResponseHeadersPolicyCorsConfigArgs(
        access_control_allow_credentials=False,
        access_control_allow_headers=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowHeadersArgs(
            items=["*"]
        ),
        access_control_allow_methods=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowMethodsArgs(
            items=["GET", "HEAD"]
        ),
        access_control_allow_origins=cloudfront.ResponseHeadersPolicyCorsConfigAccessControlAllowOriginsArgs(
            items=list(origins)
        ),
        access_control_max_age_sec=3600,
        origin_override=True,
    )


def _certificate(args: DeliveryArgs) -> cloudfront.DistributionViewerCertificateArgs:
    if not args.domain:
        return cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=args.certificate_arn,
        ssl_support_method="sni-only",
        minimum_protocol_version="TLSv1.2_2021",
    )
