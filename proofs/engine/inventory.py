"""Everything that exists on a local AWS, of every kind that the program creates."""

from collections.abc import Callable, Iterator

from local.aws import LocalAws

_ITEMS: dict[str, tuple[str, dict[str, str], str, str | None]] = {
    "s3": ("list_buckets", {}, "Buckets", "Name"),
    "sqs": ("list_queues", {}, "QueueUrls", None),
    "dynamodb": ("list_tables", {}, "TableNames", None),
    "ecr": ("describe_repositories", {}, "repositories", "repositoryName"),
    "iam": ("list_roles", {}, "Roles", "RoleName"),
    "lambda": ("list_functions", {}, "Functions", "FunctionName"),
    "stepfunctions": ("list_state_machines", {}, "stateMachines", "name"),
    "logs": ("describe_log_groups", {}, "logGroups", "logGroupName"),
}


def inventory(aws: LocalAws) -> set[tuple[str, str]]:
    """Service and name of each thing that exists; the default event bus is not counted."""
    found: set[tuple[str, str]] = set()
    for service, (method, arguments, key, name) in _ITEMS.items():
        for item in getattr(aws.client(service), method)(**arguments).get(key, []):
            found.add((service, item[name] if name else item))
    for each in (_topics, _events, _mappings, _alarms, _delivery, _requests, _people):
        found.update(each(aws))
    return found


def _topics(aws: LocalAws) -> Iterator[tuple[str, str]]:
    sns = aws.client("sns")
    for topic in sns.list_topics()["Topics"]:
        yield "topic", topic["TopicArn"]
    for subscription in sns.list_subscriptions()["Subscriptions"]:
        yield "subscription", f"{subscription['TopicArn']} {subscription['Endpoint']}"


def _events(aws: LocalAws) -> Iterator[tuple[str, str]]:
    events = aws.client("events")
    for bus in events.list_event_buses()["EventBuses"]:
        if bus["Name"] != "default":
            yield "bus", bus["Name"]
        for rule in events.list_rules(EventBusName=bus["Name"])["Rules"]:
            yield "rule", rule["Name"]
            targets = events.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus["Name"])
            for target in targets["Targets"]:
                yield "target", f"{rule['Name']} {target['Id']}"
    for archive in events.list_archives()["Archives"]:
        yield "archive", archive["ArchiveName"]


def _mappings(aws: LocalAws) -> Iterator[tuple[str, str]]:
    functions = aws.client("lambda")
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        yield "mapping", mapping["UUID"]
    for function in functions.list_functions()["Functions"]:
        name = function["FunctionName"]
        for url in functions.list_function_url_configs(FunctionName=name)["FunctionUrlConfigs"]:
            yield "function url", url["FunctionUrl"]


def _alarms(aws: LocalAws) -> Iterator[tuple[str, str]]:
    cloudwatch = aws.client("cloudwatch")
    for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
        yield "alarm", alarm["AlarmName"]
    for dashboard in cloudwatch.list_dashboards().get("DashboardEntries", []):
        yield "dashboard", dashboard["DashboardName"]


def _delivery(aws: LocalAws) -> Iterator[tuple[str, str]]:
    cloudfront = aws.client("cloudfront")
    lists: dict[str, tuple[Callable[[], dict[str, dict[str, list[dict[str, str]]]]], str]] = {
        "distribution": (cloudfront.list_distributions, "DistributionList"),
        "access control": (cloudfront.list_origin_access_controls, "OriginAccessControlList"),
    }
    for kind, (call, key) in lists.items():
        for item in call()[key].get("Items", []):
            yield kind, item["Id"]
    for item in cloudfront.list_functions()["FunctionList"].get("Items", []):
        yield "viewer function", item["Name"]
    for item in cloudfront.list_key_value_stores()["KeyValueStoreList"].get("Items", []):
        yield "key value store", item["Name"]
    policies = cloudfront.list_response_headers_policies(Type="custom")
    for item in policies["ResponseHeadersPolicyList"].get("Items", []):
        yield "headers policy", item["ResponseHeadersPolicy"]["Id"]
    caching = cloudfront.list_cache_policies(Type="custom")["CachePolicyList"]
    for item in caching.get("Items", []):
        yield "cache policy", item["CachePolicy"]["Id"]


def _requests(aws: LocalAws) -> Iterator[tuple[str, str]]:
    gateway = aws.client("apigatewayv2")
    for api in gateway.get_apis()["Items"]:
        identity = api["ApiId"]
        yield "api", identity
        for route in gateway.get_routes(ApiId=identity)["Items"]:
            yield "route", f"{identity} {route['RouteKey']}"
        for kind, method, key in (
            ("authorizer", gateway.get_authorizers, "AuthorizerId"),
            ("integration", gateway.get_integrations, "IntegrationId"),
            ("stage", gateway.get_stages, "StageName"),
        ):
            for item in method(ApiId=identity)["Items"]:
                yield kind, f"{identity} {item[key]}"


def _people(aws: LocalAws) -> Iterator[tuple[str, str]]:
    cognito = aws.client("cognito-idp")
    for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
        identity = pool["Id"]
        yield "pool", identity
        if domain := cognito.describe_user_pool(UserPoolId=identity)["UserPool"].get("Domain"):
            yield "domain", domain
        for client in cognito.list_user_pool_clients(UserPoolId=identity)["UserPoolClients"]:
            yield "client", client["ClientId"]
        for provider in cognito.list_identity_providers(UserPoolId=identity)["Providers"]:
            yield "identity provider", f"{identity} {provider['ProviderName']}"
        for group in cognito.list_groups(UserPoolId=identity)["Groups"]:
            yield "group", f"{identity} {group['GroupName']}"
