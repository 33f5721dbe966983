"""The Python side of a tab's device, with a stand-in for web/runtime/gpu.js.
tests/tab/test_gpu.py runs the real one.
"""

from __future__ import annotations

import asyncio
import ctypes
from typing import Any

import pytest

from pywebml.device.page import PageDevice


class Gpu:
    """Keeps reads until `deliver`."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int, int]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args: None

    def describe(self) -> dict[str, Any]:
        limits = {
            "max_groups": 65535,
            "max_binding": 1 << 27,
            "max_workgroup_bytes": 16384,
            "min_subgroup": 0,
            "max_subgroup": 0,
        }
        return {"name": "a tab", "software": False, "features": [], **limits}

    def read(self, buffer: int, nbytes: int, pointer: int, number: int) -> None:
        self.asked.append((nbytes, pointer, number))

    def deliver(self, device: PageDevice, data: bytes, trouble: str = "") -> None:
        nbytes, pointer, number = self.asked.pop(0)
        ctypes.memmove(pointer, data, nbytes)
        device.answered(number, trouble)


@pytest.fixture
def tab() -> tuple[PageDevice, Gpu]:
    gpu = Gpu()
    return PageDevice(gpu), gpu


def test_who_waits_for_a_read_goes_on_when_it_is_there_not_a_turn_later(
    tab: tuple[PageDevice, Gpu],
) -> None:
    device, gpu = tab
    got: list[bytes] = []

    async def wait() -> None:
        for _ in range(2):
            got.append(await device.download(1, 4))

    def outside() -> None:  # of any task, as JavaScript calls
        gpu.deliver(device, b"abcd")
        assert got == [b"abcd"], "at once, and the next read has been asked for"
        gpu.deliver(device, b"efgh")
        assert got == [b"abcd", b"efgh"]
        seen.append(True)

    async def scene() -> None:
        task = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(outside)
        await asyncio.wait_for(task, 5)

    seen: list[bool] = []
    asyncio.run(scene())
    assert seen


def test_several_may_wait_and_be_answered_from_within_a_task(tab: tuple[PageDevice, Gpu]) -> None:
    device, gpu = tab

    async def scene() -> None:
        reads = asyncio.gather(device.download(1, 4), asyncio.wait_for(device.download(2, 8), 5))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gpu.deliver(device, b"abcd")
        gpu.deliver(device, b"efghijkl")
        assert await reads == [b"abcd", b"efghijkl"]

    asyncio.run(scene())


def test_what_went_wrong_is_raised_with_the_adapter_s_name(tab: tuple[PageDevice, Gpu]) -> None:
    device, gpu = tab

    async def scene() -> None:
        read = asyncio.ensure_future(device.download(1, 4))
        await asyncio.sleep(0)
        gpu.deliver(device, bytes(4), "line 3: no such thing")
        with pytest.raises(RuntimeError, match="a tab: line 3"):
            await read

    asyncio.run(scene())


def test_a_cancelled_read_ends_its_waiter_and_a_late_answer_is_nobody_s(
    tab: tuple[PageDevice, Gpu],
) -> None:
    device, gpu = tab

    async def scene() -> None:
        read = asyncio.ensure_future(device.download(1, 4))
        await asyncio.sleep(0)
        read.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(read, 5)
        gpu.deliver(device, b"abcd")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(device.download(1, 4), 0.01)
        gpu.deliver(device, b"abcd")

    asyncio.run(scene())
