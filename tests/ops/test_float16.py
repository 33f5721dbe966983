"""Tensors of 16-bit floats: what they hold, what they meet in, what is made of them,
and where there are none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numeric import real_gpu_kernels
from shares import share_per_op

import pywebml as pw
from pywebml import ops
from pywebml.apps import check
from pywebml.apps.check import check_here, sample_cases
from pywebml.core import lowering
from pywebml.core.capture import capture
from pywebml.core.choices import forced
from pywebml.core.fusion import Instruction
from pywebml.core.op import REGISTRY, lower
from pywebml.core.precision import float16_accumulation
from pywebml.core.spec import Spec
from pywebml.core.tensor import Variable, tensor
from pywebml.device import Adapter, run_sync
from pywebml.device.kernels import kernel_text, typed_kernel, with_types
from pywebml.ops.conv.conv2d import Conv2D
from pywebml.ops.elementwise.op import Elementwise
from pywebml.ops.linalg.matmul import MatMul
from pywebml.ops.linalg.matmul_forms import FORMS
from pywebml.ops.support.typed import moved_as


def halves(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float16)


def test_values_come_back_rounded_to_eleven_bits(host: str) -> None:
    x = tensor([0.1, -2.0, 65504.0], dtype="float16")  # three values: the last word is half empty
    assert (x.dtype, x.spec.nbytes) == ("float16", 8)
    assert x.numpy().dtype == np.float16
    assert x.numpy().tolist() == [np.float16(0.1), -2, 65504]
    assert x.data_sync().format == "f"
    assert x.tolist() == [float(np.float16(0.1)), -2.0, 65504.0]
    assert float(x[1]) == -2


def test_arrays_become_half_floats_when_asked(host: str) -> None:
    values = halves(5, 3)
    assert np.array_equal(tensor(values, dtype="float16").numpy(), values)
    assert tensor(values).dtype == "float32"
    assert np.array_equal(tensor(values.astype(np.float64), dtype="float16").numpy(), values)
    assert np.array_equal(
        tensor(memoryview(values.astype(np.float32)), dtype="float16").numpy(), values
    )


@pytest.mark.parametrize("data", [[1.0, 7e4], np.array([1.0, -7e4])])
def test_what_does_not_fit_is_named(data: object) -> None:
    with pytest.raises(ValueError, match=r"values? .*7.*does not fit float16|do not fit float16"):
        tensor(data, dtype="float16")


def test_casts_round_to_nearest_and_overflow_to_infinity(host: str) -> None:
    x = np.array([1 / 3, 1e-7, 1e5, -1e5, np.nan, 2049.0], np.float32)
    with np.errstate(over="ignore"):
        want = x.astype(np.float16)
    made = ops.cast(x, "float16")
    assert made.dtype == "float16"
    assert np.array_equal(made.numpy(), want, equal_nan=True)
    assert np.array_equal(
        ops.cast(made, "float32").numpy(), want.astype(np.float32), equal_nan=True
    )
    assert ops.cast(made[:4], "bool").numpy().tolist() == [True] * 4
    assert np.array_equal(
        ops.cast([3, -7, 4000], "float16").numpy(), np.array([3, -7, 4000], np.float16)
    )


def test_a_cast_in_a_captured_chain_rounds_all_the_same(host: str) -> None:
    there_and_back = capture(lambda x: ops.cast(ops.cast(x * 1.0, "float16"), "float32") + 0.0)
    assert there_and_back(tensor([0.1, 0.2])).tolist() == [
        float(np.float16(0.1)),
        float(np.float16(0.2)),
    ]


def test_types_meet_as_in_numpy(host: str) -> None:
    h = tensor(halves(4), dtype="float16")
    assert [(h + 1.5).dtype, (2 * h).dtype, ops.exp(h).dtype, (h + h).dtype] == ["float16"] * 4
    assert (h + tensor(np.ones(4, np.int32))).dtype == "float16"
    assert (h + tensor(np.ones(4, np.float32))).dtype == "float32"
    assert (h > 0).dtype == "bool"
    assert ops.where(h > 0, h, 0.0).dtype == "float16"
    assert (tensor([1, 2]) * 1.5).dtype == "float32"
    assert (tensor([True, False]) * 1.5).dtype == "float32"


@pytest.mark.parametrize(
    "shapes",
    [((6, 4), (6, 4)), ((3, 5), (3, 5)), ((3, 5), (5,)), ((2, 8), (1,)), ((2, 3, 5), (3, 1))],
)
def test_arithmetic_is_rounded_once_a_result(
    host: str, shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    a, b = (halves(*shape, seed=i) for i, shape in enumerate(shapes))
    want = np.tanh(a.astype(np.float32) * b.astype(np.float32) + 1000) * 3

    @capture
    def chain(x: pw.Tensor, y: pw.Tensor) -> pw.Tensor:
        return ops.tanh(x * y + 1000) * 3  # x * y + 1000 would lose all of x * y in float16

    got = chain(tensor(a, dtype="float16"), tensor(b, dtype="float16"))
    assert got.dtype == "float16"
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-3)


def test_variables_keep_their_type(host: str) -> None:
    v = Variable(halves(3), dtype="float16")
    v.assign(np.array([1, 2, 3], np.float32))
    v.assign(v + 0.5)
    assert v.dtype == "float16"
    assert v.numpy().tolist() == [1.5, 2.5, 3.5]


@pytest.mark.parametrize("shape", [(3, 5), (4, 6), (2, 8), (3, 1, 16)])
def test_moves_of_any_width(host: str, shape: tuple[int, ...]) -> None:
    values = halves(*shape)
    x = tensor(values, dtype="float16")
    assert np.array_equal(x.T.numpy(), values.T)
    assert np.array_equal(ops.concat([x, x, x], axis=-1).numpy(), np.concatenate([values] * 3, -1))
    widths = [(1, 2)] * len(shape)
    assert np.array_equal(
        ops.pad(x, widths, constant_value=-0.5).numpy(),
        np.pad(values, widths, constant_values=-0.5),
    )
    assert np.array_equal(x[1:].numpy(), values[1:])
    assert np.array_equal(ops.flip(x, -1).numpy(), values[..., ::-1])
    assert np.array_equal(ops.gather(x, tensor([1, 1, 0])).numpy(), values[[1, 1, 0]])


def test_products_sum_in_float32(host: str) -> None:
    a = np.full((2, 4096), 1, np.float16)
    b = np.full((4096, 3), 1, np.float16)
    got = ops.matmul(tensor(a, dtype="float16"), tensor(b, dtype="float16"))
    assert got.dtype == "float16"
    assert got.numpy().tolist() == [[4096.0] * 3] * 2  # a sum of ones in float16 stops at 2048


@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
def test_products_sum_in_float16_where_that_is_allowed(host: str) -> None:
    a, b = (
        tensor(halves(64, 2048), dtype="float16"),
        tensor(halves(2048, 64, seed=1) / np.float16(45), dtype="float16"),
    )
    ones = (
        tensor(np.ones((64, 4096), np.float16), dtype="float16"),
        tensor(np.ones((4096, 64), np.float16), dtype="float16"),
    )
    want = a.numpy().astype(np.float64) @ b.numpy().astype(np.float64)
    product = capture(ops.matmul)

    def error() -> float:
        return float(np.linalg.norm(product(a, b).numpy() - want) / np.linalg.norm(want))

    with real_gpu_kernels():
        before = error()
        with float16_accumulation():
            allowed, total = error(), product(*ones)
        after = error()
    assert before == after < 3e-4  # the result's own rounding
    assert 3e-4 < allowed < 1.5e-3  # and that of each run
    assert np.unique(total.numpy()).tolist() == [4096.0]  # runs are added up in float32


@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
@pytest.mark.parametrize(
    "form", [name for name, kind in FORMS.items() if kind.tall and kind.wide == 4]
)
def test_parts_of_a_sum_may_be_larger_than_float16_holds(host: str, form: str) -> None:
    """Threads that share a sum get up to 320,000 of it here; only runs must stay below
    65,504.
    """
    a = np.full((64, 256), 100, np.float16)
    b = np.where(np.arange(256) % 2 == 0, 50, -50).astype(np.float16)[:, None].repeat(64, 1)
    with real_gpu_kernels(), float16_accumulation(), forced(matmul=form, matmul_split="1"):
        got = ops.matmul(tensor(a, dtype="float16"), tensor(b, dtype="float16"))
    assert np.unique(got.numpy()).tolist() == [0.0]


def test_tiles_of_convolutions_sum_in_float16_where_that_is_allowed() -> None:
    adapter = Adapter("a GPU", "wgsl", features=frozenset({"f16"}), max_workgroup_bytes=48 << 10)

    def text(dtype: str, allowed: bool) -> tuple[bool, bool]:
        ins = (Spec((32, 28, 28, 64), dtype), Spec((3, 3, 64, 64), dtype))
        op = Conv2D(half_sums=allowed)
        (launch,) = lower(op, ins, op.outputs(*ins), adapter).launches
        assert launch.program.name.startswith("conv/tiled")
        return (
            "alias S = f16;" in launch.program.source,
            dict(launch.program.constants)["HALVES"] == 1,
        )

    assert text("float16", True) == (True, True)
    assert text("float16", False) == text("float32", True) == (False, False)


def test_a_product_in_float32_is_not_concerned(host: str) -> None:
    a, b = halves(8, 32).astype(np.float32), halves(32, 8).astype(np.float32)
    want = ops.matmul(a, b).numpy()
    with float16_accumulation():
        assert np.array_equal(ops.matmul(a, b).numpy(), want)
    with pytest.raises(TypeError, match="takes True or False, got 'float16'"):
        pw.allow_float16_accumulation("float16")  # type: ignore[arg-type]


def test_a_residual_and_an_activation_join_a_product(host: str) -> None:
    a, b, c = (
        tensor(halves(6, 8), dtype="float16"),
        tensor(halves(8, 4, seed=1), dtype="float16"),
        tensor(halves(6, 4, seed=2), dtype="float16"),
    )
    layer = capture(lambda x, w, r: ops.relu(ops.matmul(x, w) + r))
    got = layer(a, b, c)
    (plan,) = layer.plans()
    assert len(plan.rows) == 1
    want = np.maximum(a.numpy().astype(np.float32) @ b.numpy().astype(np.float32) + c.numpy(), 0)
    np.testing.assert_allclose(got.numpy(), want, rtol=1e-3, atol=1e-4)


def test_mixtures_in_a_product_are_named() -> None:
    with pytest.raises(TypeError, match="b must be float16, got float32; cast it first"):
        MatMul().infer(Spec((2, 3), "float16"), Spec((3, 2)))


def test_an_adapter_without_them_says_so() -> None:
    add = Elementwise((Instruction("add", (("x", 0), ("c", 1.0))),), (0,))
    spec = Spec((4,), "float16")
    with pytest.raises(
        RuntimeError, match=r"old card has no 16-bit floats \(shader-f16\); use float32"
    ):
        lower(add, (spec,), (spec,), Adapter("old card", "wgsl"))
    (launch,) = lower(
        add, (spec,), (spec,), Adapter("new card", "wgsl", features=frozenset({"f16"}))
    ).launches
    assert launch.program.features == {"f16"}


def test_check_asks_such_an_adapter_for_none_of_them() -> None:
    old, new = (Adapter("card", "wgsl", features=frozenset(f)) for f in ((), ("f16",)))
    cases = sample_cases(REGISTRY, old)
    for _, case in cases:
        specs = tuple(
            tensor(a, dtype="uint8" if getattr(a, "dtype", None) == np.uint8 else None).spec
            for a in case.inputs
        )
        assert "float16" not in {spec.dtype for spec in case.op.outputs(*specs)}, case.name
    assert len(sample_cases(REGISTRY, new)) > 1.3 * len(cases)


def test_float32_kernels_know_nothing_of_half_floats() -> None:
    assert typed_kernel("arg_reduce", "f32", "chunk").source == kernel_text("arg_reduce")
    spec = Spec((4, 4))
    for launch in lower(
        MatMul(), (spec, spec), (spec,), Adapter("new card", "wgsl", features=frozenset({"f16"}))
    ).launches:
        assert not launch.program.features
        assert "f16;" not in launch.program.source


def test_aliases_are_written_in_their_order() -> None:
    text = "alias A = f32;  // one\nalias B = u32;\nfn f() {}"
    assert (
        with_types(text, "f16") == "enable f16;\nalias A = f16;  // one\nalias B = u32;\nfn f() {}"
    )
    assert with_types(text, "f32", "vec4u") == "alias A = f32;  // one\nalias B = vec4u;\nfn f() {}"
    with pytest.raises(ValueError, match="the kernel has 2 lines"):
        with_types(text, "f32", "f32", "f32")


def test_moves_take_the_widest_element_that_fits() -> None:
    assert moved_as("float16", 16, 8) == ("vec4u", 8)
    assert moved_as("float16", 16, 6) == ("u32", 2)
    assert moved_as("float16", 16, 5) == ("f16", 1)
    assert moved_as("float32", 8) == ("vec4u", 4)
    assert moved_as("int32", 8, 3) == ("u32", 1)


ELSEWHERE = ("MatMul", "Conv2D", "Conv2DInputGrad", "DepthwiseConv2D")
"""Whose float32 kernels of real GPUs tests of their own run."""


@pytest.mark.halves
@pytest.mark.parametrize("host", [pytest.param("gpu", marks=pytest.mark.gpu)], indirect=True)
@pytest.mark.parametrize("name", [name for name, op in sorted(REGISTRY.items()) if op.halves])
def test_kernels_of_real_gpus_take_them_too(
    host: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`check` runs what the adapter at hand is given; this is what it would be given as
    a real GPU: workgroup memory and barriers, and the large workgroups of large
    launches.
    """
    monkeypatch.setattr(lowering, "_MANY", 0)
    every = check._cases

    def some(*asked: Any) -> list[Any]:
        cases = share_per_op(every(*asked))
        return [(n, case) for n, case in cases if n not in ELSEWHERE or "float16" in case.name]

    monkeypatch.setattr(check, "_cases", some)

    async def rows() -> list[Any]:
        return [(row, trouble) async for row, trouble, _, _ in check_here("native", name)]

    lower.cache_clear()
    try:
        with real_gpu_kernels():
            found = run_sync(rows())
    finally:
        lower.cache_clear()
    assert any("float16" in row["case"] for row, _ in found)
    assert [
        (row["case"], row["error"], row["tolerance"], trouble)
        for row, trouble in found
        if not row["ok"]
    ] == []
