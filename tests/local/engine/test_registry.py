"""Nothing that the program asks for is skipped in silence."""

from typing import Any, cast

import pytest

from local.engine.deployment import Deployment
from local.engine.registry import (
    REGISTRY,
    Created,
    Inputs,
    RefusedError,
    Registry,
    output_names,
    paths,
)

NOWHERE = cast(Deployment, None)
QUEUE = "aws:sqs/queue:Queue"


def registry(*honours: str, read: tuple[str, ...] = (), **ignores: str) -> Registry:
    """Knows one type, whose handler reads the inputs named by `read`."""
    made = Registry()

    @made.resource(QUEUE, *honours, ignores=ignores)
    def create(_deployment: Deployment, name: str, inputs: Inputs) -> Created:
        for key in read:
            inputs.get(key)
        return Created(name, {"arn": "arn:of:it"})

    return made


def create(known: Registry, values: dict[str, Any], type_: str = QUEUE) -> Created:
    return known.create(NOWHERE, type_, "it", values)


def test_an_unknown_resource_type_is_named() -> None:
    with pytest.raises(RefusedError, match=r"^aws:ec2/vpc:Vpc is not a resource type"):
        create(registry(), {}, "aws:ec2/vpc:Vpc")


def test_an_unknown_input_is_named_before_anything_is_created() -> None:
    with pytest.raises(RefusedError, match=r"^input fifoQueue of aws:sqs/queue:Queue is not known"):
        create(registry("name", read=("name",)), {"name": "a", "fifoQueue": True})


@pytest.mark.parametrize(
    ("values", "path"),
    [
        ({"rule": {"status": "on", "odd": 1}}, "rule.odd"),
        ({"rules": [{"id": "a"}, {"odd": [1]}]}, r"rules\[\].odd\[\]"),
        ({"rules": [{"id": {"deep": True}}]}, r"rules\[\].id.deep"),
        ({"rule": []}, "rule"),
    ],
)
def test_an_unknown_input_is_found_at_any_depth(values: dict[str, Any], path: str) -> None:
    with pytest.raises(RefusedError, match=f"^input {path} of"):
        create(registry("rule.status", "rules[].id"), values)


def test_an_honoured_input_must_be_read() -> None:
    with pytest.raises(RefusedError, match=r"did not read its input name$"):
        create(registry("name"), {"name": "a"})


def test_an_ignored_input_covers_everything_below_it() -> None:
    known = registry(restrictions="it is one machine")

    created = create(known, {"restrictions": {"geo": [{"type": "none"}]}})

    assert created.id == "it"


def test_outputs_hold_the_inputs_and_what_the_handler_gives() -> None:
    created = create(registry("name", read=("name",)), {"name": "a"})

    assert created.outputs["name"] == "a"
    assert created.outputs["arn"] == "arn:of:it"


def test_an_input_made_of_an_output_that_is_not_given_is_refused() -> None:
    first = create(registry(), {})
    known = registry("name", read=("name",))

    with pytest.raises(RefusedError, match=r"^name uses .*Queue url is not an output"):
        create(known, {"name": f"made of {first.outputs['url']}"})


def test_every_known_type_exists_in_the_providers() -> None:
    import local.engine.resources  # noqa: F401 - fills the registry

    nameless = [type_ for type_ in REGISTRY.handlers if not type_.startswith("pulumi:")]

    assert [type_ for type_ in nameless if not output_names(type_)] == []


def test_every_declared_input_exists_in_the_provider() -> None:
    import local.engine.resources  # noqa: F401 - fills the registry

    unknown = [
        f"{type_}: {key}"
        for type_, handler in REGISTRY.handlers.items()
        if not type_.startswith("pulumi:")
        for key in {path.rstrip("*").split(".")[0].split("[")[0] for path in handler.honours}
        | {path.split(".")[0].split("[")[0] for path in handler.ignores}
        # What goes in also comes out, but for a Docker build.
        if key not in output_names(type_) and not type_.startswith("docker:")
    ]

    assert unknown == []


def test_an_ignored_input_says_why_in_a_sentence() -> None:
    import local.engine.resources  # noqa: F401 - fills the registry

    reasons = [why for handler in REGISTRY.handlers.values() for why in handler.ignores.values()]

    assert [why for why in reasons if len(why.split()) < 4] == []


def test_an_unknown_provider_function_is_named() -> None:
    with pytest.raises(RefusedError, match=r"^aws:ec2/getAmi:getAmi is not a function"):
        Registry().answer(NOWHERE, "aws:ec2/getAmi:getAmi", {})


def test_a_provider_function_must_read_its_arguments() -> None:
    known = Registry()

    @known.call("aws:index/getRegion:getRegion")
    def region(_deployment: Deployment, _inputs: Inputs) -> dict[str, Any]:
        return {"region": "here"}

    with pytest.raises(RefusedError, match=r"did not read its argument name$"):
        known.answer(NOWHERE, "aws:index/getRegion:getRegion", {"name": "there"})


def test_paths_name_every_leaf() -> None:
    values = {"a": 1, "b": {"c": [1, 2], "d": {}}, "e": [{"f": None}]}

    assert list(paths(values)) == ["a", "b.c[]", "b.c[]", "b.d", "e[].f"]


def test_a_missing_input_that_a_handler_needs_is_named() -> None:
    with pytest.raises(RefusedError, match=r"^input rule.status is missing$"):
        Inputs({"rule": {}})["rule"]["status"]
