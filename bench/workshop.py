"""What the benchmarks need: their own libraries and photographs, in `.bench/`.

Both are installed at first use, by the ordinary clients, and are not part of the repository.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

__all__ = ["HERE", "ROOT", "Photograph", "malloc_settings", "photographs", "prepare", "python"]

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".bench"

_PYTHON_PACKAGES = (
    "pillow==13.0.0",
    "pi-heif==1.4.0",
    "pillow-heif==1.8.1",  # writes the HEIC inputs; Darkroom itself ships only the decoder
    "cykooz-resizer==4.0.1; platform_machine == 'x86_64'",
    "pyvips==3.2.0",
    "pyvips-binary==8.18.7",
    "ssimulacra2==0.3.0",
)
_WHEELS = ("scikit-image==0.26.0", "scikit-learn==1.9.1")
_NODE_PACKAGES = ("sharp@0.35.5",)


@dataclass(frozen=True)
class Photograph:
    """An input of the benchmark."""

    name: str
    megapixels: int
    width: int
    height: int
    form: str
    settings: str = "{}"
    quick: bool = False

    @property
    def path(self) -> Path:
        """The file."""
        return HERE / "photographs" / self.name


_BASELINE = '{"quality": 90, "subsampling": 2}'

photographs = (
    Photograph("6.jpg", 6, 3000, 2000, "JPEG", _BASELINE, quick=True),
    Photograph("12.jpg", 12, 4032, 3024, "JPEG", _BASELINE, quick=True),
    Photograph("24.jpg", 24, 6000, 4000, "JPEG", _BASELINE),
    Photograph(
        "24-progressive.jpg",
        24,
        6000,
        4000,
        "JPEG",
        '{"quality": 90, "subsampling": 2, "progressive": true}',
    ),
    Photograph("48.jpg", 48, 8000, 6000, "JPEG", _BASELINE),
    Photograph("100.jpg", 100, 11648, 8736, "JPEG", _BASELINE),
    Photograph("6.png", 6, 3000, 2000, "PNG", '{"compress_level": 6}', quick=True),
    Photograph("12.png", 12, 4032, 3024, "PNG", '{"compress_level": 6}'),
    Photograph("24.png", 24, 6000, 4000, "PNG", '{"compress_level": 6}'),
    Photograph("12.webp", 12, 4032, 3024, "WEBP", '{"quality": 85, "method": 2}'),
    Photograph(
        "12.heic",
        12,
        4032,
        3024,
        "HEIF",
        '{"quality": 80, "enc_params": {"preset": "ultrafast"}}',
    ),
)


def python() -> Path:
    """The interpreter with the contenders' libraries."""
    return HERE / "venv" / "bin" / "python"


def malloc_settings() -> dict[str, str]:
    """The malloc settings of the image of `resize`, from its Dockerfile."""
    dockerfile = (ROOT / "containers" / "resize" / "Dockerfile").read_text()
    settings = dict(re.findall(r"(MALLOC_\w+)=(\d+)", dockerfile))
    if not settings:
        raise ValueError("containers/resize/Dockerfile must set MALLOC_ variables, got none")
    return settings


def prepare(*, quick: bool) -> None:
    """Install the missing libraries and make the missing photographs."""
    HERE.mkdir(exist_ok=True)
    _install_python()
    _install_node()
    (HERE / "photographs").mkdir(exist_ok=True)
    missing = [
        {
            "path": str(one.path),
            "width": one.width,
            "height": one.height,
            "seed": one.megapixels,
            "form": one.form,
            "settings": json.loads(one.settings),
        }
        for one in photographs
        if (one.quick or not quick) and not one.path.exists()
    ]
    if missing:
        _run([str(python()), "-m", "bench.photographs", json.dumps(missing)], ROOT)


def _install_python() -> None:
    wanted = "\n".join((*_PYTHON_PACKAGES, *_WHEELS))
    stamp = HERE / "python-packages"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(HERE / "venv", ignore_errors=True)
    _run([sys.executable, "-m", "venv", str(HERE / "venv")])
    pip = [str(python()), "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "install", *_PYTHON_PACKAGES])
    _run([*pip, "download", "--no-deps", "--dest", str(HERE / "wheels"), *_WHEELS])
    stamp.write_text(wanted)


def _install_node() -> None:
    wanted = "\n".join(_NODE_PACKAGES)
    folder = HERE / "node"
    stamp = HERE / "node-packages"
    folder.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).parent / "contenders" / "sharp.mjs", folder)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    (folder / "package.json").write_text('{"private": true}')
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund", *_NODE_PACKAGES], folder)
    stamp.write_text(wanted)


def _run(command: list[str], folder: Path | None = None) -> None:
    environment = dict(os.environ, PYTHONPATH=str(ROOT))
    subprocess.run(command, cwd=folder, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed commands
