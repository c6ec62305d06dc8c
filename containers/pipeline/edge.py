"""CloudFront's caches."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pipeline.aws import client

if TYPE_CHECKING:
    from mypy_boto3_cloudfront import CloudFrontClient

__all__ = ["CloudFrontEdge", "Edge"]


class Edge(Protocol):
    """The caches between the renditions and whoever looks at them."""

    def forget(self, paths: Sequence[str], *, reference: str) -> None:
        """Serve these paths (`*` at the end allowed) from the bucket again.

        The same reference twice asks once.
        """


class CloudFrontEdge:
    """The caches of one CloudFront distribution."""

    def __init__(self, distribution_id: str) -> None:
        self._distribution_id = distribution_id
        self._cloudfront: CloudFrontClient = client("cloudfront")

    def forget(self, paths: Sequence[str], *, reference: str) -> None:
        self._cloudfront.create_invalidation(
            DistributionId=self._distribution_id,
            InvalidationBatch={
                "Paths": {"Quantity": len(paths), "Items": list(paths)},
                "CallerReference": reference,
            },
        )
