"""Amazon CloudFront: the caches in front of the renditions."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError
from tenacity import Retrying, retry_if_exception, stop_before_delay, wait_random_exponential

from aws.clients import client
from pipeline.address import RENDITIONS

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

__all__ = ["CloudFrontEdge"]

_PATIENCE_SECONDS = 40
"""CloudFront works on 15 prefixes and 3,000 files of a distribution at a time, about a minute each.
Waiting here applies back-pressure: the next batch is larger then, and one path in the end. With the
rest of a batch's work it is less than the function's timeout."""

_MOST_PREFIXES = 15
"""CloudFront accepts no more at a time."""

_MOST_FILES = 40
"""Those of about five pictures; each is billed as one path, 0.005 USD."""

_BUSY = {"Throttling", "ThrottlingException", "TooManyInvalidationsInProgress"}
"""CloudFront works on too much for now, or was called too often: `Rate exceeded`."""


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, ClientError) and error.response["Error"]["Code"] in _BUSY


class CloudFrontEdge:
    """The caches of one CloudFront distribution.

    A prefix is billed as one path, whatever lies under it. More prefixes than CloudFront accepts at
    a time become one, that of all renditions: viewers then wait for the bucket once, for one
    path's price. When CloudFront accepts no more prefixes for now, a few files are named one by
    one; for more files, or when it accepts no files either, this waits.
    """

    def __init__(
        self,
        distribution_id: str,
        sleep: Callable[[float], None] = time.sleep,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._distribution_id = distribution_id
        self._cloudfront: CloudFrontClient = client("cloudfront")
        self._retrying = Retrying(
            retry=retry_if_exception(_is_busy),
            wait=wait_random_exponential(max=10),
            stop=stop_before_delay(patience_seconds),
            sleep=sleep,
            reraise=True,
        )

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        if len(prefixes) > _MOST_PREFIXES:
            # The same path for other pictures needs another reference.
            everything = [f"/{RENDITIONS}*"]
            self._retrying(self._invalidate, everything, f"{reference} {list(prefixes)}")
        else:
            self._retrying(self._forget, prefixes, files, reference)

    def _forget(self, prefixes: Sequence[str], files: Sequence[str], reference: str) -> None:
        try:
            self._invalidate([f"/{prefix}*" for prefix in prefixes], reference)
        except self._cloudfront.exceptions.TooManyInvalidationsInProgress:
            if not 0 < len(files) <= _MOST_FILES:
                raise
            self._invalidate([f"/{key}" for key in files], reference)

    def _invalidate(self, paths: Sequence[str], reference: str) -> None:
        # CloudFront refuses a reference that it has seen with other paths.
        caller_reference = sha256(f"{reference} {paths}".encode()).hexdigest()
        self._cloudfront.create_invalidation(
            DistributionId=self._distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": list(paths)},
                "CallerReference": caller_reference,
            },
        )
