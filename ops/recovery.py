"""What people made of a picture, put back from a backup of the catalog."""

from pipeline.bus import Bus
from pipeline.catalog import Catalog
from pipeline.item import Item
from pipeline.lifecycle import Recovered, decisions

__all__ = ["recover", "recovery_of"]


def recovery_of(restored: Item) -> Recovered:
    """The update that puts back what the restored item has of people."""
    return Recovered(original=restored.original, curations=restored.curations)


def recover(catalog: Catalog, bus: Bus, restored: Item) -> bool:
    """Give the picture's item what people made of it; returns whether the item had lost any.

    What follows from a recovered decision is published again by a repeat: the run before may have
    died after it wrote the item.
    """
    before = catalog.get(restored.image_id)
    if before is None or not restored.curations:
        return False
    after = catalog.advance(recovery_of(restored))
    if after is None:
        return False
    made = after.curated
    known = {each.verdict for each in restored.curations}
    if made and (made in restored.curations or (made.verdict and made.verdict in known)):
        bus.publish(decisions(after))
    return after.revision != before.revision
