"""Every row of the elementwise table on every host against NumPy in float64,
broadcasting and types included.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import pywebml as pw
from pywebml import ops
from pywebml.ops.elementwise.table import TABLE
from pywebml.ops.elementwise.wgsl import merge_axes


def test_every_row_on_its_cases(host: str) -> None:
    seen = set()
    for case in ops.Elementwise.cases():
        ins = [pw.tensor(a, dtype="bool" if a.dtype == np.uint32 else None) for a in case.inputs]
        ins = [pw.Variable(t) if i in case.op.writes else t for i, t in enumerate(ins)]
        out = case.op(*ins)
        got = [ins[i] for i in case.op.writes]
        got += out if isinstance(out, tuple) else [t for t in (out,) if t is not None]
        want = case.op.numpy(
            *(a.astype(np.float64) if a.dtype == np.float32 else a for a in case.inputs)
        )
        for g, w in zip(
            got,
            want if isinstance(want, tuple) else (want,),
            strict=True,
        ):
            np.testing.assert_allclose(
                g.numpy().astype(np.float64), w, atol=case.atol, rtol=case.rtol, err_msg=case.name
            )
        seen |= {i.name for i in case.op.body}  # type: ignore[attr-defined]
    assert seen == set(TABLE)


shapes = st.lists(st.integers(1, 5), min_size=0, max_size=4)


@settings(max_examples=25, deadline=None)
@given(shapes, st.lists(st.booleans(), min_size=4, max_size=4), st.integers(0, 3))
@pytest.mark.gpu
def test_broadcasting_on_the_gpu(full: list[int], ones: list[bool], drop: int) -> None:
    from hosts import shared_device

    pw.set_device(shared_device("gpu"))
    other = [1 if one else d for d, one in zip(full, ones, strict=False)][min(drop, len(full)) :]
    a = np.random.default_rng(0).normal(size=full).astype(np.float32)
    b = np.random.default_rng(1).normal(size=other).astype(np.float32)
    np.testing.assert_allclose(
        (pw.tensor(a) * pw.tensor(b) + a).numpy(), a * b + a, rtol=1e-5, atol=1e-6
    )
    pw.set_device(shared_device("cpu"))


@pytest.mark.parametrize("dtype", ["float32", "int32", "float16"])
@pytest.mark.parametrize(
    "other", [(8,), (6, 1), (64, 1, 8), (64, 1, 1), (1, 6, 8), (1, 1, 1), (6, 8)], ids=str
)
def test_rows_in_fours_are_read_four_at_a_time(
    host: str, dtype: str, other: tuple[int, ...]
) -> None:
    """Whatever of the other input is repeated: channels, rows or pictures."""
    random = np.random.default_rng(4)
    a = (random.normal(size=(64, 6, 8)) * 9).astype(dtype)
    b = (random.normal(size=other) * 9).astype(dtype)
    captured = pw.capture(lambda a, b: ops.where(a > 1, a + b, a) - b)
    got = captured(pw.tensor(a), pw.tensor(b))
    wide = (np.float64(a), np.float64(b))
    want = np.where(wide[0] > 1, wide[0] + wide[1], wide[0]) - wide[1]
    np.testing.assert_allclose(got.numpy(), want, atol={"float16": 0.1}.get(dtype, 1e-4))
    if host == "gpu":
        assert [row.groups for row in captured.plans()[0].rows] == [(12, 1, 1)]


def test_merge_axes_joins_what_it_may() -> None:
    assert merge_axes((2, 3, 4), [(2, 3, 4), (4,)]) == ([6, 4], [[4, 1], [0, 1]])
    assert merge_axes((2, 3, 4), [(2, 3, 4)] * 2) == ([24], [[1], [1]])
    assert merge_axes((5, 1), [(5, 1), (1, 1)]) == ([5], [[1], [0]])


def test_special_values_and_extremes(host: str) -> None:
    x = np.float32([-2, -1, 0, 3])
    np.testing.assert_allclose(ops.pow(x, 3).numpy(), x**3, rtol=1e-5)
    np.testing.assert_allclose(ops.pow(x, 2).numpy(), x**2, rtol=1e-5)
    assert np.isnan(ops.pow(x, 0.5).numpy()[:2]).all()
    big = np.float32([-100, -20, 20, 100])
    np.testing.assert_allclose(ops.tanh(big).numpy(), np.tanh(big), rtol=1e-6)
    np.testing.assert_allclose(
        ops.sigmoid(big).numpy(), [0, 2.0611537e-09, 1, 1], rtol=1e-4, atol=1e-12
    )
    np.testing.assert_allclose(
        ops.softplus(big).numpy(), [0, 2.0611537e-09, 20, 100], rtol=1e-4, atol=1e-12
    )
    assert ops.clip_by_value(x, float("-inf"), 1.0).tolist() == [-2, -1, 0, 1]
    small = np.float32([1e-6, -1e-6, 1e-3])
    np.testing.assert_allclose(ops.log1p(small).numpy(), np.log1p(small), rtol=1e-5)
    np.testing.assert_allclose(ops.expm1(small).numpy(), np.expm1(small), rtol=1e-5)
    np.testing.assert_allclose(
        ops.gelu(x).numpy(), [-0.04550026, -0.15865526, 0, 2.9959502], atol=1e-6
    )
    np.testing.assert_allclose(ops.leaky_relu(x).numpy(), [-0.4, -0.2, 0, 3], rtol=1e-6)
    assert ops.where([True, False], 1.5, -1.0).tolist() == [1.5, -1]
    assert ops.cast(x, "bool").tolist() == [True, True, False, True] and ops.cast(
        [1.9, -1.9], "int32"
    ).tolist() == [1, -1]


def test_errors() -> None:
    pw.set_device("cpu")
    with pytest.raises(ValueError, match="do not broadcast"):
        ops.add([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="low 2 is above high 1"):
        ops.clip_by_value([1.0], 2, 1)
    with pytest.raises(ValueError, match="expected float32"):
        ops.cast([1.0], "float64")
    with pytest.raises(TypeError, match="pixels of uint8"):
        ops.add(pw.tensor(bytes(4), dtype="uint8"), 1)
