"""Buckets and their settings."""

import json
from hashlib import sha256
from typing import Any

from botocore.exceptions import ClientError

from local.engine.assets import content
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values, operation


@REGISTRY.resource(
    "aws:s3/bucket:Bucket",
    "bucket",
    "tags*",
    ignores={"forceDestroy": "nothing outlives the local stack"},
    named=Named("bucket", 63, lower=True),
)
def bucket(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["bucket"]
    s3 = deployment.aws.client("s3")
    region = deployment.region
    where = {} if region == "us-east-1" else {"LocationConstraint": region}
    s3.create_bucket(Bucket=physical, **({"CreateBucketConfiguration": where} if where else {}))
    tags = deployment.tags(inputs.plain("tags"))
    if tags:
        s3.put_bucket_tagging(
            Bucket=physical, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tags.items()]}
        )
    return Created(
        physical,
        {
            "bucket": physical,
            "arn": f"arn:aws:s3:::{physical}",
            "bucketDomainName": f"{physical}.s3.amazonaws.com",
            "bucketRegionalDomainName": f"{physical}.s3.{region}.amazonaws.com",
            "bucketRegion": region,
            "region": region,
            "tagsAll": tags,
        },
    )


@REGISTRY.resource(
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
    "bucket",
    "rule.objectOwnership",
    delete=operation("s3", "delete_bucket_ownership_controls", Bucket="id"),
)
def ownership(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    rule = inputs["rule"]
    deployment.aws.client("s3").put_bucket_ownership_controls(
        Bucket=inputs["bucket"],
        OwnershipControls={"Rules": [{"ObjectOwnership": rule["objectOwnership"]}]},
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucket",
    "blockPublicAcls",
    "blockPublicPolicy",
    "ignorePublicAcls",
    "restrictPublicBuckets",
    ignores={"skipDestroy": "nothing outlives the local stack"},
    delete=operation("s3", "delete_public_access_block", Bucket="id"),
)
def public_access_block(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("s3").put_public_access_block(
        Bucket=inputs["bucket"],
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": inputs.get("blockPublicAcls", False),
            "BlockPublicPolicy": inputs.get("blockPublicPolicy", False),
            "IgnorePublicAcls": inputs.get("ignorePublicAcls", False),
            "RestrictPublicBuckets": inputs.get("restrictPublicBuckets", False),
        },
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucket",
    "rules[].applyServerSideEncryptionByDefault.sseAlgorithm",
    "rules[].bucketKeyEnabled",
    "rules[].blockedEncryptionTypes[]",
    delete=operation("s3", "delete_bucket_encryption", Bucket="id"),
)
def encryption(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    rules = []
    for rule in inputs["rules"]:
        default = rule["applyServerSideEncryptionByDefault"]
        made: dict[str, Any] = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": default["sseAlgorithm"]}
        }
        if "bucketKeyEnabled" in rule:
            made["BucketKeyEnabled"] = rule["bucketKeyEnabled"]
        if "blockedEncryptionTypes" in rule:
            made["BlockedEncryptionTypes"] = {"EncryptionType": rule["blockedEncryptionTypes"]}
        rules.append(made)
    deployment.aws.client("s3").put_bucket_encryption(
        Bucket=inputs["bucket"], ServerSideEncryptionConfiguration={"Rules": rules}
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/bucketVersioning:BucketVersioning",
    "bucket",
    "versioningConfiguration.status",
)
def versioning(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    status = inputs["versioningConfiguration"]["status"]
    deployment.aws.client("s3").put_bucket_versioning(
        Bucket=inputs["bucket"], VersioningConfiguration={"Status": status}
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
    "bucket",
    "rules[].id",
    "rules[].status",
    "rules[].filter.prefix",
    "rules[].filter",
    "rules[].expiration.days",
    "rules[].expiration.expiredObjectDeleteMarker",
    "rules[].noncurrentVersionExpiration.noncurrentDays",
    "rules[].noncurrentVersionExpiration.newerNoncurrentVersions",
    "rules[].abortIncompleteMultipartUpload.daysAfterInitiation",
    delete=operation("s3", "delete_bucket_lifecycle", Bucket="id"),
)
def lifecycle(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("s3").put_bucket_lifecycle_configuration(
        Bucket=inputs["bucket"],
        LifecycleConfiguration={"Rules": [_lifecycle_rule(rule) for rule in inputs["rules"]]},
    )
    return Created(inputs["bucket"])


def _lifecycle_rule(rule: Inputs) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ID": rule["id"],
        "Status": rule["status"],
        "Filter": {"Prefix": rule["filter"].get("prefix", "") if "filter" in rule else ""},
    }
    for key, fields in {
        "expiration": ("days", "expiredObjectDeleteMarker"),
        "noncurrentVersionExpiration": ("noncurrentDays", "newerNoncurrentVersions"),
        "abortIncompleteMultipartUpload": ("daysAfterInitiation",),
    }.items():
        if key in rule:
            made[_pascal(key)] = {
                _pascal(name): rule[key][name] for name in fields if name in rule[key]
            }
    return made


def _pascal(key: str) -> str:
    return key[0].upper() + key[1:]


@REGISTRY.resource(
    "aws:s3/bucketPolicy:BucketPolicy",
    "bucket",
    "policy",
    delete=operation("s3", "delete_bucket_policy", Bucket="id"),
)
def policy(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    document = _without_tls(inputs["policy"])
    s3 = deployment.aws.client("s3")
    if document["Statement"]:
        s3.put_bucket_policy(Bucket=inputs["bucket"], Policy=json.dumps(document))
    else:
        s3.delete_bucket_policy(Bucket=inputs["bucket"])
    return Created(inputs["bucket"])


def _without_tls(policy: str) -> Any:
    """All but the statement that denies plain HTTP: this machine's traffic is nothing else."""
    document = json.loads(policy)
    document["Statement"] = [
        statement for statement in document["Statement"] if not _denies_plain_http(statement)
    ]
    return document


def _denies_plain_http(statement: dict[str, Any]) -> bool:
    only_then = {"Bool": {"aws:SecureTransport": "false"}}
    return statement["Effect"] == "Deny" and statement.get("Condition") == only_then


@REGISTRY.resource(
    "aws:s3/bucketLogging:BucketLogging",
    "bucket",
    "targetBucket",
    "targetPrefix",
)
def logging(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    """Kept as a setting: MiniStack writes no access logs."""
    target = {"TargetBucket": inputs["targetBucket"], "TargetPrefix": inputs["targetPrefix"]}
    deployment.aws.client("s3").put_bucket_logging(
        Bucket=inputs["bucket"], BucketLoggingStatus={"LoggingEnabled": target}
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/inventory:Inventory",
    "bucket",
    "name",
    "includedObjectVersions",
    "filter.prefix",
    "optionalFields[]",
    "destination.bucket.bucketArn",
    "destination.bucket.format",
    "destination.bucket.prefix",
    "destination.bucket.encryption*",
    ignores={"schedule": "an inventory is written when this is created or changed, and only then"},
    delete=operation("s3", "delete_bucket_inventory_configuration", Bucket="bucket", Id="name"),
)
def inventory(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("s3").put_bucket_inventory_configuration(
        Bucket=inputs["bucket"],
        Id=inputs["name"],
        InventoryConfiguration=_inventory_configuration(inputs),
    )
    return Created(f"{inputs['bucket']}:{inputs['name']}")


def _inventory_configuration(inputs: Inputs) -> dict[str, Any]:
    place = inputs["destination"]["bucket"]
    place.plain("encryption")  # S3's own keys, the only kind here
    return {
        "Id": inputs["name"],
        "IsEnabled": True,
        "IncludedObjectVersions": inputs["includedObjectVersions"],
        "Filter": {"Prefix": inputs["filter"]["prefix"]},
        "OptionalFields": inputs["optionalFields"],
        "Schedule": {"Frequency": "Daily"},
        "Destination": {
            "S3BucketDestination": {
                "Bucket": place["bucketArn"],
                "Format": place["format"],
                "Prefix": place["prefix"],
                "Encryption": {"SSES3": {}},
            }
        },
    }


@REGISTRY.resource("aws:s3/bucketNotification:BucketNotification", "bucket", "eventbridge")
def notification(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    to_eventbridge: dict[str, Any] = (
        {"EventBridgeConfiguration": {}} if inputs.get("eventbridge") else {}
    )
    deployment.aws.client("s3").put_bucket_notification_configuration(
        Bucket=inputs["bucket"], NotificationConfiguration=to_eventbridge
    )
    return Created(inputs["bucket"])


@REGISTRY.resource(
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
    "bucket",
    "corsRules[].allowedHeaders[]",
    "corsRules[].allowedMethods[]",
    "corsRules[].allowedOrigins[]",
    "corsRules[].exposeHeaders[]",
    "corsRules[].maxAgeSeconds",
    delete=operation("s3", "delete_bucket_cors", Bucket="id"),
)
def cors(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    deployment.aws.client("s3").put_bucket_cors(
        Bucket=inputs["bucket"],
        CORSConfiguration={"CORSRules": _cors_rules(deployment, inputs)},
    )
    return Created(inputs["bucket"])


def _cors_rules(deployment: Deployment, inputs: Inputs) -> list[dict[str, Any]]:
    """The rules, with the front's origin in place of the distribution's."""
    rules = [
        {
            _pascal(key): rule[key]
            for key in (
                "allowedHeaders",
                "allowedMethods",
                "allowedOrigins",
                "exposeHeaders",
                "maxAgeSeconds",
            )
            if key in rule
        }
        for rule in inputs["corsRules"]
    ]
    for rule in rules:
        rule["AllowedOrigins"] = [deployment.reachable(each) for each in rule["AllowedOrigins"]]
    return rules


@REGISTRY.resource(
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "bucket",
    "key",
    "source*",
    "content",
    "contentType",
    "cacheControl",
    ignores={"overrideProvider": "no object is tagged here"},
    delete=operation("s3", "delete_object", Bucket="bucket", Key="key"),
)
def bucket_object(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    made = deployment.aws.client("s3").put_object(
        Bucket=inputs["bucket"],
        Key=inputs["key"],
        Body=_body(deployment, inputs),
        ContentType=inputs["contentType"],
        CacheControl=inputs["cacheControl"],
    )
    return Created(f"{inputs['bucket']}/{inputs['key']}", {"etag": made["ETag"].strip('"')})


def _body(deployment: Deployment, inputs: Inputs) -> bytes:
    """A text with addresses that a browser on this machine can reach; a file as it is."""
    if "content" in inputs:
        return deployment.local_text(inputs["content"]).encode()
    return content(deployment.root, inputs.plain("source"))


@REGISTRY.updates("aws:s3/bucket:Bucket")
def change_bucket(_deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    """Nothing but its tags can change."""
    return {"bucket": inputs["bucket"]}


@REGISTRY.deletes("aws:s3/bucket:Bucket")
def delete_bucket(deployment: Deployment, identity: str, inputs: Inputs) -> None:
    """A bucket with objects is refused by AWS unless the program sets `forceDestroy`."""
    s3 = deployment.aws.client("s3")
    if inputs.get("forceDestroy"):
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=identity):
            versions = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in versions]
            if objects:
                s3.delete_objects(Bucket=identity, Delete={"Objects": objects, "Quiet": True})
    s3.delete_bucket(Bucket=identity)


@REGISTRY.deletes("aws:s3/bucketVersioning:BucketVersioning")
def suspend_versioning(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("s3").put_bucket_versioning(
        Bucket=identity, VersioningConfiguration={"Status": "Suspended"}
    )


@REGISTRY.deletes("aws:s3/bucketLogging:BucketLogging")
def stop_logging(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("s3").put_bucket_logging(Bucket=identity, BucketLoggingStatus={})


@REGISTRY.deletes("aws:s3/bucketNotification:BucketNotification")
def stop_notification(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("s3").put_bucket_notification_configuration(
        Bucket=identity, NotificationConfiguration={}
    )


@REGISTRY.reads("aws:s3/bucket:Bucket")
def read_bucket(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    deployment.aws.client("s3").head_bucket(Bucket=identity)
    return {}


@REGISTRY.reads("aws:s3/bucketOwnershipControls:BucketOwnershipControls")
def read_ownership(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_bucket_ownership_controls(Bucket=identity)
    (rule,) = found["OwnershipControls"]["Rules"]
    return {"rule": {"objectOwnership": rule["ObjectOwnership"]}}


@REGISTRY.reads("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
def read_public_access_block(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_public_access_block(Bucket=identity)
    return _camel(found["PublicAccessBlockConfiguration"])


@REGISTRY.reads(
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
)
def read_encryption(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_bucket_encryption(Bucket=identity)
    rules = []
    for rule in found["ServerSideEncryptionConfiguration"]["Rules"]:
        default = rule["ApplyServerSideEncryptionByDefault"]
        blocked = rule.get("BlockedEncryptionTypes", {})
        rules.append(
            {
                "applyServerSideEncryptionByDefault": {"sseAlgorithm": default["SSEAlgorithm"]},
                "bucketKeyEnabled": rule.get("BucketKeyEnabled", False),
                "blockedEncryptionTypes": blocked.get("EncryptionType", []),
            }
        )
    return {"rules": rules}


@REGISTRY.reads("aws:s3/bucketVersioning:BucketVersioning")
def read_versioning(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    status = deployment.aws.client("s3").get_bucket_versioning(Bucket=identity).get("Status")
    return {"versioningConfiguration": {"status": status}} if status else None


@REGISTRY.reads("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
def read_lifecycle(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_bucket_lifecycle_configuration(Bucket=identity)
    given = inputs.plain("rules")
    wanted = [_lifecycle_rule(rule) for rule in inputs["rules"]]
    return {"rules": given if _same_rules(found["Rules"], wanted) else found["Rules"]}


def _same_rules(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> bool:
    """Whether the rules are alike; a filter for everything may be written as no filter."""
    everything: dict[str, Any] = {"Filter": {"Prefix": ""}}
    return [{**everything, **rule} for rule in found] == wanted


@REGISTRY.reads("aws:s3/bucketPolicy:BucketPolicy")
def read_policy(deployment: Deployment, identity: str, inputs: Inputs) -> Values | None:
    """A policy that only denies plain HTTP is not put here, and so cannot be missing."""
    given = inputs["policy"]
    wanted = _without_tls(given)
    try:
        text = deployment.aws.client("s3").get_bucket_policy(Bucket=identity)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy" and not wanted["Statement"]:
            return {"policy": given}
        raise
    return {"policy": given if json.loads(text) == wanted else text}


@REGISTRY.reads("aws:s3/bucketLogging:BucketLogging")
def read_logging(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    found = deployment.aws.client("s3").get_bucket_logging(Bucket=identity)
    return _camel(found["LoggingEnabled"]) if found.get("LoggingEnabled") else None


@REGISTRY.reads("aws:s3/inventory:Inventory")
def read_inventory(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_bucket_inventory_configuration(
        Bucket=inputs["bucket"], Id=inputs["name"]
    )["InventoryConfiguration"]
    wanted = _inventory_configuration(inputs)
    given = {key: inputs.plain(key) for key in ("optionalFields", "destination", "filter")}
    return given if found == wanted else dict.fromkeys(given)


@REGISTRY.reads("aws:s3/bucketNotification:BucketNotification")
def read_notification(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    s3 = deployment.aws.client("s3")
    found = s3.get_bucket_notification_configuration(Bucket=identity)
    return {"eventbridge": "EventBridgeConfiguration" in found}


@REGISTRY.reads("aws:s3/bucketCorsConfiguration:BucketCorsConfiguration")
def read_cors(deployment: Deployment, identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_bucket_cors(Bucket=identity)["CORSRules"]
    given = inputs.plain("corsRules")
    same = found == _cors_rules(deployment, inputs)
    return {"corsRules": given if same else [_camel(rule) for rule in found]}


def _camel(config: dict[str, Any]) -> dict[str, Any]:
    return {key[0].lower() + key[1:]: value for key, value in config.items()}


@REGISTRY.reads("aws:s3/bucketObjectv2:BucketObjectv2")
def read_bucket_object(deployment: Deployment, _identity: str, inputs: Inputs) -> Values:
    found = deployment.aws.client("s3").get_object(Bucket=inputs["bucket"], Key=inputs["key"])
    read = {"contentType": found["ContentType"], "cacheControl": found["CacheControl"]}
    key = "content" if "content" in inputs else "source"
    same = sha256(found["Body"].read()).hexdigest() == _digest(deployment, inputs)
    return {**read, key: inputs.plain(key) if same else None}


def _digest(deployment: Deployment, inputs: Inputs) -> str:
    """Of what the object should hold. The engine's state has no more of a file than its digest."""
    known = None if "content" in inputs else inputs.plain("source").get("hash")
    return str(known or sha256(_body(deployment, inputs)).hexdigest())
