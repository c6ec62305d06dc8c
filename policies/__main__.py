"""The policy pack: `pulumi up --policy-pack policies`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyPack,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

# The CLI runs this file as a program, which has its own folder alone on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies.rules import RULES, Resource, Rule

Report = Callable[..., None]


def policy(rule: Rule) -> Policy:
    """The rule, as the CLI runs it."""
    if rule.check is not None:
        check = rule.check

        def validate(args: ResourceValidationArgs, report: Report) -> None:
            for problem in check(_resource(args)):
                report(problem)

        return ResourceValidationPolicy(rule.name, rule.description, validate)

    def validate_stack(args: StackValidationArgs, report: Report) -> None:
        for resource, problem in rule.check_all([_resource(each) for each in args.resources]):
            report(problem, resource.urn)

    return StackValidationPolicy(rule.name, rule.description, validate_stack)


def _resource(given: Any) -> Resource:
    """A resource of either kind of policy; what a preview does not know raises on access."""
    return Resource(
        urn=given.urn,
        type=given.resource_type,
        name=given.name,
        props=given.props,
        protect=bool(given.opts.protect),
        ignored=tuple(given.opts.ignore_changes),
        tags=_tags(given.provider.props) if given.provider else {},
    )


def _tags(provider: Mapping[str, Any]) -> Mapping[str, str]:
    """The tags that a provider sets; nested settings of a provider reach the engine as JSON."""
    given = provider.get("defaultTags", {})
    found: Mapping[str, str] = (json.loads(given) if isinstance(given, str) else given).get(
        "tags", {}
    )
    return found


PolicyPack(
    "darkroom",
    [policy(rule) for rule in RULES],
    enforcement_level=EnforcementLevel.MANDATORY,
)
