"""One structured logger per function, named by `POWERTOOLS_SERVICE_NAME`."""

from aws_lambda_powertools import Logger

from pipeline.item import Item

__all__ = ["log_outcome", "logger"]

logger = Logger()


def log_outcome(item: Item | None) -> None:
    """Log how a stage left a picture: `item` is what `pipeline.stage_run` returned."""
    if item is None:
        logger.info("superseded: the bucket shows another version, whose own event follows")
    else:
        logger.info("done", extra={"status": item.status})
