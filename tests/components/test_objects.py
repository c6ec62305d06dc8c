from __future__ import annotations

import pulumi

from components.objects import Objects, ObjectsArgs
from components.private_bucket import PrivateBucket, PrivateBucketArgs
from proofs.recorder import run


def test_each_asset_is_an_object_under_its_key_without_tags() -> None:
    def program() -> None:
        bucket = PrivateBucket("store", PrivateBucketArgs(protect=False))
        files = {"seals/0a1b": pulumi.StringAsset("wax")}
        seals = Objects("seals", ObjectsArgs(bucket=bucket, under="seals/", files=files))
        pulumi.export("seal", seals.once_there("0a1b"))

    graph = run(program)
    [kept] = graph.of_kind("s3.BucketObjectv2")
    inputs = dict(kept.inputs)
    assert graph.outputs == {"seal": "0a1b"}
    assert kept.name == "seals-0a1b"
    assert inputs.pop("source").text == graph.kept("seals/0a1b") == "wax"
    assert inputs == {
        "bucket": "store-0a1b2c",
        "key": "seals/0a1b",
        "contentType": "application/octet-stream",
        "cacheControl": "private, no-store",
        "overrideProvider": {"defaultTags": {"tags": {}}},
    }
