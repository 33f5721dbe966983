"""Tensors: from data and back, operators, indexing, errors that say what to do."""

from __future__ import annotations

import asyncio
from array import array

import numpy as np
import pytest

import pywebml as pw


def test_from_data_and_back(host: str) -> None:
    cases = [
        ([[1, 2], [3, 4]], "int32"),
        ([1.5, 2], "float32"),
        ([True, False], "bool"),
        (3, "int32"),
        (np.arange(6, dtype=np.float64).reshape(2, 3), "float32"),
        (np.array([1, 2], np.int64), "int32"),
        (array("f", [1, 2, 3]), "float32"),
        (array("d", [1, 2, 3]), "float32"),
        (np.array([[True]]), "bool"),
        (np.arange(5, dtype=np.uint8), "int32"),
    ]
    for data, dtype in cases:
        t = pw.tensor(data)
        assert t.dtype == dtype
        np.testing.assert_array_equal(t.numpy(), np.asarray(data))
    t = pw.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert t.tolist() == [[1, 2], [3, 4]] and asyncio.run(t.data())[1, 0] == 3
    assert pw.tensor(2.5).item() == 2.5 and pw.tensor([True]).item() is True
    assert np.asarray(t).sum() == 10 and len(t) == 2 and t.T.tolist() == [[1, 3], [2, 4]]
    assert np.from_dlpack(t).tolist() == t.tolist()
    assert pw.tensor(range(6).__class__(6) and list(range(6)), shape=(2, -1)).shape == (2, 3)


@pytest.mark.parametrize("n", [3, 1 << 20])
@pytest.mark.parametrize("dtype", ["float32", "int32", "uint32", "uint8"])
def test_a_tensor_keeps_its_numbers_when_the_array_changes(host: str, dtype: str, n: int) -> None:
    given = np.arange(n).astype(dtype)
    t, rows = pw.tensor(given, dtype=dtype), pw.tensor([given, given], dtype=dtype)
    kept = given.copy()
    given[:] = 7
    assert (t.numpy() == kept).all() and (rows.numpy() == kept).all()


def test_numbers_are_looked_at_only_where_they_may_not_fit() -> None:
    for given, dtype in ((np.int8, "int32"), (np.uint16, "int32"), (bool, "uint8")):
        assert pw.tensor(np.ones(2, given), dtype=dtype).tolist() == [1, 1]
    for values, dtype in ((np.int8([-1]), "uint8"), (np.uint32([2**31]), "int32")):
        with pytest.raises(ValueError, match="do not fit"):
            pw.tensor(values, dtype=dtype)


def test_operators_follow_numpy(host: str) -> None:
    a, b = np.float32([[1, -2], [3, 4]]), np.float32([2, 5])
    x, y = pw.tensor(a), pw.tensor(b)
    for got, want in [
        (x + y, a + b), (x - 1, a - 1), (1 - x, 1 - a), (x * y, a * b), (x / y, a / b),
        (2 / x, 2 / a), (-x, -a), (abs(x), abs(a)),
        (x**2, a**2), (x @ x, a @ a), (x > y, a > b), (x == a, a == a), (x != 1, a != 1),
        (b - x, b - a), (x.sum(), a.sum()),
        (x.astype("int32"), a.astype(int)), (pw.tensor([7, 8]) + 1, [8, 9]),
        (pw.tensor([7, 8]) / 2, [3.5, 4]),
        (pw.tensor([1, 2]) * 1.5, [1.5, 3]),
    ]:  # fmt: skip
        np.testing.assert_allclose(got.numpy(), want, rtol=1e-5)
    assert (pw.tensor([7, 8]) + 1).dtype == "int32"


def test_indexing_follows_numpy(host: str) -> None:
    a = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    x = pw.tensor(a)
    for key in [
        0,
        -1,
        (1, 2),
        (slice(None), 1),
        (..., 0),
        (slice(0, 1), slice(1, 3), slice(None, None, -1)),
        (None, 1),
        (0, ..., slice(1, -1)),
    ]:
        np.testing.assert_array_equal(x[key].numpy(), a[key])
    np.testing.assert_array_equal(x[[1, 0, 1]].numpy(), a[[1, 0, 1]])
    for bad, words in [
        (5, "index 5 on axis 0"),
        ((0, 0, 0, 0), "4 indices"),
        ("a", "expected"),
    ]:
        with pytest.raises(IndexError, match=words):
            _ = x[bad]


def test_reshape_shares_and_checks(host: str) -> None:
    x = pw.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert (
        x.reshape(3, -1).tolist() == [[1, 2], [3, 4], [5, 6]] and x.reshape((6,)).buffer is x.buffer
    )
    with pytest.raises(ValueError, match=r"cannot reshape \(2, 3\) \(6 values\) to \(4, -1\)"):
        x.reshape(4, -1)


def test_variables(host: str) -> None:
    v = pw.Variable([1.0, 2.0], name="w")
    y = v * 2
    v.assign([5, 6])
    assert y.tolist() == [2, 4] and v.tolist() == [5, 6]
    kept = v.reshape(2, 1)
    v.assign(v + 1)
    assert kept.tolist() == [[5], [6]] and v.tolist() == [6, 7]
    with pytest.raises(ValueError, match=r"'w' has shape \(2,\), cannot assign shape \(3,\)"):
        v.assign([1, 2, 3])


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: pw.tensor([[1, 2], [3]]), ValueError, "equal lengths"),
        (lambda: pw.tensor("abc"), TypeError, "str 'abc'"),
        (lambda: pw.tensor([1], dtype="float64"), ValueError, "dtype 'float64'; expected one of"),
        (lambda: pw.tensor([2**40]), ValueError, "do not fit int32"),
        (lambda: pw.tensor(np.array([2**40])), ValueError, "do not fit int32"),
        (lambda: pw.tensor([1.0, 2.0]).item(), ValueError, "one value"),
        (
            lambda: pw.tensor([1.0, 2.0]) + pw.tensor([1.0, 2.0, 3.0]),
            ValueError,
            "do not broadcast",
        ),
        (lambda: pw.tensor([1.0]).nonsense, AttributeError, "nonsense"),
    ],
)
def test_errors_name_value_and_expectation(
    make: object, error: type[Exception], words: str
) -> None:
    pw.set_device("cpu")
    with pytest.raises(error, match=words):
        make()  # type: ignore[operator]


def test_disposed_tensors_say_so(host: str) -> None:
    x = pw.tensor([1.0])
    pw.dispose([x])
    with pytest.raises(RuntimeError, match="disposed"):
        x.numpy()
    with pytest.raises(RuntimeError, match="disposed"):
        _ = x + 1
    assert pw.tidy(lambda: pw.tensor([2.0]) * 2).item() == 4
