"""Queued commands, memory that is used again, waiting, and threads: what a tensor reads
is what it was when it was read.
"""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.core import runtime
from pywebml.device.pool import size_class


def test_waiting_leaves_other_tasks_their_turn(host: str) -> None:
    async def main() -> tuple[int, int]:
        ticks, waiting = 0, True

        async def tick() -> None:
            nonlocal ticks
            while waiting:
                ticks += 1
                await asyncio.sleep(0)

        ticking = asyncio.create_task(tick())
        await (pw.tensor(np.ones(1000, np.float32)) * 2).data()
        after_read = ticks
        _ = pw.tensor(np.ones(1000, np.float32)) * 2
        await pw.ready()
        waiting = False
        await ticking
        return after_read, ticks - after_read

    assert min(asyncio.run(main())) >= 1


def test_tasks_read_at_once_what_is_theirs(host: str) -> None:
    async def read(i: int) -> bool:
        return (
            np.frombuffer(
                await (pw.tensor(np.full(5000, i, np.float32)) * 2).data(), np.float32
            ).tolist()
            == [2 * i] * 5000
        )

    async def main() -> list[bool]:
        return await asyncio.gather(*(read(i) for i in range(10)))

    assert all(asyncio.run(main()))


def test_a_read_gives_the_values_of_when_it_began(host: str) -> None:
    async def main() -> list[float]:
        v = pw.Variable([1.0])
        reading = asyncio.create_task(v.data())
        await asyncio.sleep(0)
        v.assign([2.0])
        v.dispose()
        return (await reading).tolist()

    assert asyncio.run(main()) == [1]


def test_odd_numbers_of_bytes_come_back(host: str) -> None:
    for n in (1, 2, 3, 5, 257):
        want = bytes(i % 251 for i in range(n))
        assert bytes(pw.tensor(want, dtype="uint8").data_sync()) == want


def test_old_bind_groups_are_forgotten_not_their_results(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_GROUPS", 20)
    x = pw.tensor([1.0, 2.0])
    made = [x * float(i) + float(i) for i in range(100)]
    assert all(t.tolist() == [2 * i, 3 * i] for i, t in enumerate(made))
    assert len(runtime._queue.groups) <= 20


def test_memory_freed_and_taken_again_while_commands_wait(host: str) -> None:
    v = pw.Variable(np.zeros(500, np.float32))
    for i in range(40):
        x = pw.tensor(np.full(500, i, np.float32))
        y = x * 2
        del x
        z = pw.tensor(np.full(500, -1, np.float32))
        v.assign(np.full(500, i, np.float32))
        w = y + z + v
        del y, z
        v.assign(np.zeros(500, np.float32))
        pw.tensor(np.full(500, 7, np.float32))
        assert w.numpy().tolist() == [3 * i - 1] * 500


def test_memory_near_the_limit_of_a_binding_is_shared_only_where_it_fits(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Above the last size class under the limit every request has its own size, in the
    pool and in a plan.
    """
    assert [size_class(n, 1000) for n in (700, 900, 897, 10)] == [768, 900, 900, 256]
    device = pw.get_device()
    monkeypatch.setattr(device, "adapter", dataclasses.replace(device.adapter, max_binding=1000))

    def f(x: pw.Tensor) -> pw.Tensor:
        # 904 bytes, dead after the next line
        short = ops.sum(ops.concat([x, x[:1]]).reshape(1, -1), axis=0)
        total = ops.max(short)
        long = ops.sum(ops.concat([x, x[:20]]).reshape(1, -1), axis=0) * total  # 980 bytes
        return ops.sum(long)

    x = pw.tensor(np.arange(225, dtype=np.float32))
    assert pw.capture(f)(x).item() == f(x).item()


def test_forgotten_results_do_not_pile_up_in_the_queue(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_QUEUED_BYTES", 1 << 20)
    x = pw.tensor(np.ones(1 << 16, np.float32))  # 256 KiB
    runtime.flush()
    before = pw.get_device().memory()["bytes"]
    for _ in range(40):
        x = x * 1.0
    assert pw.get_device().memory()["bytes"] - before <= 2 << 20


def test_threads_do_not_meet(host: str) -> None:
    """Eager ops, replays and recordings in several threads at once, switching as often
    as Python can.
    """
    twice = pw.capture(lambda x: x * 2 + 1)
    wrong: list[Any] = []

    def work(i: int) -> None:
        for j in range(20):
            n = 1000 * i + j
            x = pw.tensor(np.full(100, n, np.float32))
            eager = (x * 2 + 1) * float(j)
            recorded = pw.capture(lambda x, j=j: (x * float(j)).sum())(pw.tensor([1.0, 2.0]))
            if (
                twice(x).tolist() != [2 * n + 1] * 100
                or eager.tolist() != [(2 * n + 1) * j] * 100
                or recorded.item() != 3 * j
            ):
                wrong.append((i, j))

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(work, range(3)))
    finally:
        sys.setswitchinterval(before)
    assert not wrong
