"""Waiting for what a program has begun."""

import asyncio
import contextlib
from collections.abc import Awaitable, Iterator

import pytest
from pulumi.runtime.rpc_manager import RPCManager
from pulumi.runtime.settings import SETTINGS

from local.engine.waiting import outputs_resolved


@pytest.fixture(autouse=True)
def _nothing_begun() -> Iterator[None]:
    SETTINGS.rpc_manager = RPCManager()  # type: ignore[no-untyped-call]
    SETTINGS.outputs.clear()
    yield
    SETTINGS.rpc_manager = RPCManager()  # type: ignore[no-untyped-call]
    SETTINGS.outputs.clear()


def begin(output: Awaitable[None]) -> "asyncio.Future[None]":
    task = asyncio.ensure_future(output)
    SETTINGS.outputs.add(task)
    return task


def test_outputs_that_others_begin_are_waited_for() -> None:
    resolved: list[str] = []

    async def later() -> None:
        await asyncio.sleep(0.01)
        resolved.append("later")

    async def first() -> None:
        await asyncio.sleep(0)
        begin(later())
        resolved.append("first")

    async def program() -> None:
        begin(first())
        await outputs_resolved()

    asyncio.run(program())

    assert resolved == ["first", "later"]


def test_a_failed_registration_ends_the_wait() -> None:
    async def fail() -> None:
        SETTINGS.rpc_manager.unhandled_exception = ValueError("refused")
        raise ValueError("refused")

    async def program() -> bool:
        never = begin(asyncio.sleep(60))
        failed = begin(fail())
        await asyncio.wait_for(outputs_resolved(), 5)
        with contextlib.suppress(ValueError):
            await failed
        return never.cancel()

    assert asyncio.run(program())
