"""The contenders in Python: `worker.py WAY` with WAY one of ours, one, naive, vips, codecs.

Reads one JSON order per line and writes one JSON result per line.
"""

from __future__ import annotations

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "containers"))

Outputs = list[tuple[str, bytes]]
Way = Callable[[bytes, dict[str, Any]], Outputs]


def ours() -> Way:
    """Darkroom's own core, with its hashes, colours, scores and EXIF."""
    from pictures.limits import Limits
    from pipeline.recipe import Recipe
    from rendering.renditions import develop

    limits = Limits.for_memory(1769)

    def way(data: bytes, recipe: dict[str, Any]) -> Outputs:
        developed = develop(data, Recipe.from_json(json.dumps(recipe)), limits)
        return [(f"{file.name}.{file.format}", file.data) for file in developed.files]

    return way


def one() -> Way:
    """The core of `develop`: one rendition in one format, and nothing measured."""
    from pictures.limits import Limits
    from pipeline.recipe import Recipe
    from rendering.renditions import develop_one

    limits = Limits.for_memory(1769)

    def way(data: bytes, recipe: dict[str, Any]) -> Outputs:
        asked = Recipe.from_json(json.dumps(recipe))
        [rendition], [entry] = asked.renditions, asked.formats
        file = develop_one(data, rendition, entry, asked, limits)
        return [(f"{rendition.name}.{file.format}", file.data)]

    return way


def naive() -> Way:
    """Pillow as its tutorial shows it: open, transpose, thumbnail, save, for each rendition."""
    import pi_heif
    from PIL import Image, ImageOps

    pi_heif.register_heif_opener()
    Image.MAX_IMAGE_PIXELS = None

    def way(data: bytes, recipe: dict[str, Any]) -> Outputs:
        outputs = []
        for rendition in recipe["renditions"]:
            image: Image.Image = Image.open(io.BytesIO(data))
            image = ImageOps.exif_transpose(image)
            box = (rendition["width"], rendition["height"])
            if rendition["fit"] == "cover":
                image = ImageOps.fit(image, box, Image.Resampling.LANCZOS)
            else:
                image.thumbnail(box, Image.Resampling.LANCZOS)
            for entry in recipe["formats"]:
                buffer = io.BytesIO()
                image.save(buffer, entry["format"], quality=entry["quality"])
                outputs.append((f"{rendition['name']}.{entry['format']}", buffer.getvalue()))
        return outputs

    return way


def vips() -> Way:
    """libvips tuned: one decode by its own thumbnailing, a cascade, encoders at our effort."""
    import pyvips

    pyvips.cache_set_max(0)

    def encoded(image: Any, entry: dict[str, Any]) -> bytes:
        quality = entry["quality"]
        if entry["format"] == "jpeg":
            return bytes(image.jpegsave_buffer(Q=quality, optimize_coding=True, keep="none"))
        if entry["format"] == "webp":
            return bytes(image.webpsave_buffer(Q=quality, effort=2, keep="none"))
        return bytes(image.heifsave_buffer(Q=quality, compression="av1", effort=0, keep="none"))

    def way(data: bytes, recipe: dict[str, Any]) -> Outputs:
        outputs = []
        image: Any = None
        for rendition in sorted(recipe["renditions"], key=lambda one: -one["width"]):
            settings = {"height": rendition["height"], "size": "down"}
            if rendition["fit"] == "cover":
                settings["crop"] = "centre"
            if image is None:
                made = pyvips.Image.thumbnail_buffer(data, rendition["width"], **settings)
            else:
                made = image.thumbnail_image(rendition["width"], **settings)
            image = made.copy_memory()
            outputs += [
                (f"{rendition['name']}.{entry['format']}", encoded(image, entry))
                for entry in recipe["formats"]
            ]
        return outputs

    return way


def codecs() -> Way:
    """The unavoidable work: one decode at the smallest sufficient scale, and every encode."""
    from pictures.encoding import encode
    from pictures.reading import Limits, decode_only, open_source, read
    from pipeline.recipe import Recipe, Rendition
    from rendering.framing import frame, scale_of

    limits = Limits.for_memory(1769)
    made: dict[int, list[tuple[Rendition, Any]]] = {}

    def prepared(data: bytes, recipe: Recipe) -> list[tuple[Rendition, Any]]:
        renditions = []
        for rendition in recipe.renditions:
            size = frame(rendition, open_source(data, limits).size).size
            picture = read(data, limits, partial(_always, size))
            renditions.append((rendition, picture.image))
        return renditions

    def way(data: bytes, recipe: dict[str, Any]) -> Outputs:
        parsed = Recipe.from_json(json.dumps(recipe))
        key = hash(data)
        if key not in made:
            made[key] = prepared(data, parsed)
            raise PreparedError
        source = open_source(data, limits)
        scale = max(scale_of(rendition, source.size) for rendition in parsed.renditions)
        width, height = source.file.size
        decode_only(source, (round(width * scale), round(height * scale)), limits)
        return [
            (f"{rendition.name}.{entry.format}", encode(image, entry.format, entry.quality, "#fff"))
            for rendition, image in made[key]
            for entry in parsed.formats
        ]

    return way


def _always(size: tuple[int, int], _: tuple[int, int]) -> tuple[int, int]:
    return size


class PreparedError(Exception):
    """The pixels are prepared; the next run is the measured one."""


def main() -> None:
    """Handle orders until the input ends."""
    idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    way = {"ours": ours, "one": one, "naive": naive, "vips": vips, "codecs": codecs}[sys.argv[1]]()
    loaded = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    say({"ready": True, "idle": idle, "loaded": loaded})
    for line in sys.stdin:
        order = json.loads(line)
        data = Path(order["input"]).read_bytes()
        for _ in range(2):
            cpu, wall = time.process_time(), time.perf_counter()
            try:
                outputs = way(data, order["recipe"])
            except PreparedError:
                continue
            except Exception as error:
                say({"error": str(error).split("\n")[0]})
                break
            wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
            for name, output in outputs if order.get("output") else ():
                (Path(order["output"]) / name).write_bytes(output)
            say(
                {
                    "wall": wall * 1e3,
                    "cpu": cpu * 1e3,
                    "bytes": sum(len(output) for _, output in outputs),
                    "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
                }
            )
            break


def say(answer: dict[str, Any]) -> None:
    """Write one result."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
