"""The rights of the functions' roles, one per action, and how to remove one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from local.state import RunningStack

__all__ = ["Right", "rights", "without"]


@dataclass(frozen=True)
class Right:
    """One action of one statement of one inline policy of a function's role."""

    function: str
    action: str
    resource: str
    role: str = field(repr=False)
    policy: str = field(repr=False)
    document: dict[str, Any] = field(repr=False, compare=False)
    statement: int = field(repr=False)

    @property
    def rest(self) -> dict[str, Any]:
        """The policy without this action; a statement that is left empty is dropped."""
        document = deepcopy(self.document)
        document["Statement"][self.statement]["Action"].remove(self.action)
        document["Statement"] = [each for each in document["Statement"] if each["Action"]]
        return document


def rights(stack: RunningStack) -> list[Right]:
    """Every right of every function of the stack, as the program granted them."""
    iam = stack.aws.client("iam")
    known = _known(stack)
    found = []
    for function, name in stack.outputs["functions"].items():
        made = stack.aws.client("lambda").get_function_configuration(FunctionName=name)
        role = made["Role"].rpartition("/")[2]
        for policy in iam.list_role_policies(RoleName=role)["PolicyNames"]:
            document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
            for number, statement in enumerate(document["Statement"]):
                found += [
                    Right(
                        function,
                        action,
                        _short(known, statement["Resource"]),
                        role,
                        policy,
                        document,
                        number,
                    )
                    for action in statement["Action"]
                ]
    return sorted(found, key=lambda right: (right.function, right.policy, right.statement))


@contextmanager
def without(stack: RunningStack, right: Right) -> Iterator[None]:
    """Remove the right from its role while the block runs."""
    iam = stack.aws.client("iam")
    where = {"RoleName": right.role, "PolicyName": right.policy}
    if right.rest["Statement"]:
        iam.put_role_policy(**where, PolicyDocument=json.dumps(right.rest))
    else:
        iam.delete_role_policy(**where)
    try:
        yield
    finally:
        iam.put_role_policy(**where, PolicyDocument=json.dumps(right.document))


def _known(stack: RunningStack) -> dict[str, str]:
    """What resources are called in the report, by a part of their ARNs."""
    known = {
        stack.outputs[name]: name
        for name in (
            *("originals", "renditions", "previews", "catalog", "uploads", "audit"),
            *("spending", "likeness", "pipeline", "distribution_id", "user_pool"),
        )
    }
    if vectors := stack.outputs["vectors"]:
        known[vectors] = "vectors"
    known |= {group: f"log of {name}" for name, group in stack.outputs["logs"].items()}
    known |= {
        url.rpartition("/")[2]: f"queue of {name}" for name, url in stack.outputs["queues"].items()
    }
    known[stack.outputs["notices"].rpartition(":")[2]] = "notices"
    functions = {physical: name for name, physical in stack.outputs["functions"].items()}
    feeds = stack.aws.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    known |= {
        each["UUID"]: f"feed of {functions[each['FunctionArn'].rpartition(':')[2]]}"
        for each in feeds
    }
    return known


def _short(known: Mapping[str, str], resources: list[str]) -> str:
    """The resources by their names in the stack: `originals/uploads/*`, `catalog`, `*`."""
    short = []
    for resource in resources:
        for physical, name in known.items():
            if physical in resource:
                _, _, rest = resource.partition(physical)
                short.append(
                    name + (rest if name in ("originals", "renditions", "previews") else "")
                )
                break
        else:
            # A model's id has a colon too.
            short.append(resource.split(":", 5)[-1])
    return ", ".join(short)
