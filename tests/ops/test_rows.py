"""Kernels whose invocations share a row: every form gives the same results, and none
runs where it cannot.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pywebml import ops
from pywebml.apps.bench.tune import calls
from pywebml.core.choices import forced, watched
from pywebml.core.op import lower
from pywebml.core.spec import Spec
from pywebml.core.tensor import tensor
from pywebml.device import Adapter, get_device
from pywebml.ops.cross_entropy import SoftmaxCrossEntropy
from pywebml.ops.linalg.matmul import MatMul
from pywebml.ops.reduce.op import Reduce
from pywebml.ops.softmax import Softmax
from pywebml.ops.support.rows import shared_forms

on_gpu = pytest.mark.parametrize(
    "host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True
)
few = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PLAIN = Adapter("a GPU", "wgsl")
NVIDIA = Adapter(
    "a GPU with subgroups of 32",
    "wgsl",
    features=frozenset({"subgroups"}),
    min_subgroup=32,
    max_subgroup=32,
)


def of_form(form: str) -> Any:
    return forced(softmax=form, softmax_cross_entropy=form, reduce=form, tally=form)


@on_gpu
@few
@given(
    st.integers(1, 70),
    st.integers(1, 700),
    st.sampled_from([0.1, 3.0, 1e4]),
    st.integers(0, 99),
    st.data(),
)
def test_every_form_gives_the_same(
    host: str, rows: int, columns: int, scale: float, seed: int, data: st.DataObject
) -> None:
    random = np.random.default_rng(seed)
    x = (random.standard_normal((rows, columns)) * scale).astype(np.float32)
    labels = random.random((rows, columns), np.float32)
    classes = random.integers(0, columns, rows, np.int32)
    wide = x.astype(np.float64)
    logs = wide - wide.max(1, keepdims=True)
    logs -= np.log(np.exp(logs).sum(1, keepdims=True))
    with of_form(data.draw(st.sampled_from(["thread", *shared_forms(get_device().adapter)]))):
        np.testing.assert_allclose(ops.softmax(x).numpy(), np.exp(logs), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(ops.log_softmax(x).numpy(), logs, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(
            ops.softmax_cross_entropy(labels, x).numpy(),
            -(labels * logs).sum(1),
            rtol=1e-4,
            atol=1e-5,
        )
        picked = -np.take_along_axis(logs, classes[:, None], 1)[:, 0]
        np.testing.assert_allclose(
            ops.sparse_softmax_cross_entropy(classes, x).numpy(), picked, rtol=1e-5, atol=1e-5
        )
        np.testing.assert_allclose(
            ops.mean(tensor(x), 1).numpy(), wide.mean(1), rtol=1e-4, atol=1e-5 * scale
        )
        np.testing.assert_array_equal(ops.max(tensor(x), 1).numpy(), x.max(1))
        np.testing.assert_array_equal(ops.min(tensor(x), 1).numpy(), x.min(1))
        np.testing.assert_array_equal(ops.sum(tensor(classes)).numpy(), classes.sum())
        np.testing.assert_array_equal(ops.min(tensor(classes)).numpy(), classes.min())


@on_gpu
@pytest.mark.parametrize("shape", [(300_001,), (2, 140_000), (9, 8, 1000)])
def test_long_rows_are_cut_in_every_form(host: str, shape: tuple[int, ...]) -> None:
    x = np.random.default_rng(1).normal(1, 1, shape).astype(np.float32)
    for form in shared_forms(get_device().adapter):
        with of_form(form):
            got = ops.sum(tensor(x), -1)
            np.testing.assert_allclose(got.numpy(), x.astype(np.float64).sum(-1), rtol=1e-5)
            # sums repeat bit by bit
            np.testing.assert_array_equal(got.numpy(), ops.sum(tensor(x), -1).numpy())
            np.testing.assert_array_equal(ops.max(tensor(x)).numpy(), x.max())


@on_gpu
@few
@given(
    st.integers(1, 40),
    st.integers(1, 700),
    st.integers(1, 32),
    st.booleans(),
    st.booleans(),
    st.integers(0, 99),
    st.data(),
)
def test_products_of_few_results(
    host: str,
    m: int,
    k: int,
    n: int,
    transpose_a: bool,
    transpose_b: bool,
    seed: int,
    data: st.DataObject,
) -> None:
    random = np.random.default_rng(seed)
    a, b = random.standard_normal((m, k), np.float32), random.standard_normal((k, n), np.float32)
    bias = random.standard_normal(n, np.float32)
    want = np.maximum(a.astype(np.float64) @ b + bias, 0)
    adapter = get_device().adapter
    form = "row " + data.draw(st.sampled_from(shared_forms(adapter)))
    ins = [
        np.ascontiguousarray(a.T) if transpose_a else a,
        np.ascontiguousarray(b.T) if transpose_b else b,
        bias,
    ]
    op = MatMul(transpose_a, transpose_b, "relu")
    with forced(matmul=form):
        assert (
            lower(op, tuple(Spec(x.shape) for x in ins), (Spec((m, n)),), adapter)
            .launches[0]
            .program.name
            == f"dense.{form}"
        )
        np.testing.assert_allclose(op(*map(tensor, ins)).numpy(), want, rtol=1e-4, atol=1e-4)


@on_gpu
@pytest.mark.parametrize("kind", ["max", "min"])
def test_nan_comes_through_in_every_form(host: str, kind: str) -> None:
    x = np.random.default_rng(2).normal(size=(4, 300)).astype(np.float32)
    x[1, 299], x[2, 0], x[3] = np.nan, np.nan, np.inf
    for form in shared_forms(get_device().adapter):
        with of_form(form):
            np.testing.assert_array_equal(
                getattr(ops, kind)(tensor(x), 1).numpy(), getattr(np, kind)(x, 1)
            )


def test_subgroups_are_offered_where_the_adapter_has_them_and_a_workgroup_holds_one() -> None:
    assert not any(form.startswith("subgroups") for form in shared_forms(PLAIN))
    assert shared_forms(NVIDIA) == ["tree 32", "tree 256", "subgroups 32", "subgroups 256"]
    large = dataclasses.replace(NVIDIA, max_subgroup=64)
    assert shared_forms(large)[2:] == ["subgroups 64", "subgroups 256"]
    # a host that does not tell: as large as WGSL allows
    silent = dataclasses.replace(NVIDIA, max_subgroup=0)
    assert shared_forms(silent)[2:] == ["subgroups 128", "subgroups 256"]


@pytest.mark.parametrize(
    "op",
    [Reduce("sum", (1,)), Softmax(), SoftmaxCrossEntropy(), MatMul(transpose_b=True)],
    ids=lambda op: op.name,
)
def test_a_program_enables_subgroups_only_where_its_form_uses_them(op: Any) -> None:
    ins = (
        (Spec((1, 500)), Spec((8, 500)))
        if isinstance(op, MatMul)
        else (Spec((8, 500)),) * (1 + isinstance(op, SoftmaxCrossEntropy))
    )

    def features(adapter: Adapter) -> set[str]:
        lower.cache_clear()
        return {
            f
            for launch in lower(op, ins, op.outputs(*ins), adapter).launches
            for f in launch.program.features
        }

    assert features(NVIDIA) == {"subgroups"}
    assert features(PLAIN) == features(dataclasses.replace(NVIDIA, software=True)) == set()
    with forced(
        softmax="subgroups 32",
        softmax_cross_entropy="subgroups 32",
        reduce="subgroups 32",
        matmul="row subgroups 32",
    ):
        assert features(dataclasses.replace(NVIDIA, software=True)) == {"subgroups"}
        assert features(PLAIN) == set()  # it cannot run there
    lower.cache_clear()


@pytest.mark.parametrize(
    ("work", "choices"),
    [
        ("reduce", ["reduce"]),
        ("softmax", ["softmax", "softmax_cross_entropy"]),
        ("dense", ["matmul", "matmul_split"]),
    ],
)
def test_tuning_runs_for_small_results_try_the_forms(work: str, choices: list[str]) -> None:
    tried = set()
    for call in calls(work, quick=True):
        with watched() as asked:
            lower(*call, NVIDIA)
        tried |= {
            (a.choice.name, form.removeprefix("row ")) for a in asked for form in a.candidates
        }
    assert {name for name, _ in tried} == {*choices}
    for name in choices:
        assert name == "matmul_split" or {form for of, form in tried if of == name} >= {
            *shared_forms(NVIDIA)
        }


def test_products_and_columns_are_not_shared_as_rows() -> None:
    for op, shape in ((Reduce("prod", (1,)), (8, 500)), (Reduce("sum", (1,)), (8, 500, 3))):
        with of_form("subgroups 32"):
            spec = Spec(shape)
            (launch,) = lower(op, (spec,), op.outputs(spec), NVIDIA).launches
            assert launch.program.name.startswith("reduce.columns")
