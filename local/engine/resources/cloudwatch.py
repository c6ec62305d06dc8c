"""Alarms and dashboards, which exist locally but see only what MiniStack measures."""

from typing import Any

from local.engine.deployment import Deployment
from local.engine.registry import REGISTRY, Created, Inputs, Named, Values

_ALARM = (
    "actionsEnabled",
    "alarmActions",
    "alarmDescription",
    "comparisonOperator",
    "datapointsToAlarm",
    "evaluationPeriods",
    "extendedStatistic",
    "insufficientDataActions",
    "metricName",
    "namespace",
    "okActions",
    "period",
    "statistic",
    "threshold",
    "treatMissingData",
    "unit",
)


def _field(key: str) -> str:
    return {"okActions": "OKActions"}.get(key, key[0].upper() + key[1:])


@REGISTRY.resource(
    "aws:cloudwatch/metricAlarm:MetricAlarm",
    "name",
    "dimensions*",
    "tags*",
    *_ALARM,
    named=Named(longest=255),
)
def metric_alarm(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["name"]
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {_field(key): inputs[key] for key in _ALARM if key in inputs}
    dimensions = inputs.plain("dimensions", {})
    deployment.aws.client("cloudwatch").put_metric_alarm(
        AlarmName=physical,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        **request,
    )
    arn = deployment.arn("cloudwatch", f"alarm:{physical}")
    return Created(physical, {"name": physical, "arn": arn, "tagsAll": tags})


@REGISTRY.resource(
    "aws:cloudwatch/dashboard:Dashboard",
    "dashboardName",
    "dashboardBody",
    named=Named("dashboardName", 255),
)
def dashboard(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["dashboardName"]
    deployment.aws.client("cloudwatch").put_dashboard(
        DashboardName=physical, DashboardBody=inputs["dashboardBody"]
    )
    arn = f"arn:aws:cloudwatch::{deployment.account}:dashboard/{physical}"
    return Created(physical, {"dashboardName": physical, "dashboardArn": arn})


_COMPOSITE = ("actionsEnabled", "alarmActions", "alarmDescription", "alarmRule", "okActions")


@REGISTRY.resource(
    "aws:cloudwatch/compositeAlarm:CompositeAlarm",
    "alarmName",
    "tags*",
    *_COMPOSITE,
    named=Named("alarmName", 255),
)
def composite_alarm(deployment: Deployment, _name: str, inputs: Inputs) -> Created:
    physical = inputs["alarmName"]
    tags = deployment.tags(inputs.plain("tags"))
    request: dict[str, Any] = {_field(key): inputs[key] for key in _COMPOSITE if key in inputs}
    deployment.aws.client("cloudwatch").put_composite_alarm(
        AlarmName=physical,
        Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        **request,
    )
    arn = deployment.arn("cloudwatch", f"alarm:{physical}")
    return Created(physical, {"alarmName": physical, "arn": arn, "tagsAll": tags})


@REGISTRY.deletes("aws:cloudwatch/compositeAlarm:CompositeAlarm")
def delete_composite_alarm(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("cloudwatch").delete_alarms(AlarmNames=[identity])


@REGISTRY.reads("aws:cloudwatch/compositeAlarm:CompositeAlarm")
def read_composite_alarm(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    found = deployment.aws.client("cloudwatch").describe_alarms(
        AlarmNames=[identity], AlarmTypes=["CompositeAlarm"]
    )
    for alarm in found["CompositeAlarms"]:
        return {key: alarm.get(_field(key)) for key in _COMPOSITE}
    return None


@REGISTRY.deletes("aws:cloudwatch/metricAlarm:MetricAlarm")
def delete_alarm(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("cloudwatch").delete_alarms(AlarmNames=[identity])


@REGISTRY.deletes("aws:cloudwatch/dashboard:Dashboard")
def delete_dashboard(deployment: Deployment, identity: str, _inputs: Inputs) -> None:
    deployment.aws.client("cloudwatch").delete_dashboards(DashboardNames=[identity])


@REGISTRY.reads("aws:cloudwatch/metricAlarm:MetricAlarm")
def read_alarm(deployment: Deployment, identity: str, _inputs: Inputs) -> Values | None:
    found = deployment.aws.client("cloudwatch").describe_alarms(AlarmNames=[identity])
    for alarm in found["MetricAlarms"]:
        dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions", [])}
        return {**{key: alarm.get(_field(key)) for key in _ALARM}, "dimensions": dimensions}
    return None


@REGISTRY.reads("aws:cloudwatch/dashboard:Dashboard")
def read_dashboard(deployment: Deployment, identity: str, _inputs: Inputs) -> Values:
    found = deployment.aws.client("cloudwatch").get_dashboard(DashboardName=identity)
    return {"dashboardBody": found["DashboardBody"]}
