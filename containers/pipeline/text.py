"""Text that strangers wrote, such as keys, on its way to people."""

import unicodedata

__all__ = ["is_unseen", "visible"]

_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of control and formatting characters, lone surrogates and line ends."""


def is_unseen(letter: str) -> bool:
    """Whether nobody would see it, or a terminal or mail program would obey it."""
    joins_emoji = letter == "\u200d"
    return unicodedata.category(letter) in _UNSEEN and not joins_emoji


def visible(text: str) -> str:
    """The text in one line that controls no terminal: what nobody would see is escaped."""
    return "".join(
        letter.encode("unicode_escape").decode("ascii") if is_unseen(letter) else letter
        for letter in text
    )
