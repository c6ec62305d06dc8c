"""Notices: what they hold, and the channels they go out through."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Mail", "MailRefusedError", "Notice", "Topic"]


@dataclass(frozen=True)
class Notice:
    """One message in its three forms: `subject` is one line of ASCII of at most 100 characters
    (SNS's limit), `sms` fits one text message."""

    subject: str
    text: str
    sms: str
    needs_person: bool = False
    """Whether somebody has to act on it: only then is it sent by SMS."""


class MailRefusedError(Exception):
    """This mail will never be accepted; `code` is the mail service's own error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Topic(Protocol):
    """Reaches every subscriber."""

    def publish(self, notice: Notice) -> None:
        """Hand the notice over, or raise."""


class Mail(Protocol):
    """Reaches one person."""

    def send(self, address: str, notice: Notice) -> None:
        """Hand the notice over, or raise: `MailRefusedError` if no retry could succeed."""
