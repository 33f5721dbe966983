"""Every alias is its function, and says so (`test_signatures.py` compares its arguments
with NumPy's). And tensors of one rank, and of several dtypes.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops


@pytest.mark.parametrize(("name", "target"), ops.ALIASES.items())
def test_an_alias_is_its_function(name: str, target: str) -> None:
    function, plain = getattr(ops, name), getattr(ops, target)
    assert target not in ops.ALIASES and name in ops.__all__
    assert inspect.getdoc(function) == f"An alias of `{target}`.\n\n{inspect.getdoc(plain)}"
    assert inspect.signature(function) == inspect.signature(plain)
    assert function.__name__ == function.__qualname__ == name
    assert hasattr(pw.Tensor, name) == hasattr(pw.Tensor, target)
    with pytest.raises(TypeError, match=f"{name} has no argument 'nothing'"):
        function(nothing=1)


def test_an_alias_takes_the_name_of_no_function() -> None:
    for module in pkgutil.walk_packages(ops.__path__, "pywebml.ops."):
        own = getattr(importlib.import_module(module.name), "__all__", ())
        assert not set(own) & ops.ALIASES.keys(), module.name


def test_of_values(host: str) -> None:
    x, y = pw.tensor([1.0, -4.0]), pw.tensor([2.0, 3.0])
    for name in ("subtract", "multiply", "divide", "power", "remainder", "floor_divide"):
        want: Any = getattr(np, name)(x.numpy(), y.numpy())
        np.testing.assert_allclose(getattr(ops, name)(x, y).numpy(), want, rtol=1e-5)
        np.testing.assert_allclose(getattr(x, name)(y).numpy(), want, rtol=1e-5)
    assert ops.concatenate([x, y], 0).tolist() == [1, -4, 2, 3]
    assert ops.clip(x, -1, 0.5).tolist() == [0.5, -1] and ops.absolute(x).tolist() == [1, 4]


def test_tensors_of_one_rank(host: str) -> None:
    assert pw.scalar(3, "int32").shape == () and pw.tensor1d([1, 2]).dtype == "int32"
    assert pw.tensor2d([1, 2, 3, 4], (2, 2)).tolist() == [[1, 2], [3, 4]]
    assert pw.tensor3d([[[1]]], dtype="bool").dtype == "bool"
    assert pw.tensor6d([1, 2], (1, 2, 1, 1, 1, 1), "bool").shape == (1, 2, 1, 1, 1, 1)
    for make, words in (
        (lambda: pw.scalar([1]), r"rank 0, got values of shape \(1,\)"),
        (lambda: pw.tensor1d([[1]]), "rank 1, got values of shape"),
        (lambda: pw.tensor2d([1, 2]), "rank 2, got values of shape .* or a flat list and shape="),
        (lambda: pw.tensor2d([[1, 2]], (2, 1)), r"shape \(1, 2\) do not have shape \(2, 1\)"),
        (lambda: pw.tensor3d([1, 2], (2, 1)), "shape must have 3 sizes"),
    ):
        with pytest.raises(ValueError, match=words):
            make()


def test_ranges(host: str) -> None:
    assert ops.range(0, 3).dtype == "float32" and ops.range(5, 2).tolist() == [5, 4, 3]
    assert ops.range(0, 5, 2, "int32").tolist() == [0, 2, 4] and ops.range(0, 0).shape == (0,)
    assert ops.range(0, 3, -1).tolist() == []


@pytest.mark.parametrize(
    ("dtypes", "common"),
    [
        (("bool", "int32"), "int32"), (("int32", "float32"), "float32"),
        (("bool", "uint32"), "uint32"), (("float16", "int32"), "float16"),
        (("float16", "float32"), "float32"), (("bool", "float32", "complex64"), "complex64"),
        (("uint32", "int32", "float32"), "float32"),
    ],
)  # fmt: skip
def test_tensors_of_several_dtypes_meet_in_one(
    host: str, dtypes: tuple[str, ...], common: str
) -> None:
    xs = [pw.tensor([1j, 2] if d == "complex64" else [1, 0], dtype=d) for d in dtypes]
    want = np.concatenate([x.numpy() for x in xs])
    for joined in (ops.concat(xs), ops.stack(xs), pw.tensor([[x] for x in xs])):
        assert joined.dtype == common
        np.testing.assert_array_equal(joined.reshape(-1).numpy(), want)


def test_types_that_meet_in_none(host: str) -> None:
    u, i = pw.tensor([3_000_000_000], dtype="uint32"), pw.tensor([-1])
    for join in (ops.concat, ops.stack, pw.tensor):
        with pytest.raises(TypeError, match="int32 and uint32 meet in no type"):
            join([u, i])
    with pytest.raises(TypeError, match="concat: bytes of pictures"):
        ops.concat([pw.tensor(b"ab", dtype="uint8"), i])


def test_gradients_go_through_the_common_dtype(host: str) -> None:
    slope = pw.grad(lambda x: (ops.concat([x, [1, 2]]) ** 2.0).sum())(pw.tensor([3.0, 4.0]))
    np.testing.assert_allclose(slope.numpy(), [6, 8], rtol=1e-5)
