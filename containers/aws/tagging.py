"""AWS Resource Groups Tagging: what bears a project's tags, with what it does not list."""

from collections.abc import Iterator

from aws.clients import client
from pipeline.stages import Tagged

__all__ = ["AwsTagged"]

_GLOBAL = "us-east-1"
"""Where AWS keeps the tags of what is in no Region, such as CloudFront's distributions."""


class AwsTagged:
    """The resources of one Region and the global ones, with their tags."""

    def __init__(self, region: str) -> None:
        self._regions = sorted({region, _GLOBAL})

    def of_project(self, project: str) -> Iterator[Tagged]:
        found: dict[str, Tagged] = {}
        for region in self._regions:
            pages = client("resourcegroupstaggingapi", region).get_paginator("get_resources")
            for page in pages.paginate(TagFilters=[{"Key": "project", "Values": [project]}]):
                for each in page["ResourceTagMappingList"]:
                    tags = {tag["Key"]: tag["Value"] for tag in each["Tags"]}
                    found[each["ResourceARN"]] = Tagged(each["ResourceARN"], tags)
        yield from found.values()
        yield from _roles(project)
        yield from _dashboards(project)


def _dashboards(project: str) -> Iterator[Tagged]:
    """They take no tags, and cost by the month; their names are project and stage."""
    pages = client("cloudwatch").get_paginator("list_dashboards")
    for page in pages.paginate(DashboardNamePrefix=f"{project}-"):
        for each in page["DashboardEntries"]:
            stage = each["DashboardName"].removeprefix(f"{project}-")
            yield Tagged(each["DashboardArn"], {"project": project, "stage": stage})


def _roles(project: str) -> Iterator[Tagged]:
    iam = client("iam")
    for page in iam.get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if role["RoleName"].startswith(f"{project}-"):
                listed = iam.list_role_tags(RoleName=role["RoleName"])["Tags"]
                tags = {tag["Key"]: tag["Value"] for tag in listed}
                if tags.get("project") == project:
                    yield Tagged(role["Arn"], tags)
