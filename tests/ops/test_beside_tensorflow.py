"""Ops beside TensorFlow.js's: the same calls, of tables in
tests/support/tensorflow_calls, give the same dtypes, shapes, values and gradients.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np
import pytest
from in_node import run_node
from tensorflow_calls import CALLS, Call

import pywebml as pw
from pywebml import ops
from tools.tensorflow_ops import NAMES as TENSORFLOW
from tools.tensorflow_ops import ours as find

pytestmark = pytest.mark.tfjs


def ours(name: str) -> Any:
    """The function of `pw.ops`, or else of `pw`; None where there is none."""
    places = [functools.reduce(lambda space, part: getattr(space, part, None), name.split("."), top)
              for top in (ops, pw)]  # fmt: skip
    return next(filter(callable, places), None)


COMPARED = [call for call in CALLS if ours(call.op)]
NAMES = sorted({call.op for call in COMPARED})


DRAWN = ("dropout", "multinomial", "rand", "truncatedNormal")
OTHERWISE = ("variable", "multiRNNCell")  # a class, and a function of functions


def test_every_op_of_both_is_compared() -> None:
    """But those of random numbers, which tests/ops/test_random.py looks at."""
    compared = {short(call.op) for call in CALLS} | {short(call.job["op"]) for call in CALLS}
    both = [name for name in TENSORFLOW if find(name) and not name.startswith(DRAWN)]
    missing = [name for name in both if short(name) not in compared and name not in OTHERWISE]
    assert not missing, f"write calls in tests/support/tensorflow_calls of {missing}"


def short(name: str) -> str:
    """Of `image.resizeBilinear` and `tf.fft`, which stands in two places, one name."""
    return name.rpartition(".")[2].replace("_", "").lower().removesuffix("async")


@pytest.fixture(scope="session")
def answers() -> dict[int, dict[str, Any]]:
    """What TensorFlow.js says to each call, by the call's id: one process for all."""
    told = run_node("ops.mjs", [call.job for call in COMPARED])
    return {id(call): answer for call, answer in zip(COMPARED, told, strict=True)}


@pytest.mark.parametrize("name", NAMES)
def test_results_and_gradients_are_those_of_tensorflow_js(
    host: str, answers: dict[int, dict[str, Any]], name: str
) -> None:
    for call in COMPARED:
        if call.op == name:
            answer = answers[id(call)]
            assert "error" not in answer, f"{call}: TensorFlow.js says {answer['error']}"
            compare(call, answer)


def compare(call: Call, answer: dict[str, Any]) -> None:
    function = ours(call.op)
    given = tensors(list(call.args))
    outs = flat(awaited(function(*given, **call.named)))
    hold(f"{call}", outs, answer["outs"], call.close)
    if not answer.get("slopes"):
        return
    points = [functools.reduce(lambda value, i: value[i], path, given) for path, _ in call.points]
    _, got = pw.variable_grads(lambda: weighted(flat(function(*given, **call.named))), points)
    hold(f"gradient of {call}", got, answer["slopes"], call.close)


def hold(what: str, got: list[Any], want: list[dict[str, Any]], close: float) -> None:
    assert len(got) == len(want), f"{what}: {len(got)} results, not {len(want)}"
    for tensor, told in zip(got, want, strict=True):
        values = array(told)
        assert (tensor.dtype, list(tensor.shape)) == (told["dtype"], told["shape"]), what
        finite = values[np.isfinite(values)]
        largest = max(float(np.abs(finite).max()) if finite.size else 0.0, 0.1)
        np.testing.assert_allclose(
            tensor.numpy(), values, rtol=close, atol=close * largest, err_msg=what
        )


def awaited(result: Any) -> Any:
    return pw.run_sync(result) if inspect.isawaitable(result) else result


def array(told: dict[str, Any]) -> np.ndarray:
    values = np.array([float(v) for v in told["values"]])
    if told["dtype"] == "complex64":
        values = values[::2] + 1j * values[1::2]
    return values.reshape(told["shape"])


def tensors(value: Any) -> Any:
    """Arrays among the arguments as tensors."""
    if isinstance(value, list):
        return [tensors(v) for v in value]
    return pw.tensor(value) if isinstance(value, np.ndarray) else value


def flat(result: Any) -> list[Any]:
    """The tensors of a result, in order."""
    if isinstance(result, pw.Tensor):
        return [result]
    return [tensor for part in result for tensor in flat(part)]


def weighted(outs: list[Any]) -> Any:
    """The sum of all floats, each times cos(0), cos(1), ..., as ops.mjs has it."""
    floats = [y for y in outs if y.dtype == "float32"]
    sums = [(y * np.cos(np.arange(y.size)).astype("f4").reshape(y.shape)).sum() for y in floats]
    return functools.reduce(lambda a, b: a + b, sums)
