"""Distributions and what they refer to."""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values
from local.key_values import KeyValues


@REGISTRY.resource(
    "aws:cloudfront/originAccessControl:OriginAccessControl",
    "name",
    "description",
    "originAccessControlOriginType",
    "signingBehavior",
    "signingProtocol",
    named=Named(),
)
def origin_access_control(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    made = deployment.aws.client("cloudfront").create_origin_access_control(
        OriginAccessControlConfig=_access(inputs)
    )
    identity = made["OriginAccessControl"]["Id"]
    return Created(identity, {"name": physical, "etag": made["ETag"]})


def _access(inputs: Inputs) -> dict[str, Any]:
    return {
        "Name": inputs["name"],
        "Description": inputs.get("description", ""),
        "OriginAccessControlOriginType": inputs["originAccessControlOriginType"],
        "SigningBehavior": inputs["signingBehavior"],
        "SigningProtocol": inputs["signingProtocol"],
    }


@REGISTRY.updates("aws:cloudfront/originAccessControl:OriginAccessControl")
def change_origin_access_control(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.update_origin_access_control(
        Id=identity,
        IfMatch=cloudfront.get_origin_access_control(Id=identity)["ETag"],
        OriginAccessControlConfig=_access(inputs),
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/originAccessControl:OriginAccessControl")
def delete_origin_access_control(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.get_origin_access_control(Id=identity)["ETag"]
    cloudfront.delete_origin_access_control(Id=identity, IfMatch=etag)


@REGISTRY.resource(
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
    "name",
    "comment",
    "corsConfig*",
    "customHeadersConfig*",
    "securityHeadersConfig*",
    named=Named(longest=128),
)
def response_headers_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    made = deployment.aws.client("cloudfront").create_response_headers_policy(
        ResponseHeadersPolicyConfig=_headers(deployment, inputs)
    )
    identity = made["ResponseHeadersPolicy"]["Id"]
    return Created(identity, {"name": physical, "etag": made["ETag"]})


_HEADERS = ("corsConfig", "customHeadersConfig", "securityHeadersConfig")


def _headers(deployment: Deployment, inputs: Inputs) -> dict[str, Any]:
    return {
        "Name": inputs["name"],
        "Comment": inputs.get("comment", ""),
        **{_pascal(key): _part(deployment, inputs.plain(key)) for key in _HEADERS if key in inputs},
    }


def _part(deployment: Deployment, given: Any) -> dict[str, Any]:
    """One part of a policy as the API takes it, with addresses that exist on this machine."""
    made: dict[str, Any] = _api(given)
    if "ContentSecurityPolicy" in made:
        policy = made["ContentSecurityPolicy"]
        # A source with a path covers what is below it only with a slash at its end.
        policy["ContentSecurityPolicy"] = deployment.local_text(
            policy["ContentSecurityPolicy"], "/"
        )
    return made


@REGISTRY.updates("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
def change_response_headers_policy(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.update_response_headers_policy(
        Id=identity,
        IfMatch=cloudfront.get_response_headers_policy(Id=identity)["ETag"],
        ResponseHeadersPolicyConfig=_headers(deployment, inputs),
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
def delete_response_headers_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.get_response_headers_policy(Id=identity)["ETag"]
    cloudfront.delete_response_headers_policy(Id=identity, IfMatch=etag)


@REGISTRY.resource(
    "aws:cloudfront/publicKey:PublicKey",
    "name",
    "comment",
    "encodedKey",
    named=Named(longest=128),
)
def public_key(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("cloudfront").create_public_key(
        PublicKeyConfig={"CallerReference": uuid4().hex, **_key(inputs)}
    )
    return Created(made["PublicKey"]["Id"], {"etag": made["ETag"]})


def _key(inputs: Inputs) -> dict[str, Any]:
    return {
        "Name": inputs["name"],
        "EncodedKey": inputs["encodedKey"],
        "Comment": inputs.get("comment", ""),
    }


@REGISTRY.updates("aws:cloudfront/publicKey:PublicKey")
def change_public_key(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    current = cloudfront.get_public_key_config(Id=identity)
    reference = current["PublicKeyConfig"]["CallerReference"]
    made = cloudfront.update_public_key(
        Id=identity,
        IfMatch=current["ETag"],
        PublicKeyConfig={"CallerReference": reference, **_key(inputs)},
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/publicKey:PublicKey")
def delete_public_key(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.get_public_key_config(Id=identity)["ETag"]
    cloudfront.delete_public_key(Id=identity, IfMatch=etag)


@REGISTRY.reads("aws:cloudfront/publicKey:PublicKey")
def read_public_key(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").get_public_key_config(Id=identity)
    config = found["PublicKeyConfig"]
    return {"name": config["Name"], "encodedKey": config["EncodedKey"]}


@REGISTRY.resource(
    "aws:cloudfront/keyGroup:KeyGroup",
    "name",
    "comment",
    "items[]",
    named=Named(longest=128),
)
def key_group(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("cloudfront").create_key_group(KeyGroupConfig=_group(inputs))
    return Created(made["KeyGroup"]["Id"], {"etag": made["ETag"]})


def _group(inputs: Inputs) -> dict[str, Any]:
    return {
        "Name": inputs["name"],
        "Items": list(inputs["items"]),
        "Comment": inputs.get("comment", ""),
    }


@REGISTRY.updates("aws:cloudfront/keyGroup:KeyGroup")
def change_key_group(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.update_key_group(
        Id=identity,
        IfMatch=cloudfront.get_key_group_config(Id=identity)["ETag"],
        KeyGroupConfig=_group(inputs),
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/keyGroup:KeyGroup")
def delete_key_group(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.get_key_group_config(Id=identity)["ETag"]
    cloudfront.delete_key_group(Id=identity, IfMatch=etag)


@REGISTRY.reads("aws:cloudfront/keyGroup:KeyGroup")
def read_key_group(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").get_key_group_config(Id=identity)
    config = found["KeyGroupConfig"]
    return {"name": config["Name"], "items": config["Items"]}


@REGISTRY.resource(
    "aws:cloudfront/cachePolicy:CachePolicy",
    "name",
    "comment",
    "minTtl",
    "defaultTtl",
    "maxTtl",
    "parametersInCacheKeyAndForwardedToOrigin*",
    named=Named(longest=128),
)
def own_cache_policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    """MiniStack caches nothing; the front checks what it forwards to the second of two origins."""
    made = deployment.aws.client("cloudfront").create_cache_policy(
        CachePolicyConfig=_cache_policy(inputs)
    )
    return Created(made["CachePolicy"]["Id"], {"name": inputs["name"], "etag": made["ETag"]})


def _cache_policy(inputs: Inputs) -> dict[str, Any]:
    key = "parametersInCacheKeyAndForwardedToOrigin"
    return {
        "Name": inputs["name"],
        "Comment": inputs.get("comment", ""),
        "MinTTL": inputs.get("minTtl", 0),
        "DefaultTTL": inputs.get("defaultTtl", 86_400),
        "MaxTTL": inputs.get("maxTtl", 31_536_000),
        _pascal(key): {**_UNCOMPRESSED, **_api(inputs.plain(key))},
    }


_UNCOMPRESSED = {"EnableAcceptEncodingBrotli": False, "EnableAcceptEncodingGzip": False}
"""What the provider has where the program says nothing; the API wants both."""


@REGISTRY.updates("aws:cloudfront/cachePolicy:CachePolicy")
def change_cache_policy(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.update_cache_policy(
        Id=identity,
        IfMatch=cloudfront.get_cache_policy(Id=identity)["ETag"],
        CachePolicyConfig=_cache_policy(inputs),
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/cachePolicy:CachePolicy")
def delete_cache_policy(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.get_cache_policy(Id=identity)["ETag"]
    cloudfront.delete_cache_policy(Id=identity, IfMatch=etag)


@REGISTRY.reads("aws:cloudfront/cachePolicy:CachePolicy")
def read_cache_policy(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").get_cache_policy(Id=identity)
    config, wanted = found["CachePolicy"]["CachePolicyConfig"], _cache_policy(inputs)
    given = {
        "name": "Name",
        "comment": "Comment",
        "minTtl": "MinTTL",
        "defaultTtl": "DefaultTTL",
        "maxTtl": "MaxTTL",
        "parametersInCacheKeyAndForwardedToOrigin": "ParametersInCacheKeyAndForwardedToOrigin",
    }
    return {
        key: inputs.plain(key) if _covers(config.get(field), wanted[field]) else config.get(field)
        for key, field in given.items()
    }


_BEHAVIOR = (
    "targetOriginId",
    "viewerProtocolPolicy",
    "cachePolicyId",
    "originRequestPolicyId",
    "responseHeadersPolicyId",
    "compress",
    "pathPattern",
)
_BEHAVIOR_INPUTS = (
    *_BEHAVIOR,
    "allowedMethods[]",
    "cachedMethods[]",
    "trustedKeyGroups[]",
)


@REGISTRY.resource(
    "aws:cloudfront/distribution:Distribution",
    "comment",
    "enabled",
    "defaultRootObject",
    "priceClass",
    "httpVersion",
    "isIpv6Enabled",
    "origins[].originId",
    "origins[].domainName",
    "origins[].originPath",
    "origins[].originAccessControlId",
    "origins[].customOriginConfig.httpPort",
    "origins[].customOriginConfig.httpsPort",
    "origins[].customOriginConfig.originProtocolPolicy",
    "origins[].customOriginConfig.originSslProtocols[]",
    "origins[].customOriginConfig.originReadTimeout",
    "origins[].customOriginConfig.originKeepaliveTimeout",
    "origins[].connectionAttempts",
    "originGroups[].originId",
    "originGroups[].failoverCriteria.statusCodes[]",
    "originGroups[].members[].originId",
    *(f"defaultCacheBehavior.{key}" for key in _BEHAVIOR_INPUTS),
    *(f"orderedCacheBehaviors[].{key}" for key in _BEHAVIOR_INPUTS),
    "customErrorResponses[].errorCode",
    "customErrorResponses[].responseCode",
    "customErrorResponses[].responsePagePath",
    "customErrorResponses[].errorCachingMinTtl",
    "tags*",
    ignores={
        "aliases": "the front answers at its own address",
        "viewerCertificate": "the front speaks HTTP on this machine only",
        "restrictions": "every viewer is on this machine",
        "waitForDeployment": "a distribution is ready at once",
        "retainOnDelete": "nothing outlives the local stack",
        "loggingConfig": "the front's own log is enough",
        "webAclId": "every viewer is on this machine",
        "defaultCacheBehavior.functionAssociations": "the front runs the function itself",
        "orderedCacheBehaviors[].functionAssociations": "the front runs the function itself",
    },
)
def distribution(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    tags = deployment.tags(inputs.plain("tags"))
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.create_distribution_with_tags(
        DistributionConfigWithTags={
            # MiniStack returns the distribution that has a reference already, CloudFront refuses.
            "DistributionConfig": _distribution(deployment, uuid4().hex, inputs),
            "Tags": {"Items": [{"Key": key, "Value": value} for key, value in tags.items()]},
        }
    )
    created = made["Distribution"]
    return Created(
        created["Id"],
        {
            "arn": created["ARN"],
            "domainName": created["DomainName"],
            "etag": made["ETag"],
            "status": created["Status"],
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "tagsAll": tags,
        },
    )


def _distribution(deployment: Deployment, reference: str, inputs: Inputs) -> dict[str, Any]:
    behaviors = [_behavior(behavior) for behavior in inputs.get("orderedCacheBehaviors", [])]
    default = _behavior(inputs["defaultCacheBehavior"])
    groups = [_origin_group(group) for group in inputs.get("originGroups", [])]
    # MiniStack keeps groups and serves none: it asks the first of two, and the front the second.
    first = {group["Id"]: group["Members"]["Items"][0]["OriginId"] for group in groups}
    for behavior in (default, *behaviors):
        target = behavior["TargetOriginId"]
        behavior["TargetOriginId"] = first.get(target, target)
    errors = [
        {
            "ErrorCode": error["errorCode"],
            "ResponseCode": str(error.get("responseCode", "")),
            "ResponsePagePath": error.get("responsePagePath", ""),
            "ErrorCachingMinTTL": error.get("errorCachingMinTtl", 10),
        }
        for error in inputs.get("customErrorResponses", [])
    ]
    return {
        "CallerReference": reference,
        "Comment": inputs.get("comment", ""),
        "Enabled": inputs["enabled"],
        "DefaultRootObject": inputs.get("defaultRootObject", ""),
        "PriceClass": inputs.get("priceClass", "PriceClass_All"),
        "HttpVersion": inputs.get("httpVersion", "http2"),
        "IsIPV6Enabled": inputs.get("isIpv6Enabled", False),
        "Origins": _items([_origin(deployment, origin) for origin in inputs["origins"]]),
        "OriginGroups": _items(groups),
        "DefaultCacheBehavior": default,
        "CacheBehaviors": _items(behaviors),
        "CustomErrorResponses": _items(errors),
    }


@REGISTRY.updates("aws:cloudfront/distribution:Distribution")
def change_distribution(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    current = cloudfront.get_distribution_config(Id=identity)
    reference = current["DistributionConfig"]["CallerReference"]
    made = cloudfront.update_distribution(
        Id=identity,
        IfMatch=current["ETag"],
        DistributionConfig=_distribution(deployment, reference, inputs),
    )
    return {
        "etag": made["ETag"],
        "status": made["Distribution"]["Status"],
    }


@REGISTRY.deletes("aws:cloudfront/distribution:Distribution")
def delete_distribution(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    """Disabled first, because CloudFront deletes no distribution that is enabled."""
    cloudfront = deployment.aws.client("cloudfront")
    current = cloudfront.get_distribution_config(Id=identity)
    disabled = {**current["DistributionConfig"], "Enabled": False}
    etag = cloudfront.update_distribution(
        Id=identity, IfMatch=current["ETag"], DistributionConfig=disabled
    )["ETag"]
    cloudfront.delete_distribution(Id=identity, IfMatch=etag)


def _items(items: list[Any]) -> dict[str, Any]:
    return {"Quantity": len(items), **({"Items": items} if items else {})}


def _origin(deployment: Deployment, origin: Inputs) -> dict[str, Any]:
    made: dict[str, Any] = {
        "Id": origin["originId"],
        "DomainName": origin["domainName"],
        "OriginPath": origin.get("originPath", ""),
        "CustomHeaders": {"Quantity": 0},
    }
    if "customOriginConfig" in origin:
        custom = origin["customOriginConfig"]
        made["CustomOriginConfig"] = {
            "HTTPPort": custom["httpPort"],
            "HTTPSPort": custom["httpsPort"],
            "OriginProtocolPolicy": custom["originProtocolPolicy"],
            "OriginSslProtocols": _items(custom["originSslProtocols"]),
            "OriginReadTimeout": custom.get("originReadTimeout", 30),
            "OriginKeepaliveTimeout": custom.get("originKeepaliveTimeout", 5),
        }
        made["ConnectionAttempts"] = origin.get("connectionAttempts", 3)
        made["OriginAccessControlId"] = origin.get("originAccessControlId", "")
        if ".execute-api." in made["DomainName"]:
            _redirect_to_gateway(deployment, made)
    else:
        made["S3OriginConfig"] = {"OriginAccessIdentity": ""}
        made["OriginAccessControlId"] = origin.get("originAccessControlId", "")
    return made


def _origin_group(group: Inputs) -> dict[str, Any]:
    codes = group["failoverCriteria"]["statusCodes"]
    members = [{"OriginId": member["originId"]} for member in group["members"]]
    return {
        "Id": group["originId"],
        "FailoverCriteria": {"StatusCodes": _items(list(codes))},
        "Members": _items(members),
    }


def _redirect_to_gateway(deployment: Deployment, origin: dict[str, Any]) -> None:
    """MiniStack refuses to call AWS's host names. It serves an HTTP API under a path of its own."""
    api_id = origin["DomainName"].partition(".")[0]
    endpoint = urlsplit(deployment.aws.endpoint)
    origin["DomainName"] = endpoint.hostname
    origin["OriginPath"] = f"/_aws/execute-api/{api_id}{origin['OriginPath']}"
    origin["CustomOriginConfig"] |= {
        "HTTPPort": endpoint.port,
        "OriginProtocolPolicy": "http-only",
    }


def _behavior(behavior: Inputs) -> dict[str, Any]:
    made = {_pascal(key): behavior[key] for key in _BEHAVIOR if key in behavior}
    made["AllowedMethods"] = {
        **_items(behavior["allowedMethods"]),
        "CachedMethods": _items(behavior["cachedMethods"]),
    }
    trusted = behavior.get("trustedKeyGroups", [])
    made["TrustedKeyGroups"] = {"Enabled": bool(trusted), **_items(trusted)}
    return made


_ABBREVIATIONS = {
    "xssProtection": "XSSProtection",
    "reportUri": "ReportUri",
    "accessControlMaxAgeSec": "AccessControlMaxAgeSec",
}


def _pascal(key: str) -> str:
    return _ABBREVIATIONS.get(key, key[0].upper() + key[1:])


def _api(value: Any) -> Any:
    """The provider's shape in the API's: capital keys, and lists counted where they are items."""
    if not isinstance(value, dict):
        return value
    made: dict[str, Any] = {}
    for key, below in value.items():
        if key == "items":
            items = [_api(item) for item in below]
            made["Items"], made["Quantity"] = items, len(items)
        else:
            made[_pascal(key)] = _api(below)
    return made


@REGISTRY.call("aws:cloudfront/getCachePolicy:getCachePolicy")
def cache_policy(_deployment: Deployment, inputs: Inputs) -> Values:
    return _managed(inputs)


@REGISTRY.call("aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy")
def origin_request_policy(_deployment: Deployment, inputs: Inputs) -> Values:
    return _managed(inputs)


@REGISTRY.call("aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy")
def managed_response_headers_policy(_deployment: Deployment, inputs: Inputs) -> Values:
    return _managed(inputs)


_MANAGED = {
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
}


def _managed(inputs: Inputs) -> Values:
    name = inputs["name"]
    if name not in _MANAGED:
        raise ValueError(f"name must be one of {', '.join(_MANAGED)}, got {name}")
    return {"id": _MANAGED[name], "name": name}


@REGISTRY.resource(
    "aws:cloudfront/keyValueStore:KeyValueStore",
    "name",
    "comment",
    "tags*",
    named=Named(),
)
def key_value_store(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical, tags = inputs["name"], deployment.tags(inputs.plain("tags"))
    made = deployment.aws.client("cloudfront").create_key_value_store(
        Name=physical,
        Comment=inputs.get("comment", ""),
        Tags={"Items": [{"Key": key, "Value": value} for key, value in tags.items()]},
    )
    created = made["KeyValueStore"]
    outputs = {"arn": created["ARN"], "etag": made["ETag"], "tagsAll": tags}
    return Created(physical, outputs)


@REGISTRY.updates("aws:cloudfront/keyValueStore:KeyValueStore")
def change_key_value_store(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.update_key_value_store(
        Name=identity,
        IfMatch=cloudfront.describe_key_value_store(Name=identity)["ETag"],
        Comment=inputs.get("comment", ""),
    )
    return {"etag": made["ETag"]}


@REGISTRY.deletes("aws:cloudfront/keyValueStore:KeyValueStore")
def delete_key_value_store(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    etag = cloudfront.describe_key_value_store(Name=identity)["ETag"]
    cloudfront.delete_key_value_store(Name=identity, IfMatch=etag)


@REGISTRY.reads("aws:cloudfront/keyValueStore:KeyValueStore")
def read_key_value_store(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").describe_key_value_store(Name=identity)
    return {"name": found["KeyValueStore"]["Name"]}


@REGISTRY.resource(
    "aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey", "keyValueStoreArn", "key", "value"
)
def key_value(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    store, key = inputs["keyValueStoreArn"], inputs["key"]
    KeyValues(deployment.aws.endpoint).put(store, key, inputs["value"])
    return Created(f"{store},{key}")


@REGISTRY.updates("aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey")
def change_key_value(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    values = KeyValues(deployment.aws.endpoint)
    values.put(inputs["keyValueStoreArn"], inputs["key"], inputs["value"])
    return {}


@REGISTRY.deletes("aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey")
def delete_key_value(deployment: Deployment, _identity: str, inputs: Inputs) -> None:
    KeyValues(deployment.aws.endpoint).delete(inputs["keyValueStoreArn"], inputs["key"])


@REGISTRY.reads("aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey")
def read_key_value(deployment: Deployment, _identity: str, inputs: Inputs) -> Values | None:
    values = KeyValues(deployment.aws.endpoint)
    value = values.get(inputs["keyValueStoreArn"], inputs["key"])
    return None if value is None else {"value": value}


@REGISTRY.resource(
    "aws:cloudfront/function:Function",
    "name",
    "runtime",
    "code",
    "comment",
    "publish",
    "keyValueStoreAssociations[]",
    named=Named(),
)
def function(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    """Kept by MiniStack and run by the front, as MiniStack would need Node.js."""
    physical = inputs["name"]
    cloudfront = deployment.aws.client("cloudfront")
    made = cloudfront.create_function(Name=physical, **_function(inputs))
    if inputs.get("publish", True):
        cloudfront.publish_function(Name=physical, IfMatch=made["ETag"])
    metadata = made["FunctionSummary"]["FunctionMetadata"]
    return Created(physical, {"arn": metadata["FunctionARN"], "etag": made["ETag"]})


def _function(inputs: Inputs) -> dict[str, Any]:
    return {
        "FunctionConfig": {
            "Comment": inputs.get("comment", ""),
            "Runtime": inputs["runtime"],
            "KeyValueStoreAssociations": _items(
                [{"KeyValueStoreARN": arn} for arn in inputs.get("keyValueStoreAssociations", [])]
            ),
        },
        "FunctionCode": inputs["code"].encode(),
    }


@REGISTRY.updates("aws:cloudfront/function:Function")
def change_function(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    etag = _draft_etag(deployment, identity)
    cloudfront.update_function(Name=identity, IfMatch=etag, **_function(inputs))
    # The response of an update has none, for the want of the header that botocore expects.
    etag = _draft_etag(deployment, identity)
    if inputs.get("publish", True):
        cloudfront.publish_function(Name=identity, IfMatch=etag)
    return {"etag": etag}


@REGISTRY.deletes("aws:cloudfront/function:Function")
def delete_function(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    cloudfront = deployment.aws.client("cloudfront")
    cloudfront.delete_function(Name=identity, IfMatch=_draft_etag(deployment, identity))


def _draft_etag(deployment: Deployment, identity: str) -> str:
    cloudfront = deployment.aws.client("cloudfront")
    etag: str = cloudfront.describe_function(Name=identity, Stage="DEVELOPMENT")["ETag"]
    return etag


@REGISTRY.reads("aws:cloudfront/originAccessControl:OriginAccessControl")
def read_origin_access_control(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").get_origin_access_control(Id=identity)
    return _camel(found["OriginAccessControl"]["OriginAccessControlConfig"])


@REGISTRY.reads("aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
def read_response_headers_policy(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    cloudfront = deployment.aws.client("cloudfront")
    found = cloudfront.get_response_headers_policy(Id=identity)["ResponseHeadersPolicy"]
    config = found["ResponseHeadersPolicyConfig"]
    read = {"name": config["Name"], "comment": config.get("Comment", "")}
    for key in _HEADERS:
        given = inputs.plain(key)
        same = given is not None and _covers(config.get(_pascal(key), {}), _part(deployment, given))
        read[key] = given if same else config.get(_pascal(key))
    return read


@REGISTRY.reads("aws:cloudfront/distribution:Distribution")
def read_distribution(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    """Origins and behaviours as a whole: an output for each if CloudFront has others."""
    cloudfront = deployment.aws.client("cloudfront")
    found = cloudfront.get_distribution_config(Id=identity)["DistributionConfig"]
    wanted = _distribution(deployment, found["CallerReference"], inputs)
    read = {
        "comment": found.get("Comment", ""),
        "enabled": found["Enabled"],
        "defaultRootObject": found.get("DefaultRootObject", ""),
        "priceClass": found.get("PriceClass", "PriceClass_All"),
        "httpVersion": found.get("HttpVersion", "http2"),
        "isIpv6Enabled": found.get("IsIPV6Enabled", False),
    }
    for key, field in {
        "origins": "Origins",
        "originGroups": "OriginGroups",
        "defaultCacheBehavior": "DefaultCacheBehavior",
        "orderedCacheBehaviors": "CacheBehaviors",
        "customErrorResponses": "CustomErrorResponses",
    }.items():
        same = _covers(found.get(field, {"Quantity": 0}), wanted[field])
        read[key] = inputs.plain(key) if same else found.get(field)
    return read


def _covers(found: Any, wanted: Any) -> bool:
    """Whether all that is wanted is found; CloudFront fills in what was left out."""
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            _covers(found.get(key), value) for key, value in wanted.items()
        )
    if isinstance(wanted, list):
        return (
            isinstance(found, list)
            and len(found) == len(wanted)
            and all(map(_covers, found, wanted))
        )
    return bool(found == wanted or str(found) == str(wanted))


def _camel(config: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in config.items()}


@REGISTRY.reads("aws:cloudfront/function:Function")
def read_function(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudfront").get_function(Name=identity, Stage="LIVE")
    return {"code": found["FunctionCode"].read().decode()}
