"""The only reader of `pulumi.Config`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from difflib import get_close_matches
from typing import Any, TypeVar

import pulumi
from pulumi.runtime.config import is_config_secret

from settings.words import Item, either, problem, whole

__all__ = ["Reader"]

# A stage's name is part of every physical name, the buckets' among them: S3 allows 63 characters,
# and no capitals, dots or underscores.
STAGE = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")

# A new stage takes at most so many characters, which leaves room for longer names of resources.
# Stages from release 0.1.0 may have up to 20, and every name made today still fits those.
LONGEST_NEW_STAGE = 12

T = TypeVar("T")
Choice = TypeVar("Choice", bound=str)


class Reader:
    """Reads the stack's configuration and collects the mistakes in it.

    A refused value reads as a harmless one of its type, so that reading continues with the next
    key; `finish` then stops the program.
    """

    def __init__(self) -> None:
        self._values = pulumi.Config()
        self._read: set[str] = set()
        self._refused: set[str] = set()
        self._problems: list[str] = []

    def stage(self) -> str:
        """The stack's name."""
        stage = pulumi.get_stack()
        if not STAGE.fullmatch(stage):
            rule = (
                "1 to 20 lower-case letters, digits and inner hyphens (it is part of bucket names)"
            )
            self.refuse("stack", rule, stage)
        elif len(stage) > LONGEST_NEW_STAGE:
            pulumi.log.warn(
                f"stack should have at most {LONGEST_NEW_STAGE} characters, got {stage}; give a "
                "new stage a shorter name, an older one keeps working"
            )
        return stage

    def given(self, key: str) -> bool:
        """Whether the key is set at all."""
        return self.value(key) is not None

    def value(self, key: str) -> str | None:
        """The value as the CLI hands it over, unchecked."""
        return self._get(key)

    def structure(self, key: str, default: Any) -> Any:
        """The value as lists and objects, `default` where none is set, None if it is neither."""
        value = self._get(key)
        if value is None:
            return default
        try:
            return json.loads(value)
        except ValueError:
            return None

    def choice(self, key: str, allowed: Sequence[Choice]) -> Choice:
        """One of `allowed`."""
        value = self._get(key) or ""
        for each in allowed:
            if each == value:
                return each
        self.refuse(key, either(allowed), value)
        return allowed[0]

    def number(self, key: str, least: int, most: int) -> int:
        """A whole number within these bounds."""
        number = whole(self._get(key))
        if number is None or not least <= number <= most:
            self.refuse(key, f"a whole number from {least} to {most}", self._get(key))
            return least
        return number

    def period(self, key: str, allowed: Sequence[int]) -> int:
        """One of the numbers of days that are `allowed`."""
        number = whole(self._get(key))
        if number is None or number not in allowed:
            self.refuse(key, f"one of {', '.join(map(str, allowed))}", self._get(key))
            return allowed[0]
        return number

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self._get(key)
        if value not in ("true", "false"):
            self.refuse(key, "true or false", value)
        return value == "true"

    def text(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        """A text that matches all of `pattern`; `rule` describes it."""
        value = self._get(key) or ""
        if not pattern.fullmatch(value):
            self.refuse(key, rule, value)
        return value

    def optional(self, key: str, pattern: re.Pattern[str], rule: str) -> str:
        """The same, or an empty text where nothing is set."""
        return self.text(key, pattern, rule) if self._get(key) else ""

    def day(self, key: str) -> str:
        """A day of the calendar like `2027-01-31`, or an empty text where nothing is set."""
        value = self._get(key) or ""
        try:
            if value and date.fromisoformat(value).isoformat() != value:
                raise ValueError
        except ValueError:
            self.refuse(key, "a day like '2027-01-31', in quotes", value)
        return value

    def items(
        self,
        key: str,
        parse: Callable[[Item], tuple[str, T | None]],
        part: str = "",
        least: int = 1,
    ) -> tuple[T, ...]:
        """A list of at least `least` texts, each parsed.

        `parse` returns the item's identity, which must be unique and is called `part` in messages,
        and its value, or None after refusing it.
        """
        texts = self._texts(key)
        if texts is not None and len(texts) < least:
            self.refuse(key, f"a list of at least {least}", "an empty one")
        identities: set[str] = set()
        values: list[T] = []
        for position, text in enumerate(texts or []):
            item = Item(f"{key}[{position}]", text)
            identity, value = parse(item)
            if identity and identity in identities:
                item.refuse(part, "unique", identity)
            identities.add(identity)
            if value is not None:
                values.append(value)
            if item.problems:
                self._refused.add(key)
            self._problems += item.problems
        return tuple(values)

    def secrets(self, key: str) -> tuple[str, ...]:
        """A list of texts that no message repeats."""
        value = self._get(key)
        texts = _list_of_texts(value)
        if texts is None:
            self.refuse(key, "a list of texts", value and "something else")
        elif texts and not is_config_secret(f"{pulumi.get_project()}:{key}"):
            pulumi.log.warn(f"{key} should be encrypted: pulumi config set --secret encrypts it")
        return tuple(texts or ())

    def ordered(self, low: str, high: str) -> None:
        """Refuse a number under `low` that is above the one under `high`."""
        least, most = whole(self._get(low)), whole(self._get(high))
        if least is None or most is None or self.refused(low, high):
            return
        if least > most:
            self.refuse(low, f"at most {high}, which is {most}", str(least))

    def together(self, *keys: str) -> None:
        """Refuse some of `keys` without the others."""
        missing = [key for key in keys if not self._get(key)]
        if 0 < len(missing) < len(keys):
            present = next(key for key in keys if key not in missing)
            self.refuse(missing[0], f"set where {present} is", None)

    def apart(self, flag: str, key: str) -> None:
        """Refuse any value under `key` where `flag` is true."""
        if self._get(flag) == "true" and self._get(key):
            self.refuse(key, f"left out where {flag} is true", self._get(key))

    def refused(self, *keys: str) -> bool:
        """Whether the value of any of `keys` was refused."""
        return not self._refused.isdisjoint(keys)

    def refuse(self, key: str, rule: str, value: str | None, must: str = "must be") -> None:
        """Add that `value` breaks the rule for `key`."""
        self._refused.add(key)
        self._problems.append(problem(key, rule, value, must))

    def fail(self, reason: str) -> None:
        """Add what stops the program, though no value breaks a rule."""
        self._problems.append(reason)

    def finish(self) -> None:
        """Stop the program after any mistake, one of them a key that nothing has read."""
        project = pulumi.get_project()
        for key in sorted(_given()):
            namespace, _, name = key.partition(":")
            if namespace == project and name not in self._read:
                meant = get_close_matches(name, sorted(self._read), 1)
                hint = f"; did you mean {meant[0]}?" if meant else ""
                self._problems.append(f"{name} must be a key of Pulumi.yaml{hint}")
            if namespace == "aws" and key not in self._read:
                known = sorted(each for each in self._read if each.startswith("aws:"))
                self._problems.append(
                    f"{key} must be left out: it has no effect on this program, which passes only "
                    f"{', '.join(known)} to its provider"
                )
        if self._problems:
            raise pulumi.RunError("\n".join(self._problems))

    def _texts(self, key: str) -> list[str] | None:
        texts = _list_of_texts(self._get(key))
        if texts is None:
            self.refuse(key, "a list of texts, numbers in quotes", self._get(key))
        return texts

    def _get(self, key: str) -> str | None:
        self._read.add(key)
        namespace, _, name = key.rpartition(":")
        return pulumi.Config(namespace).get(name) if namespace else self._values.get(name)


def _list_of_texts(value: str | None) -> list[str] | None:
    try:
        texts = json.loads(value or "")
    except ValueError:
        return None
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        return None
    return texts


def _given() -> set[str]:
    """The full names of all keys that are set, whatever their namespace."""
    return {*pulumi.runtime.config.get_config_env(), *pulumi.runtime.config.CONFIG.get()}
