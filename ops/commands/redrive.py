"""`redrive`: dead letters back to their queues."""

from typing import Annotated

import typer

from aws.sqs import SqsQueues, mover
from ops.options import AsJson, DryRun, bar, end, print_json, stack_of
from ops.repairs import repairs_of
from ops.terminal import print_line
from pipeline.queues import Depth


def redrive(
    context: typer.Context,
    function: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only this function's dead letters.")
    ] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Move dead letters back to the queue of their function.

    Ends with 1 if messages were left, with --dry-run if there are any.
    """
    stack = stack_of(context)
    if function is not None and function not in stack.dead_letters:
        known = ", ".join(stack.dead_letters)
        raise typer.BadParameter(f"--function must be one of {known}, got {function}")
    queues, left = SqsQueues(), 0
    names = [function] if function else list(stack.dead_letters)
    depths = {name: queues.depth(stack.dead_letters[name]) for name in names}
    for name, depth in depths.items():
        source, target = stack.dead_letters[name], stack.queues[name]
        moved = 0
        if depth.waiting and not dry_run:
            repairs_of(stack, "redrive").record(name, messages=depth.waiting)
            with bar(f"redriving {name}", quiet=as_json) as advance:
                for progress in mover(source).move(source, target, depth.waiting):
                    moved = progress.moved
                    advance(progress.moved, progress.of)
        left += max(depth.messages - moved, 0)
        if as_json:
            print_json({"function": name, "dead_letters": depth.messages, "moved": moved})
        elif depth.messages:
            print_line(f"{name}: {_redriven(depth, moved, dry_run=dry_run)}")
    if not as_json and not any(depth.messages for depth in depths.values()):
        print_line("no dead letters")
    end(attention=left > 0)


def _redriven(depth: Depth, moved: int, *, dry_run: bool) -> str:
    if not depth.waiting:
        return f"{depth.messages} dead letters are being received elsewhere, none can be moved now"
    if dry_run:
        return f"{depth.waiting} dead letters would be moved"
    return f"{moved} of {depth.messages} dead letters moved"
