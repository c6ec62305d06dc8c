"""How a stack is doing: its pictures by state, its queues, its last failures."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, get_args

from aws.clients import client
from pipeline.clock import Clock
from pipeline.item import SHARDS, Status

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

__all__ = [
    "STATUSES",
    "CloudWatchAges",
    "Count",
    "Depth",
    "DynamoStatuses",
    "Failed",
    "Queues",
    "Report",
    "SqsQueues",
    "Statuses",
    "report",
]

STATUSES: tuple[Status, ...] = get_args(Status)
_EVER = "9999"
"""After every time that the catalog writes."""

_AGE = timedelta(minutes=10)
"""SQS measures every minute and may be some minutes late."""


@dataclass(frozen=True)
class Count:
    """How many pictures; `exact` is False where counting stopped there."""

    pictures: int
    exact: bool


@dataclass(frozen=True)
class Depth:
    """What is on a queue; SQS calls its own counts approximate."""

    waiting: int
    in_flight: int
    delayed: int

    @property
    def messages(self) -> int:
        """All of them."""
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True)
class Failed:
    """One picture that failed, as the index by status tells it."""

    image_id: str
    key: str
    at: str
    stage: str
    code: str
    message: str


class Statuses(Protocol):
    """The catalog's index by status."""

    def count(self, status: str, *, most: int) -> Count:
        """How many pictures have the status; counting stops at `most`."""

    def last_failures(self, most: int) -> list[Failed]:
        """The pictures that failed last, the newest first."""


class Queues(Protocol):
    """Queues by their URL."""

    def depth(self, url: str) -> Depth:
        """What is on the queue."""


class Ages(Protocol):
    """How long the oldest message of a queue has been waiting."""

    def oldest_seconds(self, url: str) -> float | None:
        """Seconds; None where nobody measures it or nothing was there."""


@dataclass(frozen=True)
class Report:
    """What `status` shows. Ages are seconds, None where nobody measures them."""

    pictures: Mapping[str, Count]
    queues: Mapping[str, Depth]
    dead_letters: Mapping[str, Depth]
    oldest_seconds: Mapping[str, float | None]
    last_failures: tuple[Failed, ...]

    @property
    def dead(self) -> int:
        """All dead letters."""
        return sum(depth.messages for depth in self.dead_letters.values())


def report(
    *,
    statuses: Statuses,
    queues: Queues,
    ages: Ages,
    urls: Mapping[str, str],
    dead_letter_urls: Mapping[str, str],
    count_to: int,
    failures: int,
) -> Report:
    """Look at everything once."""
    return Report(
        pictures={status: statuses.count(status, most=count_to) for status in STATUSES},
        queues={name: queues.depth(url) for name, url in urls.items()},
        dead_letters={name: queues.depth(url) for name, url in dead_letter_urls.items()},
        oldest_seconds={name: ages.oldest_seconds(url) for name, url in urls.items()},
        last_failures=tuple(statuses.last_failures(failures)),
    )


class DynamoStatuses:
    """The index `by-status-shard` of a DynamoDB table."""

    def __init__(self, table: str, dynamodb: "DynamoDBClient") -> None:
        self._table = table
        self._dynamodb = dynamodb

    def count(self, status: str, *, most: int) -> Count:
        counted = 0
        for shard in SHARDS:
            for page in self._query(status, shard, Select="COUNT"):
                counted += page["Count"]
                if counted > most or (counted == most and "LastEvaluatedKey" in page):
                    return Count(most, exact=False)
        return Count(counted, exact=True)

    def last_failures(self, most: int) -> list[Failed]:
        newest = merge(
            *(self._newest("failed", shard, most) for shard in SHARDS),
            key=lambda entry: entry["updated_at"]["S"],
            reverse=True,
        )
        return [_failed(entry) for entry in islice(newest, most)]

    def newest(self, status: str) -> str | None:
        """When a picture of the status changed last, as the catalog writes it; None of none."""
        newest = (next(self._newest(status, shard, 1), None) for shard in SHARDS)
        return max((entry["updated_at"]["S"] for entry in newest if entry), default=None)

    def unchanged(self, status: str, *, since: str) -> Iterator[str]:
        """The image ids of pictures that have had the status without a change later than `since`,
        the longest unchanged first."""
        oldest = merge(
            *(self._entries(status, shard, since=since) for shard in SHARDS),
            key=lambda entry: entry["updated_at"]["S"],
        )
        yield from (entry["image_id"]["S"] for entry in oldest)

    def _newest(self, status: str, shard: str, most: int) -> Iterator[Any]:
        """The entries of one part, the newest first, read `most` at a time."""
        return self._entries(status, shard, ScanIndexForward=False, Limit=max(most, 1))

    def _entries(self, status: str, shard: str, **options: Any) -> Iterator[Any]:
        for page in self._query(status, shard, **options):
            yield from page["Items"]

    def _query(
        self, status: str, shard: str, *, since: str = _EVER, **options: Any
    ) -> Iterator[Any]:
        start: dict[str, Any] = {}
        while True:
            page = self._dynamodb.query(
                TableName=self._table,
                IndexName="by-status-shard",
                KeyConditionExpression="status_shard = :part AND updated_at <= :since",
                ExpressionAttributeValues={
                    ":part": {"S": f"{status}#{shard}"},
                    ":since": {"S": since},
                },
                **options,
                **start,
            )
            yield page
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def _failed(attributes: Mapping[str, Any]) -> Failed:
    failure = attributes["failure"]["M"]
    return Failed(
        image_id=attributes["image_id"]["S"],
        key=attributes["key"]["S"],
        at=attributes["updated_at"]["S"],
        stage=failure["stage"]["S"],
        code=failure["code"]["S"],
        message=failure["message"]["S"],
    )


class SqsQueues:
    """Queues of SQS."""

    def __init__(self) -> None:
        self._sqs: SQSClient = client("sqs")

    def depth(self, url: str) -> Depth:
        answer = self._sqs.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return Depth(
            waiting=int(answer["ApproximateNumberOfMessages"]),
            in_flight=int(answer["ApproximateNumberOfMessagesNotVisible"]),
            delayed=int(answer["ApproximateNumberOfMessagesDelayed"]),
        )


class CloudWatchAges:
    """Ages as SQS reports them to CloudWatch. The local AWS does not, so there is none there."""

    def __init__(self, clock: Clock) -> None:
        self._cloudwatch: CloudWatchClient = client("cloudwatch")
        self._clock = clock

    def oldest_seconds(self, url: str) -> float | None:
        now: datetime = self._clock()
        points = self._cloudwatch.get_metric_statistics(
            Namespace="AWS/SQS",
            MetricName="ApproximateAgeOfOldestMessage",
            Dimensions=[{"Name": "QueueName", "Value": url.rpartition("/")[2]}],
            StartTime=now - _AGE,
            EndTime=now,
            Period=60,
            Statistics=["Maximum"],
        )["Datapoints"]
        newest = max(points, key=lambda point: point["Timestamp"], default=None)
        return newest["Maximum"] if newest else None
