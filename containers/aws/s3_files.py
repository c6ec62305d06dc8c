"""Amazon S3: objects saved as files, for operators.

Apart from `aws.s3_people`, as no function needs s3transfer, which takes time to import.
"""

from pathlib import Path

from s3transfer.manager import TransferManager

from aws.clients import client

__all__ = ["save"]


def save(bucket: str, key: str, version_id: str, path: Path) -> None:
    """Save one version of an object as a file."""
    with TransferManager(client("s3")) as manager:
        manager.download(bucket, key, str(path), {"VersionId": version_id}).result()
