"""Where the processor time of a small picture goes: `python -m bench.functions`.

The handlers run in this process, against a local stack whose own functions are stopped, one message
at a time. A timer of the process samples what they execute.
"""

import os
import signal
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from local.aws import ACCESS_KEY, SECRET_KEY
from local.state import RunningStack
from local.up import LocalStack, Plan
from ops.terminal import console as open_console
from pipeline.address import UPLOADS
from proofs import PAGE, markdown
from proofs.photographs import photograph
from proofs.recorder import ROOT
from runtime.logging import logger

FUNCTIONS = ("rekognition", "resize", "notify")
"""In the order in which a picture passes them."""

WARM_UP = 10
SAMPLE_SECONDS = 0.002
WAIT_SECONDS = 60.0

PARTS = {
    "pixels": ("/PIL/", "/containers/pictures/"),
    "the AWS SDK": ("/botocore/",),
    "Powertools": ("/aws_lambda_powertools/",),
    "the rest": ("/containers/",),
}
"""What a part is, by the files of its code. The innermost of them on the stack counts."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


class Context:
    """What a handler reads of Lambda's context."""

    aws_request_id = function_name = invoked_function_arn = "bench"
    memory_limit_in_mb = 1769

    @staticmethod
    def get_remaining_time_in_millis() -> int:
        """Enough for any picture."""
        return 60_000


@dataclass
class Measured:
    """Milliseconds of each message, and how often each part was executed when the timer rang."""

    ms: list[float] = field(default_factory=list)
    samples: Counter[str] = field(default_factory=Counter)

    def share(self, part: str) -> float:
        """Milliseconds of a message that a part took."""
        return statistics.median(self.ms) * self.samples[part] / self.samples.total()


@app.command()
def main(
    count: Annotated[int, typer.Option(min=20, help="How many pictures.")] = 200,
    report: Annotated[Path, typer.Option(help="The Markdown page.")] = ROOT
    / "docs"
    / "benchmarks"
    / "functions.md",
) -> None:
    """Process pictures in this process, and sample what it executes."""
    console = open_console(stderr=True)
    logger.setLevel("WARNING")
    with (
        tempfile.TemporaryDirectory(prefix="darkroom-bench-functions-") as folder,
        LocalStack(Plan(Path(folder), models=False, settings={"page": PAGE})) as local,
    ):
        stack = local.up()
        _stop(stack)
        console.print(f"{count} pictures")
        for number in range(count):
            stack.aws.client("s3").put_object(
                Bucket=stack.outputs["originals"],
                Key=f"{UPLOADS}{number}.jpg",
                Body=photograph(number),
            )
        found = {}
        for function in FUNCTIONS:
            console.print(function)
            found[function] = _measure(stack, function, count)
    page = _page(found, count)
    markdown.write(report, page)
    typer.echo(page)


def _stop(stack: RunningStack) -> None:
    """Leave the messages to this process."""
    client = stack.aws.client("lambda")
    for each in client.list_event_source_mappings()["EventSourceMappings"]:
        client.update_event_source_mapping(UUID=each["UUID"], Enabled=False)


def _measure(stack: RunningStack, function: str, count: int) -> Measured:
    handle, measured = _handler(stack, function), Measured()
    for number, record in enumerate(_messages(stack, function, count)):
        if number < WARM_UP:
            _handle(handle, record)
            continue
        with _sampling(measured.samples):
            began = time.process_time()
            _handle(handle, record)
            measured.ms.append(1000 * (time.process_time() - began))
    return measured


def _handler(stack: RunningStack, function: str) -> Callable[[dict[str, Any], Any], dict[str, Any]]:
    """The function's handler, with the environment that it has on the stack."""
    made = stack.aws.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["functions"][function]
    )
    os.environ.update(made["Environment"]["Variables"])
    os.environ.update(
        AWS_ENDPOINT_URL=stack.endpoint,
        AWS_REGION=stack.aws.region,
        AWS_DEFAULT_REGION=stack.aws.region,
        AWS_ACCESS_KEY_ID=ACCESS_KEY,
        AWS_SECRET_ACCESS_KEY=SECRET_KEY,
    )
    os.environ.pop("POWERTOOLS_METRICS_NAMESPACE", None)  # they would be printed
    handler: Callable[[dict[str, Any], Any], dict[str, Any]]
    handler = import_module(f"{function}.handler").handler
    return handler


def _handle(handle: Callable[[dict[str, Any], Any], dict[str, Any]], record: Any) -> None:
    answer = handle({"Records": [record]}, Context())
    if answer["batchItemFailures"]:
        raise RuntimeError(f"a message must be handled, got {record['body']}")


def _messages(stack: RunningStack, function: str, count: int) -> Iterator[Mapping[str, Any]]:
    """What is on the function's queue about each picture, once."""
    sqs, url = stack.aws.client("sqs"), stack.outputs["queues"][function]
    seen, deadline = 0, time.monotonic() + WAIT_SECONDS
    while seen < count and time.monotonic() < deadline:
        received = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in received.get("Messages", []):
            seen += 1
            yield {
                "messageId": message["MessageId"],
                "body": message["Body"],
                "attributes": {"ApproximateReceiveCount": "1"},
                "eventSource": "aws:sqs",
            }
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    if seen < count:
        raise RuntimeError(f"{function} must have {count} messages, got {seen}")


@contextmanager
def _sampling(samples: Counter[str]) -> Iterator[None]:
    def sample(_signal: int, frame: FrameType | None) -> None:
        samples[_part(frame)] += 1

    before = signal.signal(signal.SIGPROF, sample)
    signal.setitimer(signal.ITIMER_PROF, SAMPLE_SECONDS, SAMPLE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _part(frame: FrameType | None) -> str:
    while frame is not None:
        for part, files in PARTS.items():
            if any(file in frame.f_code.co_filename for file in files):
                return part
        frame = frame.f_back
    return "the rest"


def _page(found: Mapping[str, Measured], count: int) -> str:
    rows: Sequence[Sequence[str]] = [
        (
            f"`{function}`",
            f"{statistics.median(measured.ms):.0f}",
            *(f"{measured.share(part):.0f}" for part in PARTS),
        )
        for function, measured in found.items()
    ]
    return f"""\
# Where the time of a small picture goes

Written by `make bench-functions` ({markdown.machine()}).

{markdown.table(("function", "ms", *PARTS), rows)}
Milliseconds of processor time for one message about a photograph of 240 x 180 pixels, the median of
{count - WARM_UP}. The handlers run in one process, one message after the other, after {WARM_UP}
that warm it up; a timer samples what they execute every {1000 * SAMPLE_SECONDS:g} ms.

- *Pixels* is everything that happens to the picture itself: decoding, resampling, encoding and
  measuring.
- *The AWS SDK* is botocore with everything that it calls: signing, connections and JSON.
- *The rest* is the pipeline's own code: the state machine, and reading and writing items.

The local AWS and the Rekognition stand-in are other processes and not in it.
"""


if __name__ == "__main__":
    app()
