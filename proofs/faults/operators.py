"""The faults of what operators use: the budget of the day, and a backfill.

Both concern the whole stack, so nothing else runs beside these.
"""

from datetime import UTC, datetime

from local.pictures import PREFIX
from proofs.commands import Commands
from proofs.faults.proxy import Effect, Fault
from proofs.faults.testbed import STEP_SECONDS, Testbed, Trial
from proofs.unheard import no_events

__all__ = [
    "DAILY_BUDGET_USD",
    "admit_failing",
    "admit_killed",
    "budget_failing",
    "budget_killed",
]

DAILY_BUDGET_USD = 1000
"""More than all other faults together cost."""

_PAUSED = {"resize", "resize-bulk", "rekognition", "rekognition-bulk"}
_PAUSE = {"day": {"S": "pause"}, "part": {"S": "pause"}}

# Five calls outlast the SDK's retries, so that the message comes back or the state machine calls
# again; the SDK makes up for two.
_PAUSING = {"dynamodb:Query": 5, "dynamodb:UpdateItem": 5, "lambda:UpdateEventSourceMapping": 5}
_RESUMING = {"dynamodb:GetItem": 2, "dynamodb:DeleteItem": 5, "lambda:UpdateEventSourceMapping": 5}
_ADMITTING = {
    "dynamodb:GetItem": 2,
    "dynamodb:Query": 2,
    "dynamodb:BatchGetItem": 2,
    "dynamodb:UpdateItem": 5,
    "sqs:GetQueueAttributes": 2,
    "s3:HeadObject": 2,
    "events:PutEvents": 5,
    "sns:Publish": 5,
}


def budget_failing(testbed: Testbed, trial: Trial) -> str:
    """Each call of a pause and of a resumption fails."""
    _spend(testbed)
    pausing = testbed.fail("budget", _PAUSING)
    key = testbed.key(trial.name)
    trial.expect(key)
    testbed.upload(key)
    testbed.until(
        lambda: _all_failed(pausing) and _stopped(testbed) == _PAUSED, "the pause", 2 * STEP_SECONDS
    )
    resuming = testbed.fail("budget", _RESUMING)
    _resume(testbed)
    testbed.until(lambda: _all_failed(resuming) and _runs(testbed), "the resumption")
    return f"{sum(fault.hit for fault in (*pausing, *resuming))} calls; paused, then resumed"


def budget_killed(testbed: Testbed, trial: Trial) -> str:
    """The function is killed when it has stopped one queue, and when it has started one."""
    _spend(testbed)
    key = testbed.key(trial.name)
    trial.expect(key)
    told = testbed.kill_during(_second_queue(), "budget", lambda: testbed.upload(key))
    testbed.until(lambda: _stopped(testbed) == _PAUSED, "the pause")
    testbed.kill_during(_second_queue(), "budget", lambda: _resume(testbed))
    testbed.until(lambda: _runs(testbed), "the resumption")
    return f"{told}, twice; paused, then resumed"


def _second_queue() -> Fault:
    name = "lambda:UpdateEventSourceMapping"
    return Fault((name,), Effect.HELD, function="budget", times=1, after=1)


def _all_failed(faults: list[Fault]) -> bool:
    return all(fault.hit == fault.times for fault in faults)


def _spend(testbed: Testbed) -> None:
    """Spend what is left of the day's budget."""
    *_, sums = Commands(testbed.stack).json("cost", "--days", "1")
    left = sums["daily_budget_usd"] + sums["allowed_today_usd"] - sums["usd"]
    testbed.stack.aws.client("dynamodb").update_item(
        TableName=testbed.stack.outputs["spending"],
        Key={"day": {"S": f"{datetime.now(UTC):%Y-%m-%d}"}, "part": {"S": "f"}},
        UpdateExpression="ADD labels :usd",
        ExpressionAttributeValues={":usd": {"N": f"{left + 0.01:.9f}"}},
    )


def _resume(testbed: Testbed) -> None:
    # It waits for a minute; the pause may last longer here.
    done = Commands(testbed.stack)("resume")
    assert done.status in (0, 1), done.error


def _stopped(testbed: Testbed) -> set[str]:
    """The routes whose messages no function receives."""
    mappings = testbed.stack.aws.client("lambda").list_event_source_mappings()
    routes = {url.rpartition("/")[2]: name for name, url in testbed.stack.outputs["queues"].items()}
    return {
        routes[each["EventSourceArn"].rpartition(":")[2]]
        for each in mappings["EventSourceMappings"]
        if each["State"] == "Disabled"
    }


def _runs(testbed: Testbed) -> bool:
    """Whether every queue is read, and no pause is noted."""
    noted = testbed.stack.aws.client("dynamodb").get_item(
        TableName=testbed.stack.outputs["spending"], Key=_PAUSE, ConsistentRead=True
    )
    return "Item" not in noted and not _stopped(testbed)


def admit_failing(testbed: Testbed, trial: Trial) -> str:
    """Each call of the function that admits fails."""
    key = _unheard(testbed, trial)
    faults = testbed.fail("admit", _ADMITTING)
    _backfill(testbed, key)
    _succeeded(testbed)
    assert _all_failed(faults), "not every call of admit failed"
    return f"{sum(fault.hit for fault in faults)} calls; the backfill succeeded"


def admit_killed(testbed: Testbed, trial: Trial) -> str:
    """The function is killed before its event is accepted."""
    key = _unheard(testbed, trial)
    fault = Fault(("events:PutEvents",), Effect.HELD, function="admit", times=1)
    told = testbed.kill_during(fault, "admit", lambda: _backfill(testbed, key))
    _succeeded(testbed)
    return f"{told}; the backfill succeeded"


def _unheard(testbed: Testbed, trial: Trial) -> str:
    """Store a picture while the bucket publishes no events; nobody is notified of bulk work."""
    key = testbed.key(trial.name)
    trial.expect(key, notices={})
    with no_events(testbed.stack):
        testbed.upload(key)
    return key


def _backfill(testbed: Testbed, key: str) -> None:
    Commands(testbed.stack).json("backfill", "--prefix", key.removeprefix(PREFIX), "--grace", "0")


def _succeeded(testbed: Testbed) -> None:
    def ended() -> bool:
        [last] = Commands(testbed.stack).json("backfills", "--last", "1")
        return bool(last["status"] == "succeeded")

    testbed.until(ended, "the backfill's end", 3 * STEP_SECONDS)
