"""What another recipe, policy or analysis made is made again, and nothing else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from local.pictures import Pictures
from local.state import RunningStack
from local.up import LocalStack, Plan
from pipeline.address import recipe_key
from pipeline.item import Item
from pipeline.recipe import Recipe
from proofs.photographs import photograph
from tests.end_to_end.commands import Ops
from tests.end_to_end.conftest import SETTINGS
from tests.end_to_end.journeys import Queues, upload

pytestmark = pytest.mark.long

FUNCTIONS = {
    "RECIPE": ("resize",),
    "RECIPE_FINGERPRINT": ("admit",),
    "POLICY": ("rekognition", "admit", "api"),
}


class Deployment:
    """Changes what the functions are given, as an update of the stack would."""

    def __init__(self, stack: RunningStack) -> None:
        self._lambda, self._names = stack.aws.client("lambda"), stack.outputs["functions"]
        self._s3, self._bucket = stack.aws.client("s3"), stack.outputs["renditions"]

    def variables(self, function: str) -> dict[str, str]:
        configuration = self._lambda.get_function_configuration(FunctionName=self._names[function])
        found: dict[str, str] = configuration["Environment"]["Variables"]
        return found

    def recipe(self) -> Recipe:
        key = recipe_key(self.variables("resize")["RECIPE"])
        found = self._s3.get_object(Bucket=self._bucket, Key=key)
        return Recipe.from_json(found["Body"].read().decode())

    def keep(self, recipe: Recipe) -> None:
        self._s3.put_object(
            Bucket=self._bucket, Key=recipe_key(recipe.digest), Body=recipe.to_json().encode()
        )

    def set(self, variable: str, text: str) -> None:
        for function in FUNCTIONS[variable]:
            self._lambda.update_function_configuration(
                FunctionName=self._names[function],
                Environment={"Variables": self.variables(function) | {variable: text}},
            )


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack without the pictures of other tests, of which some may be stale."""
    folder = tmp_path_factory.mktemp("stale")
    with LocalStack(Plan(folder=folder, models=False, settings=SETTINGS)) as local:
        yield local.up()


@pytest.fixture
def deployment(stack: RunningStack) -> Iterator[Deployment]:
    deployment = Deployment(stack)
    before = {name: deployment.variables(users[0])[name] for name, users in FUNCTIONS.items()}
    yield deployment
    for name, text in before.items():
        deployment.set(name, text)


def reprocess(stack: RunningStack, *words: str) -> dict[str, Any]:
    """Make again what is stale; returns the plan and what became of it."""
    plan, *ended = Ops(stack).json("reprocess", "--stale", *words)
    return plan | {"ended": ended[-1] if ended else None}


def asked(item: Item) -> set[str]:
    """What Rekognition was paid for."""
    return set(item.costs or {}) - {"rekognition", "resize", "renditions"}


def test_only_what_is_stale_is_made_again_and_rekognition_is_not_asked(
    stack: RunningStack, pictures: Pictures, queues: Queues, deployment: Deployment
) -> None:
    key = upload(pictures, "uploads/stale/a.jpg", photograph(172)).key
    queues.until_empty()
    before = pictures.find(key)
    assert asked(before) == {"labels", "properties", "moderation"}
    assert reprocess(stack, "--dry-run")["pictures"] == 0

    recipe = deployment.recipe()
    recipe = replace(recipe, formats=tuple(replace(each, quality=42) for each in recipe.formats))
    deployment.keep(recipe)
    deployment.set("RECIPE", recipe.digest)
    deployment.set("RECIPE_FINGERPRINT", recipe.fingerprint)
    plan = reprocess(stack, "--dry-run")
    assert (plan["renditions"], plan["verdicts"], plan["analysis"]) == (plan["pictures"], 0, 0)
    assert plan["analyses_usd"] == 0 < plan["renditions_usd"]
    done = reprocess(stack, "--what", "renditions", "--follow")
    assert (done["ended"]["status"], done["ended"]["admitted"]) == ("succeeded", plan["renditions"])
    queues.until_empty()
    rendered = pictures.find(key)
    assert (rendered.status, asked(rendered)) == ("ready", set())
    assert rendered.content != before.content
    assert rendered.recipe != before.recipe
    assert (rendered.labels, rendered.verdict) == (before.labels, before.verdict)

    policy = json.loads(deployment.variables("admit")["POLICY"])
    policy["quality"]["min_sharpness"] = 0.5
    deployment.set("POLICY", json.dumps(policy))
    plan = reprocess(stack, "--what", "verdicts", "--follow")
    assert plan["ended"]["admitted"] == plan["verdicts"] > 0
    queues.until_empty()
    judged = pictures.find(key)
    assert judged.policy != rendered.policy
    assert (judged.content, asked(judged), judged.status) == (rendered.content, set(), "ready")
    assert reprocess(stack, "--dry-run")["pictures"] == 0
