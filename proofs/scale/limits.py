"""AWS's limits as the model knows them, each with its source."""

from dataclasses import dataclass

__all__ = ["SOURCES", "Limits"]


@dataclass(frozen=True)
class Limits:
    """Quotas of one account in one Region; the defaults are those of AWS's largest Regions."""

    rekognition_calls: float = 50.0
    """Calls per second of each operation: 50 in the two largest Regions, 5 to 25 in the others."""
    lambda_executions: int = 1000
    """Of all functions together; a new account may have 10."""
    lambda_growth: float = 100.0
    """More executions of a function per second: 1,000 every 10 s."""
    pollers: int = 5
    """Concurrent batches that an event source mapping starts with."""
    pollers_growth: float = 5.0
    """More of them per second: 300 a minute."""
    partition_writes: float = 1000.0
    """DynamoDB write units per second of one partition."""
    table_writes: float = 4000.0
    """Write units per second that a new on-demand table or index accepts; it doubles within 30
    minutes of its last peak."""
    put_events: float = 10_000.0
    """Entries per second to EventBridge's buses."""
    invalidations: int = 15
    """Wildcard paths that CloudFront works on at a time, about a minute each."""
    invalidation_seconds: float = 60.0
    mails: float = 14.0
    """Per second through SES outside its sandbox, where it is 1."""
    topic_messages: float = 9_000.0
    """Messages a second that a standard SNS topic accepts."""


SOURCES = (
    ("Rekognition", "`rekognition_calls`", "Amazon Rekognition endpoints and quotas"),
    ("Lambda, executions", "`lambda_executions`", "AWS Lambda quotas"),
    ("Lambda, growth", "`lambda_growth`", "Lambda scaling behaviour: 1,000 per 10 s and function"),
    ("SQS pollers", "`pollers`, `pollers_growth`", "Using Lambda with Amazon SQS: scaling"),
    ("DynamoDB partition", "`partition_writes`", "DynamoDB: partitions and throughput"),
    ("DynamoDB on demand", "`table_writes`", "DynamoDB: on-demand capacity mode"),
    ("EventBridge", "`put_events`", "EventBridge quotas"),
    ("CloudFront", "`invalidations`, `invalidation_seconds`", "CloudFront quotas"),
    ("SES", "`mails`", "SES sending quotas"),
    ("SNS", "`topic_messages`", "SNS quotas"),
)
"""What each limit is, its field, and AWS's page that has it."""
