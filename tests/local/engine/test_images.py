"""What becomes of a function's build context without a container engine."""

import io
import zipfile
from pathlib import Path

import pytest

from local.children import ROOT
from local.engine.images import Archives, Build, ImageError, handler_of, ignore_patterns, pack


def context(folder: Path, *files: str) -> Path:
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return folder


def packed(folder: Path, *patterns: str) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(pack(folder, patterns))).namelist()


FILES = ("a.py", "b/c.py", "b/d/e.txt", "b/__pycache__/c.pyc", "__pycache__/a.pyc")


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ((), sorted(FILES)),
        (("**/__pycache__",), ["a.py", "b/c.py", "b/d/e.txt"]),
        (("*", "!b", "**/__pycache__"), ["b/c.py", "b/d/e.txt"]),
        (("*", "!b", "b/d"), ["b/__pycache__/c.pyc", "b/c.py"]),
        (("*", "!b/d"), ["b/d/e.txt"]),
        (("b/*.py", "**/*.pyc"), ["a.py", "b/d/e.txt"]),
        (("?.py", "**/*.pyc"), ["b/c.py", "b/d/e.txt"]),
        (("**/[ce].*", "**/*.pyc"), ["a.py"]),
        (("/b/", "./__pycache__"), ["a.py"]),
    ],
)
def test_patterns_are_docker_s(tmp_path: Path, patterns: tuple[str, ...], left: list[str]) -> None:
    assert packed(context(tmp_path, *FILES), *patterns) == left


def test_the_same_tree_gives_the_same_archive(tmp_path: Path) -> None:
    one, other = context(tmp_path / "one", *FILES), context(tmp_path / "other", *reversed(FILES))

    assert pack(one, []) == pack(other, [])


def test_a_context_with_nothing_left_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="must hold a file that is not ignored"):
        pack(context(tmp_path, "a.py"), ["*"])


def test_the_dockerfile_s_own_ignore_file_wins(tmp_path: Path) -> None:
    context(tmp_path, "f/Dockerfile")
    (tmp_path / ".dockerignore").write_text("general\n")
    assert ignore_patterns(tmp_path / "f/Dockerfile", tmp_path) == ["general"]

    (tmp_path / "f/Dockerfile.dockerignore").write_text("# why\n\nown\n!but\n")
    assert ignore_patterns(tmp_path / "f/Dockerfile", tmp_path) == ["own", "!but"]


def test_the_last_cmd_names_the_handler() -> None:
    assert handler_of('FROM a\nCMD ["x.y"]\nFROM b\nCMD ["resize.handler.handler"]\n') == (
        "resize.handler.handler"
    )


@pytest.mark.parametrize(
    ("dockerfile", "problem"),
    [
        ("FROM a\n", "must have a CMD"),
        ("CMD resize.handler.handler\n", "must be in exec form"),
        ('CMD ["python", "-m", "x"]\n', "must name one handler"),
        ('CMD ["handler"]\n', "must name one handler"),
    ],
)
def test_a_cmd_that_is_no_handler_is_refused(dockerfile: str, problem: str) -> None:
    with pytest.raises(ImageError, match=problem):
        handler_of(dockerfile)


@pytest.mark.parametrize("name", ["resize", "rekognition", "notify", "retire"])
def test_each_function_of_the_project_can_be_packed(tmp_path: Path, name: str) -> None:
    images = Archives(tmp_path, "python3.13")
    build = Build(
        name=f"registry/{name}:latest",
        context="containers",
        dockerfile=f"containers/{name}/Dockerfile",
        platform="linux/arm64",
        arguments={},
    )

    image = images.build(build)
    package = images.package(image)

    assert image.startswith(f"registry/{name}@sha256:")
    assert package["Handler"] == f"{name}.handler.handler"
    assert package["Runtime"] == "python3.13"
    code = package["Code"]
    assert isinstance(code, dict)
    files = zipfile.ZipFile(io.BytesIO(code["ZipFile"])).namelist()
    assert f"{name}/handler.py" in files
    assert (ROOT / "containers" / name / "handler.py").is_file()
    others = {"resize", "rekognition", "notify", "retire"} - {name}
    assert {file.split("/")[0] for file in files} & others == set()


def test_an_image_that_was_not_built_here_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageError, match="must be the digest of an image built here, got a:latest"):
        Archives(tmp_path, "python3.13").package("a:latest")
