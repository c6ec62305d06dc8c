"""AWS Cost Explorer: what was charged. Each request costs a cent."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from aws.clients import client

__all__ = ["AwsCosts"]


class AwsCosts:
    """The account's costs, a day late. AWS must know the tags as cost allocation tags."""

    def by_stage(self, project: str, since: date, until: date) -> Mapping[str, float]:
        # Cost Explorer has one endpoint, in the first Region.
        explorer = client("ce", "us-east-1")
        request = {
            "TimePeriod": {"Start": since.isoformat(), "End": until.isoformat()},
            "Granularity": "MONTHLY",
            "Metrics": ["UnblendedCost"],
            "Filter": {"Tags": {"Key": "project", "Values": [project]}},
            "GroupBy": [{"Type": "TAG", "Key": "stage"}],
        }
        dollars: dict[str, float] = defaultdict(float)
        while True:
            page = explorer.get_cost_and_usage(**request)
            for period in page["ResultsByTime"]:
                for group in period["Groups"]:
                    # Cost Explorer returns "stage$dev".
                    stage = group["Keys"][0].partition("$")[2]
                    dollars[stage] += float(group["Metrics"]["UnblendedCost"]["Amount"])
            if not page.get("NextPageToken"):
                return dict(dollars)
            request["NextPageToken"] = page["NextPageToken"]
