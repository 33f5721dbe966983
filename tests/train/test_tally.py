"""The running sums of a training step, and the gradients it starts from."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import real_gpu_kernels

from pywebml import ops
from pywebml.core.autodiff import variable_grads
from pywebml.core.capture import capture
from pywebml.core.tensor import Variable, tensor

CASES = [pytest.param(case, id=case.name) for case in ops.Tally.cases()]


def played(case: Any) -> tuple[Any, ...]:
    sums, offset, *vectors = case.inputs
    held = Variable(sums, trainable=False), Variable(offset, trainable=False)
    case.op(*held, *(tensor(v) for v in vectors))
    return tuple(v.numpy() for v in held)


@pytest.mark.parametrize("case", CASES)
def test_tally_adds_and_advances(host: str, case: Any) -> None:
    sums, offset, *vectors = case.inputs
    want = sums.astype(np.float64)
    for i, vector in enumerate(vectors):
        want[case.op.first + i] += vector.astype(np.float64).sum()
    got, at = played(case)
    np.testing.assert_allclose(got, want, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(at, offset + case.op.advance)


@pytest.mark.gpu
@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("host", ["gpu"], indirect=True)
def test_tally_as_real_gpus_run_it(host: str, case: Any) -> None:
    serial = played(case)
    with real_gpu_kernels():
        tree = played(case)
    np.testing.assert_allclose(tree[0], serial[0], rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(tree[1], serial[1])


def test_tally_in_a_replayed_step(host: str) -> None:
    sums, offset, values = (
        Variable([0.0, 0.0]),
        Variable([0], dtype="int32"),
        tensor([1.0, 2.0, 3.0]),
    )
    step = capture(lambda: ops.Tally(0, 3)(sums, offset, values, values * 2))
    for _ in range(4):
        step()
    np.testing.assert_allclose(sums.numpy(), [24, 48])
    assert offset.numpy().tolist() == [12]


def test_tally_refuses_what_does_not_fit() -> None:
    sums, offset, values = Variable([0.0, 0.0]), Variable([0], dtype="int32"), tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="do not fit into 2"):
        ops.Tally(1)(sums, offset, values, values)
    with pytest.raises(ValueError, match="one length"):
        ops.Tally()(sums, offset, values, tensor([1.0]))
    with pytest.raises(ValueError, match="one to 4 vectors"):
        ops.Tally()(sums, offset)
    with pytest.raises(ValueError, match="offset int32"):
        ops.Tally()(sums, sums, values)


def test_gradients_from_a_seed(host: str) -> None:
    """A seed at a vector gives the gradients of the weighted sum."""
    rng = np.random.default_rng(0)
    x, weights = (rng.normal(size=s).astype(np.float32) for s in [(5, 3), (5,)])
    v = Variable(rng.normal(size=(3, 1)).astype(np.float32))

    def values() -> Any:
        return ops.reshape(ops.tanh(ops.matmul(tensor(x), v)), (5,))

    value, (seeded,) = variable_grads(values, [v], tensor(weights))
    _, (summed,) = variable_grads(lambda: ops.sum(values() * tensor(weights)), [v])
    assert value.shape == (5,)
    np.testing.assert_allclose(seeded.numpy(), summed.numpy(), rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=r"must be the value's, \(5,\)"):
        variable_grads(values, [v], tensor([1.0]))
