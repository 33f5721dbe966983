"""Sequences, pictures and volumes in any layout: without a batch axis, with channels
first, with padding as numbers or pairs, and with last windows that stick out.

One table of calls holds for every function that slides windows.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.ops.support.layout import FORMATS

RANDOM = np.random.default_rng(0)


def values(*shape: int) -> Any:
    return pw.tensor(RANDOM.standard_normal(shape, np.float32))


class Windows(NamedTuple):
    """A function of an input with `sizes` sizes, and of filters."""

    call: Callable[..., Any]
    sizes: int
    filters: tuple[Any, ...] = ()
    window: Mapping[str, Any] = {}

    def x(self, batch: int = 2, size: int = 7) -> Any:
        """An input, no two sizes the same."""
        return values(batch, *(size - i for i in range(self.sizes)), 3)


CALLS = {
    **{
        f"conv{n}d": Windows(getattr(ops, f"conv{n}d"), n, (values(*[3] * n, 3, 4),))
        for n in (1, 2, 3)
    },
    **{
        f"conv{n}d_transpose": Windows(
            getattr(ops, f"conv{n}d_transpose"), n, (values(*[3] * n, 4, 3),)
        )
        for n in (1, 2, 3)
    },
    "depthwise_conv2d": Windows(ops.depthwise_conv2d, 2, (values(3, 3, 3, 2),)),
    "separable_conv2d": Windows(
        ops.separable_conv2d, 2, (values(3, 3, 3, 2), values(1, 1, 6, 4))
    ),
    "dilation2d": Windows(ops.dilation2d, 2, (values(3, 3, 3),)),
    **{
        f"{kind}_pool{name}": Windows(
            getattr(ops, f"{kind}_pool{name}"), n, (), {"pool_size": 3, "strides": 1}
        )
        for kind in ("avg", "max")
        for n, name in ((1, "1d"), (2, ""), (3, "3d"))
    },
    "pool": Windows(ops.pool, 2, (), {"window_shape": 3, "pooling_type": "max"}),
    "max_pool_with_argmax": Windows(
        lambda *x, **words: ops.max_pool_with_argmax(*x, **words)[0],
        2, (), {"pool_size": 3, "strides": 1},
    ),
    "local_response_normalization": Windows(ops.local_response_normalization, 2),
}  # fmt: skip
FORMATTED = [
    name for name, of in CALLS.items() if "data_format" in inspect.signature(of.call).parameters
]
PADDED = [name for name in CALLS if name != "local_response_normalization"]
ROUNDED = [
    name
    for name, of in CALLS.items()
    if "dim_rounding_mode" in inspect.signature(of.call).parameters and "transpose" not in name
]
every = pytest.mark.parametrize("name", CALLS)
formatted = pytest.mark.parametrize("name", FORMATTED)
padded = pytest.mark.parametrize("name", PADDED)


def close(got: Any, want: Any) -> None:
    np.testing.assert_allclose(got.numpy(), want.numpy(), 1e-5, 1e-5)


def first(x: Any) -> Any:
    return x.transpose((0, x.ndim - 1, *range(1, x.ndim - 1)))


@pytest.fixture(autouse=True)
def host_of_values(host: str) -> None:
    """Values were drawn on another host."""
    for name, of in CALLS.items():
        CALLS[name] = of._replace(filters=tuple(pw.tensor(f.numpy()) for f in of.filters))


@every
def test_one_input_without_a_batch_axis(name: str) -> None:
    call, _, filters, window = CALLS[name]
    x = CALLS[name].x()
    close(call(x[1], *filters, **window), call(x, *filters, **window)[1])
    dx = pw.grad(lambda x: call(x, *filters, **window).square().sum())
    close(dx(x[1]), dx(x)[1])


@every
def test_an_empty_batch_comes_out_empty_and_moves_no_filter(name: str) -> None:
    call, _, filters, window = CALLS[name]
    x = CALLS[name].x()
    y = call(x[:0], *filters, **window)
    assert y.shape == (0, *call(x, *filters, **window).shape[1:]) and y.tolist() == []
    slopes = pw.grad(lambda *t: call(t[0], *t[1:], **window).sum(), tuple(range(1 + len(filters))))(
        x[:0], *filters
    )
    assert slopes[0].shape == x[:0].shape
    assert not any(np.any(slope.numpy()) for slope in slopes[1:])


@formatted
def test_channels_first(name: str) -> None:
    call, sizes, filters, window = CALLS[name]
    x = CALLS[name].x()
    want = call(x, *filters, **window)
    for word in (FORMATS[sizes][1], "channels_first"):
        close(call(first(x), *filters, **window, data_format=word), first(want))
        close(call(first(x)[0], *filters, **window, data_format=word), first(want)[0])
    for word in (None, FORMATS[sizes][0], "channels_last"):
        close(call(x, *filters, **window, data_format=word), want)
    dx = pw.grad(lambda x: call(x, *filters, **window, data_format="channels_first").square().sum())
    close(dx(first(x)), first(pw.grad(lambda x: call(x, *filters, **window).square().sum())(x)))


@padded
def test_padding_as_a_number_as_pairs_and_as_pairs_for_all_axes(name: str) -> None:
    call, sizes, filters, window = CALLS[name]
    x = CALLS[name].x()
    ones = call(x, *filters, **window, padding=((1, 1),) * sizes)
    close(call(x, *filters, **window, padding=1), ones)
    close(call(x, *filters, **window, padding=((0, 0), *((1, 1),) * sizes, (0, 0))), ones)
    close(call(x, *filters, **window, padding=0), call(x, *filters, **window))
    odd = tuple((2, i) for i in range(sizes))
    shape = call(x, *filters, **window, padding=odd).shape
    grown = -1 if "transpose" in name else 1
    plain = call(x, *filters, **window).shape
    assert shape[1:-1] == tuple(
        n + grown * sum(pair) for n, pair in zip(plain[1:-1], odd, strict=True)
    )
    if name in FORMATTED:
        pads = ((0, 0), (0, 0), *((1, 1),) * sizes)
        got = call(first(x), *filters, **window, padding=pads, data_format="channels_first")
        close(got, first(ones))


@pytest.mark.parametrize("name", ROUNDED)
@pytest.mark.parametrize("mode", ["floor", "round", "ceil"])
def test_a_last_window_that_sticks_out(name: str, mode: str) -> None:
    call, _, filters, window = CALLS[name]
    stride = "stride" if name == "conv1d" else "strides"
    for step in (2, 3, 4):
        for size in (5, 6, 7, 8):
            x = CALLS[name].x(1, size)
            words = {**window, stride: step}
            got = call(x, *filters, **words, padding=1, dim_rounding_mode=mode)
            count = {"floor": np.floor, "round": lambda n: np.floor(n + 0.5), "ceil": np.ceil}
            want = [int(count[mode]((n + 2 - 3) / step + 1)) for n in x.shape[1:-1]]
            assert got.shape[1:-1] == tuple(want), (size, step)
            more = [(n - 1) * step + 3 - 2 - m for n, m in zip(want, x.shape[1:-1], strict=True)]
            pads = tuple((1, 1 + max(n, 0)) for n in more)
            close(got, call(x, *filters, **words, padding=pads))


@every
def test_another_rank_is_refused(name: str) -> None:
    call, sizes, filters, window = CALLS[name]
    for shape in ((3,) * sizes, (3,) * (sizes + 3)):
        with pytest.raises(ValueError, match=rf"{name}: x must have rank {sizes + 2} \[batch, "):
            call(values(*shape), *filters, **window)


@padded
def test_windows_that_do_not_fit_are_refused_under_the_function_s_name(name: str) -> None:
    call, sizes, filters, window = CALLS[name]
    x = values(1, *[2] * sizes, 3)
    if "transpose" in name:
        window = {"output_shape": (1, *[2] * sizes, 4)}
    with pytest.raises(ValueError, match=rf"^{name}: a window of \w+ 3 .* spans 3, but the input"):
        call(x, *filters, **window)


@every
@pytest.mark.parametrize("dtype", ["uint32", "bool"])
def test_other_dtypes_are_refused_under_the_function_s_name(name: str, dtype: str) -> None:
    call, _, filters, window = CALLS[name]
    with pytest.raises(ValueError, match=rf"^{name}: x must be float32.*, got {dtype}; use cast"):
        call(CALLS[name].x().cast(dtype), *filters, **window)
    if filters:
        with pytest.raises(ValueError, match=rf"^{name}: the filter must be float32"):
            call(CALLS[name].x(), filters[0].cast(dtype), *filters[1:])


@formatted
def test_other_formats_are_refused(name: str) -> None:
    call, sizes, filters, window = CALLS[name]
    words = f"{name}: data_format must be '{FORMATS[sizes][0]}' or .* got 'NHCW'"
    with pytest.raises(ValueError, match=words):
        call(CALLS[name].x(), *filters, **window, data_format="NHCW")
    with pytest.raises(TypeError, match=f"{name}: data_format must be .* got 2"):
        call(CALLS[name].x(), *filters, **window, data_format=2)


@padded
@pytest.mark.parametrize("padding", [-1, 1.5, "full", ((1, 1), (1, -1)), ((1, 0.5),), [1] * 3])
def test_other_paddings_are_refused(name: str, padding: Any) -> None:
    call, _, filters, window = CALLS[name]
    with pytest.raises(ValueError, match="padding must be 'same', 'valid', a number or "):
        call(CALLS[name].x(), *filters, **window, padding=padding)


@pytest.mark.parametrize("name", [*ROUNDED, "conv1d_transpose", "conv2d_transpose"])
def test_rounding_goes_with_padding_in_numbers(name: str) -> None:
    call, _, filters, window = CALLS[name]
    for padding in ("same", "valid"):
        with pytest.raises(ValueError, match=f"{name}: dim_rounding_mode='ceil' goes with"):
            call(CALLS[name].x(), *filters, **window, padding=padding, dim_rounding_mode="ceil")
    with pytest.raises(ValueError, match="None, 'floor', 'round' or 'ceil', got 'up'"):
        call(CALLS[name].x(), *filters, **window, padding=1, dim_rounding_mode="up")


@pytest.mark.parametrize("name", [n for n, of in CALLS.items() if of.filters])
def test_filters_that_do_not_fit_are_refused(name: str) -> None:
    call, _, (filter, *others), _ = CALLS[name]
    for wrong in (filter[0], filter.expand_dims(0)):
        with pytest.raises(ValueError, match="the filter must have rank"):
            call(CALLS[name].x(), wrong, *others)
    wide = ops.concat([filter, filter], filter.ndim - 1)
    wide = ops.concat([wide, wide], filter.ndim - 2)
    with pytest.raises(ValueError, match=r"x has 3 channels, but the filter .* wants 6"):
        call(CALLS[name].x(), wide, *others)


@pytest.mark.parametrize("name", [n for n, of in CALLS.items() if of.filters and n != "dilation2d"])
def test_strides_and_dilations_do_not_go_together(name: str) -> None:
    call, _, filters, _ = CALLS[name]
    stride, dilation = ("stride", "dilation") if name == "conv1d" else ("strides", "dilations")
    with pytest.raises(ValueError, match="do not go together; one of them must be 1"):
        call(CALLS[name].x(), *filters, **{stride: 2, dilation: 2})
    for word in (stride, dilation):
        for wrong in (0, -1, 1.5, (1, 2, 3, 4)):
            with pytest.raises(ValueError, match=f"{word[:-1]}.* must be a positive int"):
                call(CALLS[name].x(), *filters, **{word: wrong})


def test_none_is_the_default_of_dilations() -> None:
    x, w = values(1, 5, 4, 2), values(2, 2, 2, 1)
    close(ops.depthwise_conv2d(x, w, dilations=None), ops.depthwise_conv2d(x, w))
    close(ops.pool(x, 2, "max", 0, None, None), ops.max_pool(x, 2, 1))


def test_plain_numbers_are_floats() -> None:
    assert ops.conv1d([[1], [2], [3]], [[[1]], [[2]]]).tolist() == [[5.0], [8.0]]
    assert ops.avg_pool([[[1], [3]]], (1, 2)).tolist() == [[[2.0]]]
    with pytest.raises(ValueError, match="must be float32 or float16, got int32; use cast"):
        ops.conv1d(pw.tensor([[1], [2], [3]]), [[[1]], [[2]]])
