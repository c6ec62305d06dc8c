"""Metrics of the pipeline's own, in the log by CloudWatch's embedded metric format."""

import os

from aws_lambda_powertools.metrics import MetricUnit, single_metric

__all__ = ["count", "measure"]


def count(name: str, value: float = 1) -> None:
    """Add to a count. The only dimension is the function."""
    _write(name, MetricUnit.Count, value)


def measure(name: str, seconds: float) -> None:
    """Record a duration."""
    _write(name, MetricUnit.Seconds, seconds)


def _write(name: str, unit: MetricUnit, value: float) -> None:
    # Lambda's environment has it, and the dimension. Elsewhere nobody reads what is written.
    if namespace := os.environ.get("POWERTOOLS_METRICS_NAMESPACE"):
        with single_metric(name=name, unit=unit, value=value, namespace=namespace):
            pass
