"""Notices: what they hold, and the channels they go out through."""

from dataclasses import dataclass
from typing import Protocol

__all__ = ["Addresses", "Mail", "MailMessage", "MailRefusedError", "Notice", "Topic"]


@dataclass(frozen=True)
class Notice:
    """One message in its three forms: `subject` is one line of ASCII of at most 100 characters
    (SNS's limit), `sms` fits one text message."""

    subject: str
    text: str
    sms: str
    needs_person: bool = False
    """Whether somebody has to act on it: only then is it sent by SMS."""


@dataclass(frozen=True)
class MailMessage:
    """A mail to an uploader. Unlike a notice to subscribers it holds no text of the uploader's
    choice but a file name without anything that a mail program would make a link of."""

    subject: str
    text: str


class MailRefusedError(Exception):
    """This mail will never be accepted; `code` is the mail service's own error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class Topic(Protocol):
    """Reaches every subscriber."""

    def publish(self, notice: Notice) -> None:
        """Publish the notice, or raise."""


class Mail(Protocol):
    """Reaches one person."""

    def send(self, address: str, message: MailMessage) -> None:
        """Send the message, or raise: `MailRefusedError` if no retry could succeed."""


class Addresses(Protocol):
    """Where people who have signed in get their mail."""

    def of(self, owner_id: str) -> str | None:
        """The address of the person whose uploads have this owner id, if it is verified and they
        may still sign in."""
