"""What a load leaves for the model."""

from pathlib import Path

from proofs.load import recording
from proofs.scale.validation import RECORDING


def test_quantiles_are_the_least_nineteen_cuts_and_the_most() -> None:
    found = recording.quantiles(range(101))

    assert found == [float(5 * number) for number in range(21)]


def test_a_single_value_has_no_quantiles() -> None:
    assert recording.quantiles([1.0]) == []


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    kept = recording.read(RECORDING)

    recording.write(tmp_path / "recording.json", kept)

    assert recording.read(tmp_path / "recording.json") == kept
