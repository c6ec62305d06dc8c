"""Which manifests Lambda takes, and what is said of the others."""

from typing import Any

import pytest

from local.docker.manifest import ManifestError, check_manifest

ARM = {"os": "linux", "architecture": "arm64"}


def index(*platforms: str, attestations: int = 0, media_type: str = "oci") -> dict[str, Any]:
    types = {
        "oci": "application/vnd.oci.image.index.v1+json",
        "docker": "application/vnd.docker.distribution.manifest.list.v2+json",
    }
    images = [
        {"platform": dict(zip(("os", "architecture"), each.split("/"), strict=True))}
        for each in platforms
    ]
    attested = {
        "platform": {"os": "unknown", "architecture": "unknown"},
        "annotations": {"vnd.docker.reference.type": "attestation-manifest"},
    }
    return {"mediaType": types[media_type], "manifests": [*images, *[attested] * attestations]}


@pytest.mark.parametrize(
    "media_type",
    [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
    ],
)
def test_one_image_for_the_functions_platform_is_taken(media_type: str) -> None:
    check_manifest({"mediaType": media_type, "config": {}}, ARM, "linux/arm64")


def test_an_image_with_attestations_is_refused_with_the_way_to_build_without_them() -> None:
    with pytest.raises(ManifestError) as refused:
        check_manifest(index("linux/arm64", attestations=1), {}, "linux/arm64")
    assert str(refused.value) == (
        "manifest must be one image, got an index of linux/arm64 and 1 attestation(s). "
        "Lambda reads no index and reports the media type as not supported; "
        "build without attestations: BUILDX_NO_DEFAULT_ATTESTATIONS=1, "
        "or --provenance=false --sbom=false"
    )


@pytest.mark.parametrize("media_type", ["oci", "docker"])
def test_images_for_several_platforms_are_refused_with_the_way_to_build_one(
    media_type: str,
) -> None:
    manifest = index("linux/arm64", "linux/amd64", media_type=media_type)
    with pytest.raises(ManifestError, match=r"linux/arm64, linux/amd64.+build for one platform"):
        check_manifest(manifest, {}, "linux/arm64")


def test_an_image_for_another_platform_is_refused_with_the_setting_that_decides() -> None:
    manifest = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {}}
    with pytest.raises(ManifestError, match=r"for linux/amd64, got linux/arm64: .+architecture"):
        check_manifest(manifest, ARM, "linux/amd64")


def test_a_media_type_that_lambda_does_not_know_is_named() -> None:
    with pytest.raises(ManifestError, match=r"media type must be one of .+, got 'text/plain'"):
        check_manifest({"mediaType": "text/plain"}, ARM, "linux/arm64")
