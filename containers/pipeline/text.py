"""Text from untrusted sources, such as keys, made safe to print."""

import unicodedata

__all__ = ["is_unseen", "visible"]

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of control and formatting characters, lone surrogates and line ends."""


def is_unseen(character: str) -> bool:
    """Whether it is invisible, or would control a terminal or mail program."""
    joins_emoji = character == "\u200d"
    return unicodedata.category(character) in _UNSEEN and not joins_emoji


def visible(text: str) -> str:
    """The text on one line, with invisible and control characters escaped."""
    return "".join(
        character.encode("unicode_escape").decode("ascii") if is_unseen(character) else character
        for character in text
    )
