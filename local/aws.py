"""Clients of the local AWS, and the environment of its processes.

Nothing here reads the user's AWS configuration, so that no call can reach a real account: the
credentials are MiniStack's fixed administrator, and the endpoint is always given.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.config import Config

from aws.clients import Connection

ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - MiniStack's published administrator, not a secret
ACCOUNT = "000000000000"

_CONFIG = Config(
    retries={"mode": "standard", "max_attempts": 3},
    max_pool_connections=50,
    connect_timeout=5,
    read_timeout=60,
)

_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOCPATH",
    "TZ",
    "VIRTUAL_ENV",
    "DOCKER_HOST",
)


@dataclass(frozen=True)
class LocalAws:
    """boto3 clients of one running MiniStack, made once a service and safe to share by threads."""

    endpoint: str
    region: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """The client of `service`."""
        with self._lock:
            if service not in self._clients:
                connection = Connection(
                    endpoint=self.endpoint,
                    region=self.region,
                    access_key=ACCESS_KEY,
                    secret_key=SECRET_KEY,
                )
                self._clients[service] = connection.client(service, _CONFIG)
            return self._clients[service]


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a child process gets: a few variables of ours and `extra`; no AWS settings or proxy."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        # Their logs are read as UTF-8, whatever the terminal's encoding is.
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **extra,
    }
