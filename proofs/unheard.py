"""Objects that the pipeline never heard of, like those of a bucket older than its stack."""

from collections.abc import Iterator
from contextlib import contextmanager

from local.state import RunningStack

__all__ = ["no_events"]


@contextmanager
def no_events(stack: RunningStack) -> Iterator[None]:
    """The bucket of originals publishes no events while the block runs."""
    s3, bucket = stack.aws.client("s3"), stack.outputs["originals"]
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        s3.put_bucket_notification_configuration(
            Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
