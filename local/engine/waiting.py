"""Waits for what a program has begun."""

import asyncio

from pulumi.runtime.settings import SETTINGS

__all__ = ["outputs_resolved"]


async def outputs_resolved() -> None:
    """Wait until every output has its value, or a registration has failed.

    Left to the SDK, each output that is resolved has it look at all the others again: of 400
    resources that takes as long as everything else that a program does.
    """
    manager = SETTINGS.rpc_manager
    while manager.unhandled_exception is None:
        pending = [each for each in SETTINGS.outputs if not each.done()]
        if not pending:
            return
        await asyncio.wait(pending, return_when=asyncio.FIRST_EXCEPTION)
