"""Physical names, by Pulumi's `pulumi:autonaming` setting or its default."""

import json
import re
import secrets
import string
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

_EXPRESSION = re.compile(r"\$\{(?P<name>[^}()]+)(?:\((?P<length>\d+)\))?\}")
_ALPHABETS = {
    "hex": "0123456789abcdef",
    "alphanum": string.ascii_lowercase + string.digits,
    "string": string.ascii_lowercase,
    "num": string.digits,
}
DEFAULT_PATTERN = "${name}-${hex(7)}"


@dataclass(frozen=True)
class Naming:
    """Makes the physical name of a resource that the program leaves unnamed."""

    project: str
    stack: str
    config: Mapping[str, str]

    def physical(self, logical: str, *, longest: int = 64) -> str:
        """A fresh name of at most `longest` characters; `ValueError` if it would not fit."""
        setting = json.loads(self.config.get("pulumi:autonaming", "{}"))
        pattern = setting.get("pattern", DEFAULT_PATTERN)
        if setting.get("mode") == "verbatim":
            pattern = "${name}"
        name = _EXPRESSION.sub(lambda match: self._expand(match, logical), pattern)
        if len(name) > longest:
            raise ValueError(f"name {name} must have at most {longest} characters, got {len(name)}")
        return name

    def _expand(self, match: re.Match[str], logical: str) -> str:
        name, length = match["name"], match["length"]
        if length is not None and name in _ALPHABETS:
            return "".join(secrets.choice(_ALPHABETS[name]) for _ in range(int(length)))
        known = {
            "name": logical,
            "project": self.project,
            "stack": self.stack,
            "organization": "organization",
            "uuid": str(uuid.uuid4()),
        }
        if name in known:
            return known[name]
        if name.startswith("config."):
            return self.config[name.removeprefix("config.")]
        raise ValueError(f"pulumi:autonaming must use known expressions, got {match[0]}")
