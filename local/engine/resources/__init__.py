"""One module an AWS service: how each resource type of the program is created locally."""

from local.engine.resources import (
    apigatewayv2,
    cloudfront,
    cloudwatch,
    cognito,
    dynamodb,
    ecr,
    events,
    iam,
    lambda_,
    logs,
    providers,
    s3,
    scheduler,
    ses,
    sns,
    sqs,
)

__all__ = [
    "apigatewayv2",
    "cloudfront",
    "cloudwatch",
    "cognito",
    "dynamodb",
    "ecr",
    "events",
    "iam",
    "lambda_",
    "logs",
    "providers",
    "s3",
    "scheduler",
    "ses",
    "sns",
    "sqs",
]
