"""What every resource handler is given: the local AWS, names, tags, images, and the stand-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from local.aws import ACCOUNT, LocalAws
from local.children import ROOT
from local.engine.images import Images
from local.engine.naming import Naming


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
        """An address for a browser on this machine: the front's in place of a distribution's."""
        parts = urlsplit(url)
        if not (parts.hostname or "").endswith(".cloudfront.net"):
            return url
        return f"{self.front}{parts.path}"

    def tags(self, own: Mapping[str, str] | None) -> dict[str, str]:
        """A resource's own tags over the provider's default ones."""
        return {**self.default_tags, **(own or {})}
