"""`reprocess`: make again what another recipe, policy or analysis made."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

import typer

from aws.dynamodb import DynamoItems
from aws.dynamodb_answers import DynamoAnswers
from aws.lambda_ import LambdaFunctions
from ops.commands.backfill import MOST, start
from ops.options import AsJson, DryRun, print_json, spinner, stack_of
from ops.repairs import repairs_of
from ops.stack import Stack
from ops.terminal import print_line
from pipeline.address import UPLOADS
from pipeline.analyses import Analyses
from pipeline.clock import utc
from pipeline.embedding import placing_models
from pipeline.item import Item, Malformed
from pipeline.policy import Policy
from pipeline.prices import analyses_usd, embeddings_usd, invalidations_usd
from pipeline.stale import WHATS, Deployed, stale

_FINGERPRINTS = {
    "renditions": "recipe",
    "verdicts": "policy",
    "analysis": "asked",
    "vectors": "placed",
}
"""The field of an item that each kind of result has its fingerprint in."""


class What(StrEnum):
    """The kinds of `pipeline.stale`, as an option takes them."""

    renditions = "renditions"
    verdicts = "verdicts"
    analysis = "analysis"
    vectors = "vectors"


def reprocess(
    context: typer.Context,
    only_stale: Annotated[
        bool,
        typer.Option(
            "--stale", help="What is not of the deployed recipe, policy, analyses, model."
        ),
    ] = False,
    what: Annotated[
        list[What] | None,
        typer.Option(help="Only these results; may be given more than once. All without it."),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Show how far it is until it ends, or until Ctrl-C.")
    ] = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Make again the results of pictures that are stale, as bulk work that no upload waits behind.

    Renditions are only resized, and the old ones stay until the new ones are shown. Verdicts follow
    from the answers that are stored. For analysis Rekognition is asked what it has not answered
    about the same bytes. For vectors an embedding model is shown each picture that it was not shown
    before. What people decided stands. It is a backfill: python -m ops backfills shows, pauses and
    cancels it.
    """
    if not only_stale:
        raise typer.BadParameter("reprocess takes --stale; restore takes pictures by name or state")
    stack = stack_of(context)
    wanted = tuple(each for each in WHATS if what is None or not what or each in what)
    found = _found(stack, _deployed(stack), wanted, quiet=as_json)
    name = f"{utc():%Y-%m-%dT%H-%M-%S}"
    if as_json:
        print_json({**found.to_json(wanted), "name": None if dry_run else name})
    else:
        found.print(wanted)
    if dry_run or not found.pictures:
        return
    repairs_of(stack, "reprocess").record(stack.originals, stale=list(wanted))
    given = {
        "prefix": UPLOADS,
        "since": "",
        "before": utc().isoformat(),
        "limit": MOST,
        "stale": list(wanted),
    }
    start(stack, name, given, follow=follow, quiet=as_json)


@dataclass
class _Found:
    """How many pictures have stale results, and what making them again costs."""

    deployed: Deployed
    seen: int = 0
    pictures: int = 0
    stale: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    """Those of them that bear no fingerprint, as an earlier release made them."""
    analyses_usd: float = 0.0
    renditions_usd: float = 0.0
    """What they cost the last time, and invalidating the old ones."""
    vectors_usd: float = 0.0
    """What the models charge, and at most what the function's time costs."""
    _asked: set[tuple[str, ...]] = field(default_factory=set)

    def add(self, item: Item, wanted: Collection[str]) -> None:
        self.seen += 1
        kinds = stale(item, self.deployed, wanted)
        self.pictures += bool(kinds)
        self.stale.update(kinds)
        self.unknown.update(each for each in kinds if getattr(item, _FINGERPRINTS[each]) is None)
        costs = item.costs or {}
        if "renditions" in kinds:
            last = sum(costs.get(each, 0.0) for each in ("resize", "renditions"))
            placing = embeddings_usd(self.deployed.embeddings)
            self.renditions_usd += last + placing + invalidations_usd(1)
        if "vectors" in kinds:
            placing = embeddings_usd(self.deployed.unplaced(item))
            self.vectors_usd += placing + costs.get("resize", 0.0)
        if "analysis" in kinds:
            operations = tuple(each.operation for each in self.deployed.unanswered(item))
            # Nobody pays twice for the same bytes.
            asked = (item.sha256 or item.image_id, *operations)
            if asked not in self._asked:
                self._asked.add(asked)
                self.analyses_usd += analyses_usd(self.deployed.analyses.within(operations))

    def to_json(self, wanted: Collection[str]) -> dict[str, Any]:
        return {
            "seen": self.seen,
            "pictures": self.pictures,
            **{each: self.stale[each] for each in wanted},
            "unknown": {each: self.unknown[each] for each in wanted if self.unknown[each]},
            "analyses_usd": round(self.analyses_usd, 6),
            "renditions_usd": round(self.renditions_usd, 6),
            "vectors_usd": round(self.vectors_usd, 6),
        }

    def print(self, wanted: Collection[str]) -> None:
        usd = self.analyses_usd + self.renditions_usd + self.vectors_usd
        print_line(
            f"{self.pictures:,} of {self.seen:,} pictures have stale results, "
            f"which cost about {usd:,.4f} USD"
        )
        prices = {
            "analysis": self.analyses_usd,
            "renditions": self.renditions_usd,
            "vectors": self.vectors_usd,
        }
        for each in wanted:
            of = f", {self.unknown[each]:,} without a fingerprint" if self.unknown[each] else ""
            price = f" for {prices[each]:,.4f} USD" if each in prices else ""
            print_line(f"  {each}: {self.stale[each]:,}{price}{of}")


def _deployed(stack: Stack) -> Deployed:
    environment = LambdaFunctions().environment(stack.functions["admit"])
    return Deployed(
        recipe=environment["RECIPE_FINGERPRINT"],
        policy=Policy.from_json(environment["POLICY"]),
        analyses=Analyses.from_json(environment["ANALYSES"]),
        models=DynamoAnswers(stack.catalog).models(),
        embeddings=placing_models(environment["EMBEDDING"], environment["NEXT_EMBEDDING"]),
    )


def _found(stack: Stack, deployed: Deployed, wanted: Collection[str], *, quiet: bool) -> _Found:
    found = _Found(deployed)
    with spinner(quiet=quiet) as progress:
        for page in DynamoItems(stack.catalog).after(""):
            for item in page:
                if not isinstance(item, Malformed) and not item.deleted:
                    found.add(item, wanted)
            progress(f"{found.seen:,} pictures")
    return found
