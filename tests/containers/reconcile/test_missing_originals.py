"""What `retire` does when it is told that an original is missing: it looks for itself."""

from pipeline.events import OriginalMissing
from pipeline.item import Item
from pipeline.original import image_id
from proofs.interleavings.explore import KEYS
from proofs.interleavings.world import World

KEY = KEYS[0]


def _world() -> tuple[World, Item]:
    world = World(gate="open", versioned=False)
    world.upload(KEY, "good")
    world.settle()
    return world, _item(world)


def _item(world: World) -> Item:
    return world.table.items[image_id(KEY)]


def test_a_picture_whose_original_is_gone_becomes_a_tombstone_and_its_files_go() -> None:
    world, item = _world()
    world.originals.delete(KEY)
    world.bus.publish([OriginalMissing(original=item.original)])
    world.settle()
    assert _item(world).deleted
    assert world.renditions.files == {}


def test_a_picture_that_is_there_stays() -> None:
    world, item = _world()
    world.bus.publish([OriginalMissing(original=item.original)])
    world.settle()
    assert _item(world) == item


def test_a_picture_uploaded_again_meanwhile_stays() -> None:
    world, item = _world()
    world.originals.delete(KEY)
    world.bus.publish([OriginalMissing(original=item.original)])
    world.upload(KEY, "doubtful")
    world.settle()
    assert _item(world).status == "held"
