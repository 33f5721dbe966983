"""What people who come from TensorFlow.js look for. `tidy` and `keep` are not needed:
forgotten tensors give their memory back.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ..host.awaited import awaited
from .runtime import flush
from .tensor import Tensor

T = TypeVar("T")


def tidy(name_or_f: Any, f: Callable[[], Any] | None = None) -> Any:
    """`f()`, or with a name before it `tidy("step", f)`. Tensors that it made and did
    not return are freed because Python forgets them. TypeError for an async function,
    which would go on afterwards.

    Example:
        >>> pw.tidy(lambda: pw.tensor([1.0, 2.0]) * 2).tolist()
        [2.0, 4.0]
    """
    call = name_or_f if f is None else f
    if not callable(call):
        raise TypeError(f"tidy takes a function, got {call!r}; write tidy(lambda: ...)")
    result = call()
    if inspect.isawaitable(result):
        if inspect.iscoroutine(result):
            result.close()
        raise TypeError("tidy takes a function that is not async; await it without tidy")
    return result


def keep(x: T) -> T:
    """x. In TensorFlow.js it keeps a tensor beyond the end of `tidy`; here a tensor
    lives as long as Python knows it.

    Example:
        >>> kept = []
        >>> pw.tidy(lambda: kept.append(pw.keep(pw.tensor([1.0]))))
        >>> kept[0].tolist()
        [1.0]
    """
    return x


@awaited("pw.next_frame()", "pw.run_sync(pw.next_frame())")
async def next_frame() -> None:
    """Waits for the time of a frame, a sixtieth of a second, in which the device starts
    on what is queued and a page draws: inside a long loop in a tab, say.

    Example:
        >>> for step in range(2):
        ...     pw.run_sync(pw.next_frame())
    """
    flush()
    await asyncio.sleep(1 / 60)


def dispose(tree: Any) -> None:
    """Frees the tensors in nested tuples, lists and dicts now; using one afterwards is
    a RuntimeError.

    Example:
        >>> before = pw.memory()["tensors"]
        >>> pair = {"a": pw.tensor([1.0]), "b": [pw.tensor([2.0])]}
        >>> pw.memory()["tensors"] - before
        2
        >>> pw.dispose(pair)
        >>> pw.memory()["tensors"] - before
        0
    """
    if isinstance(tree, Tensor):
        tree.dispose()
    elif isinstance(tree, dict):
        dispose(list(tree.values()))
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            dispose(item)
