"""A changed policy over what was analysed already: which verdicts would be others."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol, get_args

from ops.terminal import reason
from pipeline.facts import Analysis
from pipeline.inventory import Items
from pipeline.item import Item, Malformed
from pipeline.policy import Copies, Policy, known_twin
from stagefile import StageFileError, parse

__all__ = [
    "Functions",
    "PolicyError",
    "Replayed",
    "read",
    "replay",
    "running_policy",
    "unknowable",
]

_KEYS = {
    "minConfidence": ("min_confidence",),
    "minSharpness": ("quality", "min_sharpness"),
    "minBrightness": ("quality", "min_brightness"),
    "maxBrightness": ("quality", "max_brightness"),
    "minContrast": ("quality", "min_contrast"),
    "moderationHold": ("moderation", "hold"),
    "moderationReject": ("moderation", "reject"),
    "duplicates": ("duplicates",),
    "minScore": ("min_score",),
}
"""The policy's keys in a stage's configuration, and where they stand in the POLICY variable."""

_SETTINGS = "settings by their names, like minSharpness: 40"


class PolicyError(ValueError):
    """A file that does not hold a policy; the message says where it is wrong."""


@dataclass(frozen=True)
class Replayed:
    """One picture under the changed policy. `was` and `would` are decisions."""

    item: Item
    was: str
    would: str
    reasons: tuple[Mapping[str, Any], ...]

    @property
    def flips(self) -> bool:
        """Whether the decision would be another."""
        return self.would != self.was


class Functions(Protocol):
    """Deployed functions by their name."""

    def environment(self, name: str) -> Mapping[str, str]:
        """The function's environment variables."""


def running_policy(functions: Functions, name: str) -> Policy:
    """The policy that the deployed function judges by."""
    return Policy.from_json(functions.environment(name)["POLICY"])


def read(path: Path, running: Policy) -> Policy:
    """The policy in a file of JSON or YAML: the POLICY variable's own form, or a stage's settings.

    Settings are keys like `minSharpness`, with or without the project's name, alone or under
    `config` as in Pulumi.<stage>.yaml. What the file does not say stays as it is running.
    Raises `PolicyError`.
    """
    try:
        values = parse(path.read_bytes(), str(path))
    except OSError as error:
        raise PolicyError(f"policy must be readable, got {reason(error)}") from error
    except StageFileError as error:
        raise PolicyError(str(error)) from error
    if not isinstance(values, dict):
        raise PolicyError(f"{path} must hold {_SETTINGS}, got {_kind(values)}")
    if "quality" in values or "moderation" in values:
        return _checked(_own_form(values, path), path)
    settings = values.get("config", values)
    if not isinstance(settings, dict):
        raise PolicyError(f"config of {path} must hold {_SETTINGS}, got {_kind(settings)}")
    named: dict[str, Any] = {}
    for key, value in settings.items():
        short = str(key).removeprefix("darkroom:")
        if short in named:
            raise PolicyError(f"{short} of {path} must be unique, got it twice")
        named[short] = value
    if any(isinstance(value, dict) and "type" in value for value in named.values()):
        raise PolicyError(
            f"{path} must hold values of settings, got their declarations: name a stage's file, "
            "like Pulumi.prod.yaml"
        )
    if "config" not in values and (unknown := sorted(named.keys() - _KEYS.keys())):
        raise PolicyError(f"{path} may hold only {', '.join(_KEYS)}, got {unknown[0]}")
    changed = asdict(running)
    for key, place in _KEYS.items():
        if key in named:
            inner = changed[place[0]] if len(place) == 2 else changed
            inner[place[-1]] = named[key]
    return _checked(changed, path)


def replay(items: Items, policy: Policy) -> Iterator[Replayed | Malformed]:
    """Every picture with a verdict, judged again by its stored analysis, and every item that cannot
    be read."""
    for page in items.after(""):
        for item in page:
            if isinstance(item, Malformed):
                yield item
            elif item.verdict is not None and not item.deleted:
                analysis = Analysis(
                    moderation=item.moderation, quality=item.quality, appeal=item.appeal
                )
                verdict = policy.judge(analysis, known_twin(item.verdict))
                yield Replayed(item, item.verdict.decision, verdict.decision, verdict.reasons)


def unknowable(running: Policy, changed: Policy) -> str | None:
    """What a replay cannot see, or None: moderation labels that nobody asked for, and duplicates
    that nobody looked for."""
    unseen: list[str] = []
    if changed.moderation_from < running.moderation_from:
        unseen.append(
            f"moderation labels from {changed.moderation_from:g} to {running.moderation_from:g} "
            "percent were not asked for"
        )
    if running.duplicates == "allow" != changed.duplicates:
        unseen.append("duplicates were not looked for")
    if not unseen:
        return None
    return (
        f"{' and '.join(unseen)} when the pictures were analysed: more of them may be held or "
        "rejected"
    )


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case list():
            return "a list"
        case _:
            return f"{value!r:.40}"


def _own_form(values: Mapping[str, Any], path: Path) -> dict[str, Any]:
    """The POLICY variable's form, which is whole: each of its names and no other."""
    inner = dict.fromkeys(place[0] for place in _KEYS.values() if len(place) == 2)
    named: set[tuple[str, ...]] = {(name,) for name in values if name not in inner}
    for part in inner:
        group = values.get(part)
        if not isinstance(group, dict):
            raise PolicyError(f"{part} of {path} must hold names and values, got {_kind(group)}")
        named |= {(part, name) for name in group}
    places: set[tuple[str, ...]] = set(_KEYS.values())
    for place in sorted(named ^ places, key=str):
        name = ".".join(map(str, place))
        what = "one without" if place in places else "an unknown"
        raise PolicyError(f"{path} must hold a whole policy, got {what} {name}")
    return dict(values)


def _checked(values: dict[str, Any], path: Path) -> Policy:
    for key, place in _KEYS.items():
        value = values[place[0]][place[1]] if len(place) == 2 else values[place[0]]
        if key == "duplicates":
            if value not in get_args(Copies):
                words = ", ".join(get_args(Copies))
                raise PolicyError(f"{key} of {path} must be one of {words}, got {value}")
            continue
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not 0 <= value <= 100:
            raise PolicyError(f"{key} of {path} must be a number from 0 to 100, got {value}")
    return Policy.from_json(json.dumps(values))
