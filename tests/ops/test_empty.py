"""Tensors without elements: made, moved, reduced, joined, as NumPy has them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from op_calls import CALLS

import pywebml as pw
from pywebml import ops

SHAPES = [(0,), (0, 3), (3, 0), (2, 0, 3)]

REFUSED = {
    "dynamic_slice": "the call asks for a row",
    "slice": "the call begins behind the end",
    "split": "no number of equal parts",
    "unstack": "nothing is left to stack",
    "one_hot": "classes are int32",
    "top_k": "the axis has none to choose",
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
def test_made_and_read(host: str, shape: tuple[int, ...], dtype: str) -> None:
    x = pw.tensor(np.zeros(shape, dtype))
    assert (x.shape, x.dtype, x.size) == (shape, dtype, 0)
    assert x.tolist() == np.zeros(shape).tolist()
    assert x.numpy().shape == shape
    assert pw.zeros(shape, dtype).numpy().shape == shape
    assert len(pw.run_sync(x.data())) == 0
    assert pw.Variable(x).numpy().shape == shape


def test_lists(host: str) -> None:
    assert pw.tensor([]).shape == (0,) and pw.tensor([]).dtype == "float32"
    assert pw.tensor([[], []], dtype="int32").tolist() == [[], []]
    assert pw.arange(3, 3).tolist() == pw.arange(3, 0).tolist() == []
    with pytest.raises(ValueError, match="equal lengths on every level"):
        pw.tensor([[], [1]])


@pytest.mark.parametrize(
    "name", [name for name, call in CALLS.items() if call.numpy and not call.shape]
)
def test_every_function_gives_what_numpy_gives_or_refuses(host: str, name: str) -> None:
    for shape in SHAPES:
        gives_what_numpy_gives_or_refuses(name, shape)


def gives_what_numpy_gives_or_refuses(name: str, shape: tuple[int, ...]) -> None:
    call = CALLS[name]
    x = np.zeros(shape, np.float32)
    try:
        with np.errstate(all="ignore"):
            want = np.asarray(call.numpy(x))  # type: ignore[misc]
    except (ValueError, IndexError, TypeError):
        want = None
    if want is None or name in REFUSED:
        with suppress(ValueError, IndexError, TypeError):  # or what TensorFlow.js gives
            call.ours(pw.tensor(x)).numpy()
        return
    got = call.ours(pw.tensor(x))
    assert got.shape == want.shape
    np.testing.assert_allclose(got.numpy().astype(float), want.astype(float))


@pytest.mark.parametrize(
    ("call", "want"),
    [
        (lambda x: ops.concat([x, pw.ones((1, 3)), x]), np.ones((1, 3))),
        (lambda x: ops.concat([x, x]), np.zeros((0, 3))),
        (lambda x: ops.pad(x, [(1, 1), (0, 0)], constant_value=2), np.full((2, 3), 2)),
        (ops.softmax, np.zeros((0, 3))),
        (lambda x: ops.log_softmax(x, 0), np.zeros((0, 3))),
        (lambda x: ops.dropout(x, 0.5), np.zeros((0, 3))),
        (lambda x: ops.gather(x, np.zeros(0, np.int32)), np.zeros((0, 3))),
        (lambda x: x.sum(0), np.zeros(3)),
        (lambda x: x.prod(0), np.ones(3)),
        (lambda x: x.max(0), np.full(3, -np.inf)),
        (lambda x: x.any(0), np.zeros(3)),
        (lambda x: x.all(0), np.ones(3)),
        (lambda x: x[:, 1], np.zeros(0)),
        (lambda x: x[:0:-2], np.zeros((0, 3))),
        (lambda x: x.reshape(-1, 3), np.zeros((0, 3))),
        (lambda x: ops.split(x, sizes=[0, 0])[1], np.zeros((0, 3))),
        (lambda x: ops.gather(pw.ones((2, 3)), x[:, 0].astype("int32")), np.zeros((0, 3))),
        (lambda x: ops.unsorted_segment_sum(x, x[:, 0].astype("int32"), 2), np.zeros((2, 3))),
        (lambda x: ops.tile(x, (2, 2)), np.zeros((0, 6))),
        (lambda x: ops.tile(pw.ones((1, 2)), (0, 2)), np.zeros((0, 4))),
    ],
)
def test_beside_others(host: str, call: Any, want: Any) -> None:
    x = pw.zeros((0, 3))
    for got in (call(x), pw.capture(call)(x)):
        assert got.shape == want.shape
        np.testing.assert_array_equal(got.numpy(), want)


def test_gradients_of_nothing(host: str) -> None:
    x = pw.zeros((0, 3))
    assert pw.grad(lambda t: (t * t).sum() + ops.concat([t, pw.ones((1, 3))]).sum())(x).shape == (
        0,
        3,
    )
    with pytest.raises(ValueError, match="has nothing to pick"):
        ops.gather(x, pw.tensor([0]))
    with pytest.raises(ValueError, match="no elements"):
        x.argmax(0)


def test_training_still_asks_for_rows(host: str) -> None:
    model = pw.Sequential([pw.layers.Dense(1, input_shape=(2,))])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"x has shape \(0, 2\), without any value"):
        model.fit_sync(np.zeros((0, 2)), np.zeros((0, 1)), verbose=0)
