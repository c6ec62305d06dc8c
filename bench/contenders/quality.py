"""Judges files by SSIMULACRA2 against the best reduction of their original; JSON lines."""

from __future__ import annotations

import io
import json
import sys
import tempfile
from pathlib import Path

import pi_heif
from PIL import Image
from ssimulacra2 import compute_ssimulacra2

Image.MAX_IMAGE_PIXELS = None
pi_heif.register_heif_opener()


def main() -> None:
    """Reads `{"original": path, "files": [path, ...]}` and writes a list of scores."""
    for line in sys.stdin:
        order = json.loads(line)
        original = Image.open(order["original"]).convert("RGB")
        scores = []
        with tempfile.TemporaryDirectory() as folder:
            reference, shown = Path(folder) / "reference.png", Path(folder) / "shown.png"
            for path in order["files"]:
                with Image.open(io.BytesIO(Path(path).read_bytes())) as image:
                    image.convert("RGB").save(shown, compress_level=1)
                    size = image.size
                if not reference.exists():
                    original.resize(size, Image.Resampling.LANCZOS).save(
                        reference, compress_level=1
                    )
                scores.append(compute_ssimulacra2(str(reference), str(shown)))
        sys.stdout.write(json.dumps(scores) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
