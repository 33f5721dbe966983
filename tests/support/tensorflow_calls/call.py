"""A call that TensorFlow.js and `pw.ops` understand alike, and arrays to call with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

SPELLED = {"argmax": "argMax", "argmin": "argMin", "logsumexp": "logSumExp", "matmul": "matMul",
           "top_k": "topk",
           "is_nan": "isNaN"}  # fmt: skip
"""Names that do not follow from ours by writing the words together."""

WORDS = {"rgb": "RGB", "nd": "ND", "lstm": "LSTM", "rnn": "RNN"}
"""Words that TensorFlow.js writes in its own way within a name."""

WINDOWS = "x filter strides pad dataFormat dilations dimRoundingMode bias activation"
IN_ONE = {"fused.conv2d": WINDOWS, "fused.depthwise_conv2d": WINDOWS,
          "fused.matmul": "a b transposeA transposeB bias activation"}  # fmt: skip
"""Ops that take one object there: its keys in the order of our arguments."""


def theirs(name: str) -> str:
    """TensorFlow.js's name: `image.crop_and_resize` is image.cropAndResize."""
    space, _, short = name.rpartition(".")
    first, *rest = short.split("_")
    joined = first + "".join(WORDS.get(word, word.capitalize()) for word in rest)
    return (f"{space}." if space else "") + SPELLED.get(short, joined)


class Call(NamedTuple):
    """A call of an op. `args` stand at the same places in both; `named` come after them
    in TensorFlow.js, and by name here, where Keras or NumPy has something else at that
    place. Arrays are handed on as tensors, `slopes` says whether the gradients at those
    of floats are compared, `close` how close values must be, relative to the largest.
    """

    op: str
    args: tuple[Any, ...]
    named: dict[str, Any]
    slopes: bool = True
    close: float = 1e-5
    theirs: str = ""

    @property
    def job(self) -> dict[str, Any]:
        """What tests/node/ops.mjs is asked."""
        args = [told(argument) for argument in (*self.args, *self.named.values())]
        if keys := IN_ONE.get(self.op):
            args = [dict(zip(keys.split(), args, strict=False))]
        at = [path for path, _ in self.points] if self.slopes else []
        return {"op": self.theirs or theirs(self.op), "args": args, "at": at}

    @property
    def points(self) -> list[tuple[list[int], np.ndarray]]:
        """The float arrays among the arguments and the lists of them, by their path."""
        return [(path, a) for path, a in _arrays(self.args, []) if a.dtype == np.float32]

    def __str__(self) -> str:
        named = [f"{name}={value!r}" for name, value in self.named.items()]
        return f"{self.op}({', '.join([*map(_shown, self.args), *named])})"


def call(
    op: str, *args: Any, slopes: bool = True, close: float = 1e-5, theirs: str = "", **named: Any
) -> Call:
    return Call(op, args, named, slopes, close, theirs)


def told(value: Any) -> Any:
    """An argument as JSON; an array as {dtype, shape, values}."""
    if isinstance(value, (list, tuple)):
        return [told(v) for v in value]
    if isinstance(value, dict):
        return {key: told(v) for key, v in value.items()}
    if not isinstance(value, np.ndarray):
        return value
    flat = value.reshape(-1)
    if value.dtype == np.complex64:
        flat = flat.view(np.float32)
    values = [v if np.isfinite(v) else _infinite(v) for v in flat.tolist()]
    return {"dtype": str(value.dtype), "shape": list(value.shape), "values": values}


def _infinite(value: float) -> str:
    return "NaN" if np.isnan(value) else re.sub("inf", "Infinity", str(value))


def _arrays(values: Any, path: list[int]) -> Iterator[tuple[list[int], np.ndarray]]:
    for i, value in enumerate(values):
        if isinstance(value, np.ndarray):
            yield [*path, i], value
        elif isinstance(value, list):
            yield from _arrays(value, [*path, i])


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype}{list(value.shape)}"
    if isinstance(value, list) and any(isinstance(v, np.ndarray) for v in value):
        return f"[{', '.join(map(_shown, value))}]"
    return repr(value)


def floats(*shape: int, low: float = -2.0, high: float = 2.0) -> np.ndarray:
    """Floats in no order, the same ones for the same arguments, none twice."""
    count = int(np.prod(shape))
    order = np.random.default_rng([count, *shape]).permutation(count)
    return (low + (order + 0.37) * (high - low) / max(count, 1)).astype(np.float32).reshape(shape)


def ints(*shape: int, low: int = -5, high: int = 6) -> np.ndarray:
    """int32 from `low` up to, but without, `high`."""
    return np.random.default_rng([7, *shape]).integers(low, high, shape).astype(np.int32)


def bools(*shape: int) -> np.ndarray:
    return ints(*shape, low=0, high=2).astype(np.bool_)


def array(*values: float, dtype: str = "float32") -> np.ndarray:
    return np.array(values, dtype)
