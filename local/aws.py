"""Clients of the local AWS, and the environment its processes get.

Nothing here reads the user's AWS configuration: the credentials are MiniStack's fixed
administrator, the endpoint is always named, and profiles and proxies are left out, so that no call
can reach a real account.
"""

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
import botocore.session
from botocore.config import Config

ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - MiniStack's published administrator, not a secret
ACCOUNT = "000000000000"

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "VIRTUAL_ENV", "DOCKER_HOST")


@dataclass(frozen=True)
class LocalAws:
    """boto3 clients of one running MiniStack, made once a service and safe to share by threads."""

    endpoint: str
    region: str
    _clients: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """The client of `service`; boto3's own types are left at the door."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = _session(self.region).client(
                    service,  # type: ignore[call-overload]
                    endpoint_url=self.endpoint,
                    aws_access_key_id=ACCESS_KEY,
                    aws_secret_access_key=SECRET_KEY,
                    config=Config(
                        proxies={},
                        signature_version="s3v4" if service == "s3" else None,
                        s3={"addressing_style": "path"},
                        retries={"mode": "standard", "max_attempts": 3},
                        max_pool_connections=50,
                        connect_timeout=5,
                        read_timeout=60,
                    ),
                )
            return self._clients[service]


def _session(region: str) -> boto3.Session:
    # No variable names a profile or a file: AWS_PROFILE naming one that is not there would stop us.
    core = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    return boto3.Session(botocore_session=core, region_name=region)


def child_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """What a child process gets: a few variables of ours and `extra`; no AWS settings or proxy."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {
        **kept,
        "PYTHONUNBUFFERED": "1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        **extra,
    }
