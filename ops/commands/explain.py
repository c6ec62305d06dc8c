"""`explain`: the story of one picture."""

from dataclasses import asdict
from typing import Annotated

import typer

from ops import show
from ops.options import AsJson, print_json, stack_of
from ops.pictures import IMAGE_HELP, find_item
from ops.terminal import console
from pipeline.explain import story


def explain(
    context: typer.Context,
    image: Annotated[str, typer.Argument(help=IMAGE_HELP)],
    as_json: AsJson = False,
) -> None:
    """Explain what happened to a picture, and why it is in its state."""
    stack = stack_of(context)
    item = find_item(stack, image)
    lines = story(item, gate=stack.gate, logs=stack.logs)
    if as_json:
        print_json({"item": item.to_dict(), "story": [asdict(line) for line in lines]})
    else:
        console().print(show.story(item, lines))
