"""What a person sees of one picture."""

from io import StringIO
from pathlib import Path

from rich.console import Console

from local import show
from local.state import RunningStack
from pipeline.item import Item

STACK = RunningStack(
    pid=1,
    stage="dev",
    region="eu-west-1",
    endpoint="",
    front="",
    rekognition="",
    seconds_to_up=1.0,
    folder=str(Path()),
    outputs={},
    resources=[],
)


def test_what_was_measured_of_a_picture_is_told_in_one_line() -> None:
    item = Item(
        image_id="a" * 32,
        bucket="originals",
        key="uploads/cat.jpg",
        sequencer="01",
        etag="etag",
        bytes=12345,
        measured={
            "sharpness": 50.25,
            "colors": [{"hex": "#102030", "share": 0.75}, {"hex": "#ffffff", "share": 0.0312}],
            "frames": 1,
            "has_alpha": False,
        },
    )
    out = StringIO()
    Console(file=out, width=200).print(show.picture(STACK, item, []))
    (line,) = (line for line in out.getvalue().splitlines() if line.startswith("measured"))
    assert line.split(maxsplit=1)[1].strip() == (
        "sharpness 50.25, colors hex #102030, share 0.75; hex #ffffff, share 0.0312, "
        "frames 1, has_alpha False"
    )
