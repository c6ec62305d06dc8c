"""What deploying each type of resource takes, and on which ARNs of a stage.

The actions are those that the provider calls to create, read, change, tag and delete a resource. A
test compares the types with those that the program makes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pulumi

from components.policy import Statement
from components.role import ROLE_PATH

__all__ = ["ACTIONS", "EVERYWHERE", "RUNNING", "deploying", "running"]

Text = pulumi.Input[str]

_GATEWAY = [f"apigateway:{verb}" for verb in ("POST", "GET", "PATCH", "PUT", "DELETE")]


_PAGE = ("s3:PutObject", "s3:GetObject", "s3:GetObjectTagging")
"""Only for the page's files and recipes: a workflow neither reads nor writes pictures."""


def _s3(kind: str) -> list[str]:
    """The two actions of one of a bucket's settings; taking it away is putting it."""
    return [f"s3:Put{kind}", f"s3:Get{kind}"]


ACTIONS: Mapping[str, Sequence[str]] = {
    "aws:apigatewayv2/api:Api": [
        *_GATEWAY,
        "apigateway:TagResource",
        "apigateway:UntagResource",
    ],
    "aws:apigatewayv2/authorizer:Authorizer": _GATEWAY,
    "aws:apigatewayv2/integration:Integration": _GATEWAY,
    "aws:apigatewayv2/route:Route": _GATEWAY,
    "aws:apigatewayv2/stage:Stage": _GATEWAY,
    # Cloud Control has the rights of its caller, here on a table: those of `Table` besides.
    "aws:cloudcontrol/resource:Resource": [
        "cloudformation:CreateResource",
        "cloudformation:GetResource",
        "cloudformation:GetResourceRequestStatus",
        "cloudformation:UpdateResource",
        "cloudformation:DeleteResource",
        "cloudformation:DescribeType",
    ],
    "aws:cloudfront/cachePolicy:CachePolicy": [
        "cloudfront:CreateCachePolicy",
        "cloudfront:GetCachePolicy",
        "cloudfront:UpdateCachePolicy",
        "cloudfront:DeleteCachePolicy",
    ],
    "aws:cloudfront/distribution:Distribution": [
        "cloudfront:CreateDistribution",
        "cloudfront:CreateDistributionWithTags",
        "cloudfront:GetDistribution",
        "cloudfront:UpdateDistribution",
        "cloudfront:DeleteDistribution",
        "cloudfront:ListTagsForResource",
        "cloudfront:TagResource",
        "cloudfront:UntagResource",
    ],
    "aws:cloudfront/function:Function": [
        "cloudfront:CreateFunction",
        "cloudfront:DescribeFunction",
        "cloudfront:GetFunction",
        "cloudfront:UpdateFunction",
        "cloudfront:PublishFunction",
        "cloudfront:DeleteFunction",
    ],
    "aws:cloudfront/keyGroup:KeyGroup": [
        "cloudfront:CreateKeyGroup",
        "cloudfront:GetKeyGroup",
        "cloudfront:UpdateKeyGroup",
        "cloudfront:DeleteKeyGroup",
    ],
    "aws:cloudfront/keyValueStore:KeyValueStore": [
        "cloudfront:CreateKeyValueStore",
        "cloudfront:DescribeKeyValueStore",
        "cloudfront:UpdateKeyValueStore",
        "cloudfront:DeleteKeyValueStore",
        "cloudfront:ListTagsForResource",
        "cloudfront:TagResource",
        "cloudfront:UntagResource",
    ],
    "aws:cloudfront/keyvaluestoreKey:KeyvaluestoreKey": [
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:GetKey",
        "cloudfront-keyvaluestore:PutKey",
        "cloudfront-keyvaluestore:DeleteKey",
    ],
    "aws:cloudfront/originAccessControl:OriginAccessControl": [
        "cloudfront:CreateOriginAccessControl",
        "cloudfront:GetOriginAccessControl",
        "cloudfront:UpdateOriginAccessControl",
        "cloudfront:DeleteOriginAccessControl",
    ],
    "aws:cloudfront/publicKey:PublicKey": [
        "cloudfront:CreatePublicKey",
        "cloudfront:GetPublicKey",
        "cloudfront:UpdatePublicKey",
        "cloudfront:DeletePublicKey",
    ],
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": [
        "cloudfront:CreateResponseHeadersPolicy",
        "cloudfront:GetResponseHeadersPolicy",
        "cloudfront:UpdateResponseHeadersPolicy",
        "cloudfront:DeleteResponseHeadersPolicy",
    ],
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": [
        "cloudwatch:PutCompositeAlarm",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
    ],
    "aws:cloudwatch/dashboard:Dashboard": [
        "cloudwatch:PutDashboard",
        "cloudwatch:GetDashboard",
        "cloudwatch:DeleteDashboards",
    ],
    "aws:cloudwatch/eventBus:EventBus": [
        "events:CreateEventBus",
        "events:DescribeEventBus",
        "events:DeleteEventBus",
        "events:ListTagsForResource",
        "events:TagResource",
        "events:UntagResource",
    ],
    "aws:cloudwatch/eventRule:EventRule": [
        "events:PutRule",
        "events:DescribeRule",
        "events:EnableRule",
        "events:DisableRule",
        "events:DeleteRule",
    ],
    "aws:cloudwatch/eventTarget:EventTarget": [
        "events:PutTargets",
        "events:ListTargetsByRule",
        "events:RemoveTargets",
    ],
    "aws:cloudwatch/logDelivery:LogDelivery": [
        "logs:CreateDelivery",
        "logs:GetDelivery",
        "logs:UpdateDeliveryConfiguration",
        "logs:DeleteDelivery",
    ],
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": [
        "logs:PutDeliveryDestination",
        "logs:GetDeliveryDestination",
        "logs:DeleteDeliveryDestination",
    ],
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": [
        "logs:PutDeliverySource",
        "logs:GetDeliverySource",
        "logs:DeleteDeliverySource",
    ],
    "aws:cloudwatch/logGroup:LogGroup": [
        "logs:CreateLogGroup",
        "logs:DescribeLogGroups",
        "logs:PutRetentionPolicy",
        "logs:DeleteRetentionPolicy",
        "logs:DeleteLogGroup",
        "logs:ListTagsForResource",
        "logs:TagResource",
        "logs:UntagResource",
    ],
    "aws:cloudwatch/metricAlarm:MetricAlarm": [
        "cloudwatch:PutMetricAlarm",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:DeleteAlarms",
        "cloudwatch:ListTagsForResource",
        "cloudwatch:TagResource",
        "cloudwatch:UntagResource",
    ],
    "aws:cognito/identityProvider:IdentityProvider": [
        "cognito-idp:CreateIdentityProvider",
        "cognito-idp:DescribeIdentityProvider",
        "cognito-idp:UpdateIdentityProvider",
        "cognito-idp:DeleteIdentityProvider",
    ],
    "aws:cognito/managedLoginBranding:ManagedLoginBranding": [
        "cognito-idp:CreateManagedLoginBranding",
        "cognito-idp:DescribeManagedLoginBranding",
        "cognito-idp:UpdateManagedLoginBranding",
        "cognito-idp:DeleteManagedLoginBranding",
    ],
    "aws:cognito/userGroup:UserGroup": [
        "cognito-idp:CreateGroup",
        "cognito-idp:GetGroup",
        "cognito-idp:UpdateGroup",
        "cognito-idp:DeleteGroup",
    ],
    "aws:cognito/userPool:UserPool": [
        "cognito-idp:CreateUserPool",
        "cognito-idp:DescribeUserPool",
        "cognito-idp:UpdateUserPool",
        "cognito-idp:DeleteUserPool",
        "cognito-idp:GetUserPoolMfaConfig",
        "cognito-idp:SetUserPoolMfaConfig",
        "cognito-idp:TagResource",
        "cognito-idp:UntagResource",
    ],
    "aws:cognito/userPoolClient:UserPoolClient": [
        "cognito-idp:CreateUserPoolClient",
        "cognito-idp:DescribeUserPoolClient",
        "cognito-idp:UpdateUserPoolClient",
        "cognito-idp:DeleteUserPoolClient",
    ],
    "aws:cognito/userPoolDomain:UserPoolDomain": [
        "cognito-idp:CreateUserPoolDomain",
        "cognito-idp:DescribeUserPoolDomain",
        "cognito-idp:UpdateUserPoolDomain",
        "cognito-idp:DeleteUserPoolDomain",
    ],
    "aws:dynamodb/table:Table": [
        "dynamodb:CreateTable",
        "dynamodb:DescribeTable",
        "dynamodb:UpdateTable",
        "dynamodb:DeleteTable",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:UpdateContinuousBackups",
        "dynamodb:DescribeTimeToLive",
        "dynamodb:UpdateTimeToLive",
        "dynamodb:ListTagsOfResource",
        "dynamodb:TagResource",
        "dynamodb:UntagResource",
    ],
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": [
        "ecr:PutLifecyclePolicy",
        "ecr:GetLifecyclePolicy",
        "ecr:DeleteLifecyclePolicy",
    ],
    "aws:ecr/repository:Repository": [
        "ecr:CreateRepository",
        "ecr:DescribeRepositories",
        "ecr:PutImageScanningConfiguration",
        "ecr:PutImageTagMutability",
        "ecr:DeleteRepository",
        "ecr:ListTagsForResource",
        "ecr:TagResource",
        "ecr:UntagResource",
    ],
    "aws:ecr/repositoryPolicy:RepositoryPolicy": [
        "ecr:SetRepositoryPolicy",
        "ecr:GetRepositoryPolicy",
        "ecr:DeleteRepositoryPolicy",
    ],
    "aws:iam/role:Role": [
        "iam:CreateRole",
        "iam:GetRole",
        "iam:UpdateRole",
        "iam:UpdateAssumeRolePolicy",
        "iam:DeleteRole",
        "iam:ListRolePolicies",
        "iam:ListAttachedRolePolicies",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRoleTags",
        "iam:TagRole",
        "iam:UntagRole",
    ],
    "aws:iam/rolePolicy:RolePolicy": [
        "iam:PutRolePolicy",
        "iam:GetRolePolicy",
        "iam:DeleteRolePolicy",
    ],
    "aws:lambda/eventSourceMapping:EventSourceMapping": [
        "lambda:CreateEventSourceMapping",
        "lambda:GetEventSourceMapping",
        "lambda:UpdateEventSourceMapping",
        "lambda:DeleteEventSourceMapping",
    ],
    "aws:lambda/function:Function": [
        "lambda:CreateFunction",
        "lambda:GetFunction",
        "lambda:GetFunctionCodeSigningConfig",
        "lambda:ListVersionsByFunction",
        "lambda:UpdateFunctionCode",
        "lambda:UpdateFunctionConfiguration",
        "lambda:PutFunctionConcurrency",
        "lambda:DeleteFunctionConcurrency",
        "lambda:DeleteFunction",
        "lambda:ListTags",
        "lambda:TagResource",
        "lambda:UntagResource",
    ],
    "aws:lambda/functionRecursionConfig:FunctionRecursionConfig": [
        "lambda:PutFunctionRecursionConfig",
        "lambda:GetFunctionRecursionConfig",
    ],
    "aws:lambda/functionUrl:FunctionUrl": [
        "lambda:CreateFunctionUrlConfig",
        "lambda:GetFunctionUrlConfig",
        "lambda:UpdateFunctionUrlConfig",
        "lambda:DeleteFunctionUrlConfig",
    ],
    "aws:lambda/permission:Permission": [
        "lambda:AddPermission",
        "lambda:GetPolicy",
        "lambda:RemovePermission",
    ],
    "aws:s3/bucket:Bucket": [
        "s3:CreateBucket",
        "s3:ListBucket",
        "s3:ListBucketVersions",
        "s3:DeleteBucket",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetBucketLocation",
        "s3:GetBucketAcl",
        "s3:GetBucketWebsite",
        "s3:GetBucketRequestPayment",
        "s3:GetBucketObjectLockConfiguration",
        "s3:GetAccelerateConfiguration",
        "s3:GetReplicationConfiguration",
        *_s3("BucketTagging"),
    ],
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": _s3("BucketCORS"),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _s3(
        "LifecycleConfiguration"
    ),
    "aws:s3/bucketLogging:BucketLogging": _s3("BucketLogging"),
    "aws:s3/bucketNotification:BucketNotification": _s3("BucketNotification"),
    "aws:s3/bucketObjectv2:BucketObjectv2": [*_PAGE, "s3:DeleteObject"],
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _s3("BucketOwnershipControls"),
    "aws:s3/bucketPolicy:BucketPolicy": [*_s3("BucketPolicy"), "s3:DeleteBucketPolicy"],
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _s3("BucketPublicAccessBlock"),
    ("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"): _s3(
        "EncryptionConfiguration"
    ),
    "aws:s3/bucketVersioning:BucketVersioning": _s3("BucketVersioning"),
    "aws:s3/inventory:Inventory": _s3("InventoryConfiguration"),
    "aws:scheduler/schedule:Schedule": [
        "scheduler:CreateSchedule",
        "scheduler:GetSchedule",
        "scheduler:UpdateSchedule",
        "scheduler:DeleteSchedule",
    ],
    "aws:sfn/stateMachine:StateMachine": [
        "states:CreateStateMachine",
        "states:DescribeStateMachine",
        "states:ListStateMachineVersions",
        "states:ListTagsForResource",
        "states:UpdateStateMachine",
        "states:DeleteStateMachine",
        "states:TagResource",
        "states:UntagResource",
        "states:ValidateStateMachineDefinition",
    ],
    "aws:sns/topic:Topic": [
        "sns:CreateTopic",
        "sns:GetTopicAttributes",
        "sns:SetTopicAttributes",
        "sns:DeleteTopic",
        "sns:ListTagsForResource",
        "sns:TagResource",
        "sns:UntagResource",
    ],
    "aws:sns/topicSubscription:TopicSubscription": [
        "sns:Subscribe",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    ],
    "aws:sqs/queue:Queue": [
        "sqs:CreateQueue",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:SetQueueAttributes",
        "sqs:DeleteQueue",
        "sqs:ListQueueTags",
        "sqs:TagQueue",
        "sqs:UntagQueue",
    ],
    "aws:sqs/queuePolicy:QueuePolicy": ["sqs:SetQueueAttributes", "sqs:GetQueueAttributes"],
    "docker:index/image:Image": [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:CompleteLayerUpload",
        "ecr:GetDownloadUrlForLayer",
        "ecr:InitiateLayerUpload",
        "ecr:PutImage",
        "ecr:UploadLayerPart",
    ],
}
"""The AWS actions of each type. Some types are made or deleted by another's."""

RUNNING = {
    "bedrock": ["InvokeModel"],
    "cloudfront": ["CreateInvalidation"],
    "cognito-idp": ["ListUsers"],
    "dynamodb": [
        "BatchGetItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "SearchVectors",
        "UpdateItem",
        "ExportTableToPointInTime",
    ],
    "events": ["PutEvents"],
    "lambda": ["InvokeFunction", "UpdateEventSourceMapping"],
    "logs": ["CreateLogStream", "PutLogEvents"],
    "rekognition": [
        "DetectFaces",
        "DetectLabels",
        "DetectModerationLabels",
        "DetectText",
        "RecognizeCelebrities",
    ],
    "s3": [
        "AbortMultipartUpload",
        "DeleteObject",
        "DeleteObjectVersion",
        "GetObject",
        "GetObjectVersion",
        "ListBucket",
        "ListBucketVersions",
        "ListMultipartUploadParts",
        "PutObject",
    ],
    "ses": ["SendEmail"],
    "sns": ["Publish"],
    "sqs": ["DeleteMessage", "GetQueueAttributes", "ReceiveMessage"],
    "ssm": ["GetParameter"],
    "states": ["DescribeExecution", "StartExecution", "StopExecution"],
    "xray": ["PutTelemetryRecords", "PutTraceSegments"],
}
"""What functions and the state machine do, of each service: the most that any role of theirs may
ever be granted."""

_BOUND = ("iam:CreateRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy")
"""Only for roles that have the boundary: without it a role could be given any right."""


EVERYWHERE = (
    "cloudformation:CreateResource",
    "cloudformation:DeleteResource",
    "cloudformation:DescribeType",
    "cloudformation:GetResource",
    "cloudformation:GetResourceRequestStatus",
    "cloudformation:UpdateResource",
    "cloudfront:CreateKeyGroup",
    "cloudfront:CreatePublicKey",
    "cloudfront:DeleteKeyGroup",
    "cloudfront:DeletePublicKey",
    "cloudfront:GetKeyGroup",
    "cloudfront:GetPublicKey",
    "cloudfront:ListDistributions",
    "cloudfront:UpdateKeyGroup",
    "cloudfront:UpdatePublicKey",
    "cloudwatch:DescribeAlarms",
    "cognito-idp:CreateUserPool",
    "cognito-idp:DescribeUserPoolDomain",
    "ecr:GetAuthorizationToken",
    "lambda:CreateEventSourceMapping",
    "lambda:GetAccountSettings",
    "lambda:ListEventSourceMappings",
    "logs:DescribeLogGroups",
)
"""Actions for which IAM takes no resource but `*`, or which list what there is."""

FINDING = ("cloudwatch:ListDashboards", "iam:ListRoles", "tag:GetResources")
"""What the reaper finds the stages by."""


def _arns(service: str, account: Text, stages: str) -> list[Text]:
    """Everything of the stages, in one service. AWS itself names user pools, APIs, distributions
    and event source mappings, so those of other stages are among them."""
    named = "darkroom-*" if stages == "*" else f"darkroom-{stages}-*"
    patterns: dict[str, Sequence[str]] = {
        "apigateway": ["arn:aws:apigateway:*::/apis*", "arn:aws:apigateway:*::/tags/*"],
        "bedrock": [
            "arn:aws:bedrock:*::foundation-model/*",
            "arn:aws:bedrock:*:{}:inference-profile/*",
        ],
        "cloudfront": [
            "arn:aws:cloudfront::{}:cache-policy/*",
            "arn:aws:cloudfront::{}:distribution/*",
            f"arn:aws:cloudfront::{{}}:function/{named}",
            "arn:aws:cloudfront::{}:key-value-store/*",
            "arn:aws:cloudfront::{}:origin-access-control/*",
            "arn:aws:cloudfront::{}:response-headers-policy/*",
        ],
        "cloudfront-keyvaluestore": ["arn:aws:cloudfront::{}:key-value-store/*"],
        "cloudwatch": [
            f"arn:aws:cloudwatch:*:{{}}:alarm:{named}",
            f"arn:aws:cloudwatch::{{}}:dashboard/darkroom-{stages}",
        ],
        "cognito-idp": ["arn:aws:cognito-idp:*:{}:userpool/*"],
        "dynamodb": [f"arn:aws:dynamodb:*:{{}}:table/{named}"],
        "ecr": [f"arn:aws:ecr:*:{{}}:repository/{named}"],
        "events": [
            f"arn:aws:events:*:{{}}:event-bus/{named}",
            f"arn:aws:events:*:{{}}:rule/{named}",
            f"arn:aws:events:*:{{}}:rule/*/{named}",
        ],
        "iam": [f"arn:aws:iam::{{}}:role{ROLE_PATH}{named}"],
        "lambda": [
            f"arn:aws:lambda:*:{{}}:function:{named}",
            "arn:aws:lambda:*:{}:event-source-mapping:*",
        ],
        "logs": [
            f"arn:aws:logs:*:{{}}:log-group:{named}",
            "arn:aws:logs:*:{}:delivery:*",
            f"arn:aws:logs:*:{{}}:delivery-source:{named}",
            f"arn:aws:logs:*:{{}}:delivery-destination:{named}",
        ],
        "rekognition": ["*"],
        "scheduler": [f"arn:aws:scheduler:*:{{}}:schedule/*/{named}"],
        "s3": [f"arn:aws:s3:::{named}", f"arn:aws:s3:::{named}/*"],
        "ses": ["arn:aws:ses:*:{}:identity/*"],
        "sns": [f"arn:aws:sns:*:{{}}:{named}"],
        "sqs": [f"arn:aws:sqs:*:{{}}:{named}"],
        "states": [f"arn:aws:states:*:{{}}:*:{named}"],
        "ssm": [f"arn:aws:ssm:*:{{}}:parameter/darkroom/{stages}/*"],
        "xray": ["*"],
    }
    return [pulumi.Output.format(each, account) for each in patterns[service]]


def deploying(account: Text, stages: str, boundary: Text) -> Iterator[tuple[str, list[Statement]]]:
    """For each service, what a role needs that deploys these stages (`pr-*`, `prod`, `*`)."""
    more = FINDING if stages == "*" else ()
    yield "everywhere", [Statement(actions=[*EVERYWHERE, *more], resources=["*"])]
    by_service: dict[str, set[str]] = defaultdict(set)
    for action in {each for actions in ACTIONS.values() for each in actions} - {*EVERYWHERE}:
        by_service[action.partition(":")[0]].add(action)
    for service, actions in sorted(by_service.items()):
        resources = _arns(service, account, stages)
        free = sorted(actions - {*_BOUND, *_PAGE})
        statements = [Statement(actions=free, resources=resources)]
        if service == "iam":
            statements += _roles(resources, boundary)
        if service == "s3":
            files = [
                f"arn:aws:s3:::darkroom-{stages}-{each}"
                for each in ("site-*/*", "renditions-*/recipes/*")
            ]
            statements.append(Statement(actions=_PAGE, resources=files))
        yield service, statements


def _roles(roles: Sequence[Text], boundary: Text) -> Iterable[Statement]:
    bound = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    yield Statement(actions=_BOUND, resources=roles, when=bound)
    services = ["lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com"]
    passed = {"StringEquals": {"iam:PassedToService": services}}
    yield Statement(actions=["iam:PassRole"], resources=roles, when=passed)


def running(account: Text) -> list[Statement]:
    """The boundary of the functions' roles: the most that any of them may do."""
    return [
        Statement(
            actions=[f"{service}:{each}" for each in actions],
            resources=_arns(service, account, "*"),
        )
        for service, actions in RUNNING.items()
    ]
