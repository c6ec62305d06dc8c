"""How fast the local Rekognition is: `python -m bench.rekognition_speed`.

Starts the stand-in as a process of its own and calls it through boto3, as a function would: labels
with image properties, moderation and faces for each picture. Every picture is different (a crop and
turn of the report's photographs as a 1,600 px JPEG), so no result comes from the cache.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import boto3
import typer
from botocore.config import Config
from PIL import Image
from rich.console import Console
from rich.table import Table

from bench.labels import fetch, read_content, read_photographs
from local.rekognition.models import prepare_models

if TYPE_CHECKING:
    from mypy_boto3_rekognition import RekognitionClient

SIDE = 1600
WARM_UP = 3
# No picture here is an object, so no local AWS is needed behind the stand-in.
NO_AWS = "http://127.0.0.1:9"
GOAL_MS, GOAL_MB = 60, 400


def make_pictures(count: int, console: Console) -> list[bytes]:
    photographs, debian = read_photographs()
    folder = fetch(photographs, debian, console)
    present = [one for one in photographs if (folder / one.sha256).exists()]
    made = []
    for number in range(count):
        content = read_content(present[number % len(present)], folder)
        image = Image.open(BytesIO(content)).convert("RGB")
        margin = 1 + number % 7
        image = image.crop((margin, margin, image.width - margin, image.height - margin))
        scale = SIDE / max(image.size)
        image = image.resize((round(image.width * scale), round(image.height * scale)))
        if number // len(present) % 2:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        file = BytesIO()
        image.save(file, "JPEG", quality=85)
        made.append(file.getvalue())
    return made


@contextmanager
def running_server() -> Iterator[tuple[str, int]]:
    """The address of a fresh stand-in, and its process id."""
    command = [sys.executable, "-m", "local.rekognition", "--s3-endpoint", NO_AWS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            assert process.stdout is not None  # noqa: S101 - stdout=PIPE above
            yield process.stdout.readline().split()[1], process.pid
        finally:
            process.terminate()


def peak_memory_mb(pid: int) -> float:
    """The most memory the process ever held, by the kernel's count (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def processor_ms(pid: int) -> float:
    """The processor time that the process has used, in milliseconds (Linux).

    Unlike the clock it hardly depends on how busy the machine is.
    """
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    user, system = stat.rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) * 1000 / os.sysconf("SC_CLK_TCK")


def connect(address: str) -> RekognitionClient:
    client: RekognitionClient = boto3.client(
        "rekognition",
        endpoint_url=address,
        region_name="us-east-1",
        aws_access_key_id="bench",
        aws_secret_access_key="bench",  # noqa: S106 - the stand-in checks no signature
        config=Config(max_pool_connections=16),
    )
    return client


def ask(client: RekognitionClient, picture: bytes) -> list[float]:
    """Milliseconds of the three questions about one picture."""
    marks = [time.perf_counter()]
    client.detect_labels(Image={"Bytes": picture}, Features=["GENERAL_LABELS", "IMAGE_PROPERTIES"])
    marks.append(time.perf_counter())
    client.detect_moderation_labels(Image={"Bytes": picture})
    marks.append(time.perf_counter())
    client.detect_faces(Image={"Bytes": picture})
    marks.append(time.perf_counter())
    return [(end - start) * 1000 for start, end in pairwise(marks)]


def main(
    pictures: Annotated[int, typer.Option(min=1, help="How many different pictures.")] = 120,
    clients: Annotated[int, typer.Option(min=1, help="Clients at once in the second run.")] = 4,
    check: Annotated[bool, typer.Option(help="Fail if a goal is missed.")] = False,
) -> None:
    """Measure the time a picture takes and the memory of the server."""
    console = Console()
    prepare_models(console)
    contents = make_pictures(pictures + WARM_UP, console)
    with running_server() as (address, pid):
        client = connect(address)
        for picture in contents[:WARM_UP]:
            ask(client, picture)
        contents = contents[WARM_UP:]
        before = processor_ms(pid)
        times = [ask(client, picture) for picture in contents]
        processor = (processor_ms(pid) - before) / len(contents)
        start = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(lambda picture: ask(client, picture), contents))
        rate = len(contents) / (time.perf_counter() - start)
        memory = peak_memory_mb(pid)
    whole = statistics.median(sum(one) for one in times)
    table = Table("what", "measured", "goal")
    for name, column in zip(
        ("labels and properties", "moderation", "faces"), zip(*times, strict=True), strict=True
    ):
        table.add_row(f"{name}, one client, median", f"{statistics.median(column):.1f} ms", "")
    table.add_row("all three, one client, median", f"{whole:.1f} ms", f"< {GOAL_MS} ms")
    slow = statistics.quantiles((sum(one) for one in times), n=20)[-1]
    table.add_row("all three, one client, 95 of 100", f"{slow:.1f} ms", "")
    table.add_row("all three, processor time, mean", f"{processor:.1f} ms", f"< {GOAL_MS} ms")
    table.add_row(f"pictures a second, {clients} clients", f"{rate:.1f}", "")
    table.add_row("peak memory of the server", f"{memory:.0f} MB", f"< {GOAL_MB} MB")
    console.print(table)
    if check and (whole >= GOAL_MS or memory >= GOAL_MB):
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
