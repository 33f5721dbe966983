"""Every function of `keras.ops` beside Keras's own, on the same arrays."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from beside_keras import listed
from hosts import ROOT, shared_device
from keras_ops_calls import CALLS, IMAGE

from pywebml import keras
from pywebml.core.tensor import Tensor
from pywebml.device import set_device
from pywebml.keras import ops

ROWS = [
    (room, name, number)
    for room, calls in (("", CALLS), ("image.", IMAGE))
    for name, several in calls.items()
    for number in range(len(several))
]
OTHER_DTYPES: dict[str, str] = {}
"""{function: why its result's dtype is another}."""
ELSEWHERE = {
    "associative_scan", "cond", "custom_gradient", "fori_loop", "image", "is_tensor", "jvp",
    "linalg", "map", "nn", "scan", "sparsemax", "switch", "vectorize", "vectorized_map",
    "while_loop",
}  # fmt: skip
"""What test_functions.py looks at; Keras's sparsemax does not come to 1."""


READS_ITS_VALUES = {"bincount", "histogram", "nonzero", "repeat", "segment_sum", "unique"}
"""The shape of what they give is not known without the numbers."""


def ops_at_once() -> set[str]:
    return set(ops._AT_ONCE.split())


@pytest.fixture(autouse=True)
def on_the_processor() -> None:
    set_device(shared_device("cpu"))


@pytest.fixture(scope="module")
def kerass() -> Any:
    """{(room, name, number): what Keras gives}."""
    script = ROOT / "tests" / "support" / "keras_ops_results.py"
    done = subprocess.run([sys.executable, script], capture_output=True, check=True)
    return pickle.loads(done.stdout)


@pytest.mark.parametrize(("room", "name", "number"), ROWS, ids=str)
def test_a_function_beside_keras(kerass: Any, room: str, name: str, number: int) -> None:
    args, options = (IMAGE if room else CALLS)[name][number]
    theirs = kerass[room, name, number]
    ours = getattr(ops.image if room else ops, name)(*args, **options)
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert isinstance(ours, (list, tuple)) == isinstance(theirs, list)
    got, want = listed(ours), listed(theirs)
    assert len(got) == len(want)
    for a, b in zip(got, want, strict=True):
        a = a.numpy() if isinstance(a, Tensor) else np.asarray(a)
        assert a.shape == np.shape(b)
        if hasattr(b, "dtype") and name not in OTHER_DTYPES:
            assert a.dtype == b.dtype
        b = np.asarray(b)
        finite = np.abs(b[np.isfinite(b)]) if b.dtype != bool else np.ones(1)
        np.testing.assert_allclose(
            a, b, rtol=2e-5, atol=4e-6 * float(finite.max(initial=1e-3)), strict=False
        )


SYMBOLIC = [
    (room, name)
    for room, calls in (("", CALLS), ("image.", IMAGE))
    for name, several in calls.items()
    if several and isinstance(several[0][0][0], np.ndarray) and name not in ops_at_once()
]


@pytest.mark.parametrize(("room", "name"), SYMBOLIC, ids=str)
def test_a_function_in_a_model(room: str, name: str) -> None:
    """A symbol for the first array: what the model gives is what the function gives."""
    (first, *rest), options = (IMAGE if room else CALLS)[name][0]
    function = getattr(ops.image if room else ops, name)
    if name in READS_ITS_VALUES:
        return
    dtype = "float32" if first.dtype == np.float64 else str(first.dtype)
    x = keras.Input(batch_shape=first.shape, dtype=dtype)
    symbols = function(x, *rest, **options)
    model = keras.Model(x, symbols)
    again = keras.Model.from_config(json.loads(json.dumps(model.get_config())))
    want = listed(function(first, *rest, **options))
    for run in (model, again):
        for a, b, symbol in zip(listed(run(first)), want, listed(symbols), strict=True):
            assert (a.shape, a.dtype) == (tuple(symbol.shape), symbol.dtype)
            np.testing.assert_array_equal(a.numpy(), b.numpy())


def test_every_function_has_a_call() -> None:
    assert not set(ops.__all__) - CALLS.keys() - ELSEWHERE
    assert not set(ops.image.__all__) - IMAGE.keys()
