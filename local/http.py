"""A request to the front, and a response that no origin is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

__all__ = ["Reply", "Request"]


@dataclass(frozen=True)
class Request:
    """A request's first line, headers and body; names of headers are in lower case."""

    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""
    """Only where the front itself answers."""

    @property
    def path(self) -> str:
        """The path as it was sent, without the query."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """What follows the question mark, as it was sent."""
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """The values of a header, separated by commas; empty if there is none."""
        return ", ".join(value for each, value in self.headers if each == name)


@dataclass(frozen=True)
class Reply:
    """A response that no origin was asked for."""

    status: int
    text: str
    content_type: str = "text/plain; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def having(self, header: tuple[str, str]) -> "Reply":
        """The same with another header."""
        return replace(self, headers=(*self.headers, header))
