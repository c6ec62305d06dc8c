"""The page is built when it has changed, and a deployment takes no build of other sources."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pulumi
import pytest

from pagebuild import BuildError, build, files
from proofs import PAGE
from proofs.recorder import ROOT, record

COUNT = "const n = fs.existsSync('runs') ? +fs.readFileSync('runs', 'utf8') + 1 : 1;"
PACKAGE = """{
  "name": "trial",
  "private": true,
  "scripts": { "build": "node build.mjs", "postinstall": "node -e \\"process.exit(1)\\"" }
}
"""
LOCK = """{
  "name": "trial",
  "lockfileVersion": 3,
  "requires": true,
  "packages": { "": { "name": "trial", "hasInstallScript": true } }
}
"""
BUILD = f"""import fs from 'node:fs'
{COUNT}
fs.writeFileSync('runs', String(n))
fs.mkdirSync('dist', {{ recursive: true }})
fs.copyFileSync('index.html', 'dist/index.html')
if (fs.readFileSync('index.html', 'utf8').includes('broken')) process.exit(3)
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    """A page without dependencies, whose build counts its runs."""
    folder = tmp_path / "page"
    folder.mkdir()
    for name, text in {
        "package.json": PACKAGE,
        "package-lock.json": LOCK,
        "build.mjs": BUILD,
        "index.html": "<!doctype html>",
    }.items():
        (folder / name).write_text(text)
    return folder


def runs(page: Path) -> int:
    return int((page / "runs").read_text())


def test_a_page_is_built_once_for_the_same_sources(page: Path) -> None:
    build(page)
    assert files(page) == ["index.html"]
    build(page)
    assert runs(page) == 1
    (page / "src").mkdir()
    (page / "src" / "main.ts").write_text("export {}")
    build(page)
    assert runs(page) == 2
    assert files(page) == ["index.html"]


def test_a_build_that_fails_leaves_none_that_looks_good(page: Path) -> None:
    build(page)
    (page / "index.html").write_text("broken")
    with pytest.raises(BuildError, match=r"^npm run build ended with status 3$"):
        build(page)
    with pytest.raises(BuildError, match="must be of the present sources: run make gallery"):
        files(page)


def test_the_command_reports_a_failure_in_one_line(page: Path) -> None:
    (page / "package-lock.json").write_text("no JSON")
    done = subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "pagebuild", str(page)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1].startswith("npm ci --ignore-scripts")


@pytest.fixture
def built(tmp_path: Path) -> Path:
    return shutil.copytree(ROOT / PAGE, tmp_path / "page")


def test_a_build_lists_its_files_and_not_what_is_beside_it(built: Path) -> None:
    assert files(built) == ["assets/main-0a1b2c3d.js", "icon.svg", "index.html"]


@pytest.mark.parametrize(
    "name",
    [
        "index.html",
        "package-lock.json",
        "vite.config.ts",
        "tsconfig.json",
        "src/a/b.vue",
        "public/x",
    ],
)
def test_a_build_is_refused_once_a_source_has_changed(built: Path, name: str) -> None:
    (built / name).parent.mkdir(parents=True, exist_ok=True)
    (built / name).write_text("changed")
    with pytest.raises(BuildError, match=r"^page/dist must be of the present sources: "):
        files(built)


@pytest.mark.parametrize("name", ["tests/a.test.ts", "README.md", "node_modules/x/index.js"])
def test_what_no_build_is_made_of_may_change(built: Path, name: str) -> None:
    (built / name).parent.mkdir(parents=True, exist_ok=True)
    (built / name).write_text("changed")
    assert files(built)


@pytest.mark.parametrize("name", ["dist", "dist.sha256"])
def test_a_missing_part_of_a_build_is_named_with_its_fix(built: Path, name: str) -> None:
    (built / name).rename(built / "gone")
    with pytest.raises(BuildError, match=r"run make gallery$"):
        files(built)


def test_the_program_stops_in_one_line_without_a_build() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        record("dev", {"page": "samples"})
    assert str(refused.value) == "samples must be built: run make gallery"


@pytest.mark.parametrize("page", ["", "../elsewhere", "/etc", "gallery/"])
def test_a_page_is_within_the_program(page: str) -> None:
    with pytest.raises(pulumi.RunError, match=r"^page must be a folder within the program's"):
        record("dev", {"page": page})


def test_finding_a_build_needs_no_package() -> None:
    code = f"import sys; sys.path.append({str(ROOT)!r}); import pagebuild; print(pagebuild.BUILD)"
    done = subprocess.run(  # noqa: S603 - a fixed line
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("dist\n", "")
