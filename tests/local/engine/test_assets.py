"""A changed file is a changed input, whatever form the program hands it over in."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from local.engine.assets import content, is_asset, on_the_wire, with_digests


def hashed(root: Path, value: pulumi.Asset | pulumi.Archive) -> Any:
    return with_digests(root, {"source": on_the_wire(value)})["source"]["hash"]


@pytest.mark.parametrize(
    "value",
    [
        pulumi.FileAsset("site/index.html"),
        pulumi.FileArchive("site"),
        pulumi.AssetArchive({"index.html": pulumi.FileAsset("site/index.html")}),
    ],
)
def test_the_digest_follows_the_content(
    tmp_path: Path, value: pulumi.Asset | pulumi.Archive
) -> None:
    (tmp_path / "site").mkdir()
    page = tmp_path / "site/index.html"
    page.write_text("one")
    first = hashed(tmp_path, value)
    assert hashed(tmp_path, value) == first

    page.write_text("other")
    assert hashed(tmp_path, value) != first


def test_a_file_that_is_renamed_changes_its_folder(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    page = tmp_path / "site/index.html"
    page.write_text("one")
    first = hashed(tmp_path, pulumi.FileArchive("site"))

    page.rename(tmp_path / "site/other.html")
    assert hashed(tmp_path, pulumi.FileArchive("site")) != first


def test_a_text_is_its_own_content(tmp_path: Path) -> None:
    asset = on_the_wire(pulumi.StringAsset("hello"))
    assert is_asset(asset)
    assert content(tmp_path, asset) == b"hello"


def test_assets_are_found_at_any_depth(tmp_path: Path) -> None:
    asset = on_the_wire(pulumi.StringAsset("hello"))
    inputs = {"name": "a", "parts": [{"source": asset}]}
    assert with_digests(tmp_path, inputs)["parts"][0]["source"]["hash"]


def test_a_remote_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^a file must be on this machine"):
        on_the_wire(pulumi.RemoteAsset("https://example.org/a"))
