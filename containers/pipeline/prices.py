"""List prices in US dollars, us-east-1, for the cost recorded in an item.

Sources: the public price pages of AWS Lambda (x86), Amazon S3 (standard), Amazon Rekognition
(group 2 and image properties, first million), Amazon DynamoDB (on demand), Amazon CloudFront and
Amazon Bedrock, before any free tier.
"""

from collections.abc import Collection

__all__ = [
    "analyses_usd",
    "analysis_costs",
    "demand_usd",
    "embeddings_usd",
    "function_usd",
    "invalidations_usd",
    "writes_usd",
]

_EMBEDDING = {"titan": 0.00006, "nova": 0.00006}
"""What each embedding model charges for one picture, by its name in the settings."""

_DESCRIPTION = 0.00022
"""What Nova Lite charges for one picture: 3,000 tokens in, at 0.06 dollars a million, and 150 out,
at 0.24. A picture of 1,600 pixels a side is about 2,600, the task 300."""

_GB_SECOND = 0.0000166667
_PUT = 0.000005
_GET = 0.0000004
_INVOCATION = 0.0000002
_TABLE_WRITE = 0.000000625
_TABLE_READ = 0.000000125
_INVALIDATED_PATH = 0.005
_ANALYSIS = {
    "labels": 0.0010,
    "properties": 0.00075,
    "moderation": 0.0010,
    "faces": 0.0010,
    "text": 0.0010,
    "celebrities": 0.0010,
    "nova-lite": _DESCRIPTION,
}


def analyses_usd(analyses: Collection[str]) -> float:
    """What Rekognition, and a model that describes, charge for one picture."""
    return sum(analysis_costs(analyses).values())


def analysis_costs(analyses: Collection[str]) -> dict[str, float]:
    """The same by analysis."""
    return {analysis: _ANALYSIS[analysis] for analysis in analyses}


def embeddings_usd(models: Collection[str]) -> float:
    """What these models charge for placing one picture."""
    return sum(_EMBEDDING[model] for model in models)


def function_usd(ms: int, memory_mb: int) -> float:
    """What Lambda charges for an invocation of this length."""
    return _GB_SECOND * ms / 1000 * memory_mb / 1024


def writes_usd(count: int) -> float:
    """What S3 charges for writing this many objects."""
    return _PUT * count


def demand_usd(ms: int, memory_mb: int) -> float:
    """What making one rendition on demand costs, up to its answer: two requests to S3 that miss it
    and read the original, two looks at the catalog, the claim, this charge with a look at the sum
    of the day, and the file."""
    reads = 2 * _GET + 3 * _TABLE_READ
    return function_usd(ms, memory_mb) + _INVOCATION + reads + 2 * _TABLE_WRITE + writes_usd(1)


def invalidations_usd(paths: int) -> float:
    """What CloudFront charges for dropping what it caches under this many paths."""
    return _INVALIDATED_PATH * paths
