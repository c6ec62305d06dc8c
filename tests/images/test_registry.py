"""Images through a registry: pushed, pinned, pulled, refused."""

import json
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from components.build_context import settle_modes
from local.children import ROOT
from local.docker.builds import build, push, requested
from local.docker.emulator import emulated
from local.docker.engine import Engine
from local.docker.images import Containers
from local.docker.manifest import ManifestError, check_manifest, read_manifest
from local.engine.images import Build
from proofs.recorder import Graph
from tests.events import batch, sample
from tests.images.conftest import Cloud

pytestmark = pytest.mark.docker

INDEX = "application/vnd.oci.image.index.v1+json"
ELF_MACHINES = {"amd64": 62, "arm64": 183}
"""EM_X86_64 and EM_AARCH64 (System V ABI, ELF header, e_machine)."""

Pushed = Callable[[Path, str], str]


@pytest.fixture(scope="module")
def registry(engine: Engine, cloud: Cloud) -> Iterator[str]:
    """The local AWS's own, as the engine reaches it."""
    address = cloud.aws.endpoint.removeprefix("http://")
    yield address
    Containers(engine, address).forget()


@pytest.fixture(scope="module")
def wanted(graph: Graph) -> dict[str, Build]:
    return {each.name: requested(each.name, each.inputs) for each in graph.of_kind("docker.Image")}


@pytest.fixture(scope="module")
def pushed(engine: Engine, cloud: Cloud, registry: str, wanted: dict[str, Build]) -> Pushed:
    """Builds a function's image from a checkout, pushes it, and returns its digest reference."""
    made: set[str] = set()

    def from_checkout(root: Path, function: str) -> str:
        if function not in made:
            cloud.aws.client("ecr").create_repository(repositoryName=function)
            made.add(function)
        repository = f"{registry}/{function}"
        image = build(engine, root, wanted[function], f"{repository}:latest")
        return push(engine, image, repository, wanted[function].platform)

    return from_checkout


def checkout(folder: Path) -> Path:
    """A second checkout, elsewhere."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "containers", folder / "containers", ignore=ignored)
    settle_modes(folder)
    return folder


def test_a_changed_function_gets_a_new_digest_and_the_others_keep_theirs(
    pushed: Pushed, tmp_path: Path
) -> None:
    functions = ("notify", "retire")
    before = {function: pushed(ROOT, function) for function in functions}
    other = checkout(tmp_path)
    assert {function: pushed(other, function) for function in functions} == before
    handler = other / "containers/notify/handler.py"
    handler.write_text(handler.read_text() + "# changed\n")
    after = {function: pushed(other, function) for function in functions}
    assert {name for name in functions if before[name] != after[name]} == {"notify"}


def test_what_is_pushed_is_one_image_for_one_platform_without_attestations(
    pushed: Pushed, registry: str, wanted: dict[str, Build]
) -> None:
    reference = pushed(ROOT, "notify")
    manifest, config = read_manifest(f"http://{registry}", reference)
    assert "manifests" not in manifest
    assert f"{config['os']}/{config['architecture']}" == wanted["notify"].platform
    assert [each["mediaType"] for each in manifest["layers"]] == [
        "application/vnd.docker.image.rootfs.diff.tar.gzip"
    ] * len(config["rootfs"]["diff_ids"])


def test_a_function_runs_from_its_digest_pulled_from_the_registry(
    engine: Engine, pushed: Pushed, cloud: Cloud
) -> None:
    reference = pushed(ROOT, "notify")
    engine.run("image", "rm", "--force", f"{reference.partition('@')[0]}:latest", reference)
    engine.run("pull", "--quiet", reference)
    with emulated(engine, reference, cloud.environments["notify"]) as container:
        assert container.invoke(batch(sample("image-held"))) == {"batchItemFailures": []}


def test_an_index_with_an_attestation_is_recognised_in_the_registry(
    pushed: Pushed, registry: str, wanted: dict[str, Build]
) -> None:
    reference = pushed(ROOT, "retire")
    digest = reference.partition("@")[2]
    entries = [
        {"digest": digest, "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": digest, "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    address = f"http://{registry}/v2/retire/manifests/attested"
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    response = httpx.put(
        address, content=body, headers={"Content-Type": INDEX}, trust_env=False, timeout=60
    )
    attested = response.raise_for_status().headers["Docker-Content-Digest"]
    read = read_manifest(f"http://{registry}", f"{registry}/retire@{attested}")
    with pytest.raises(ManifestError, match="BUILDX_NO_DEFAULT_ATTESTATIONS=1"):
        check_manifest(*read, wanted["retire"].platform)


def test_an_image_for_the_other_architecture_is_built_without_running_anything_of_it(
    engine: Engine, base: str, cloud: Cloud, registry: str, wanted: dict[str, Build], tmp_path: Path
) -> None:
    """On a base of both architectures, of which the foreign one is an empty folder.

    Nothing of it could run. The resulting image is only opened here, since it cannot run either.
    """
    here = engine.architecture
    foreign = {"amd64": "arm64", "arm64": "amd64"}[here]
    both = _base_of_both(engine, base, cloud, registry, foreign, tmp_path)
    build_ = replace(wanted["resize"], platform=f"linux/{foreign}", arguments={"BASE_IMAGE": both})
    image = build(engine, ROOT, build_, "darkroom/foreign")
    assert engine.run("image", "inspect", "--format", "{{.Architecture}}", image) == foreign

    container = engine.run("create", image)
    engine.run("cp", f"{container}:/var/task", str(tmp_path / "task"))
    engine.run("rm", container)
    libraries = [file for file in (tmp_path / "task").rglob("*") if ".so" in file.name]
    assert {_elf_machine(file) for file in libraries} == {ELF_MACHINES[foreign]}
    assert (tmp_path / "task/cykooz_resizer").exists() == (foreign == "amd64")
    assert (tmp_path / "task/pyvips/__init__.py").exists()


def _base_of_both(
    engine: Engine, base: str, cloud: Cloud, registry: str, foreign: str, folder: Path
) -> str:
    cloud.aws.client("ecr").create_repository(repositoryName="base")
    (folder / "empty").mkdir()
    repository = f"{registry}/base"
    engine.run("tag", base, f"{repository}:here")
    engine.load(
        ["tar", "-C", str(folder / "empty"), "-c", "."],
        *("import", "--platform", f"linux/{foreign}", "--change", "ENV LAMBDA_TASK_ROOT=/var/task"),
        *("-", f"{repository}:foreign"),
    )
    entries = []
    for tag, architecture in (("here", engine.architecture), ("foreign", foreign)):
        engine.run("push", "--quiet", f"{repository}:{tag}")
        response = httpx.get(
            f"http://{registry}/v2/base/manifests/{tag}",
            headers={"Accept": "application/vnd.docker.distribution.manifest.v2+json"},
            trust_env=False,
            timeout=60,
        ).raise_for_status()
        entries.append(
            {
                "mediaType": response.headers["Content-Type"],
                "digest": response.headers["Docker-Content-Digest"],
                "size": len(response.content),
                "platform": {"os": "linux", "architecture": architecture},
            }
        )
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})
    httpx.put(
        f"http://{registry}/v2/base/manifests/both",
        content=body,
        headers={"Content-Type": INDEX},
        trust_env=False,
        timeout=60,
    ).raise_for_status()
    return f"{repository}:both"


def _elf_machine(file: Path) -> int:
    machine: int = struct.unpack_from("<H", file.read_bytes(), 18)[0]
    return machine
