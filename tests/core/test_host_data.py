"""What a tensor can be made of, in all forms and nestings: the same values, never value
by value, and one sentence for what cannot be.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import pywebml as pw
from pywebml.core import host_data

Array = Any

TABLE = np.arange(6, dtype=np.float64).reshape(2, 3) * 1.5


class OnlyDLPack:
    """As a tensor of a library that knows nothing of NumPy."""

    def __init__(self, values: Array):
        self.values = values

    def __dlpack__(self, **options: Any) -> Any:
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self.values.__dlpack_device__()


class OnlyArray:
    """As PyTorch's and JAX's."""

    def __init__(self, values: Array):
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return self.values


FORMS: dict[str, Callable[[Array], Any]] = {
    "an array": lambda a: a,
    "a Fortran array": np.asfortranarray,
    "an array of big-endian floats": lambda a: a.astype(">f8"),
    "an array of objects": lambda a: a.astype(object),
    "lists": lambda a: a.tolist(),
    "a tuple of lists": lambda a: tuple(a.tolist()),
    "a list of arrays": list,
    "a deque of arrays": deque,
    "an array of arrays": lambda a: np.array([*map(OnlyArray, a), None], object)[:-1],
    "lists of NumPy's numbers": lambda a: [list(row) for row in a],
    "lists of 32-bit numbers": lambda a: [list(row) for row in a.astype(np.float32)],
    "lists of arrays without axes": lambda a: [[np.array(v) for v in row] for row in a],
    "lists of Decimal and Fraction": lambda a: (
        [[Decimal(float(v)) for v in row] for row in a[:1]]
        + [[Fraction(float(v)) for v in row] for row in a[1:]]
    ),
    "a memoryview": memoryview,
    "a memoryview with steps": lambda a: memoryview(np.repeat(a, 2, 0))[::2],
    "a list of memoryviews": lambda a: [memoryview(row) for row in a],
    "a list of array.array": lambda a: [array("d", row) for row in a],
    "a list and an array": lambda a: [a[0].tolist(), a[1]],
    "halves and whole numbers": lambda a: [a[0].astype(np.float16), a[1]],
    "a generator of lists": lambda a: (row.tolist() for row in a),
    "a list of generators": lambda a: [(v for v in row) for row in a],
    "a tensor": pw.tensor,
    "a list of tensors": lambda a: [pw.tensor(row) for row in a],
    "lists of tensors without axes": lambda a: [[pw.tensor(v) for v in row] for row in a],
    "a tensor, an array and a list": lambda a: [pw.tensor(a[0]), a[1].tolist()],
    "an object with __array__": OnlyArray,
    "a list of objects with __array__": lambda a: [OnlyArray(row) for row in a],
    "an object with __dlpack__": OnlyDLPack,
    "a list of objects with __dlpack__": lambda a: [OnlyDLPack(row) for row in a],
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("dtype", [None, "float32", "float16", "int32", "bool"])
def test_every_form_holds_the_same_values(host: str, form: str, dtype: str | None) -> None:
    t = pw.tensor(FORMS[form](TABLE), dtype=dtype)
    assert (t.shape, t.dtype) == ((2, 3), dtype or "float32")
    expected = TABLE.astype(dtype or "float32")
    np.testing.assert_array_equal(t.numpy(), expected)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        (range(3), "int32"),
        ([range(3), range(3)], "int32"),
        ([range(3), np.arange(3.0)], "float32"),
        ([True, np.bool_(False)], "bool"),
        ([True, 2], "int32"),
        ([np.int64(1), np.uint8(2)], "int32"),
        ([np.float16(1), 2], "float32"),
        ([np.zeros(2, np.uint8), [1, 2]], "int32"),
        ([np.zeros(2, bool), [1, 2]], "int32"),
        ([np.zeros(2, bool), [True, False]], "bool"),
        ([np.zeros(2, bool), [1.0, 2.0]], "float32"),
        (array("h", [1, -2]), "int32"),
        (array("B", [1, 2]), "uint8"),
        (bytearray(b"ab"), "uint8"),
    ],
)
def test_the_type_that_all_fit_into(data: Any, dtype: str) -> None:
    t = pw.tensor(data)
    assert t.dtype == dtype
    np.testing.assert_array_equal(t.numpy(), np.array([np.asarray(row) for row in data]))


NESTED = st.recursive(
    st.integers(-5, 5) | st.floats(-5, 5, width=32) | st.booleans(),
    lambda inner: st.lists(inner, min_size=1, max_size=3),
    max_leaves=8,
)


@given(data=NESTED, wrap=st.integers(0, 2**16))
def test_any_nesting_is_numpy_s(data: Any, wrap: int) -> None:
    """Some of the inner lists as arrays: the same tensor, or the same refusal."""
    try:
        expected = np.array(data, np.float32)
    except ValueError:
        with pytest.raises(ValueError, match="equal lengths on every level"):
            pw.tensor(data, dtype="float32")
        return
    bits = iter(bin(wrap + 2**16)[3:] * 2)

    def wrapped(item: Any) -> Any:
        if isinstance(item, list):
            return np.array(item) if next(bits) == "1" else [wrapped(i) for i in item]
        return item

    t = pw.tensor(wrapped(data), dtype="float32")
    np.testing.assert_array_equal(t.numpy(), expected)


class Bytes(np.ndarray):
    """An array that gives its bytes, and not one value as a Python object."""

    def _refuse(self, *args: Any) -> Any:
        raise AssertionError("taken value by value")

    tolist = __iter__ = item = __float__ = __getitem__ = _refuse


@pytest.mark.parametrize("dtype", [None, "float32", "uint8"])
@pytest.mark.parametrize("nest", [lambda a: a, lambda a: [a, a], lambda a: [[a], (a,)]])
def test_arrays_are_taken_as_bytes(nest: Any, dtype: str | None) -> None:
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    t = pw.tensor(nest(values.view(Bytes)), dtype=dtype)
    np.testing.assert_array_equal(t.numpy(), np.array(nest(values)))


def test_python_calls_grow_with_the_arrays_not_with_their_values(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor with the numbers of a list: those are looked at by their types."""
    calls: list[type] = []
    asked = host_data._is_number
    monkeypatch.setattr(host_data, "_is_number", lambda kind: calls.append(kind) or asked(kind))

    def count(data: Any) -> int:
        calls.clear()
        pw.tensor(data)
        return len(calls)

    assert count([[1.5] * 1000] * 100) == count([[1.5] * 2] * 2)
    assert count([np.zeros(1000)] * 3) == count([np.zeros(2)] * 3)
    assert count(array("d", [0.5] * 1000)) == count(array("d", [0.5]))


def test_gradients_go_through_lists_of_tensors(host: str) -> None:
    """Without a readback: `capture` would refuse that."""
    gradient = pw.grad(lambda x: (pw.tensor([x * 2.0, [1.0, 2.0], x]) ** 2.0).sum())
    assert gradient(pw.tensor([1.0, 3.0])).tolist() == pytest.approx([10.0, 30.0])
    pair = pw.capture(lambda x: pw.tensor([x, x + 1.0]))
    assert pair(pw.tensor([1.0])).tolist() == [[1.0], [2.0]]


def endless() -> Iterator[Any]:
    inner: list[Any] = []
    inner.append(inner)
    yield inner
    yield deque([inner])


class Broken:
    def __array__(self, *args: Any, **options: Any) -> Any:
        raise RuntimeError("it is on the moon; call .here() first")


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        ([[1, 2], [3]], ValueError, r"equal lengths .* got lengths 1 and 2 on level 2 of list"),
        ([np.zeros(2), np.zeros(3)], ValueError, r"got shapes \(2,\) and \(3,\) on level 2"),
        ([1, [2]], ValueError, "equal lengths on every level"),
        ([pw.tensor([1.0]), [1.0, 2.0]], ValueError, r"all of one shape, got .*\(1,\), \(2,\)"),
        ([None, 1.0], TypeError, "NoneType None.*fill in what is missing"),
        ([[1.0, "red"]], TypeError, "str 'red'.*give words numbers"),
        ({"a": 1}, TypeError, "dict {'a': 1}; expected numbers"),
        ({1, 2}, TypeError, "set {1, 2}; expected numbers"),
        (object(), TypeError, "of object <object"),
        (np.array(["a"]), TypeError, "NumPy array of <U1"),
        (np.array(["2026-11-28"], "M8[D]"), TypeError, "NumPy array of datetime64"),
        (np.ma.array([1.0, 2.0], mask=[True, False]), ValueError, r"masked values.*filled\(0\)"),
        (np.array(None), TypeError, "cannot make a tensor of ndarray array"),
        (Broken(), TypeError, "Broken: it is on the moon"),
        ([Broken()], TypeError, "Broken: it is on the moon"),
        (next(endless()), ValueError, "up to 32 levels"),
        ([10**400, 0.5], ValueError, "do not fit float32"),
        (array("q", [2**40]), ValueError, "do not fit int32"),
    ],
)
def test_one_sentence_for_what_cannot_be(data: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        pw.tensor(data)


@pytest.mark.parametrize("data", [["1.5"], ["2026-11-28"], [b"1"]])
@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
def test_what_is_no_number_is_none_for_any_type(data: Any, dtype: str) -> None:
    """NumPy would read words."""
    array_of = np.array(data, "M8[D]") if data == ["2026-11-28"] else np.array(data)
    for form in (array_of, [array_of]):
        with pytest.raises(TypeError, match="cannot make a tensor of a NumPy array of"):
            pw.tensor(form, dtype=dtype)
    pw.tensor(np.ma.array([1.0], mask=[False]), dtype=dtype)


@pytest.mark.parametrize("dtype", ["float32", "int32", "bool"])
@pytest.mark.parametrize("data", [1j, [1, 1j], np.array([1j]), [np.array([1j])]])
def test_complex_numbers_are_cut_off_nowhere(data: Any, dtype: str) -> None:
    """NumPy would drop the imaginary part."""
    with pytest.raises(TypeError, match=f"complex numbers do not fit {dtype}"):
        pw.tensor(data, dtype=dtype)


class Rows:
    """As a sparse matrix of one row: its items are what it is."""

    def __iter__(self) -> Any:
        return iter([self])


def test_what_has_no_end_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot make a tensor of Rows"):
        pw.tensor(Rows())


# --- pandas


@pytest.fixture(scope="module")
def pd() -> Any:
    return pytest.importorskip("pandas")


def test_tables(pd: Any) -> None:
    for columns, dtype in [
        ({"a": [1.5, 2.0], "b": [True, False]}, "float32"),
        ({"a": [1, 2], "b": [True, False]}, "int32"),
        ({"a": [True, True], "b": [True, False]}, "bool"),
        ({"a": pd.array([1, 2], dtype="Int64"), "b": [0.5, 1]}, "float32"),
        ({"a": pd.array([True, False], dtype="boolean"), "b": [3, 4]}, "int32"),
        ({"a": np.array([1, 2.5], object), "b": [3, 4]}, "float32"),
    ]:
        table = pd.DataFrame(columns)
        t = pw.tensor(table)
        assert t.dtype == dtype
        np.testing.assert_array_equal(t.numpy(), table.to_numpy(dtype=float))
        for name in columns:
            np.testing.assert_array_equal(pw.tensor(table[name]).numpy(), table[name].to_numpy())
    rows = pd.Series([np.arange(3.0), np.ones(3)])  # arrays in a column, as one keeps vectors
    assert pw.tensor(rows).shape == (2, 3)


def test_tables_that_are_not_numbers_name_the_column(pd: Any) -> None:
    for column, words in [
        (["red", "blue"], "column 'c', which holds 'red'"),
        (pd.Categorical(["x", "y"]), "column 'c', which holds 'x'"),
        (pd.array([True, None], dtype="boolean"), "column 'c', which holds <NA>.*missing"),
        (pd.date_range("2026-01-01", periods=2), "column 'c', which holds datetime"),
    ]:
        with pytest.raises(TypeError, match=words):
            pw.tensor(pd.DataFrame({"a": [1.5, 2.5], "c": column}))
    assert pw.tensor(pd.DataFrame()).shape == (0, 0)
