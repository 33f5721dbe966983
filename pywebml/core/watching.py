"""Who looks on while ops run: `pw.debug` and `pw.profile`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


class Watcher:
    """Hears of each op that ran, and each plan that was replayed."""

    op_by_op = False
    """Whether captured functions run op by op meanwhile."""

    def saw_op(self, op: Any, ins: Sequence[Any], outs: Sequence[Any]) -> None:
        """`op` was queued on these tensors, with these results."""

    def saw_plan(self, plan: Any) -> None:
        """A captured function's plan was played."""


watchers: list[Watcher] = []

within: list[str] = []
"""Whose gradient is being computed, in words, the innermost last."""


@contextmanager
def walking_back(op: str, line: str) -> Iterator[None]:
    """What ops run inside is the gradient of this one, which ran on that line."""
    within.append(f"in the gradient of {op} {line}".rstrip())
    try:
        yield
    finally:
        within.pop()


def op_by_op() -> bool:
    """Whether somebody wants to see the ops of captured functions."""
    return any(watcher.op_by_op for watcher in watchers)
