"""Each resource type becomes in the local AWS what its inputs say."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import local.engine.resources  # noqa: F401 - fills the registry
from local.engine.assets import on_the_wire
from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created
from local.key_values import KeyValues
from local.signed import trusted_keys
from ops.signing_key import new_pair
from tests.local.engine.documents import TRUST


def statement(**fields: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **fields}]})


def make(deployment: Deployment, type_: str, name: str, **values: Any) -> Created:
    return REGISTRY.create(deployment, type_, name, values)


@pytest.fixture
def bucket(deployment: Deployment) -> str:
    return make(deployment, "aws:s3/bucket:Bucket", "originals", forceDestroy=True).id


def test_a_bucket_has_its_name_region_and_both_kinds_of_tags(deployment: Deployment) -> None:
    deployment.default_tags["project"] = "darkroom"
    made = make(deployment, "aws:s3/bucket:Bucket", "Originals", tags={"kept": "for ever"})

    s3 = deployment.aws.client("s3")
    assert made.id.startswith("originals-")
    assert made.outputs["arn"] == f"arn:aws:s3:::{made.id}"
    assert made.outputs["bucketRegionalDomainName"] == f"{made.id}.s3.eu-west-1.amazonaws.com"
    assert s3.get_bucket_location(Bucket=made.id)["LocationConstraint"] == "eu-west-1"
    tags = {tag["Key"]: tag["Value"] for tag in s3.get_bucket_tagging(Bucket=made.id)["TagSet"]}
    assert tags == {"kept": "for ever", "project": "darkroom"} == made.outputs["tagsAll"]


def test_what_is_said_of_a_bucket_holds(deployment: Deployment, bucket: str) -> None:
    s3 = deployment.aws.client("s3")
    make(
        deployment,
        "aws:s3/bucketVersioning:BucketVersioning",
        "v",
        bucket=bucket,
        versioningConfiguration={"status": "Enabled"},
    )
    make(
        deployment,
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        "o",
        bucket=bucket,
        rule={"objectOwnership": "BucketOwnerEnforced"},
    )
    make(
        deployment,
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "p",
        bucket=bucket,
        blockPublicAcls=True,
        blockPublicPolicy=True,
        ignorePublicAcls=True,
        restrictPublicBuckets=True,
    )
    make(
        deployment,
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "e",
        bucket=bucket,
        rules=[{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
    )
    make(
        deployment,
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "l",
        bucket=bucket,
        rules=[
            {
                "id": "old versions",
                "status": "Enabled",
                "noncurrentVersionExpiration": {"noncurrentDays": 7},
                "abortIncompleteMultipartUpload": {"daysAfterInitiation": 2},
            }
        ],
    )
    make(
        deployment,
        "aws:s3/bucketNotification:BucketNotification",
        "n",
        bucket=bucket,
        eventbridge=True,
    )

    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    ownership = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]
    assert ownership == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    encryption = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]
    default = encryption["Rules"][0]["ApplyServerSideEncryptionByDefault"]
    assert default == {"SSEAlgorithm": "AES256"}
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 7}
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 2}
    notification = s3.get_bucket_notification_configuration(Bucket=bucket)
    assert "EventBridgeConfiguration" in notification


def test_a_bucket_policy_loses_only_the_denial_of_plain_http(
    deployment: Deployment, bucket: str
) -> None:
    kept = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
    document = {"Statement": [{**denied, "Condition": insecure}, kept], "Version": "2012-10-17"}

    make(
        deployment,
        "aws:s3/bucketPolicy:BucketPolicy",
        "p",
        bucket=bucket,
        policy=json.dumps(document),
    )

    policy = json.loads(deployment.aws.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    assert policy["Statement"] == [kept]


def test_a_table_has_its_keys_index_and_time_to_live(deployment: Deployment) -> None:
    made = make(
        deployment,
        "aws:dynamodb/table:Table",
        "catalog",
        billingMode="PAY_PER_REQUEST",
        hashKey="image_id",
        attributes=[
            {"name": "image_id", "type": "S"},
            {"name": "status", "type": "S"},
            {"name": "updated_at", "type": "S"},
        ],
        globalSecondaryIndexes=[
            {
                "name": "by-status",
                "keySchemas": [
                    {"attributeName": "status", "keyType": "HASH"},
                    {"attributeName": "updated_at", "keyType": "RANGE"},
                ],
                "projectionType": "INCLUDE",
                "nonKeyAttributes": ["key"],
            }
        ],
        ttl={"attributeName": "expires_at", "enabled": True},
        pointInTimeRecovery={"enabled": True},
    )

    dynamodb = deployment.aws.client("dynamodb")
    table = dynamodb.describe_table(TableName=made.id)["Table"]
    assert table["TableArn"] == made.outputs["arn"]
    assert table["KeySchema"] == [{"AttributeName": "image_id", "KeyType": "HASH"}]
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["Projection"] == {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["key"]}
    ttl = dynamodb.describe_time_to_live(TableName=made.id)["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires_at"}


def test_a_rule_with_its_target_carries_an_event_into_a_queue(deployment: Deployment) -> None:
    bus = make(deployment, "aws:cloudwatch/eventBus:EventBus", "pipeline")
    queue = make(
        deployment,
        "aws:sqs/queue:Queue",
        "ready",
        visibilityTimeoutSeconds=360,
        sqsManagedSseEnabled=True,
    )
    make(
        deployment,
        "aws:sqs/queuePolicy:QueuePolicy",
        "ready",
        queueUrl=queue.outputs["url"],
        policy=statement(
            Principal={"Service": "events.amazonaws.com"},
            Action="sqs:SendMessage",
            Resource=queue.outputs["arn"],
        ),
    )
    rule = make(
        deployment,
        "aws:cloudwatch/eventRule:EventRule",
        "ready",
        eventBusName=bus.outputs["name"],
        eventPattern=json.dumps({"detail-type": ["Image Ready"]}),
    )
    make(
        deployment,
        "aws:cloudwatch/eventTarget:EventTarget",
        "ready",
        rule=rule.outputs["name"],
        eventBusName=bus.outputs["name"],
        arn=queue.outputs["arn"],
        retryPolicy={"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 60},
    )
    entry = {"Source": "darkroom", "Detail": "{}", "EventBusName": bus.id}
    deployment.aws.client("events").put_events(
        Entries=[
            {**entry, "DetailType": "Image Held"},
            {**entry, "DetailType": "Image Ready"},
        ]
    )

    sqs = deployment.aws.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=queue.id, AttributeNames=["VisibilityTimeout"])
    assert attributes["Attributes"]["VisibilityTimeout"] == "360"
    answer = sqs.receive_message(QueueUrl=queue.id, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    (message,) = answer["Messages"]
    assert json.loads(message["Body"])["detail-type"] == "Image Ready"


def test_a_role_has_exactly_the_policies_put_on_it(deployment: Deployment) -> None:
    role = make(deployment, "aws:iam/role:Role", "resize-role", assumeRolePolicy=TRUST)
    allowed = statement(Action=["s3:GetObject"], Resource=["arn:aws:s3:::a/*"])
    make(deployment, "aws:iam/rolePolicy:RolePolicy", "read", role=role.id, policy=allowed)

    iam = deployment.aws.client("iam")
    (name,) = iam.list_role_policies(RoleName=role.id)["PolicyNames"]
    policy = iam.get_role_policy(RoleName=role.id, PolicyName=name)["PolicyDocument"]
    assert policy == json.loads(allowed)


def test_a_function_runs_the_handler_of_its_image(deployment: Deployment, tmp_path: Path) -> None:
    folder = tmp_path / "containers" / "echo"
    folder.mkdir(parents=True)
    (folder / "Dockerfile").write_text('FROM base\nCMD ["echo.handler"]\n')
    (tmp_path / "containers" / "echo.py").write_text(
        "import os\ndef handler(event, context):\n"
        "    return {**event, 'greeting': os.environ['GREETING'],\n"
        "            'stand_in': os.environ['AWS_ENDPOINT_URL_REKOGNITION']}\n"
    )
    repository = make(deployment, "aws:ecr/repository:Repository", "echo-repository")
    image = make(
        deployment,
        "docker:index/image:Image",
        "echo",
        imageName=f"{repository.outputs['repositoryUrl']}:latest",
        build={
            "context": str(tmp_path / "containers"),
            "dockerfile": str(folder / "Dockerfile"),
            "platform": "linux/arm64",
        },
        registry={"server": "somewhere"},
    )
    role = make(deployment, "aws:iam/role:Role", "echo-role", assumeRolePolicy=TRUST)
    logs = make(deployment, "aws:cloudwatch/logGroup:LogGroup", "echo", retentionInDays=7)
    function = make(
        deployment,
        "aws:lambda/function:Function",
        "echo",
        packageType="Image",
        imageUri=image.outputs["repoDigest"],
        role=role.outputs["arn"],
        memorySize=256,
        timeout=20,
        environment={"variables": {"GREETING": "hello"}},
        loggingConfig={"logFormat": "JSON", "logGroup": logs.outputs["name"]},
    )

    client = deployment.aws.client("lambda")
    answer = client.invoke(FunctionName=function.id, Payload=b'{"a": 1}')
    assert json.loads(answer["Payload"].read()) == {
        "a": 1,
        "greeting": "hello",
        "stand_in": f"http://127.0.0.1:1/role/{role.id}",
    }
    assert client.get_function(FunctionName=function.id)["Configuration"]["Timeout"] == 20
    groups = deployment.aws.client("logs").describe_log_groups(logGroupNamePrefix=logs.id)
    assert groups["logGroups"][0]["retentionInDays"] == 7


def test_a_function_s_image_must_have_been_built_here(deployment: Deployment) -> None:
    with pytest.raises(ValueError, match="must be the digest of an image built here"):
        make(
            deployment,
            "aws:lambda/function:Function",
            "echo",
            packageType="Image",
            imageUri="elsewhere:latest",
            role="arn:aws:iam::000000000000:role/echo",
        )


def test_a_topic_reaches_its_subscribers(deployment: Deployment) -> None:
    topic = make(deployment, "aws:sns/topic:Topic", "notices", displayName="Darkroom")
    for protocol, endpoint in (("email", "a@example.org"), ("sms", "+4915112345678")):
        make(
            deployment,
            "aws:sns/topicSubscription:TopicSubscription",
            protocol,
            topic=topic.outputs["arn"],
            protocol=protocol,
            endpoint=endpoint,
        )

    listed = deployment.aws.client("sns").list_subscriptions_by_topic(TopicArn=topic.id)
    found = {(each["Protocol"], each["Endpoint"]) for each in listed["Subscriptions"]}
    assert found == {("email", "a@example.org"), ("sms", "+4915112345678")}


def test_a_distribution_serves_its_bucket_and_only_what_the_policy_lets_it(
    deployment: Deployment, bucket: str
) -> None:
    access = make(
        deployment,
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        "access",
        originAccessControlOriginType="s3",
        signingBehavior="always",
        signingProtocol="sigv4",
    )
    headers = make(
        deployment,
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "headers",
        securityHeadersConfig={
            "contentTypeOptions": {"override": True},
            "frameOptions": {"frameOption": "DENY", "override": True},
        },
    )
    inputs: dict[str, Any] = {
        "enabled": True,
        "httpVersion": "http2and3",
        "origins": [
            {
                "originId": "bucket",
                "domainName": f"{bucket}.s3.eu-west-1.amazonaws.com",
                "originAccessControlId": access.id,
            }
        ],
        "defaultCacheBehavior": {
            "targetOriginId": "bucket",
            "viewerProtocolPolicy": "redirect-to-https",
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
            "responseHeadersPolicyId": headers.id,
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
    }
    made = make(deployment, "aws:cloudfront/distribution:Distribution", "pictures", **inputs)
    again = make(deployment, "aws:cloudfront/distribution:Distribution", "pictures", **inputs)
    assert again.id != made.id  # as when one takes the place of the other

    config = deployment.aws.client("cloudfront").get_distribution(Id=made.id)["Distribution"]
    assert made.outputs["domainName"] == config["DomainName"]
    assert config["DistributionConfig"]["DefaultCacheBehavior"]["AllowedMethods"]["Items"] == [
        "GET",
        "HEAD",
    ]
    policies = deployment.aws.client("cloudfront").get_response_headers_policy(Id=headers.id)
    security = policies["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert security["SecurityHeadersConfig"]["FrameOptions"] == {
        "Override": True,
        "FrameOption": "DENY",
    }


def test_a_distribution_trusts_the_keys_of_its_group(deployment: Deployment) -> None:
    private, public = new_pair()
    encoded = f"-----BEGIN PUBLIC KEY-----\n{public}\n-----END PUBLIC KEY-----\n"
    key = make(deployment, "aws:cloudfront/publicKey:PublicKey", "key", encodedKey=encoded)
    group = make(deployment, "aws:cloudfront/keyGroup:KeyGroup", "keys", items=[key.id])
    behaviour = {
        "targetOriginId": "bucket",
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
    }
    inputs = {
        "enabled": True,
        "origins": [{"originId": "bucket", "domainName": "b.s3.eu-west-1.amazonaws.com"}],
        "defaultCacheBehavior": behaviour,
        "orderedCacheBehaviors": [
            {**behaviour, "pathPattern": "/i/*", "trustedKeyGroups": [group.id]}
        ],
    }
    type_ = "aws:cloudfront/distribution:Distribution"
    made = make(deployment, type_, "pictures", **inputs)

    trusted = trusted_keys(deployment.aws, made.id)
    assert trusted is not None
    numbers = {name: each.public_numbers() for name, each in trusted.items()}
    own = load_pem_private_key(private.encode(), None)
    assert isinstance(own, RSAPrivateKey)
    assert numbers == {key.id: own.public_key().public_numbers()}

    REGISTRY.update(
        deployment,
        type_,
        "pictures",
        made.id,
        made.outputs,
        {**inputs, "orderedCacheBehaviors": [{**behaviour, "pathPattern": "/i/*"}]},
    )
    assert trusted_keys(deployment.aws, made.id) is None


@pytest.mark.parametrize(
    ("address", "here"),
    [
        ("https://d1.cloudfront.net", "http://127.0.0.1:2"),
        ("https://d1.cloudfront.net/", "http://127.0.0.1:2/"),
        (
            "https://people.auth.eu-west-1.amazoncognito.com/logout",
            "http://127.0.0.1:2/_local/logout",
        ),
        (
            "https://cognito-idp.eu-west-1.amazonaws.com/p",
            "https://cognito-idp.eu-west-1.amazonaws.com/p",
        ),
        ("https://bucket.s3.us-east-1.amazonaws.com", "https://bucket.s3.us-east-1.amazonaws.com"),
        ("https://photos.example.org", "https://photos.example.org"),
    ],
)
def test_an_address_of_aws_becomes_one_that_a_browser_here_can_reach(
    deployment: Deployment, address: str, here: str
) -> None:
    assert deployment.reachable(address) == here
    assert deployment.local_text(f'["{address}"]') == f'["{here}"]'


def test_a_bucket_has_a_path_of_its_own_here(deployment: Deployment) -> None:
    endpoint = deployment.aws.endpoint
    assert deployment.reachable("https://a.s3.eu-west-1.amazonaws.com/b") == f"{endpoint}/a/b"


def test_a_page_may_reach_what_its_policy_names_where_it_is_here(deployment: Deployment) -> None:
    policy = "img-src 'self' https://a.s3.eu-west-1.amazonaws.com; frame-ancestors 'none'"
    given = {"contentSecurityPolicy": {"contentSecurityPolicy": policy, "override": True}}
    type_ = "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy"
    made = make(deployment, type_, "page", securityHeadersConfig=given)
    found = deployment.aws.client("cloudfront").get_response_headers_policy(Id=made.id)
    config = found["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    assert config["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"] == (
        f"img-src 'self' {deployment.aws.endpoint}/a/; frame-ancestors 'none'"
    )


def test_an_object_has_its_bytes_type_and_caching(
    deployment: Deployment, bucket: str, tmp_path: Path
) -> None:
    file = tmp_path / "a.js"
    file.write_bytes(b"alert(1)")
    inputs = {
        "bucket": bucket,
        "key": "assets/a.js",
        "source": on_the_wire(pulumi.FileAsset(str(file))),
        "contentType": "text/javascript; charset=utf-8",
        "cacheControl": "no-cache",
    }
    type_ = "aws:s3/bucketObjectv2:BucketObjectv2"
    given = REGISTRY.completed(deployment, type_, inputs)
    made = make(deployment, type_, "a", **given)
    assert made.id == f"{bucket}/assets/a.js"
    found = deployment.aws.client("s3").get_object(Bucket=bucket, Key="assets/a.js")
    assert found["Body"].read() == b"alert(1)"
    assert (found["ContentType"], found["CacheControl"]) == (
        "text/javascript; charset=utf-8",
        "no-cache",
    )

    file.write_bytes(b"alert(2)")
    after = REGISTRY.completed(deployment, type_, inputs)
    assert REGISTRY.changed(deployment, type_, given, made.outputs, after) == ["source"]
    outputs = REGISTRY.update(deployment, type_, "a", made.id, made.outputs, after, given)
    assert REGISTRY.read(deployment, type_, made.id, after, outputs) == (after, outputs)
    # The engine keeps no more of a file than its digest.
    source = {name: value for name, value in after["source"].items() if name != "path"}
    kept = {**after, "source": source}
    assert REGISTRY.read(deployment, type_, made.id, kept, outputs) == (kept, outputs)
    deployment.aws.client("s3").put_object(
        Bucket=bucket,
        Key="assets/a.js",
        Body=b"by hand",
        ContentType=inputs["contentType"],
        CacheControl="no-cache",
    )
    found_by = REGISTRY.read(deployment, type_, made.id, kept, outputs)
    assert found_by is not None
    assert found_by[0].get("source") is None
    REGISTRY.delete(deployment, type_, made.id, outputs)
    assert REGISTRY.read(deployment, type_, made.id, after, outputs) is None


def test_an_event_source_mapping_keeps_its_limits(deployment: Deployment, tmp_path: Path) -> None:
    queue = make(deployment, "aws:sqs/queue:Queue", "fed")
    (tmp_path / "Dockerfile").write_text('FROM base\nCMD ["main.handler"]\n')
    (tmp_path / "main.py").write_text("def handler(event, context): pass\n")
    image = make(
        deployment,
        "docker:index/image:Image",
        "fed",
        imageName="registry/fed:latest",
        build={
            "context": str(tmp_path),
            "dockerfile": str(tmp_path / "Dockerfile"),
            "platform": "linux/arm64",
        },
    )
    role = make(deployment, "aws:iam/role:Role", "fed-role", assumeRolePolicy=TRUST)
    function = make(
        deployment,
        "aws:lambda/function:Function",
        "fed",
        packageType="Image",
        imageUri=image.outputs["repoDigest"],
        role=role.outputs["arn"],
    )
    made = make(
        deployment,
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        "fed",
        eventSourceArn=queue.outputs["arn"],
        functionName=function.outputs["arn"],
        batchSize=10,
        functionResponseTypes=["ReportBatchItemFailures"],
        scalingConfig={"maximumConcurrency": 5},
    )

    mapping = deployment.aws.client("lambda").get_event_source_mapping(UUID=made.id)
    assert mapping["BatchSize"] == 10
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 5}


def test_an_alarm_watches_what_it_is_told_to(deployment: Deployment) -> None:
    made = make(
        deployment,
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "dead",
        namespace="AWS/SQS",
        metricName="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": "dead"},
        statistic="Maximum",
        period=60,
        evaluationPeriods=1,
        threshold=0,
        comparisonOperator="GreaterThanThreshold",
    )

    answer = deployment.aws.client("cloudwatch").describe_alarms(AlarmNames=[made.id])
    (alarm,) = answer["MetricAlarms"]
    assert alarm["Dimensions"] == [{"Name": "QueueName", "Value": "dead"}]
    assert alarm["Threshold"] == 0


def test_a_composite_alarm_follows_its_rule(deployment: Deployment) -> None:
    type_ = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
    watched = make(
        deployment,
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "late",
        namespace="AWS/SQS",
        metricName="ApproximateAgeOfOldestMessage",
        statistic="Maximum",
        period=60,
        evaluationPeriods=1,
        threshold=0,
        comparisonOperator="GreaterThanThreshold",
    )
    made = make(deployment, type_, "any", alarmName="any", alarmRule=f'ALARM("{watched.id}")')
    cloudwatch = deployment.aws.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=watched.id, StateValue="ALARM", StateReason="test")

    found = cloudwatch.describe_alarms(AlarmNames=["any"], AlarmTypes=["CompositeAlarm"])
    assert [each["StateValue"] for each in found["CompositeAlarms"]] == ["ALARM"]
    REGISTRY.delete(deployment, type_, made.id, made.outputs)
    assert REGISTRY.read(deployment, type_, made.id, {}, made.outputs) is None


def test_a_schedule_has_its_target(deployment: Deployment) -> None:
    type_ = "aws:scheduler/schedule:Schedule"
    values: dict[str, Any] = {
        "scheduleExpression": "rate(1 day)",
        "flexibleTimeWindow": {"mode": "OFF"},
        "target": {
            "arn": "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime",
            "roleArn": "arn:aws:iam::000000000000:role/export",
            "input": "{}",
        },
    }
    made = make(deployment, type_, "export", **values)
    values["scheduleExpression"] = "rate(2 days)"
    REGISTRY.update(deployment, type_, "export", made.id, made.outputs, values)

    found = deployment.aws.client("scheduler").get_schedule(Name=made.id)
    assert found["ScheduleExpression"] == "rate(2 days)"
    assert found["Target"]["Arn"] == values["target"]["arn"]


def test_an_identity_provider_belongs_to_its_pool(deployment: Deployment) -> None:
    pool = make(deployment, "aws:cognito/userPool:UserPool", "people").id
    type_ = "aws:cognito/identityProvider:IdentityProvider"
    details = {"client_id": "a", "client_secret": "b", "oidc_issuer": "https://login.example.org"}
    values: dict[str, Any] = {
        "userPoolId": pool,
        "providerName": "Okta",
        "providerType": "OIDC",
        "providerDetails": details,
        "attributeMapping": {"email": "email"},
    }
    made = make(deployment, type_, "okta", **values)
    assert made.id == f"{pool}:Okta"
    assert REGISTRY.read(deployment, type_, made.id, values, made.outputs) == (
        values,
        made.outputs,
    )

    changed = {**values, "providerDetails": {**details, "client_secret": "c"}}
    outputs = REGISTRY.update(deployment, type_, "okta", made.id, made.outputs, changed, values)
    cognito = deployment.aws.client("cognito-idp")
    named = {"UserPoolId": pool, "ProviderName": "Okta"}
    found = cognito.describe_identity_provider(**named)["IdentityProvider"]
    assert (found["ProviderType"], found["ProviderDetails"]["client_secret"]) == ("OIDC", "c")

    REGISTRY.delete(deployment, type_, made.id, outputs)
    assert cognito.list_identity_providers(UserPoolId=pool)["Providers"] == []
    assert REGISTRY.read(deployment, type_, made.id, changed, outputs) is None


def test_a_sender_of_mail_is_verified_on_the_spot(deployment: Deployment) -> None:
    made = make(deployment, "aws:ses/emailIdentity:EmailIdentity", "me", email="me@example.org")

    assert made.outputs["arn"] == "arn:aws:ses:eu-west-1:000000000000:identity/me@example.org"
    identities = deployment.aws.client("ses").list_identities()["Identities"]
    assert "me@example.org" in identities


def test_the_registry_s_password_is_told(deployment: Deployment) -> None:
    token = "aws:ecr/getAuthorizationToken:getAuthorizationToken"  # noqa: S105 - its name
    answer = REGISTRY.answer(deployment, token, {"registryId": deployment.account})

    assert answer["userName"] == "AWS"
    assert answer["password"]


def test_a_provider_s_default_tags_reach_every_resource(deployment: Deployment) -> None:
    tags = json.dumps({"tags": {"stage": "test"}})
    make(deployment, "pulumi:providers:aws", "aws", region="eu-west-1", defaultTags=tags)
    queue = make(deployment, "aws:sqs/queue:Queue", "tagged", tags={"own": "yes"})

    answer = deployment.aws.client("sqs").list_queue_tags(QueueUrl=queue.id)
    assert answer["Tags"] == {"stage": "test", "own": "yes"}


def test_a_provider_of_another_region_is_refused(deployment: Deployment) -> None:
    with pytest.raises(ValueError, match=r"region must be .*, got us-east-1"):
        make(deployment, "pulumi:providers:aws", "aws", region="us-east-1")


def test_a_function_finds_the_values_of_its_store(deployment: Deployment) -> None:
    store_type = "aws:cloudfront/keyValueStore:KeyValueStore"
    key_type = "aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey"
    function_type = "aws:cloudfront/function:Function"
    deployment.default_tags["project"] = "darkroom"
    store = make(deployment, store_type, "secrets")
    arn = store.outputs["arn"]
    inputs = {"keyValueStoreArn": arn, "key": "keys", "value": "a b"}
    value = make(deployment, key_type, "keys", **inputs)
    code = "function handler(event) { return event.request; }"
    function = make(
        *(deployment, function_type, "viewer"),
        runtime="cloudfront-js-2.0",
        code=code,
        keyValueStoreAssociations=[arn],
    )

    cloudfront = deployment.aws.client("cloudfront")
    described = cloudfront.describe_function(Name=function.id, Stage="LIVE")["FunctionSummary"]
    stores = described["FunctionConfig"]["KeyValueStoreAssociations"]["Items"]
    assert stores == [{"KeyValueStoreARN": arn}]
    tags = cloudfront.list_tags_for_resource(Resource=arn)["Tags"]["Items"]
    assert tags == [{"Key": "project", "Value": "darkroom"}]
    values = KeyValues(deployment.aws.endpoint)
    assert (values.get(arn, "keys"), values.get(arn, "others")) == ("a b", None)
    assert REGISTRY.read(deployment, key_type, value.id, inputs, value.outputs) == (
        inputs,
        value.outputs,
    )

    changed = {**inputs, "value": "c a"}
    REGISTRY.update(deployment, key_type, "keys", value.id, value.outputs, changed, inputs)
    assert values.get(arn, "keys") == "c a"
    REGISTRY.delete(deployment, key_type, value.id, value.outputs)
    assert REGISTRY.read(deployment, key_type, value.id, inputs, value.outputs) is None
    REGISTRY.delete(deployment, key_type, value.id, value.outputs)
    REGISTRY.delete(deployment, function_type, function.id, function.outputs)
    REGISTRY.delete(deployment, store_type, store.id, store.outputs)
    assert REGISTRY.read(deployment, store_type, store.id, {}, store.outputs) is None
    REGISTRY.delete(deployment, key_type, value.id, value.outputs)


NOTHING_FORWARDED = {
    "cookiesConfig": {"cookieBehavior": "none"},
    "headersConfig": {"headerBehavior": "none"},
    "queryStringsConfig": {"queryStringBehavior": "none"},
    "enableAcceptEncodingBrotli": False,
    "enableAcceptEncodingGzip": False,
}


def test_a_cache_policy_forwards_what_it_says(deployment: Deployment) -> None:
    type_ = "aws:cloudfront/cachePolicy:CachePolicy"
    inputs = {
        "minTtl": 0,
        "defaultTtl": 60,
        "maxTtl": 3600,
        "parametersInCacheKeyAndForwardedToOrigin": NOTHING_FORWARDED,
    }
    made = make(deployment, type_, "plain", **inputs)

    cloudfront = deployment.aws.client("cloudfront")
    config = cloudfront.get_cache_policy(Id=made.id)["CachePolicy"]["CachePolicyConfig"]
    assert (config["MinTTL"], config["DefaultTTL"], config["MaxTTL"]) == (0, 60, 3600)
    forwarded = config["ParametersInCacheKeyAndForwardedToOrigin"]
    assert forwarded["HeadersConfig"]["HeaderBehavior"] == "none"
    assert forwarded["EnableAcceptEncodingGzip"] is False
    assert REGISTRY.read(deployment, type_, made.id, inputs, made.outputs) == (
        inputs,
        made.outputs,
    )

    changed = {**inputs, "name": made.outputs["name"], "maxTtl": 7200}
    REGISTRY.update(deployment, type_, "plain", made.id, made.outputs, changed, inputs)
    config = cloudfront.get_cache_policy(Id=made.id)["CachePolicy"]["CachePolicyConfig"]
    assert config["MaxTTL"] == 7200
    REGISTRY.delete(deployment, type_, made.id, made.outputs)
    assert REGISTRY.read(deployment, type_, made.id, inputs, made.outputs) is None


def test_a_group_of_two_origins_is_kept_and_its_first_is_asked(
    deployment: Deployment, bucket: str
) -> None:
    inputs: dict[str, Any] = {
        "enabled": True,
        "origins": [
            {"originId": "bucket", "domainName": f"{bucket}.s3.eu-west-1.amazonaws.com"},
            {
                "originId": "maker",
                "domainName": "abc.lambda-url.eu-west-1.on.aws",
                "originAccessControlId": "E1",
                "connectionAttempts": 1,
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                    "originReadTimeout": 40,
                    "originKeepaliveTimeout": 30,
                },
            },
        ],
        "originGroups": [
            {
                "originId": "either",
                "failoverCriteria": {"statusCodes": [403, 404]},
                "members": [{"originId": "bucket"}, {"originId": "maker"}],
            }
        ],
        "defaultCacheBehavior": {
            "targetOriginId": "either",
            "viewerProtocolPolicy": "redirect-to-https",
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
    }
    type_ = "aws:cloudfront/distribution:Distribution"
    made = make(deployment, type_, "either", **inputs)

    cloudfront = deployment.aws.client("cloudfront")
    config = cloudfront.get_distribution_config(Id=made.id)["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == "bucket"
    assert config["OriginGroups"]["Items"] == [
        {
            "Id": "either",
            "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 404]}},
            "Members": {
                "Quantity": 2,
                "Items": [{"OriginId": "bucket"}, {"OriginId": "maker"}],
            },
        }
    ]
    maker = config["Origins"]["Items"][1]
    assert (maker["ConnectionAttempts"], maker["OriginAccessControlId"]) == (1, "E1")
    assert maker["CustomOriginConfig"]["OriginReadTimeout"] == 40
    read = REGISTRY.read(deployment, type_, made.id, inputs, made.outputs)
    assert read is not None
    assert read[0] == inputs
