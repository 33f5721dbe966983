"""Every function of `keras.ops` beside Keras's own, on the same arrays."""

from __future__ import annotations

import pickle
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from beside_keras import listed
from hosts import ROOT, shared_device
from keras_ops_calls import CALLS, IMAGE

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


def test_every_function_has_a_call() -> None:
    assert not set(ops.__all__) - CALLS.keys() - ELSEWHERE
    assert not set(ops.image.__all__) - IMAGE.keys()
