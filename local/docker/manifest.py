"""Whether Lambda accepts a pushed image, judged by its manifest."""

from typing import Any

import httpx

__all__ = ["ManifestError", "check_manifest", "read_manifest"]

SINGLE = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
)
MANY = (
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.index.v1+json",
)


class ManifestError(ValueError):
    """An image that Lambda would refuse; the message has the fix."""


def read_manifest(registry: str, reference: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest behind `<server>/<repository>@<digest>` and, of a single image, its config.

    `registry` is the server's address with its scheme. Raises `httpx.HTTPError`.
    """
    name, _, digest = reference.partition("@")
    path = f"{registry}/v2/{name.partition('/')[2]}"
    with httpx.Client(trust_env=False, timeout=30, follow_redirects=True) as http:
        accept = {"Accept": ", ".join((*SINGLE, *MANY))}
        response = http.get(f"{path}/manifests/{digest}", headers=accept).raise_for_status()
        manifest: dict[str, Any] = response.json()
        if "config" not in manifest:
            return manifest, {}
        config = http.get(f"{path}/blobs/{manifest['config']['digest']}").raise_for_status()
        return manifest, config.json()


def check_manifest(manifest: dict[str, Any], config: dict[str, Any], platform: str) -> None:
    """Return if Lambda accepts the image on `platform` (`linux/arm64`, `linux/amd64`).

    Raises:
        ManifestError: it is an index (several platforms, or one with attestations), is of a media
            type that Lambda does not know, or is for another platform.
    """
    media_type = manifest.get("mediaType", "")
    if media_type in MANY or "manifests" in manifest:
        raise ManifestError(_explained(manifest))
    if media_type not in SINGLE:
        raise ManifestError(f"media type must be one of {', '.join(SINGLE)}, got {media_type!r}")
    built = f"{config.get('os')}/{config.get('architecture')}"
    if built != platform:
        raise ManifestError(
            f"image must be for {platform}, got {built}: set the stack's architecture, "
            "which decides the image's platform and the function's architecture alike"
        )


def _explained(index: dict[str, Any]) -> str:
    images, attestations = [], 0
    for entry in index.get("manifests", []):
        platform = entry.get("platform", {})
        if platform.get("os") == "unknown" or "vnd.docker.reference.type" in entry.get(
            "annotations", {}
        ):
            attestations += 1
        else:
            images.append(f"{platform.get('os')}/{platform.get('architecture')}")
    refused = "Lambda reads no index and reports the media type as not supported"
    if attestations:
        fix = (
            "build without attestations: BUILDX_NO_DEFAULT_ATTESTATIONS=1, "
            "or --provenance=false --sbom=false"
        )
    else:
        fix = "build for one platform: --platform linux/arm64 or linux/amd64"
    found = f"{', '.join(images) or 'no image'} and {attestations} attestation(s)"
    return f"manifest must be one image, got an index of {found}. {refused}; {fix}"
