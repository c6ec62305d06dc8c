"""The data in CloudFront's key value stores.

botocore has a client for it, which signs by an algorithm that takes another library. MiniStack asks
for a signature of any version, so these have the older one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from local.aws import ACCESS_KEY, SECRET_KEY

__all__ = ["KeyValues"]

_MISSING = 404


@dataclass
class KeyValues:
    """The stores of one running MiniStack."""

    endpoint: str

    def get(self, store: str, key: str) -> str | None:
        """A key's value in the store with this ARN, or None if it has none."""
        response = self._http.get(_path(store, key))
        if response.status_code == _MISSING:
            return None
        value: str = response.raise_for_status().json()["Value"]
        return value

    def put(self, store: str, key: str, value: str) -> None:
        """Give a key this value."""
        headers = _matching(self._http.get(_path(store)).raise_for_status())
        changed = self._http.put(_path(store, key), json={"Value": value}, headers=headers)
        changed.raise_for_status()

    def delete(self, store: str, key: str) -> None:
        """Remove a key that may be there; the store too may be gone."""
        described = self._http.get(_path(store))
        if described.status_code == _MISSING:
            return
        removed = self._http.delete(_path(store, key), headers=_matching(described))
        if removed.status_code != _MISSING:
            removed.raise_for_status()

    @cached_property
    def _http(self) -> httpx.Client:
        # Nobody closes it, so it keeps no connection.
        return httpx.Client(
            base_url=self.endpoint,
            auth=_Signing(),
            headers={"Connection": "close"},
            timeout=30,
            trust_env=False,
        )


class _Signing(httpx.Auth):
    """By MiniStack's administrator; CloudFront is in one Region."""

    requires_request_body = True

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]  # it needs no response
        signed = AWSRequest(request.method, str(request.url), data=request.content)
        credentials = Credentials(ACCESS_KEY, SECRET_KEY)
        SigV4Auth(credentials, "cloudfront-keyvaluestore", "us-east-1").add_auth(signed)
        request.headers.update(signed.headers.items())
        yield request


def _path(store: str, key: str = "") -> str:
    path = f"/key-value-stores/{quote(store, safe='')}"
    return f"{path}/keys/{quote(key, safe='')}" if key else path


def _matching(described: httpx.Response) -> dict[str, str]:
    """What a change has to name: the state of the store that it is made to."""
    return {"If-Match": described.headers["ETag"]}
