"""What the rows of the table get: an op, and what goes into it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .values import FIRST, Sizes, Value, Writer


class NotWritten(Exception):
    """Why an op is not written."""


class Call:
    """An op with what it gets, and the sizes and types of what it gives."""

    def __init__(self, w: Writer, op: Any, ins: list[Value], sizes: list[Sizes], dtypes: list[str]):
        self.w, self.op, self.ins, self.sizes, self.dtypes = w, op, ins, sizes, dtypes

    def last(self, at: int = 0) -> str:
        """An input's name, as it is."""
        return self.w.last(self.ins[at])

    def first(self, at: int = 0) -> str:
        """An input's name, with channels first."""
        return self.w.first(self.ins[at])

    def known(self, at: int, what: str) -> Any:
        """The values of an input."""
        array = self.ins[at].array
        if array is None:
            raise NotWritten(f"its {what} is computed from the inputs")
        return array

    def refuse_joined(self) -> None:
        """NotWritten for an op as fusion leaves it; recorded ones are not yet."""
        if getattr(self.op, "join", None) or getattr(self.op, "chunk", None):
            raise NotWritten("it does more before it stores")

    def filters(self, at: int, values: Any) -> str:
        return self.w.constant(values, self.ins[at].dtype, self.ins[at].label or "filter")

    def is_first(self) -> bool:
        """Whether all inputs with pictures in them are at hand with channels first."""
        pictures = [v for v in self.ins if v.rank == 4 and v.array is None]
        return len(self.sizes[0]) == 4 and bool(pictures) and all(v.first for v in pictures)

    def gives(self, name: str, first: bool = False) -> list[Value]:
        """The first result, called so."""
        sizes, dtype = self.sizes[0], self.dtypes[0]
        kept = {"first" if first else "last": name}
        return [Value(sizes, dtype, **kept)]

    def layout(self) -> tuple[bool, Callable[[int], str], Callable[[int], int]]:
        """(whether channels come first, an input's name, the place of an axis)."""
        if self.is_first():
            return True, self.first, FIRST.index
        return False, self.last, lambda axis: axis
