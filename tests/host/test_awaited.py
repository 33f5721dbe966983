"""What is never awaited says so in words, at the line that forgot it; and else an awaited
call is a coroutine like any other.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import pywebml as pw
from pywebml import layers


def model() -> Any:
    linear = pw.Sequential([layers.Input((1,)), layers.Dense(1, kernel_initializer="ones")])
    linear.compile(pw.optimizers.SGD(0.0), "mse", metrics=["mae"])
    return linear


CALLS: dict[str, tuple[Callable[[], Any], str]] = {
    "fit": (lambda: model().fit([[1.0]], [[2.0]], verbose=0), r"`await model\.fit\(.*fit_sync"),
    "evaluate": (lambda: model().evaluate([[1.0]], [[2.0]]), r"`await model\.evaluate\(.*_sync"),
    "train_on_batch": (
        lambda: model().train_on_batch([[1.0]], [[2.0]]),
        r"`await model\.train_on_batch\(\.\.\.\)`, or model\.train_on_batch_sync",
    ),
    "data": (lambda: pw.tensor([1.0, 2.0]).data(), r"`await t\.data\(\)`, or t\.numpy\(\)"),
    "ready": (lambda: pw.ready(), r"`await pw\.ready\(\)`, or pw\.run_sync"),
}


@pytest.mark.parametrize("name", CALLS)
def test_never_awaited(name: str) -> None:
    call, words = CALLS[name]
    with pytest.warns(RuntimeWarning, match=words + ".*nothing was done") as said:
        call()  # and at once it is forgotten
    assert [str(w.message) for w in said if "was never awaited" in str(w.message)] == []
    assert {w.filename for w in said} == {__file__}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "use",
    [
        lambda it: it.history,
        lambda it: it[0],
        list,
        lambda it: [*it],
        float,
        lambda it: f"{it:.3f}",
        lambda it: it + 1,
        lambda it: 1 if it else 2,
    ],
)
def test_taken_for_its_result(name: str, use: Callable[[Any], Any]) -> None:
    call, words = CALLS[name]
    it = call()
    with pytest.raises((TypeError, AttributeError)) as error:
        use(it)
    if "unsupported operand" not in str(error.value):
        error.match(words)
    it.close()


@pytest.mark.parametrize("name", CALLS)
def test_awaited_in_every_way(name: str) -> None:
    call, _ = CALLS[name]

    async def ways() -> list[Any]:
        one = await call()
        task = await asyncio.create_task(call())
        (gathered,) = await asyncio.gather(call())
        timed = await asyncio.wait_for(call(), 30)
        return [one, task, gathered, timed]

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = [*asyncio.run(ways()), asyncio.run(call()), pw.run_sync(call())]
        call().close()
        gc.collect()
    assert len(results) == 6
    it = call()
    assert inspect.isawaitable(it) and asyncio.iscoroutine(it)
    it.close()


def test_a_cancelled_one_was_begun() -> None:
    async def cancel() -> None:
        task = asyncio.create_task(CALLS["data"][0]())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        asyncio.run(cancel())
        gc.collect()
