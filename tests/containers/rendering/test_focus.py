"""What is kept in view and what is hidden follow from the item."""

from dataclasses import replace

from pipeline.facts import Face, Text
from pipeline.item import Curation, Item
from proofs.pages import example_item
from rendering.focus import focus_of
from rendering.framing import Area, Focus

AREA = Area(left=0.1, top=0.2, width=0.3, height=0.4)
FACE: Face = {"confidence": 99.5, "box": {**vars(AREA)}, "quality": {}}  # type: ignore[typeddict-item]
LINE: Text = {"confidence": 99.5, "box": {**vars(AREA)}, "text": "exit"}  # type: ignore[typeddict-item]


def item(*asked: str, point: tuple[float, float] | None = None) -> Item:
    known = replace(
        example_item(),
        faces=(FACE,),
        text=(LINE,),
        asked={each: {"question": "q"} for each in asked},
    )
    made = Curation(version_id=known.version_id, sha256=None, focus=point)
    return replace(known, curations=(made,))


def test_before_the_analysis_a_persons_point_alone_is_known() -> None:
    assert focus_of(item("detect_faces"), analysed=False) is None
    point = focus_of(item("detect_faces", point=(0.25, 0.75)), analysed=False)
    assert point == Focus(point=Area(0.25, 0.75, 0.0, 0.0))


def test_after_it_everything_is_known_that_was_looked_for() -> None:
    both = focus_of(item("detect_faces", "detect_text", point=(0.5, 0.5)), analysed=True)
    assert both == Focus(
        faces=(AREA,),
        text=(AREA,),
        point=Area(0.5, 0.5, 0.0, 0.0),
        searched=("faces", "text"),
    )
    assert focus_of(item("detect_labels"), analysed=True) == Focus(faces=(AREA,), text=(AREA,))
