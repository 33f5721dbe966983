"""A call that means another thing in Keras or NumPy is refused in a sentence, never
computed: the places of arguments are compared, with Keras 3's as keras_ops.json has them.

    PYTHONPATH=.:tests/support python tests/ops/test_signatures.py

writes that file.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

TABLE = Path(__file__).with_name("keras_ops.json")
KERAS = json.loads(TABLE.read_text("utf-8"))
"""Keras's name and places of what each function is there."""

FUNCTIONS = {
    name: getattr(space, name)
    for space in (*ops.NAMESPACES.values(), ops)
    for name in space.__all__
    if name[0].islower() and name not in ops.ALIASES
}

SAME = [
    "x val a x1 inputs images array arrays tensors xs m A ary data indices", "b x2 y", "a x1 x",
    "filter kernel", "depthwise depthwise_kernel", "pointwise pointwise_kernel",
    "low x_min a_min", "high x_max a_max", "depth num_classes", "shape newshape size",
    "begin start_indices", "perm axes", "reps repeats", "alpha negative_slope",
    "equation subscripts", "axis axes",
    "paddings pad_width", "value fill_value", "rows N", "columns M", "start start_or_stop",
    "dilations dilation dilation_rate", "strides stride",
    "x v xi ar ar1", "y ar2", "a sorted_sequence", "v values",
]  # fmt: skip
"""Words for one argument."""

X = np.arange(6, dtype=np.float32)

SEQUENCE, PICTURE, VOLUME = (np.ones((1, *[3] * n, 1), np.float32) for n in (1, 2, 3))

REFUSED: dict[tuple[str, str], Callable[[], Any]] = {
    **{
        (name, "data_format"): lambda name=name, x=x: FUNCTIONS[name](
            x, 2, 2, "valid", "channels_first"
        )
        for kind in ("avg_pool", "max_pool")
        for name, x in ((f"{kind}1d", SEQUENCE), (kind, PICTURE), (f"{kind}3d", VOLUME))
    },
    **{
        (f"conv{n}d_transpose", theirs): lambda n=n, x=x: FUNCTIONS[f"conv{n}d_transpose"](
            x, np.ones((*[2] * n, 1, 1), np.float32), 2, "same"
        )
        for n, x in ((1, SEQUENCE), (2, PICTURE), (3, VOLUME))
        for theirs in ("strides", "padding", "output_padding", "data_format")
    },
    ("separable_conv2d", "data_format"): lambda: ops.separable_conv2d(
        PICTURE, PICTURE[:, :1, :1], PICTURE[:, :1, :1], 1, "valid", "channels_first"
    ),
    ("separable_conv2d", "dilation_rate"): lambda: ops.separable_conv2d(
        PICTURE, PICTURE[:, :1, :1], PICTURE[:, :1, :1], 1, "valid", 1, 2
    ),
    ("in_top_k", "targets"): lambda: ops.in_top_k([1], [[0.5, 0.5]], 1),
    ("in_top_k", "predictions"): lambda: ops.in_top_k([1], [[0.5, 0.5]], 1),
    ("identity", "n"): lambda: ops.identity(3),
    ("eye", "k"): lambda: ops.eye(3, 3, 1),
    ("split", "indices_or_sections"): lambda: ops.split(X, [1, 5]),
    ("qr", "mode"): lambda: ops.qr(np.eye(2), "reduced"),
    ("svd", "full_matrices"): lambda: ops.svd(np.eye(2), True),
    ("dot", "out"): lambda: ops.dot(X, X, X),
    ("matmul", "out"): lambda: ops.matmul(X, X, X),
    ("resize_bilinear", "interpolation"): lambda: ops.resize_bilinear(X, (2, 2), "bilinear"),
    ("resize_bilinear", "antialias"): lambda: ops.resize_bilinear(X, (2, 2), "bilinear", True),
    **{
        (name, argument): lambda name=name, value=value: FUNCTIONS[name](X, 0, value)
        for name in ("all", "any", "max", "mean", "min", "prod", "sum", "argmax", "argmin")
        for argument, value in (("out", X[0]), ("dtype", "float32"))
    },
}
"""Arguments that stand in another one's place there, in a call as people write it."""


def places(function: Callable[..., Any]) -> list[tuple[str, Any]]:
    """The arguments that may go without their name, with their defaults."""
    taken = inspect.signature(function).parameters.values()
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [(p.name, p.default) for p in taken if p.kind in by_place]


def _places_if_said(function: Any) -> list[tuple[str, Any]]:
    """Older NumPys do not say what their ufuncs take."""
    try:
        return places(function)
    except ValueError:
        return []


def others() -> Iterator[Any]:
    """(function, name of one that is the same elsewhere, its places)."""
    for name, there in KERAS.items():
        pairs = [place.partition("=")[::2] for place in there["takes"]]
        yield pytest.param(name, pairs, id=f"keras {there['name']}")
        function = getattr(np, there["name"], getattr(np, name, None))
        if callable(function):
            pairs = [
                (n, "" if d is inspect.Parameter.empty else repr(d)) for n, d in places(function)
            ]
            yield pytest.param(name, pairs, id=f"numpy {function.__name__}")


@pytest.mark.parametrize(("name", "there"), list(others()))
def test_a_place_means_the_same_there_or_is_refused(name: str, there: list[Any]) -> None:
    for (ours, default), (theirs, other) in zip(places(FUNCTIONS[name]), there, strict=False):
        if (name, theirs) in REFUSED:
            with pytest.raises(TypeError):
                REFUSED[name, theirs]()
            continue
        both = {ours, theirs}
        assert ours == theirs or any(both <= set(group.split()) for group in SAME), (
            f"{name}: {ours} stands where {theirs} stands elsewhere; make it keyword-only"
        )
        if default is not inspect.Parameter.empty and other not in ("", "None", "<no value>"):
            assert repr(default) == other, f"{name}: {ours}={default!r} is {other} elsewhere"


@pytest.mark.parametrize("name", [n for n in ops.ALIASES if hasattr(np, n)])
def test_an_alias_takes_what_numpys_function_of_that_name_takes(name: str) -> None:
    ours, theirs = places(getattr(ops, name)), _places_if_said(getattr(np, name))
    for (one, _), (other, _) in zip(ours, theirs, strict=False):
        if (name, other) in (("amax", "out"), ("amin", "out")):  # a flag is asked for there
            continue
        both = {one, other}
        assert one == other or any(both <= set(group.split()) for group in SAME), (one, other)


def test_every_function_that_keras_or_numpy_has_is_compared() -> None:
    in_numpy = {name for name in FUNCTIONS if callable(getattr(np, name, None))}
    assert in_numpy <= set(KERAS) | {"concat", "setdiff1d"} and set(KERAS) <= set(FUNCTIONS)
    assert {name for name, _ in REFUSED} <= set(FUNCTIONS)


def takes_any(name: str) -> bool:
    """Whether it takes any number of arguments by place."""
    return inspect.getfullargspec(inspect.unwrap(FUNCTIONS[name])).varargs is not None


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if not takes_any(name)])
def test_one_argument_too_many_is_said_with_how_to_write_it(name: str) -> None:
    function = FUNCTIONS[name]
    others = inspect.getfullargspec(inspect.unwrap(function)).kwonlyargs
    how = "by place and the others by name: write " if others else "; 7 is one argument too many"
    with pytest.raises(TypeError, match=how) as refused:
        function(*[7] * (len(places(function)) + 1))
    assert str(refused.value).startswith(f"{name} takes {places(function)[0][0]}")
    assert all(f"{other}=7" in str(refused.value) for other in others)
    with pytest.raises(TypeError, match=f"{name} has no argument 'out'; it has "):
        function(X, out=X)


def flags() -> Iterator[tuple[str, str]]:
    for name, function in FUNCTIONS.items():
        for p in inspect.signature(function).parameters.values():
            if p.annotation == "bool":
                yield name, p.name


@pytest.mark.parametrize("value", [1, 0, None, "yes", X], ids=repr)
@pytest.mark.parametrize(("name", "flag"), list(flags()))
def test_flags_are_true_or_false(name: str, flag: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"{name}: {flag} must be True or False, got"):
        FUNCTIONS[name](X, X, **{flag: value}) if name == "matmul" else FUNCTIONS[name](
            X, **{flag: value}
        )


def test_numpys_bools_are_flags() -> None:
    assert ops.sum(X, keepdims=np.bool_(True)).shape == (1,)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda x: ops.one_hot(x, 3, -1), "write on_value=-1, off_value=-1 or dtype=-1"),
        (lambda x: x.one_hot(3, -1), "write on_value=-1, off_value=-1 or dtype=-1"),
        (lambda x: ops.one_hot(x, 3, axis=-1), "one_hot has no argument 'axis'; it has indices, d"),
        (lambda x: ops.split(x, [1, 5]), r"write sizes=\[1, 5\] .*, indices=\[1, 5\] to cut"),
        (lambda x: x.split((1, 5)), r"write sizes=\(1, 5\)"),
        (lambda x: ops.split(x, np.array([1, 5])), "may be sizes or indices"),
        (lambda x: ops.split(x), "give one of a number of equal parts, sizes and indices"),
        (lambda x: ops.split(x, 2, sizes=[3, 3]), "give one of"),
        (lambda x: ops.split(x, indices=[4, 3]), r"\[4, 3\] must increase"),
        (lambda x: ops.identity(3), r"write eye\(3\) for the identity matrix, or tensor\(3\)"),
        (lambda x: ops.identity(np.int64(3)), r"write eye\(3|write eye\(np"),
        (lambda x: ops.unstack(x, 2), "unstack takes x by place and .* by name: write axis=2"),
        (lambda x: ops.pad(x, [[1, 1]], "reflect"), "write constant_value='reflect'"),
        (lambda x: ops.pad(x, [[1, 1]], mode="reflect"), "pad has no argument 'mode'"),
        (lambda x: ops.conv2d(x, x, 1, "same", 2), "data_format must be 'NHWC' or .* got 2"),
        (lambda x: ops.selu(x, 0.5), "selu takes x; 0.5 is one argument too many"),
        (lambda x: ops.max(x, True), "axis must be an int, got True"),
        (lambda x: ops.sum(x, 0, 1), "keepdims must be True or False, got 1"),
        (lambda x: ops.concat(x, x), "concat: axis must be an int"),
        (lambda x: ops.where(x, x > 0, 0.0), "takes the condition first, got int32"),
        (lambda x: x.where(x > 0, 0.0), "takes the condition first, got int32"),
        (lambda x: ops.dropout(x, 0.5, ops.Generator(1)), "by name: write generator="),
        (lambda x: ops.Generator(0).normal(0.0, 1.0), "shape by place .* mean=1.0 or std=1.0"),
        (lambda x: ops.Generator(0).uniform(-1, 1, (3,)), "write low=1 or high=1"),
        (lambda x: ops.Generator(0).truncated_normal(2, 5), "write mean=5 or std=5"),
        (lambda x: ops.Generator(0).normal(size=(3,)), "has no argument 'size'; it has shape"),
        (lambda x: ops.Generator(0).permutation(x), "permutation takes a number"),
        (lambda x: pw.zeros(2, 3), r"the sizes of a shape are one argument: write \(2, 3\)"),
        (lambda x: pw.ones((2, 3), 4), r"write \(2, 3, 4\)"),
        (lambda x: pw.zeros((2,), "float64"), "dtype 'float64'; expected one of float32"),
        (lambda x: pw.zeros((2.5,)), "shape must be ints"),
        (lambda x: pw.arange(5, "int32"), "a dtype is written dtype='int32'"),
        (lambda x: pw.arange(0, 5, "int32"), "a dtype is written dtype='int32'"),
        (lambda x: pw.linspace(0, 1, 2.5), "a whole number, got 2.5"),
        (lambda x: pw.linspace(0, 1, 5, False), "False is one argument too many"),
        (lambda x: pw.eye(3, 3, 1), "write dtype=1"),
        (lambda x: pw.tensor([1, 2], "float32"), "write dtype='float32'"),
        (lambda x: pw.Variable([1.0], (1,)), r"trainable must be True or False, got \(1,\)"),
        (lambda x: pw.Variable([1.0], "float32"), "trainable must be True or False, got 'fl"),
        (lambda x: pw.Variable([1.0], shape=(1,)), "Variable has no argument 'shape'; it has"),
        (lambda x: x.transpose(1, 0), "conjugate must be True or False, got 0"),
        (lambda x: x.reshape(2.0, 3), "reshape: shape must be ints"),
        (lambda x: x[[True, False] * 3], "indices must be ints, got True; a mask is for where"),
        (lambda x: x[x > 2], "indices must be ints, got bools; a mask is for where"),
        (lambda x: x[np.arange(6) > 2], "indices must be ints, got bools; a mask is for where"),
        (lambda x: x[True], "index True; expected integers"),
        (lambda x: ops.gather(x, [[1, True]]), "indices must be ints, got True"),
        (lambda x: ops.clip_by_value(x, None, 3), "low and high must be numbers, got None"),
        (lambda x: ops.softmax(x, axis=None), "axis must be an int, got None"),
        (lambda x: pw.arange(0, 5, dtype="float64"), "dtype 'float64'; expected one of"),
        (lambda x: pw.plot([1, 2], [3, 4]), r"plot takes series by place .* write x=\[3, 4\]"),
        (lambda x: pw.grad(ops.sum, x), "argnums must be ints, got a Tensor"),
        (lambda x: pw.grad(ops.sum, True), "argnums must be ints, got True"),
        (lambda x: pw.grad(ops.sum, 1)(x), "argnums names argument 1, but .* called with 1"),
        (lambda x: pw.variable_grads(lambda: x, pw.Variable([1.0])), r"write \[w\] for one"),
    ],
)  # fmt: skip
def test_sentences(call: Callable[[Any], Any], words: str) -> None:
    with pytest.raises((TypeError, ValueError, IndexError), match=words):
        call(pw.tensor(np.arange(6, dtype=np.int32)))


def test_what_a_list_means_in_split_is_told_by_name(host: str) -> None:
    x = pw.tensor(X)
    for cuts in ([1, 5], [3], [-2], (2, -1), np.array([1, 4])):
        got = ops.split(x, indices=cuts)
        assert [p.tolist() for p in got] == [p.tolist() for p in np.split(X, np.asarray(cuts) % 6)]
    assert [p.tolist() for p in x.split(sizes=[1, 5])] == [[0], [1, 2, 3, 4, 5]]
    assert [p.tolist() for p in ops.split(x, np.int64(3))] == [[0, 1], [2, 3], [4, 5]]


def test_identity_matrices(host: str) -> None:
    for args in ((3,), (2, 5), (4, 1)):
        for dtype in ("float32", "int32", "bool"):
            got = pw.eye(*args, dtype=dtype)
            assert got.dtype == dtype and got.tolist() == np.eye(*args, dtype=dtype).tolist()


def keras_table() -> dict[str, Any]:
    from in_keras import keras  # it takes seconds, and one test needs it

    table = {}
    for name, there in KERAS.items():
        function: Any = keras.ops
        for part in there["name"].split("."):
            function = getattr(function, part)
        takes = [n if d is inspect.Parameter.empty else f"{n}={d!r}" for n, d in places(function)]
        table[name] = {"name": there["name"], "takes": takes}
    return table


def test_the_table_is_keras_s() -> None:
    assert keras_table() == KERAS


if __name__ == "__main__":
    rows = ",\n".join(f' "{name}": {json.dumps(row)}' for name, row in keras_table().items())
    TABLE.write_text(f"{{\n{rows}\n}}\n", "utf-8")
