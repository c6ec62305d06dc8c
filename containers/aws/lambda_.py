"""AWS Lambda: the configuration of functions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws.clients import client

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

__all__ = ["LambdaFunctions"]


class LambdaFunctions:
    """Functions by their name."""

    def __init__(self) -> None:
        self._lambda: LambdaClient = client("lambda")

    def environment(self, name: str) -> Mapping[str, str]:
        response = self._lambda.get_function_configuration(FunctionName=name)
        return response["Environment"]["Variables"]
