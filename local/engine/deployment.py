"""What every resource handler is given: the local AWS, names, tags, images, and the stand-in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.aws import ACCOUNT, LocalAws
from local.children import ROOT
from local.engine.images import Images
from local.engine.naming import Naming
from local.sign_in import SIGN_IN

_ADDRESS = re.compile(r"https://[a-z0-9.-]+")


@dataclass(frozen=True)
class Order:
    """Which program to run and against what: all that crosses over to the program's process."""

    program: str
    project: str
    stage: str
    config: dict[str, str]
    endpoint: str
    rekognition: str
    images: str
    front: str
    """The address at which the front will serve the distribution, without a slash at its end."""

    record: str
    """The file that holds what earlier runs have made; it may be missing."""

    containers: bool = False
    """Whether the functions run in containers; `rekognition` is then as a container reaches it."""


@dataclass
class Deployment:
    """One run of the program against one local AWS."""

    aws: LocalAws
    project: str
    stage: str
    naming: Naming
    images: Images
    rekognition: str
    """The stand-in's address, without a slash at its end."""

    front: str
    """The address at which the front will serve the distribution, without a slash at its end."""

    root: Path = ROOT
    """The program's folder, which the paths of files and build contexts are relative to."""

    account: str = ACCOUNT
    default_tags: dict[str, str] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The region everything is in."""
        return self.aws.region

    def arn(self, service: str, resource: str) -> str:
        """The name of a resource of this account and region."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"

    def reachable(self, url: str) -> str:
        """An address for a browser on this machine, in place of one of AWS's.

        The front stands in for a distribution and for a user pool's pages, and MiniStack has each
        bucket under a path of its own.
        """
        parts = urlsplit(url)
        label, _, rest = (parts.hostname or "").partition(".")
        if rest == "cloudfront.net":
            return f"{self.front}{parts.path}"
        if rest == f"auth.{self.region}.amazoncognito.com":
            return f"{self.front}{SIGN_IN}{parts.path}"
        if rest == f"s3.{self.region}.amazonaws.com":
            return f"{self.aws.endpoint}/{label}{parts.path}"
        return url

    def local_text(self, text: str, path: str = "") -> str:
        """A text whose addresses a browser on this machine can reach, each followed by `path`."""
        return _ADDRESS.sub(lambda found: self.reachable(found[0] + path), text)

    def tags(self, own: Mapping[str, str] | None) -> dict[str, str]:
        """A resource's own tags over the provider's default ones."""
        return {**self.default_tags, **(own or {})}
