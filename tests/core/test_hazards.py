"""Where the core could go wrong quietly: aliases, reused memory, types that compare
equal, recordings within recordings.
"""

from __future__ import annotations

import ctypes
from typing import Any, NamedTuple

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

# types of elementwise operands


def test_a_python_int_and_a_float_of_one_value_are_different_constants(host: str) -> None:
    assert (pw.tensor([0, 1, 2]) < 1).tolist() == [True, False, False]
    assert (pw.tensor([0, 1, 2, 3, 4]) < 1.0).tolist() == [True, False, False, False, False]
    assert (pw.tensor([1, 2]) * 1).dtype == "int32" and (pw.tensor([1, 2]) * 1.0).dtype == "float32"


def test_bools_and_unsigned_integers_meet_python_numbers(host: str) -> None:
    flags, counts = pw.tensor([True, False]), pw.tensor([1, 2], dtype="uint32")
    assert (flags * -1).tolist() == [-1, 0]
    assert (flags < -1).tolist() == [False, False]
    assert (counts * 3).dtype == "uint32"
    with pytest.raises(ValueError, match="-1 does not fit uint32"):
        _ = counts * -1
    assert (-counts).tolist() == [2**32 - 1, 2**32 - 2]
    assert ops.sign(counts).tolist() == [1, 1]
    with pytest.raises(ValueError, match="3000000000 does not fit int32"):
        _ = pw.tensor([1, 2]) + 3_000_000_000
    assert (counts + 3_000_000_000).tolist() == [3_000_000_001, 3_000_000_002]


def test_bools_stay_bools_inside_a_chain(host: str) -> None:
    a, b = pw.tensor([True, False]), pw.tensor([True, True])
    assert pw.capture(lambda a, b: ops.abs(a - b) * 0.5)(a, b).tolist() == [0, 0.5]
    assert ops.where(pw.tensor([True, False]), a, b).tolist() == [True, True]
    assert ops.where(pw.tensor([True, False]), a, b).dtype == "bool"


def test_floats_too_large_for_an_integer_become_the_nearest_that_fits(host: str) -> None:
    x = pw.tensor([3e9, -3e9, -1.5, float("inf")])
    assert x.astype("int32").tolist() == [2**31 - 128, -(2**31), -1, 2**31 - 128]
    assert pw.tensor([5e9, -1.5, 3e9]).astype("uint32").tolist() == [2**32 - 256, 0, 3_000_000_000]


def test_powers_of_zero_have_slopes(host: str) -> None:
    x = pw.tensor([0.0, 2.0])
    assert pw.grad(lambda x: (x**0).sum())(x).tolist() == [0, 0]
    zero = pw.tensor([0.0, 0.0])
    assert pw.grad(lambda x: (x**zero).sum())(x).tolist() == [0, 0]
    np.testing.assert_allclose(
        pw.grad(lambda b: (x**b).sum())(pw.tensor([2.0, 2.0])).numpy(),
        [0, 4 * np.log(2)],
        rtol=1e-5,
    )


# gradients


def test_what_is_watched_may_itself_be_the_value(host: str) -> None:
    assert pw.grad(lambda x: x)(pw.tensor(3.0)).tolist() == 1
    v = pw.Variable(2.0)
    value, (slope,) = pw.variable_grads(lambda: v, [v])
    assert (value.item(), slope.item()) == (2, 1)
    assert pw.grad(lambda x: pw.grad(lambda y: y)(x) * x)(pw.tensor(3.0)).tolist() == 1


def test_a_variable_listed_twice_gets_its_gradient_twice(host: str) -> None:
    v = pw.Variable([2.0])
    assert [g.tolist() for g in pw.variable_grads(lambda: (v * v).sum(), [v, v])[1]] == [[4], [4]]
    x = pw.tensor([3.0])
    assert [g.tolist() for g in pw.grad(lambda a, b: (a * a * b).sum(), (0, 1))(x, x)] == [
        [18],
        [9],
    ]


def test_gradients_at_integers_are_floats(host: str) -> None:
    """As in TensorFlow.js; but the sum of a whole number is not taken for a loss."""
    x = pw.tensor([1, 2])
    slope = pw.grad(lambda x: (x * 1.5).sum())(x)
    assert slope.dtype == "float32" and slope.tolist() == [1.5, 1.5]
    with pytest.raises(ValueError, match=r"gave Tensor.*of 3\.0, where it is called with 3"):
        pw.grad(lambda x: x * x)(3)
    a, b = pw.grads(lambda a, b: a * b)([x, x + 2], [1.0, 10.0])
    assert a.tolist() == [3, 40] and b.tolist() == [1, 20] and a.dtype == "float32"
    mask, _ = pw.grads(lambda m, x: pw.ops.where(m, x, x * 2.0))([x > 1, [1.0, 2.0]])
    assert mask.dtype == "float32" and mask.tolist() == [0, 0]
    with pytest.raises(TypeError, match="float16"):
        pw.grad(lambda x: x * x)(pw.tensor([1.0], dtype="float16"))


def test_whole_numbers_of_floats_leave_no_history(host: str) -> None:
    """They are steps; products with them must not be followed back to where they came
    from.
    """
    seen = []

    def f(x: pw.Tensor) -> pw.Tensor:
        seen.extend([x > 0, x.argmax(-1), x.astype("int32")])
        return (x * seen[0] * seen[2]).sum()

    pw.grad(f)(pw.tensor([1.0, -2.0]))
    assert [t._node for t in seen] == [None] * 3


def test_closed_tapes_are_history(host: str) -> None:
    """A state carried from step to step leads back neither to overwritten variables nor
    to the results of all steps before.
    """
    w = pw.Variable([0.5])
    state = [pw.tensor([1.0])]

    def loss() -> pw.Tensor:
        state[0] = w * state[0]
        return state[0].sum()

    want_w, want_state = 0.5, 1.0
    for _ in range(4):
        value, (g,) = pw.variable_grads(loss, [w])
        w.assign(w - g * 0.1)
        slope, want_state = want_state, want_w * want_state
        want_w -= 0.1 * slope
        np.testing.assert_allclose([value.item(), w.numpy()[0]], [want_state, want_w], rtol=1e-5)


def test_a_kept_loss_keeps_no_activations(host: str) -> None:
    w = pw.Variable(np.ones(1000, np.float32))
    before = pw.memory()["bytes"]
    losses = [pw.variable_grads(lambda: ops.exp(w * 0.1).sum(), [w])[0] for _ in range(5)]
    assert pw.memory()["bytes"] - before == 4 * len(losses)


def test_a_state_overwritten_before_its_gradient_was_what_was_read(host: str) -> None:
    """Layers that keep averages read them, and put the next ones in their place."""
    w, scale = pw.Variable([1.0]), pw.Variable([3.0], trainable=False)

    def loss() -> pw.Tensor:
        value = (w * scale).sum()
        scale.assign([100.0])
        value = value + (w * scale * scale).sum()
        scale.assign(scale + 1.0)
        return value

    for _ in range(2):
        value, (slope,) = pw.variable_grads(loss, [w])
        assert [float(value), slope.item()] == [10003.0, 10003.0]
        assert scale.tolist() == [101.0]
        scale.assign([3.0])


def test_a_weight_overwritten_before_its_gradient_is_refused(host: str) -> None:
    w, scale = pw.Variable([1.0]), pw.Variable([3.0])

    def loss() -> pw.Tensor:
        value = (w * scale).sum()
        scale.assign([100.0])
        return value

    with pytest.raises(RuntimeError, match="overwritten between mul and its gradient"):
        pw.variable_grads(loss, [w])


def test_large_integers_are_filled_exactly(host: str) -> None:
    assert pw.fill((2,), 2**31 - 1, "int32").tolist() == [2**31 - 1] * 2
    assert pw.fill((2,), 2**32 - 1, "uint32").tolist() == [2**32 - 1] * 2
    assert pw.arange(2**24, 2**24 + 3).tolist() == [2**24, 2**24 + 1, 2**24 + 2]
    assert pw.arange(2, -3, -2).tolist() == [2, 0, -2]
    assert pw.arange(0, 2, 0.5, dtype="int32").tolist() == [0, 0, 1, 1]
    with pytest.raises(ValueError, match="do not fit int32"):
        pw.fill((2,), 2**31, "int32")


# aliases


def test_a_variable_may_be_assigned_to_itself(host: str) -> None:
    v = pw.Variable([1.0, 2.0])
    v.assign(v)
    pw.capture(lambda: v.assign(v))()
    assert v.tolist() == [1, 2]


def test_a_variable_behind_stop_gradient_is_a_snapshot(host: str) -> None:
    v = pw.Variable([1.0, 2.0])
    before = pw.stop_gradient(v)
    v.assign([5.0, 6.0])
    assert before.tolist() == [1, 2] and before.reshape(2, 1).tolist() == [[1], [2]]


def test_lent_results_never_alias_inputs_or_variables(host: str) -> None:
    swap = pw.capture(lambda a, b: (b, a), copy=False)
    pair = swap(pw.tensor([1.0]), pw.tensor([2.0]))
    assert [t.tolist() for t in swap(*pair)] == [[1], [2]]
    v = pw.Variable([3.0])
    lent = pw.capture(lambda: v, copy=False)()
    v.assign(lent)
    assert v.tolist() == [3]


# recording


def test_numbers_that_are_equal_but_of_other_types_are_other_recordings(host: str) -> None:
    scale = pw.capture(lambda x, k: x * k)
    x = pw.tensor([1, 2])
    assert [scale(x, k).dtype for k in (1, 1.0, True)] == ["int32", "float32", "int32"]


class Pair(NamedTuple):
    a: pw.Tensor
    b: pw.Tensor


def test_a_named_tuple_comes_back_as_one(host: str) -> None:
    got = pw.capture(lambda x: Pair(x, x + 1))(pw.tensor([1.0]))
    assert isinstance(got, Pair) and got.b.tolist() == [2]


@pytest.mark.parametrize("fused", ["conv", "dense"])
def test_an_activation_behind_a_reshape(host: str, fused: str) -> None:
    draw = np.random.default_rng(0)
    x, w = (
        draw.normal(size=(1, 6, 5, 3)).astype(np.float32),
        draw.normal(size=(3, 3, 3, 6)).astype(np.float32),
    )

    def f(x: Any, w: Any) -> Any:
        y = ops.conv2d(x, w) if fused == "conv" else ops.dense(x.reshape(5, 18), w.reshape(18, 9))
        return ops.relu(y.reshape(-1, 3)) + 1

    want = f(pw.tensor(x), pw.tensor(w)).numpy()
    np.testing.assert_allclose(pw.capture(f)(x, w).numpy(), want, rtol=1e-5, atol=1e-6)


def test_no_kernel_binds_more_buffers_than_every_host_allows(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, most, bind = pw.get_device(), [0], pw.get_device().bind

    def counted(pipeline: int, buffers: Any, params: bytes = b"") -> int:
        most[0] = max(most[0], len(buffers))
        return bind(pipeline, buffers, params)

    def outer(*given: Any) -> Any:
        total = given[0].reshape(6, 1) * given[0].reshape(1, 6)
        for x in given[1:]:
            total = total + x.reshape(6, 1) * x.reshape(1, 6)
        return total

    xs = [pw.tensor(np.arange(6, dtype=np.float32) + i) for i in range(7)]
    want = outer(*xs).numpy()
    monkeypatch.setattr(device, "bind", counted)
    np.testing.assert_allclose(pw.capture(outer)(*xs).numpy(), want)
    assert most[0] <= 8


def test_what_a_recording_cannot_use_is_refused(host: str) -> None:
    double = pw.capture(lambda x: x * 2)
    x = pw.tensor([1.0])
    double(x)
    x.dispose()
    with pytest.raises(RuntimeError, match="disposed"):
        double(x)
    closed_over = pw.tensor([5.0])
    scale = pw.capture(lambda x: x * closed_over)
    assert scale(pw.tensor([1.0])).tolist() == [5]
    closed_over.dispose()
    with pytest.raises(RuntimeError, match="uses a tensor that was disposed"):
        scale(pw.tensor([1.0]))
    leaked: list[pw.Tensor] = []
    pw.capture(lambda x: leaked.append(x * 2))(pw.tensor([1.0]))
    with pytest.raises(RuntimeError, match="another capture"):
        pw.capture(lambda x: (x, leaked[0]))(pw.tensor([1.0]))


def test_recordings_do_not_mix_devices(host: str) -> None:
    v, x = pw.Variable([4.0]), pw.tensor([1.0])
    double, reads = pw.capture(lambda x: x * 2), pw.capture(lambda: v * 2)
    double(x)
    here = pw.get_device()
    pw.set_device("cpu")
    with pytest.raises(ValueError, match="device in use"):
        double(x)
    with pytest.raises(ValueError, match="captured on"):
        reads()
    assert double(pw.tensor([2.0])).tolist() == [4]
    pw.set_device(here)
    assert reads().tolist() == [8] and double(x).tolist() == [2]


def test_captured_functions_inside_others(host: str) -> None:
    total = pw.capture(lambda x: x.sum())
    v = pw.Variable([1.0, 2.0])
    assert pw.variable_grads(lambda: (v * total(np.float32([1, 2]))).sum(), [v])[1][0].tolist() == [
        3,
        3,
    ]

    def outer(x: pw.Tensor) -> pw.Tensor:
        total.record(np.float32([1, 2, 3]))
        return x + total([3.0, 4.0])

    assert pw.capture(outer)(pw.tensor([1.0])).tolist() == [8]


def test_an_exception_while_recording_leaves_nothing_behind(host: str) -> None:
    v = pw.Variable([1.0])

    def fails(x: pw.Tensor) -> pw.Tensor:
        v.assign(v + x)
        raise KeyError("in the middle")

    broken = pw.capture(fails)
    for _ in range(2):
        with pytest.raises(KeyError, match="in the middle"):
            broken(pw.tensor([1.0]))
    assert v.tolist() == [1] and (v + 1).tolist() == [2]


# numbers from Python


def test_scalars_and_arrays_inside_lists_keep_their_type() -> None:
    assert pw.tensor([np.int64(1), np.int64(2)]).dtype == "int32"
    assert pw.tensor([np.bool_(True)]).dtype == "bool"
    assert pw.tensor([np.zeros(2), np.ones(2)]).tolist() == [[0, 0], [1, 1]]
    assert pw.tensor([pw.tensor([1, 2]), pw.tensor([3, 4])]).tolist() == [[1, 2], [3, 4]]
    assert pw.tensor(range(3)).tolist() == [0, 1, 2]


def test_any_buffer_is_read_in_its_own_shape() -> None:
    assert pw.tensor(memoryview(np.array(3, np.float32))).shape == ()  # type: ignore[arg-type]
    assert pw.tensor(((ctypes.c_float * 2) * 2)((1, 2), (3, 4))).tolist() == [[1, 2], [3, 4]]
    assert pw.tensor(memoryview(np.arange(6, dtype=np.float32)[::2])).tolist() == [0, 2, 4]  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="'>f'"):
        pw.tensor(memoryview(np.arange(6, dtype=">f4")))  # type: ignore[arg-type]


def test_arrays_of_every_layout_and_width() -> None:
    want = np.arange(6).reshape(2, 3)
    for odd in (
        want.astype(">f4"),
        np.asfortranarray(want, np.float64),
        want.astype(np.float16),
        want.astype(">i8"),
        np.repeat(want, 2, 1)[:, ::2],
    ):
        assert pw.tensor(odd).tolist() == want.tolist()
    assert pw.tensor(np.float32(2.5)).shape == ()


def test_numpy_integers_are_indices() -> None:
    assert pw.tensor([[1, 2], [3, 4]])[np.int64(1), np.int32(0)].item() == 3


def test_nan_is_no_integer() -> None:
    for data in (np.array([1, np.nan]), [1.0, float("nan")]):
        with pytest.raises(ValueError, match=r"nan .*fit int32"):
            pw.tensor(data, dtype="int32")


def test_a_method_can_be_captured(host: str) -> None:
    class Scale:
        def __init__(self, k: float):
            self.k, self.calls = pw.tensor([k]), 0

        @pw.capture
        def apply(self, x: pw.Tensor) -> pw.Tensor:
            self.calls += 1
            return x * self.k

    two, three = Scale(2.0), Scale(3.0)
    for _ in range(2):
        assert two.apply(pw.tensor([5.0])).tolist() == [10] and three.apply(
            pw.tensor([5.0])
        ).tolist() == [15]
    assert two.calls == three.calls == 1
