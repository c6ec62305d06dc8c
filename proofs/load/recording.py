"""What one load leaves for the model in `proofs.scale`: a compact JSON file.

Two runs are in it. In the *calm* one, pictures are uploaded one at a time, so that the duration of
an invocation is its own work and the local AWS's. The *burst* is the load itself. The model takes
its service times from the calm run, and is compared with the burst. Processor times are those of
Linux's `/proc`.
"""

import json
import os
import re
import statistics
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from tenacity import Retrying, stop_after_delay, wait_fixed

from local.journal import Journal
from local.state import RunningStack
from pipeline.original import image_id
from proofs import markdown
from proofs.load.run import Outcome
from proofs.photographs import photograph
from proofs.processes import serving

__all__ = [
    "FUNCTIONS",
    "SAMPLED_SECONDS",
    "Burst",
    "Calm",
    "Invocation",
    "Meter",
    "Recording",
    "be_calm",
    "invocations",
    "quantiles",
    "read",
    "record",
    "write",
]

FUNCTIONS = ("rekognition", "resize", "notify", "retire")

CALM_PICTURES = 100
SAMPLED_SECONDS = 5.0
_WARMING = 60
"""Pictures uploaded at once before the calm run, so that every execution has started."""

_NOTIFIED_SECONDS = 120.0
_REPORT = re.compile(r"^REPORT RequestId: \S+\tDuration: ([0-9.]+) ms")
_TICKS = os.sysconf("SC_CLK_TCK")
_BINS = 20


@dataclass(frozen=True)
class Calm:
    """One picture at a time."""

    pictures: int
    upload_ms: float
    """Median time of an upload."""
    invocations: Mapping[str, int]
    """By function."""
    durations_ms: Mapping[str, Sequence[float]]
    """Quantiles of the invocations' durations, by function."""
    processor_ms: Mapping[str, float]
    """Processor time per picture, by kind of process."""


@dataclass(frozen=True)
class Burst:
    """Everything at once."""

    uploads: int
    executions: int
    """Most concurrent executions of each function."""
    others_cores: Sequence[float]
    """Cores that other processes kept busy, in each `SAMPLED_SECONDS` since the first upload; a
    single value is the average."""
    arrivals: Sequence[int]
    """Uploads in each second since the first."""
    ends: Mapping[str, int]
    """Keys by the state that they ended in."""
    seconds: float
    """From the first upload to the last end."""
    ready_seconds: Sequence[float]
    """Quantiles of the time from a key's last upload to `ready`."""
    notified_seconds: Sequence[float]
    waits_seconds: Mapping[str, Sequence[float]]
    """Quantiles of the wait before the first invocation, by function: since the upload, for
    `notify` since the event that it reports. Keys with several uploads are left out."""
    durations_ms: Mapping[str, Sequence[float]]
    batch: Mapping[str, float]
    """Mean messages in an invocation, by function."""
    processor_seconds: Mapping[str, float]
    """By kind of process."""


@dataclass(frozen=True)
class Recording:
    """One recorded run; all quantiles are 21 values, from the least to the most."""

    machine: str
    load_average: Sequence[float]
    """Of the last minute, before and after."""
    cores: int
    calm: Calm
    burst: Burst


@dataclass(frozen=True)
class Invocation:
    """One execution of a function, by its log."""

    began: float
    """Seconds since 1970."""
    ms: float
    image_ids: tuple[str, ...]
    first: bool
    """Whether all its messages were delivered for the first time."""


class Meter:
    """The processor time that each kind of process takes from now on.

    Use as a context manager to sample what the machine's other processes take meanwhile.
    """

    def __init__(self, stack: RunningStack) -> None:
        self._stack = stack
        self._before = self._read()
        self._stopping = threading.Event()
        self._samples = [self._sample()]
        self._thread = threading.Thread(target=self._watch, name="meter", daemon=True)

    def __enter__(self) -> "Meter":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def taken(self) -> dict[str, float]:
        """Seconds by kind: the functions, `local AWS`, `stand-in` and `listeners`, which are the
        uploaders too."""
        after = self._read()
        return {kind: after[kind] - self._before.get(kind, 0.0) for kind in after}

    def others_cores(self, since: float) -> list[float]:
        """How many cores other processes kept busy, in each interval since a time."""
        return [
            round(max(0.0, (after.others - before.others) / (after.at - before.at)), 2)
            for before, after in pairwise(self._samples)
            if after.at > since
        ]

    def _watch(self) -> None:
        while not self._stopping.wait(SAMPLED_SECONDS):
            self._samples.append(self._sample())

    def _sample(self) -> "_Sample":
        busy, ours = _busy_seconds(), sum(self._read().values())
        return _Sample(time.time(), busy - ours)

    def _read(self) -> dict[str, float]:
        own = os.times()
        seconds: dict[str, float] = defaultdict(float)
        seconds["listeners"] = own.user + own.system
        for kind, process in serving(self._stack):
            seconds[kind] += _process_seconds(process.pid)
        return dict(seconds)


@dataclass(frozen=True)
class _Sample:
    at: float
    others: float
    """Processor seconds of other processes so far."""


def be_calm(stack: RunningStack, run: str) -> Calm:
    """Start every execution, then upload one picture at a time and measure."""
    _upload(stack, [f"uploads/warm-{run}/{number:03}.jpg" for number in range(_WARMING)])
    meter, began = Meter(stack), time.time()
    uploads = [
        _upload(stack, [f"uploads/calm-{run}/{number:03}.jpg"]) for number in range(CALM_PICTURES)
    ]
    taken = meter.taken()
    found = {
        function: [each for each in done if each.began >= began]
        for function, done in invocations(stack).items()
    }
    return Calm(
        pictures=CALM_PICTURES,
        upload_ms=round(1000 * statistics.median(uploads), 2),
        invocations={function: len(done) for function, done in found.items()},
        durations_ms={
            function: quantiles(each.ms for each in done)
            for function, done in found.items()
            if len(done) > 1
        },
        processor_ms={
            kind: round(1000 * seconds / CALM_PICTURES, 2) for kind, seconds in taken.items()
        },
    )


def record(
    stack: RunningStack, calm: Calm, outcome: Outcome, meter: Meter, load_average: float
) -> Recording:
    """Read everything that the model is compared with; `meter` began with the burst."""
    load = outcome.load
    keys = Counter(step.key for steps in load.steps() for step in steps)
    single = {image_id(key): at for key, at in load.uploaded_at.items() if keys[key] == 1}
    done = {
        function: [
            each for each in found if each.began >= min(load.uploaded_at.values()) and each.first
        ]
        for function, found in invocations(stack).items()
    }
    first = min(load.uploaded_at.values())
    arrivals = Counter(int(at - first) for at in load.uploaded_at.values())
    policies = stack.outputs["functions"]
    return Recording(
        machine=markdown.machine(),
        load_average=(round(load_average, 2), round(os.getloadavg()[0], 2)),
        cores=os.cpu_count() or 1,
        calm=calm,
        burst=Burst(
            uploads=load.count,
            executions=_executions(stack, policies["resize"]),
            others_cores=meter.others_cores(first),
            arrivals=[arrivals[second] for second in range(max(arrivals) + 1)],
            ends=dict(Counter(finding.subject.status for finding in outcome.findings)),
            seconds=round(outcome.seconds, 2),
            ready_seconds=quantiles(outcome.seconds_to("ready")),
            notified_seconds=quantiles(outcome.seconds_to("notified")),
            waits_seconds={
                function: quantiles(_waits(function, found, single, outcome))
                for function, found in done.items()
                if function != "retire"
            },
            durations_ms={
                function: quantiles(each.ms for each in found) for function, found in done.items()
            },
            batch={
                function: round(statistics.mean(len(each.image_ids) for each in found), 2)
                for function, found in done.items()
                if found
            },
            processor_seconds={kind: round(s, 2) for kind, s in meter.taken().items()},
        ),
    )


def write(file: Path, recording: Recording) -> None:
    """Keep it as JSON."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(asdict(recording), indent=1) + "\n", encoding="utf-8")


def read(file: Path) -> Recording:
    """What `write` kept."""
    kept = json.loads(file.read_text(encoding="utf-8"))
    return Recording(
        **{**kept, "calm": Calm(**kept["calm"]), "burst": Burst(**kept["burst"])},
    )


def invocations(stack: RunningStack) -> dict[str, list[Invocation]]:
    """Every invocation in the functions' logs that handled pictures."""
    return {function: _invocations(stack, function) for function in FUNCTIONS}


def quantiles(values: Iterable[float]) -> list[float]:
    """The least value, 19 cuts and the most; empty for fewer than two values."""
    found = sorted(values)
    if len(found) < 2:
        return []
    cuts = statistics.quantiles(found, n=_BINS, method="inclusive")
    return [round(value, 3) for value in (found[0], *cuts, found[-1])]


def _upload(stack: RunningStack, keys: Sequence[str]) -> float:
    """Upload the keys and wait for their notices; returns the seconds of the last upload.

    The notices are counted in the journal, which costs the local AWS nothing.
    """
    s3, journal, seconds = stack.aws.client("s3"), Journal(stack.journal), 0.0
    wanted = journal.count_notices() + len(keys)
    for number, key in enumerate(keys):
        content = photograph(number)
        began = time.perf_counter()
        s3.put_object(Bucket=stack.outputs["originals"], Key=key, Body=content)
        seconds = time.perf_counter() - began
    for attempt in Retrying(
        stop=stop_after_delay(_NOTIFIED_SECONDS), wait=wait_fixed(0.05), reraise=True
    ):
        with attempt:
            if journal.count_notices() < wanted:
                raise TimeoutError(f"{keys[-1]} must be notified in {_NOTIFIED_SECONDS:.0f} s")
    return seconds


def _waits(
    function: str,
    found: Sequence[Invocation],
    single: Mapping[str, float],
    outcome: Outcome,
) -> list[float]:
    items = {
        image: item for image, item in outcome.items.items() if item.status in ("ready", "failed")
    }
    waits = []
    for each in found:
        for image in each.image_ids:
            if image not in single or image not in items:
                continue
            since = single[image]
            if function == "notify":
                ended = [
                    datetime.fromisoformat(line["at"]).timestamp()
                    for line in items[image].timeline
                    if line["stage"] in ("analysed", "rendered", "failed")
                ]
                since = max(ended, default=since)
            waits.append(max(0.0, each.began - since))
    return waits


def _invocations(stack: RunningStack, function: str) -> list[Invocation]:
    logs = stack.aws.client("logs").get_paginator("filter_log_events")
    open_: dict[str, list[dict[str, str]]] = defaultdict(list)
    found = []
    for page in logs.paginate(logGroupName=stack.outputs["logs"][function]):
        for event in page["events"]:
            stream, line = event["logStreamName"], event["message"].strip()
            if ended := _REPORT.match(line):
                received = open_.pop(stream, [])
                if received:
                    found.append(
                        Invocation(
                            min(_at(each["timestamp"]) for each in received),
                            float(ended[1]),
                            tuple(each["image_id"] for each in received),
                            all(int(each["attempt"]) == 1 for each in received),
                        )
                    )
            elif '"message":"received"' in line:
                open_[stream].append(json.loads(line))
    return found


def _at(timestamp: str) -> float:
    """Of Powertools' own form, which has a comma before the milliseconds."""
    return datetime.strptime(timestamp, "%Y-%m-%d %H:%M:%S,%f%z").timestamp()


def _executions(stack: RunningStack, function: str) -> int:
    mappings = stack.aws.client("lambda").list_event_source_mappings(FunctionName=function)
    # A function of bulk work has a second one, whose queue's name goes on with -bulk.
    [mapping] = [
        each
        for each in mappings["EventSourceMappings"]
        if "-bulk-" not in each["EventSourceArn"].rpartition(":")[2]
    ]
    return int(mapping["ScalingConfig"]["MaximumConcurrency"])


def _process_seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    # utime, stime, and those of children that ended.
    return sum(int(field) for field in fields[11:15]) / _TICKS


def _busy_seconds() -> float:
    """What all processes of the machine took, since it started."""
    fields = Path("/proc/stat").read_text(encoding="utf-8").split("\n", 1)[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq, *_ = (int(field) for field in fields)
    return (user + nice + system + irq + softirq) / _TICKS
