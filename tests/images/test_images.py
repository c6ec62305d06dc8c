"""What is in the images, and that nothing else is."""

import json
import re
import stat
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from local.children import ROOT
from local.docker.base import AWS_BASE
from local.docker.builds import build, requested
from local.docker.engine import Engine
from proofs.recorder import Graph

pytestmark = pytest.mark.docker

FUNCTIONS = sorted(file.parent.name for file in (ROOT / "containers").glob("*/Dockerfile"))
WITH_CODECS = {"rekognition", "resize"}
MB_OVER_BASE = {function: 120 if function in WITH_CODECS else 40 for function in FUNCTIONS}
EARLIEST = 315532800

NOT_FOR_PRODUCTION = {"tests", "test", "testing", "examples", ".git", ".cache", "bin"}
"""Folder names that nothing at run time needs."""

NOTES = {".c", ".h", ".pyx", ".pxd", ".md", ".rst", ".in", ".lock", ".whl"}

STALE = """
import _imp, importlib.util, pathlib
for source in pathlib.Path("/var/task").rglob("*.py"):
    compiled = pathlib.Path(importlib.util.cache_from_source(str(source)))
    data = compiled.read_bytes() if compiled.exists() else b""
    wanted = importlib.util.MAGIC_NUMBER + b"\\1\\0\\0\\0" + importlib.util.source_hash(
        source.read_bytes()
    )
    if data[:16] != wanted:
        print(source)
"""


@dataclass(frozen=True)
class Contents:
    """What one image adds to its base: the entries of its layers, and its configuration."""

    entries: tuple[tarfile.TarInfo, ...]
    config: dict[str, object]

    @property
    def added(self) -> list[tarfile.TarInfo]:
        """The entries without the folders that the base has already."""
        return [each for each in self.entries if each.name not in ("var", "var/task")]


@pytest.fixture(scope="session")
def contents(
    engine: Engine, base: str, images: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Contents]:
    read: dict[str, Contents] = {}

    def of(function: str) -> Contents:
        if function not in read:
            saved = tmp_path_factory.mktemp(function) / "image.tar"
            engine.run("save", "--output", str(saved), images[function])
            read[function] = _contents(saved, len(_layers(engine, base)))
            saved.unlink()
        return read[function]

    return of


def _contents(saved: Path, base_layers: int) -> Contents:
    with tarfile.open(saved) as archive:

        def document(name: str) -> dict[str, object]:
            file = archive.extractfile(name)
            assert file
            loaded: dict[str, object] = json.load(file)
            return loaded

        manifest = document("manifest.json")[0]  # type: ignore[index]
        assert isinstance(manifest, dict)
        entries: list[tarfile.TarInfo] = []
        for layer in manifest["Layers"][base_layers:]:
            with tarfile.open(fileobj=archive.extractfile(layer)) as files:
                entries += files.getmembers()
        config = document(manifest["Config"])["config"]
        assert isinstance(config, dict)
        return Contents(tuple(entries), config)


def _layers(engine: Engine, image: str) -> list[str]:
    printed = engine.run("image", "inspect", "--format", "{{json .RootFS.Layers}}", image)
    layers: list[str] = json.loads(printed)
    return layers


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_adds_to_the_functions_folder_alone(
    contents: Callable[[str], Contents], function: str
) -> None:
    outside = [
        each.name for each in contents(function).added if not each.name.startswith("var/task/")
    ]
    assert outside == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_layer_records_neither_when_nor_by_whom_it_was_made(
    contents: Callable[[str], Contents], function: str
) -> None:
    files = contents(function).added
    assert {each.mtime for each in files} == {EARLIEST}
    assert {(each.uid, each.gid) for each in files} == {(0, 0)}
    assert {stat.S_IMODE(each.mode) for each in files} == {0o644, 0o755}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_user_can_read_every_file(contents: Callable[[str], Contents], function: str) -> None:
    files = contents(function).added
    assert [each.name for each in files if each.mode & 0o044 != 0o044] == []
    assert [each.name for each in files if each.isdir() and each.mode & 0o011 != 0o011] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_holds_nothing_that_only_developers_need(
    contents: Callable[[str], Contents], function: str
) -> None:
    paths = [PurePosixPath(each.name) for each in contents(function).added]
    superfluous = [
        str(path)
        for path in paths
        if NOT_FOR_PRODUCTION & set(path.parts[2:])
        or (path.suffix in NOTES and ".dist-info" not in str(path))
        or path.name.startswith(("Dockerfile", "requirements"))
    ]
    assert superfluous == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_module_is_compiled_for_the_images_python(
    engine: Engine, images: dict[str, str], function: str
) -> None:
    stale = engine.run(
        *("run", "--rm", "--read-only", "--user", "993:990"),
        *("--entrypoint", "python3", images[function], "-c", STALE),
    )
    assert stale == ""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_starts_as_the_base_does_with_its_own_handler(
    engine: Engine, base: str, contents: Callable[[str], Contents], function: str
) -> None:
    entrypoint = engine.run("image", "inspect", "--format", "{{json .Config.Entrypoint}}", base)
    config = contents(function).config
    assert config["Cmd"] == [f"{function}.handler.handler"]
    assert config["Entrypoint"] == json.loads(entrypoint)
    assert config.get("User", "") == ""


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_image_is_small(
    engine: Engine, base: str, images: dict[str, str], function: str
) -> None:
    size, below = (
        int(engine.run("image", "inspect", "--format", "{{.Size}}", image))
        for image in (images[function], base)
    )
    assert (size - below) / 1e6 < MB_OVER_BASE[function]


def test_building_again_from_nothing_makes_the_same_layers(
    engine: Engine, graph: Graph, images: dict[str, str]
) -> None:
    wanted = requested("retire", graph.resource("docker.Image", "retire").inputs)
    again = build(engine, ROOT, wanted, "darkroom/again", fresh=True)
    assert _layers(engine, again) == _layers(engine, images["retire"])


def test_the_stack_builds_on_the_configured_base(graph: Graph, base: str) -> None:
    arguments = [each.inputs["build"]["args"] for each in graph.of_kind("docker.Image")]
    assert arguments == [{"BASE_IMAGE": base}] * len(FUNCTIONS)
    assert AWS_BASE in (ROOT / "Pulumi.yaml").read_text()


def test_the_licences_page_lists_everything_that_is_shipped(
    engine: Engine, images: dict[str, str]
) -> None:
    page = (ROOT / "docs/licences.md").read_text()
    packages = re.findall(r"^\| ([\w-]+) \| (\d[\w.]+) \| .+ \| (.+) \|$", page, re.MULTILINE)
    libraries = re.findall(r"^\| ([\w-]+) \| (lib(?!rary)\w+) \| .+ \|$", page, re.MULTILINE)
    shipped: dict[tuple[str, str], set[str]] = {}
    brought: set[tuple[str, str]] = set()
    for function in FUNCTIONS:
        listed = engine.run(
            *("run", "--rm", "--entrypoint", "sh", images[function], "-c"),
            "cd /var/task && ls -d *.dist-info; for f in *.libs/*; do echo $f; done",
        )
        for name, version in re.findall(r"^([\w.]+)-([\w.]+)\.dist-info$", listed, re.MULTILINE):
            shipped.setdefault((name.replace("_", "-"), version), set()).add(function)
        brought |= set(re.findall(r"^(\w+)\.libs/(lib[A-Za-z0-9]+)", listed, re.MULTILINE))
    here = {
        (name, version): set(FUNCTIONS)
        if where == "all"
        else set(re.findall(r"\w+", where.partition(";")[0]))
        for name, version, where in packages
        if engine.architecture == "amd64" or "x86_64 only" not in where
    }
    assert here == shipped
    assert set(libraries) == {(wheel.replace("_", "-"), name) for wheel, name in brought}
