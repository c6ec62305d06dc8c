"""The pictures that the demo uploads, and the end that each should come to."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from local.children import ROOT
from local.pictures import ENDS, Followed
from ops.terminal import in_bytes, reason

SAMPLES = ROOT / "samples"
_EXPECTED = "expected.toml"
_OTHERS = (_EXPECTED, "LICENCES.md")


@dataclass(frozen=True)
class Sample:
    """One file to upload. Without an expected status any end will do."""

    file: Path
    status: str | None = None
    code: str | None = None
    """The reason code that a failure should have."""

    def complaint(self, picture: Followed) -> str | None:
        """What is wrong with the end that the picture came to; None if nothing is."""
        if not picture.ended:
            return picture.unended
        if self.status and picture.status != self.status:
            return f"{self.file.name} should be {self.status}, it is {picture.status}"
        code = picture.item.failure.code if picture.item and picture.item.failure else None
        if self.code and code != self.code:
            return f"{self.file.name} should fail as {self.code}, it failed as {code}"
        return None


def read(folder: Path) -> list[Sample]:
    """The files of a folder by name; an `expected.toml` there names their ends.

    Raises `ValueError` for a folder without files, and for an expectation of a file that is not
    there or of a status that is no end.
    """
    if not folder.is_dir():
        raise ValueError(f"pictures must be a folder, got {in_bytes(str(folder))}")
    manifest = folder / _EXPECTED
    expected = _expected(manifest) if manifest.is_file() else {}
    files = sorted(
        file
        for file in folder.iterdir()
        if file.is_file() and file.name not in _OTHERS and not file.name.startswith(".")
    )
    if not files:
        raise ValueError(f"folder {in_bytes(str(folder))} must hold pictures, it holds no file")
    if missing := sorted(set(expected) - {file.name for file in files}):
        raise ValueError(
            f"{in_bytes(str(manifest))} expects {', '.join(missing)}, which is not there"
        )
    samples = [Sample(file, **expected.get(file.name, {})) for file in files]
    for sample in samples:
        if sample.status is not None and sample.status not in ENDS:
            raise ValueError(f"status must be one of {', '.join(ENDS)}, got {sample.status}")
    return samples


def _expected(manifest: Path) -> dict[str, dict[str, str]]:
    name = in_bytes(str(manifest))
    try:
        expected = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{name} must be TOML, got {reason(error)}") from error
    for file, end in expected.items():
        if not isinstance(end, dict) or not end.keys() <= {"status", "code"}:
            raise ValueError(f"{name} must give {file} a status and a code alone, got {end}")
    return expected


def passed_over(folder: Path) -> list[str]:
    """What `read` leaves out because it is no file, such as folders in the folder, by name."""
    return sorted(
        each.name
        for each in folder.iterdir()
        if not each.is_file() and not each.name.startswith(".")
    )
