from __future__ import annotations

from components.objects import Objects, ObjectsArgs
from components.private_bucket import PrivateBucket, PrivateBucketArgs
from proofs.recorder import ROOT, run


def test_each_file_is_an_object_under_its_key_without_tags() -> None:
    def program() -> None:
        bucket = PrivateBucket("store", PrivateBucketArgs(protect=False))
        files = {"seals/0a1b": "samples/camera.png"}
        args = ObjectsArgs(bucket=bucket, under="seals/", files=files, content_type="image/png")
        Objects("seals", args)

    [kept] = run(program).of_kind("s3.BucketObjectv2")
    inputs = dict(kept.inputs)
    assert kept.name == "seals-0a1b"
    assert (ROOT / inputs.pop("source").path).is_file()
    assert inputs == {
        "bucket": "store-0a1b2c",
        "key": "seals/0a1b",
        "contentType": "image/png",
        "cacheControl": "private, no-store",
        "overrideProvider": {"defaultTags": {"tags": {}}},
    }
