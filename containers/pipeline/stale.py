"""Which results of a picture were made by another recipe, policy or analysis than is deployed."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from pipeline.analyses import Analyses, Question
from pipeline.answers import Models, suffices
from pipeline.item import Item
from pipeline.policy import Policy

__all__ = ["WHATS", "Deployed", "What", "stale"]

What: TypeAlias = Literal["renditions", "verdicts", "analysis", "vectors"]

WHATS: tuple[What, ...] = get_args(What)
"""Every kind of result that can be stale."""


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What the functions of a stack make results by."""

    recipe: str
    """Its fingerprint."""
    policy: Policy
    analyses: Analyses
    models: Models
    """The newest that are known."""
    embeddings: Collection[str] = ()
    """The models that place pictures."""

    def unanswered(self, item: Item) -> tuple[Question, ...]:
        """What Rekognition would have to be asked about the item's bytes."""
        asked = item.asked or {}
        return tuple(
            each
            for each in self.policy.questions(self.analyses)
            if not suffices(asked.get(each.operation), each, self.models)
        )

    def unplaced(self, item: Item) -> tuple[str, ...]:
        """The models that were not shown the item's present content, as far as it tells."""
        if item.content is None or item.status not in ("ready", "held"):
            return ()
        return tuple(each for each in self.embeddings if each not in (item.placed or {}))


def stale(item: Item, deployed: Deployed, wanted: Collection[str] = WHATS) -> tuple[What, ...]:
    """Which of the `wanted` results of a picture are stale; those without a fingerprint are.

    Only of pictures that are ready, held or rejected, and whose notice is sent or withheld: what
    comes next for others makes their results anyway.
    """
    if item.status not in ("ready", "held", "rejected") or not item.noticed:
        return ()
    found: dict[What, bool] = {
        "renditions": item.status != "rejected"
        and item.content is not None
        and item.recipe != deployed.recipe,
        "verdicts": item.verdict is not None and item.policy != deployed.policy.fingerprint,
        "analysis": item.verdict is not None and bool(deployed.unanswered(item)),
        "vectors": bool(deployed.unplaced(item)),
    }
    kinds = tuple(what for what, is_stale in found.items() if is_stale and what in wanted)
    # New renditions are placed by every model.
    return tuple(what for what in kinds if what != "vectors" or "renditions" not in kinds)
