"""One structured logger a function; its name comes from `POWERTOOLS_SERVICE_NAME`."""

from aws_lambda_powertools import Logger

__all__ = ["logger"]

logger = Logger()
