"""`pw.time` and `pw.profile`, and what people know from TensorFlow.js beside them."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.core.watching import watchers
from pywebml.device import get_device


def has_clock() -> bool:
    device = get_device()
    there = device.start_clock()
    device.stop_clock()
    return there


def test_kernels_take_part_of_the_time(host: str) -> None:
    x = pw.ops.ones((200, 200))
    f = lambda: (x @ x) @ x  # noqa: E731
    pw.run_sync(pw.time(f))
    small, large = (pw.run_sync(pw.time(lambda n=n: [f() for _ in range(n)])) for n in (1, 8))
    assert 0 < small.wall_ms < large.wall_ms
    if has_clock():
        assert 0 < small.kernel_ms < large.kernel_ms
        assert large.kernel_ms <= 1.05 * large.wall_ms
    else:
        assert small.kernel_ms is None


def test_a_profile_counts_what_is_alive(host: str) -> None:
    x = pw.tensor(np.ones((10, 10), np.float32))
    results = []

    def f() -> Any:
        y = (x * 2.0).exp()
        results.append(y)
        return ops.softmax(y)

    pw.run_sync(pw.profile(f))
    results.clear()
    before = pw.memory()["bytes"]
    profile = pw.run_sync(pw.profile(f))
    assert profile.kernel_names == ["mul", "exp", "Softmax"]
    assert profile.new_tensors == 2 and profile.new_bytes == 800
    assert before + 800 <= profile.peak_bytes <= before + 1600
    assert [k.output_shapes for k in profile.kernels] == [[(10, 10)]] * 3
    assert [k.bytes_added for k in profile.kernels] == [400, 400, 0]  # x * 2 is forgotten
    assert profile.kernels[-1].total_bytes_snapshot == before + 800
    assert all((k.kernel_time_ms is not None) == has_clock() for k in profile.kernels)
    assert profile.result.shape == (10, 10) and not watchers
    assert profile.summary().count("\n") == 4 and "2 new tensors of 0.8 kB" in profile.summary()


def test_a_captured_function_is_one_entry(host: str) -> None:
    f = pw.capture(lambda x: ops.softmax(x @ x) + 1.0)
    x = pw.ops.ones((8, 8))
    f(x)
    (kernel,) = pw.run_sync(pw.profile(lambda: f(x))).kernels
    launches = len(f.plans()[0].rows)
    assert kernel.name == f"captured, {launches} launches"
    assert kernel.output_shapes == [(8, 8)]
    assert (kernel.kernel_time_ms is not None) == has_clock()


def test_async_functions_and_errors(host: str) -> None:
    async def f() -> Any:
        await asyncio.sleep(0)
        return pw.tensor([1.0]) + 1.0

    profile = pw.run_sync(pw.profile(f))
    assert profile.kernel_names == ["add"] and profile.result.tolist() == [2.0]
    assert pw.run_sync(pw.time(f)).wall_ms > 0
    with pytest.raises(ZeroDivisionError):
        pw.run_sync(pw.profile(lambda: 1 // 0))
    assert not watchers
    with pytest.raises(TypeError, match="profile takes a function"):
        pw.run_sync(pw.profile(pw.tensor([1.0])))  # type: ignore[arg-type]
    with pytest.raises(AttributeError, match="run_sync"):
        str(pw.time(lambda: 1).wall_ms)  # type: ignore[attr-defined]


def test_tidy_and_its_kin(host: str) -> None:
    gc.collect()  # what errors of earlier tests held
    before = pw.memory()["tensors"]
    x = pw.tidy("named", lambda: pw.keep(pw.tensor([1.0, 2.0])) * 2.0)
    assert x.tolist() == [2.0, 4.0] and pw.memory()["tensors"] == before + 1

    async def f() -> None: ...

    with pytest.raises(TypeError, match="not async"):
        pw.tidy(f)
    with pytest.raises(TypeError, match="takes a function"):
        pw.tidy(x)
    pw.run_sync(pw.next_frame())
    pw.dispose({"x": x})
    assert pw.memory()["tensors"] == before
