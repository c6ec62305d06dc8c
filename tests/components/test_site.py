from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.private_bucket import PrivateBucket, PrivateBucketArgs
from components.site import Site, SiteArgs, content_policy
from proofs import PAGE
from proofs.recorder import ROOT, Graph, Resource, run

FILES = {
    each.relative_to(ROOT / PAGE / "dist").as_posix(): str(each.relative_to(ROOT))
    for each in (ROOT / PAGE / "dist").rglob("*")
    if each.is_file()
}


def build(files: dict[str, str] | None = None) -> Graph:
    def program() -> None:
        bucket = PrivateBucket("site", PrivateBucketArgs(protect=False))
        config = {"stage": "test", "client": bucket.name}
        Site("web", SiteArgs(bucket=bucket, files=files or FILES, config=config))

    return run(program)


def objects(graph: Graph) -> dict[str, Resource]:
    return {each.inputs["key"]: each for each in graph.of_kind("s3.BucketObjectv2")}


def test_each_file_is_an_object_named_by_its_path() -> None:
    assert {key: each.name for key, each in objects(build()).items()} == {
        "assets/main-0a1b2c3d.js": "web-assets/main-0a1b2c3d.js",
        "config.json": "web-config.json",
        "icon.svg": "web-icon.svg",
        "index.html": "web-index.html",
    }


def test_an_object_is_its_file_with_an_exact_type_and_without_tags() -> None:
    inputs = dict(objects(build())["icon.svg"].inputs)
    file: Any = inputs.pop("source")
    assert (ROOT / file.path).read_bytes() == (ROOT / PAGE / "dist/icon.svg").read_bytes()
    assert inputs == {
        "bucket": "site-0a1b2c",
        "key": "icon.svg",
        "contentType": "image/svg+xml",
        "cacheControl": "no-cache",
        "overrideProvider": {"defaultTags": {"tags": {}}},
    }


def test_files_named_by_their_content_are_kept_for_ever_and_the_others_checked() -> None:
    found = objects(build())
    assert {key: each.inputs["cacheControl"] for key, each in found.items()} == {
        "assets/main-0a1b2c3d.js": "public, max-age=31536000, immutable",
        "config.json": "no-cache",
        "icon.svg": "no-cache",
        "index.html": "no-cache",
    }
    assert {key for key, each in found.items() if each.retained} == {"assets/main-0a1b2c3d.js"}


def test_the_document_is_written_after_everything_that_it_may_refer_to() -> None:
    found = objects(build())
    others = {each.urn for key, each in found.items() if key != "index.html"}
    assert others <= found["index.html"].depends_on


def test_no_file_is_written_into_a_bucket_that_is_still_open() -> None:
    graph = build()
    settings = {each.urn for each in graph.children(graph.resource("PrivateBucket", "site"))}
    for each in objects(graph).values():
        assert settings <= each.depends_on


def test_the_page_reads_what_it_must_know_of_its_stack() -> None:
    config = objects(build())["config.json"]
    assert config.document("content") == {"stage": "test", "client": "site-0a1b2c"}
    assert config.inputs["contentType"] == "application/json"


@pytest.mark.parametrize("name", ["a.exe", "LICENCE"])
def test_a_file_of_an_unknown_kind_is_refused(name: str) -> None:
    with pytest.raises(pulumi.RunError, match=rf"^{name} must end with one of \.css, .*, got "):
        build({**FILES, name: str(Path(PAGE) / "index.html")})


def test_the_policy_names_every_origin_and_allows_nothing_unsafe() -> None:
    def program() -> None:
        policy = content_policy(
            images=["https://a.example.org", pulumi.Output.from_input("https://b.example.org")],
            calls=["https://c.example.org"],
        )
        pulumi.export("policy", policy)

    assert run(program).outputs["policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob: data: https://a.example.org https://b.example.org; "
        "connect-src 'self' https://c.example.org; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
