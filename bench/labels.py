"""How accurate the local Rekognition is: `python -m bench.labels`.

Labels the photographs of photographs.toml as the stand-in would, compares the labels with what was
written down beforehand, and writes the table into docs/local-rekognition.md, bad results included.
"""

from __future__ import annotations

import bz2
import hashlib
import shutil
import statistics
import subprocess
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from PIL import Image
from rich.console import Console
from rich.progress import track
from rich.table import Table

from local.rekognition.models import ModelsError, cache_folder, prepare_models
from local.rekognition.packages import PackageError, read_pins, unpack
from local.rekognition.pictures import decode
from local.rekognition.requests import LabelFilters, LabelsRequest, ModerationRequest
from local.rekognition.responses import labels, moderation
from local.rekognition.sight import Sight
from local.rekognition.taxonomy import load_taxonomy
from local.rekognition.vision import Models

HERE = Path(__file__).parent
DOCUMENT = HERE.parent / "docs" / "local-rekognition.md"
BEGIN = "<!-- accuracy: written by bench/labels.py -->"
END = "<!-- accuracy: end -->"
APT_SECONDS = 600
SHOWN_LABELS = 6
# The raccoon is raw pixels, not a picture file: rows, columns and colours.
RAW_SHAPE = (768, 1024, 3)


@dataclass(frozen=True)
class Photograph:
    package: str
    path: str
    sha256: str
    licence: str
    expected: tuple[str, ...]
    true: tuple[str, ...]
    faces: int

    @property
    def name(self) -> str:
        return Path(self.path).stem


@dataclass(frozen=True)
class Finding:
    """What was found in one photograph: labels with confidences, and how that compares."""

    photograph: Photograph
    found: dict[str, int]
    false: tuple[str, ...]
    faces: int
    moderated: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """right: an expected label; vague: only general or secondary true ones; wrong: only false
        ones; silent: nothing at all."""
        if not self.found:
            return "silent"
        if set(self.found) & set(self.photograph.expected):
            return "right"
        return "wrong" if len(self.false) == len(self.found) else "vague"


def read_photographs() -> tuple[list[Photograph], dict[str, str]]:
    """The photographs and the versions of the Debian packages among their sources."""
    listed = tomllib.loads((HERE / "photographs.toml").read_text(encoding="utf-8"))
    photographs = [
        Photograph(
            one["package"],
            one["path"],
            one["sha256"],
            one["licence"],
            tuple(one["expected"]),
            tuple(one["true"]),
            one["faces"],
        )
        for one in listed["photograph"]
    ]
    return photographs, listed["debian"]


def fetch(photographs: list[Photograph], debian: dict[str, str], console: Console) -> Path:
    """The folder with the photographs, each under its checksum, fetched where missing.

    Debian's packages need apt-get; where it is not there, their photographs stay missing.
    """
    folder = cache_folder() / "photographs"
    folder.mkdir(parents=True, exist_ok=True)
    missing = [one for one in photographs if not (folder / one.sha256).exists()]
    pins = read_pins(HERE / "photographs.txt")
    packages = sorted({one.package for one in missing})
    for package in track(packages, "fetching photographs", console=console, transient=True):
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            work = Path(scratch)
            try:
                if package in pins:
                    unpack(pins[package], work)
                else:
                    unpack_debian(f"{package}={debian[package]}", work)
            except PackageError as error:
                console.print(f"[yellow]{error}")
                continue
            for one in missing:
                if one.package == package:
                    content = (work / one.path).read_bytes()
                    if hashlib.sha256(content).hexdigest() != one.sha256:
                        raise PackageError(f"{one.path} must be the pinned picture, got another")
                    (folder / one.sha256).write_bytes(content)
    return folder


def unpack_debian(package: str, folder: Path) -> None:
    """Unpacks a Debian package below `folder`, without installing it."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        raise PackageError(f"{package} needs apt-get, got none: its photographs are left out")
    done = subprocess.run(  # noqa: S603
        ["apt-get", "download", "-q", package],  # noqa: S607 - the system's own apt-get
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=APT_SECONDS,
        check=False,
    )
    files = list(folder.glob("*.deb"))
    if done.returncode or not files:
        raise PackageError(f"{package} cannot be fetched: {done.stderr.strip()[-200:]}")
    subprocess.run(  # noqa: S603
        ["dpkg-deb", "-x", files[0], folder],  # noqa: S607
        check=True,
        timeout=APT_SECONDS,
    )


def read_content(photograph: Photograph, folder: Path) -> bytes:
    """The picture as JPEG or PNG."""
    content = (folder / photograph.sha256).read_bytes()
    if not photograph.path.endswith(".dat"):
        return content
    pixels = np.frombuffer(bz2.decompress(content), dtype=np.uint8).reshape(RAW_SHAPE)
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def look(photograph: Photograph, content: bytes, sight: Sight) -> Finding:
    """Asks as a client with default settings would."""
    picture = decode(content)
    request = LabelsRequest(
        image=content,
        general_labels=True,
        image_properties=False,
        max_labels=1000,
        min_confidence=55,
        filters=LabelFilters(),
        max_colors=10,
    )
    response = labels(picture, request, sight)["Labels"]
    found = {one["Name"]: round(one["Confidence"]) for one in response}
    faces = sum(len(one["Instances"]) for one in response if one["Name"] == "Face")
    moderated = moderation(picture, ModerationRequest(content, 50), sight)["ModerationLabels"]
    true = set(with_parents((*photograph.expected, *photograph.true)))
    return Finding(
        photograph=photograph,
        found=found,
        false=tuple(name for name in found if name not in true),
        faces=faces,
        moderated=tuple(one["Name"] for one in moderated),
    )


def with_parents(names: tuple[str, ...]) -> Iterator[str]:
    known = {label.name: label.parents for label in load_taxonomy().labels}
    for name in names:
        yield name
        yield from known.get(name, ())


def write_table(findings: list[Finding], missing: list[Photograph]) -> str:
    """The report in Markdown."""
    verdicts = Counter(finding.verdict for finding in findings)
    with_false = [finding for finding in findings if finding.false]
    seen = sum(finding.faces for finding in findings)
    there = sum(finding.photograph.faces for finding in findings)
    alarms = [finding for finding in findings if finding.moderated]
    summary = (
        f"{len(findings)} photographs: {verdicts['right']} right, {verdicts['vague']} vague, "
        f"{verdicts['wrong']} wrong, {verdicts['silent']} silent. {len(with_false)} have at least "
        f"one false label at the default confidence of 55. Faces: {seen} found, {there} there. "
        f"Held back by moderation: {len(alarms)}."
    )
    lines = [
        BEGIN,
        "",
        summary,
        "",
        "| photograph | expected (any) | found, with confidence | false | faces | verdict |",
        "|---|---|---|---|---|---|",
    ]
    for finding in findings:
        photograph = finding.photograph
        order = sorted(finding.found, key=lambda name: _interest(name, finding))
        shown = ", ".join(f"{name} {finding.found[name]}" for name in order[:SHOWN_LABELS])
        if finding.moderated:
            shown += f" (moderation: {', '.join(finding.moderated)})"
        faces = f"{finding.faces} of {photograph.faces}"
        lines.append(
            f"| {photograph.name} | {', '.join(photograph.expected)} | {shown or '-'} | "
            f"{', '.join(finding.false) or '-'} | "
            f"{faces if finding.faces or photograph.faces else '-'} | {finding.verdict} |"
        )
    if missing:
        names = ", ".join(photograph.name for photograph in missing)
        lines += ["", f"Left out, because their package could not be fetched: {names}."]
    sources = sorted({(one.photograph.package, one.photograph.licence) for one in findings})
    lines += ["", "Sources and licences of the photographs:", ""]
    lines += [f"- {package}: {licence}" for package, licence in sources]
    return "\n".join([*lines, "", END])


def _interest(name: str, finding: Finding) -> tuple[bool, bool, int]:
    """What was expected first, then what is false, then by confidence."""
    photograph = finding.photograph
    return name not in photograph.expected, name not in finding.false, -finding.found[name]


def main(
    write: Annotated[bool, typer.Option(help="Put the table into the document.")] = True,
) -> None:
    """Measure the accuracy of the local Rekognition's labels."""
    console = Console()
    photographs, debian = read_photographs()
    try:
        sight = Models(prepare_models(console))
        folder = fetch(photographs, debian, console)
    except (ModelsError, PackageError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    present = [one for one in photographs if (folder / one.sha256).exists()]
    missing = [one for one in photographs if one not in present]
    findings = [
        look(one, read_content(one, folder), sight)
        for one in track(present, "looking", console=console, transient=True)
    ]
    shown = Table("photograph", "found", "false", "verdict")
    for finding in findings:
        found = ", ".join(f"{name} {sure}" for name, sure in finding.found.items())
        shown.add_row(finding.photograph.name, found, ", ".join(finding.false), finding.verdict)
    console.print(shown)
    counts = Counter(finding.verdict for finding in findings)
    labels_each = statistics.mean(len(finding.found) for finding in findings)
    console.print(f"{dict(counts)}, {labels_each:.1f} labels a photograph")
    if write:
        text = DOCUMENT.read_text(encoding="utf-8")
        before, rest = text.split(BEGIN)
        after = rest.split(END)[1]
        report = write_table(findings, missing)
        DOCUMENT.write_text(f"{before}{report}{after}", encoding="utf-8")
        console.print(f"written to {DOCUMENT.relative_to(HERE.parent)}")


if __name__ == "__main__":
    typer.run(main)
