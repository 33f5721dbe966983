"""`pw.debug`: each result is looked at, and the first that is not finite is an error
that says which op made it, of what, and on which line.
"""

from __future__ import annotations

import linecache
import math
from collections.abc import Sequence
from typing import Any

from ..host.warned import users_line
from .spec import FLOATS
from .watching import Watcher, watchers, within

_LOOKED_AT = (*FLOATS, "complex64")


class _NotFinite(Watcher):
    op_by_op = True

    def __init__(self, infinity: bool):
        self._infinity = infinity

    def saw_op(self, op: Any, ins: Sequence[Any], outs: Sequence[Any]) -> None:
        line = _line()
        for t in outs:
            if t._node is not None:
                t._node[0].line = line
        written = [ins[i] for i in op.writes]
        for t in (*written, *outs):
            if t.dtype not in _LOOKED_AT:
                continue
            nans, infinities = _not_finite(_flat(t))
            if nans or (infinities and self._makes_infinity(op, ins)):
                others = [x for x in ins if all(x is not w for w in written)]
                raise FloatingPointError(_sentence(op, others, t, nans, infinities, line))

    def _makes_infinity(self, op: Any, ins: Sequence[Any]) -> bool:
        """Not where it is told to: a constant, a bound, or what comes from such."""
        if not self._infinity or not ins or "inf" in repr(op):
            return False
        return not any(any(_not_finite(_flat(x))) for x in ins if x.dtype in _LOOKED_AT)


def _sentence(op: Any, ins: Sequence[Any], t: Any, nans: int, infinities: int, line: str) -> str:
    where = f" {within[-1]}," if within else ""
    spoilt = [i for i, x in enumerate(ins) if x.dtype in _LOOKED_AT and _not_finite(_flat(x))[0]]
    fault = f"made {_counts(nans, infinities)} among the {t.size} values of its result"
    if nans and spoilt:
        fault = (
            f"got NaN in its input {spoilt[0]}, which no op made since pw.debug began: it came with"
            " the data, or from before"
        )
    inputs = "; ".join(f"input {i}: {described(x)}" for i, x in enumerate(ins)) or "no inputs"
    return f"{op.name}{where} {fault}, {line}; {inputs}"


def _counts(nans: int, infinities: int) -> str:
    parts = [f"{nans} NaN"] * bool(nans) + [f"{infinities} infinite"] * bool(infinities)
    return " and ".join(parts)


def described(t: Any) -> str:
    """Its type, shape and range, in words."""
    kind, values = f"{t.dtype} {list(t.shape)}", _flat(t)
    if t.dtype == "bool":
        return f"{kind}, {sum(values)} true"
    finite = [v for v in values if math.isfinite(v)]
    lacks = _counts(*_not_finite(values))
    span = f" from {min(finite):.6g} to {max(finite):.6g}" if finite else ""
    return f"{kind}{span}" + (f", and {lacks}" if lacks else "")


def _flat(t: Any) -> Any:
    """The values one after the other, without NumPy, which a tab may not have loaded."""
    view = t.data_sync()
    return view.cast("B").cast(view.format) if t.size else ()


def _not_finite(values: Any) -> tuple[int, int]:
    """(how many are NaN, how many infinite)."""
    if math.isfinite(sum(values)):  # in doubles: no finite float32s add up to infinity
        return 0, 0
    return sum(map(math.isnan, values)), sum(map(math.isinf, values))


def _line() -> str:
    place = users_line()
    if place is None:
        return "on a line that is not known"
    file, number = place
    text = linecache.getline(file, number).strip()
    return f"at {file}:{number}" + (f" ({text})" if text else "")


class _Debugging:
    """Until the end of a `with`, or the next call of `debug`."""

    def __init__(self, before: list[Watcher]):
        self._before = before

    def __enter__(self) -> None:
        return None

    def __exit__(self, *error: Any) -> None:
        watchers[:] = self._before


def debug(nan: bool = True, *, infinity: bool = True) -> Any:
    """Looks at every result from now on, or inside `with pw.debug():`. The first op
    that makes NaN, or infinity of finite values if `infinity`, raises
    FloatingPointError, which names it, its inputs' ranges and your line; in a gradient
    the line of the op whose gradient it is, too.

    Ops run and are read back one by one, those of captured functions and of `fit` as
    well: slow, for finding a fault. `pw.debug(False)` ends it. In a browser tab it
    needs JSPI. TensorFlow.js's `tf.enableDebugMode`.

    Example:
        >>> with pw.debug():
        ...     pw.ops.log([1.0, -1.0])
        Traceback (most recent call last):
        FloatingPointError: log made 1 NaN among the 2 values of its result, at ...:2
        (...); input 0: float32 [2] from -1 to 1
    """
    for name, flag in (("nan", nan), ("infinity", infinity)):
        if not isinstance(flag, bool):
            raise TypeError(f"debug: {name} must be True or False, got {flag!r}")
    before = list(watchers)
    watchers[:] = [w for w in watchers if not isinstance(w, _NotFinite)]
    if nan:
        watchers.append(_NotFinite(infinity))
    return _Debugging(before)


__all__ = ["debug"]
