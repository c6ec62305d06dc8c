"""Dead messages move, none is lost on the way, and none is moved for ever."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from aws.sqs import ByHand, ByService
from pipeline.queues import NotMovedError, Progress


class MemorySqs:
    """Two queues as SQS would keep them; `refuse` tells which sends and deletes it will not do."""

    def __init__(self, messages: int, refuse: Callable[[str], bool] = lambda _: False) -> None:
        self.queues: dict[str, dict[str, dict[str, Any]]] = {
            "dead": {str(number): {"Body": f"message {number}"} for number in range(messages)},
            "live": {},
        }
        self.hidden: set[str] = set()
        self.refuse = refuse

    def receive_message(self, **asked: Any) -> dict[str, Any]:
        there = [name for name in self.queues[asked["QueueUrl"]] if name not in self.hidden]
        taken = there[: asked["MaxNumberOfMessages"]]
        self.hidden.update(taken)
        messages = self.queues[asked["QueueUrl"]]
        return {"Messages": [{**messages[name], "ReceiptHandle": name} for name in taken]}

    def send_message_batch(self, **asked: Any) -> dict[str, Any]:
        taken = [each for each in asked["Entries"] if not self.refuse(each["MessageBody"])]
        for each in taken:
            queue = self.queues[asked["QueueUrl"]]
            queue[f"sent {len(queue)}"] = {"Body": each["MessageBody"]}
        return {"Successful": [{"Id": each["Id"]} for each in taken]}

    def delete_message_batch(self, **asked: Any) -> dict[str, Any]:
        failed = []
        for each in asked["Entries"]:
            if self.refuse(f"delete {each['ReceiptHandle']}"):
                failed.append({"Id": each["Id"]})
            else:
                del self.queues[asked["QueueUrl"]][each["ReceiptHandle"]]
        return {"Failed": failed}

    def bodies(self, queue: str) -> set[str]:
        return {message["Body"] for message in self.queues[queue].values()}


def by_hand(sqs: MemorySqs) -> ByHand:
    return ByHand(cast(Any, sqs))


def test_every_message_is_moved_ten_at_a_time() -> None:
    sqs = MemorySqs(23)
    assert list(by_hand(sqs).move("dead", "live", 23)) == [
        *(Progress(10, 23), Progress(20, 23), Progress(23, 23))
    ]
    assert (sqs.bodies("dead"), len(sqs.bodies("live"))) == (set(), 23)


def test_a_message_that_the_queue_refuses_stays_where_it_was() -> None:
    sqs = MemorySqs(5, lambda what: what == "message 3")
    with pytest.raises(NotMovedError, match="1 messages were not accepted by the queue and stay"):
        list(by_hand(sqs).move("dead", "live", 5))
    assert sqs.bodies("dead") == {"message 3"}
    assert len(sqs.bodies("live")) == 4


def test_a_message_that_cannot_be_deleted_comes_twice_and_is_not_lost() -> None:
    sqs = MemorySqs(5, lambda what: what == "delete 3")
    with pytest.raises(NotMovedError, match="they will arrive twice"):
        list(by_hand(sqs).move("dead", "live", 5))
    assert sqs.bodies("dead") == {"message 3"}
    assert len(sqs.bodies("live")) == 5


def test_a_message_is_in_one_of_the_queues_at_every_moment() -> None:
    sqs = MemorySqs(5)
    every = sqs.bodies("dead")

    def look(_: str) -> bool:
        assert sqs.bodies("dead") | sqs.bodies("live") == every
        return False

    sqs.refuse = look
    list(by_hand(sqs).move("dead", "live", 5))
    assert sqs.bodies("live") == every


def test_no_more_are_moved_than_there_were() -> None:
    sqs = MemorySqs(30)
    assert list(by_hand(sqs).move("dead", "live", 12)) == [Progress(10, 12), Progress(12, 12)]
    assert len(sqs.bodies("dead")) == 18


def test_a_queue_that_turns_out_empty_ends_the_move() -> None:
    assert list(by_hand(MemorySqs(0)).move("dead", "live", 3)) == []


class TaskSqs:
    """An SQS that moves messages itself and tells these states one after the other."""

    def __init__(self, *states: dict[str, Any]) -> None:
        self.states = list(states)
        self.started: list[dict[str, str]] = []

    def get_queue_attributes(self, **asked: Any) -> dict[str, Any]:
        return {"Attributes": {"QueueArn": f"arn of {asked['QueueUrl']}"}}

    def start_message_move_task(self, **asked: str) -> None:
        self.started.append(asked)

    def list_message_move_tasks(self, **_: Any) -> dict[str, Any]:
        return {"Results": [self.states.pop(0)]}


def test_sqs_moves_to_the_named_queue_itself_and_is_watched_to_the_end() -> None:
    counts = {"ApproximateNumberOfMessagesToMove": 7, "ApproximateNumberOfMessagesMoved": 7}
    sqs = TaskSqs({"Status": "COMPLETED", **counts})
    moves = ByService(cast(Any, sqs), seconds=5).move("dead", "live", 7)
    assert list(moves) == [Progress(7, 7)]
    assert sqs.started == [{"SourceArn": "arn of dead", "DestinationArn": "arn of live"}]


def test_a_move_that_sqs_gives_up_is_told_with_its_reason() -> None:
    sqs = TaskSqs({"Status": "FAILED", "FailureReason": "AccessDenied"})
    with pytest.raises(NotMovedError, match="SQS ended the move with FAILED: AccessDenied"):
        list(ByService(cast(Any, sqs), seconds=5).move("dead", "live", 7))
