"""Compares the model's replay of the recorded burst with the burst itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from proofs.load.recording import Recording, quantiles
from proofs.recorder import ROOT
from proofs.scale.local import Run

__all__ = ["RECORDING", "TOLERANCE", "Figure", "figures"]

RECORDING = ROOT / "docs" / "scale" / "recording.json"
TOLERANCE = 0.2
"""Of the recorded value."""


@dataclass(frozen=True)
class Figure:
    """One figure of the burst."""

    name: str
    recorded: float
    simulated: float

    @property
    def deviation(self) -> float:
        """Relative to the recorded value."""
        return self.simulated / self.recorded - 1

    @property
    def holds(self) -> bool:
        """Whether the model is right about it."""
        return abs(self.deviation) <= TOLERANCE


def figures(recording: Recording, run: Run) -> list[Figure]:
    """Everything that is compared; none of it is an input of the model."""
    burst = recording.burst
    found = [
        Figure(
            "uploads per second to the last end",
            burst.uploads / burst.seconds,
            burst.uploads / run.seconds,
        ),
        Figure("seconds to the last end", burst.seconds, run.seconds),
    ]
    found += _compared("seconds to ready", burst.ready_seconds, run.ready_seconds)
    found += _compared("seconds to notified", burst.notified_seconds, run.notified_seconds)
    for function in ("rekognition", "resize"):
        found += _compared(
            f"seconds in the queue of `{function}`",
            burst.waits_seconds[function],
            run.waits_seconds[function],
        )
    return found


def _compared(name: str, recorded: Sequence[float], simulated: Sequence[float]) -> list[Figure]:
    cuts = quantiles(simulated)
    places = {"median": 10, "90 %": 18, "most": 20}
    return [
        Figure(f"{name}, {word}", recorded[place], cuts[place]) for word, place in places.items()
    ]
