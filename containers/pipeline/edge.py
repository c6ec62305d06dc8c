"""CloudFront's caches."""

import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol

from tenacity import Retrying, retry_if_exception_type, stop_before_delay, wait_random_exponential

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

__all__ = ["CloudFrontEdge", "Edge"]

_PATIENCE_SECONDS = 40
"""CloudFront works on 15 prefixes and 3,000 files of a distribution at a time, a minute or so each.
Whoever waits for its turn here holds back the queue, whose messages would else use up their
tries; it is less than a function's timeout."""


class Edge(Protocol):
    """The caches between the renditions and whoever looks at them."""

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        """Serve everything under these prefixes from the bucket again.

        `files` are the keys of all that the caches may hold of it, or none where that is not
        known. The same reference and keys twice ask once.
        """


class CloudFrontEdge:
    """The caches of one CloudFront distribution.

    A prefix is one request to pay, whatever lies under it. When CloudFront takes no more prefixes
    at a time, the files are named one by one; when it takes no more files either, this waits.
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
            retry=retry_if_exception_type(
                self._cloudfront.exceptions.TooManyInvalidationsInProgress
            ),
            wait=wait_random_exponential(max=10),
            stop=stop_before_delay(patience_seconds),
            sleep=sleep,
            reraise=True,
        )

    def forget(self, prefixes: Sequence[str], files: Sequence[str], *, reference: str) -> None:
        self._retrying(self._forget, prefixes, files, reference)

    def _forget(self, prefixes: Sequence[str], files: Sequence[str], reference: str) -> None:
        try:
            self._invalidate([f"/{prefix}*" for prefix in prefixes], reference)
        except self._cloudfront.exceptions.TooManyInvalidationsInProgress:
            if not files:
                raise
            self._invalidate([f"/{key}" for key in files], reference)

    def _invalidate(self, paths: Sequence[str], reference: str) -> None:
        # CloudFront refuses a reference that it knows with other paths.
        asked = sha256(f"{reference} {paths}".encode()).hexdigest()
        self._cloudfront.create_invalidation(
            DistributionId=self._distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": list(paths)},
                "CallerReference": asked,
            },
        )
