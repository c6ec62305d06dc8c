"""One metric of CloudWatch, which alarms and dashboards look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import pulumi

__all__ = ["Metric", "Statistic"]

Statistic = Literal["Average", "Maximum", "Sum", "p50", "p95"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric, and how its values within a period become one."""

    namespace: pulumi.Input[str]
    name: str
    statistic: Statistic
    dimensions: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
