"""AWS Lambda: the configuration of functions and of what feeds them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws.clients import client

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

__all__ = ["LambdaFeeds", "LambdaFunctions"]


class LambdaFunctions:
    """Functions by their name."""

    def __init__(self) -> None:
        self._lambda: LambdaClient = client("lambda")

    def environment(self, name: str) -> Mapping[str, str]:
        response = self._lambda.get_function_configuration(FunctionName=name)
        return response["Environment"]["Variables"]


class LambdaFeeds:
    """Event source mappings by their UUID. One that is about to change refuses a change: raised, so
    that the message comes back."""

    def __init__(self) -> None:
        self._lambda: LambdaClient = client("lambda")

    def stop(self, feed: str) -> None:
        self._lambda.update_event_source_mapping(UUID=feed, Enabled=False)

    def start(self, feed: str) -> None:
        self._lambda.update_event_source_mapping(UUID=feed, Enabled=True)
