"""Measure the resampling engines, and what it saves to keep memory between pictures.

    python -m bench.engines     prints both tables, in a minute

Processor time on one core, medians. The photographs are those of `bench.renditions`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from PIL import Image
from rich.console import Console
from rich.table import Table

from bench import workshop
from bench.cases import Case
from bench.contender import Contender
from pictures.resampling import ENGINES

ROUNDS = 9
REDUCTIONS = (((3000, 2000), (1600, 1067)), ((4032, 3024), (1600, 1200)))


def main() -> None:
    """Print the tables."""
    console = Console()
    workshop.prepare(quick=False)
    console.print(_engines())
    console.print(_memory())


def _engines() -> Table:
    table = Table("engine", *(f"{a} x {b} to {c} x {d}, ms" for (a, b), (c, d) in REDUCTIONS))
    for name, engine in (*ENGINES.items(), ("Pillow", _pillow)):
        row = []
        for large, small in REDUCTIONS:
            image = Image.effect_noise(large, 60).convert("RGB")
            box = (0.0, 0.0, float(large[0]), float(large[1]))
            row.append(f"{_median(engine, image, small, box):.1f}")
        table.add_row(name, *row)
    return table


def _pillow(
    image: Image.Image, size: tuple[int, int], box: tuple[float, float, float, float]
) -> Image.Image:
    return image.resize(size, Image.Resampling.LANCZOS, box=box)


def _median(work: Callable[..., object], *arguments: object) -> float:
    spent = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work(*arguments)
        spent.append(time.process_time() - start)
    return 1e3 * statistics.median(spent)


def _memory() -> Table:
    table = Table("photograph, formats", "memory returned, ms", "memory kept, ms", "share")
    keeping = Contender("ours", 1)
    returning = Contender("ours", 1, malloc={})
    try:
        for photograph in workshop.photographs:
            case = Case(photograph, "avif")
            times: dict[Contender, list[float]] = {keeping: [], returning: []}
            for number in range(ROUNDS):
                for contender, spent in times.items():
                    answer = contender.take(case)
                    if "error" in answer:
                        raise RuntimeError(f"{case.name}: {answer['error']}")
                    if number:  # the first warms up
                        spent.append(answer["cpu"])
            kept, back = (statistics.median(times[one]) for one in (keeping, returning))
            table.add_row(case.name, f"{back:.0f}", f"{kept:.0f}", f"{kept / back:.2f}")
    finally:
        keeping.close()
        returning.close()
    return table


if __name__ == "__main__":
    main()
