"""Sliding windows over height and width: sizes, padding and the views that convolution
and pooling share.

Pictures are NHWC. Padding is resolved once, when an op is made, to ((top, bottom),
(left, right)), so an op's fields say exactly what it does and no kernel needs to know
TensorFlow's SAME rule.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from ...core.calling import is_int
from ...core.op import Op
from ...core.spec import Spec
from ...host.lazy import np
from .layout import Layout

__all__: list[str] = []

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
NO_PADDING: Padding = ((0, 0), (0, 0))
AXES = ("depth", "height", "width")
# positions: a kernel walks through them all, and lavapipe stops after 65,535 rounds of
# a loop
LARGEST_WINDOW = 32768


def pair(value: Any, what: str) -> Pair:
    """An int for both directions, or (height, width); at least 1 each."""
    height, width = numbers(value, 2, what)
    return height, width


def numbers(value: Any, count: int, what: str) -> tuple[int, ...]:
    """An int for all sizes, or one for each; at least 1 each. NumPy's ints are ints,
    True is not.
    """
    try:
        several = (value,) * count if hasattr(value, "__index__") else tuple(value)
        several = tuple(map(operator.index, several))
    except (TypeError, ValueError):
        several = ()
    if len(several) != count or min(several) < 1 or isinstance(value, bool):
        forms = {1: "a positive int", 2: "a positive int or a pair of them (height, width)"}
        form = forms.get(count, "a positive int or three of them (depth, height, width)")
        error = TypeError if isinstance(value, str) else ValueError
        raise error(f"{what} must be {form}, got {value!r}")
    return several


def extent(size: int, dilation: int) -> int:
    """Input rows from the first to the last that one window touches."""
    return (size - 1) * dilation + 1


def resolve_padding(
    padding: Any,
    inputs: Sequence[int | None],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int] = (1, 1),
) -> Padding:
    """`paddings` of height and width."""
    both = paddings(padding, inputs, window, strides, dilations)
    return both[0], both[1]


def paddings(
    padding: Any,
    inputs: Sequence[int | None],
    window: Sequence[int],
    strides: Sequence[int],
    dilations: Sequence[int],
    rounding: str | None = None,
    first: bool = False,
) -> tuple[Pair, ...]:
    """'same', 'valid', a number or pairs (before, after) -> a pair for each size.

    'same' is TensorFlow's rule: ceil(size / stride) outputs; of an odd amount of
    padding the larger part goes behind. A size that is not known yet (None, in layers)
    is padded by nothing, so that it stays unknown. Pairs may be there for batch and
    channels, too, as TensorFlow.js has them, and are 0 there; channels come second
    where they are `first`. `rounding` says what becomes of a last window that sticks
    out: 'floor' leaves it out, 'ceil' adds room for it, 'round' where at least half a
    stride of it is there.
    """
    if rounding is not None:
        _check_rounding(rounding, padding)
    sizes = list(zip(inputs, window, strides, dilations, strict=True))
    if isinstance(padding, str) and padding.lower() in ("valid", "same"):
        if padding.lower() == "valid":
            return ((0, 0),) * len(sizes)
        return tuple(_same(*size) for size in sizes)
    pairs = _explicit(padding, len(sizes), first)
    if rounding in (None, "floor"):
        return pairs
    return tuple(_rounded(pair, *size, rounding) for pair, size in zip(pairs, sizes, strict=True))


def _same(n: int | None, size: int, stride: int, dilation: int) -> Pair:
    if n is None:
        return 0, 0
    total = max((-(-n // stride) - 1) * stride + extent(size, dilation) - n, 0)
    return total // 2, total - total // 2


def _rounded(
    pair: Pair, n: int | None, size: int, stride: int, dilation: int, rounding: str | None
) -> Pair:
    """The pair with room behind for a last window that counts."""
    before, after = pair
    rest = ((n or 0) + before + after - extent(size, dilation)) % stride
    sticks_out = rest > 0 if rounding == "ceil" else 2 * rest >= stride > 1
    return (before, after + stride - rest) if n is not None and sticks_out else pair


def _check_rounding(rounding: str, padding: Any) -> None:
    if rounding in ("channels_first", "channels_last"):
        raise TypeError(f"dim_rounding_mode comes before data_format: write {rounding!r} by name")
    if rounding not in ("floor", "round", "ceil"):
        raise ValueError(
            f"dim_rounding_mode must be None, 'floor', 'round' or 'ceil', got {rounding!r}"
        )
    if isinstance(padding, str):
        raise ValueError(
            f"dim_rounding_mode={rounding!r} goes with padding in numbers, as 'same' and 'valid'"
            f" say how many windows there are; got padding={padding!r}"
        )


def _explicit(padding: Any, axes: int, first: bool) -> tuple[Pair, ...]:
    if is_int(padding) and padding >= 0:
        return ((operator.index(padding),) * 2,) * axes
    try:
        pairs = tuple((before, after) for before, after in padding)
    except (TypeError, ValueError):
        pairs = ()
    start = len(pairs) - axes - (len(pairs) > axes and not first)
    inner, outer = pairs[start : start + axes], pairs[:start] + pairs[start + axes :]
    whole = all(is_int(n) and n >= 0 for pair in pairs for n in pair)
    if start < 0 or len(inner) < axes or not whole or any(n for pair in outer for n in pair):
        form = "((top, bottom), (left, right))" if axes == 2 else f"(before, after) {axes} times"
        raise ValueError(
            f"padding must be 'same', 'valid', a number or {form} with numbers >= 0, got"
            f" {padding!r}"
        )
    return tuple((operator.index(before), operator.index(after)) for before, after in inner)


def output_size(
    op: str,
    inputs: Sequence[int | None],
    window: Sequence[int],
    strides: Pair,
    padding: Padding,
    dilations: Pair = (1, 1),
) -> Pair:
    """Windows that fit in height and in width; ValueError where none does. None for a
    size that is not known yet, which only layers have.
    """
    if window[0] * window[1] > LARGEST_WINDOW:
        got = f"{window[0]} x {window[1]}"
        raise ValueError(
            f"{op}: a window may have at most {LARGEST_WINDOW} positions, got {got}; use mean or"
            " max over the axes"
        )
    sizes: list[Any] = [
        None if n is None else outputs_along(op, axis, n, *of)
        for axis, n, *of in zip(
            ("height", "width"), inputs, window, strides, padding, dilations, strict=True
        )
    ]
    return sizes[0], sizes[1]


def outputs_along(
    op: str, axis: str, n: int, size: int, stride: int, padding: Pair, dilation: int
) -> int:
    """Windows that fit along an axis. ValueError where none does."""
    before, after = padding
    reach, padded = extent(size, dilation), n + before + after
    if reach > padded:
        raise ValueError(
            f"{op}: a window of {axis} {size} with dilation {dilation} spans {reach}, but the"
            f" input has {axis} {n} plus padding {before}+{after} = {padded}; use a smaller"
            " window, padding='same' or a larger input"
        )
    return (padded - reach) // stride + 1


def check_pictures(
    op: str, spec: Spec, what: str = "input", dtypes: Sequence[str] = ("float32",)
) -> None:
    """ValueError unless `spec` is an NHWC batch, which may be empty, of pictures that
    are not, of one of these types.
    """
    if len(spec.shape) != 4:
        raise ValueError(
            f"{op}: {what} must have rank 4 [batch, height, width, channels], got shape"
            f" {spec.shape}; add a batch dimension with expand_dims(x, 0) or use reshape"
        )
    if spec.dtype not in dtypes:
        raise ValueError(
            f"{op}: {what} must be {' or '.join(dtypes)}, got {spec.dtype}; use cast(x, 'float32')"
        )
    if 0 in spec.shape[1:]:
        raise ValueError(
            f"{op}: {what} of shape {spec.shape} is empty; height, width and channels must be at"
            " least 1"
        )


def pad_pictures(x: Any, padding: Padding, value: float = 0.0) -> Any:
    """NumPy: x [n,h,w,c] with `value` around it, or x itself where there is no padding."""
    (top, bottom), (left, right) = padding
    if padding == NO_PADDING:
        return x
    n, h, w, c = x.shape
    padded = np.full((n, h + top + bottom, w + left + right, c), value, x.dtype)
    padded[:, top : top + h, left : left + w] = x
    return padded


def crop_pictures(x: Any, padding: Padding) -> Any:
    """NumPy: the inside of a padded batch, as a view."""
    (top, bottom), (left, right) = padding
    return x[:, top : x.shape[1] - bottom, left : x.shape[2] - right]


def window_slices(
    window: Pair, outputs: Pair, strides: Pair, dilations: Pair = (1, 1)
) -> Iterator[tuple[int, int, tuple[slice, ...]]]:
    """For every position (ky, kx) in the window, the slices of a padded NHWC batch that
    all outputs see there.
    """
    for ky in range(window[0]):
        for kx in range(window[1]):
            y, x = ky * dilations[0], kx * dilations[1]
            rows = slice(y, y + (outputs[0] - 1) * strides[0] + 1, strides[0])
            columns = slice(x, x + (outputs[1] - 1) * strides[1] + 1, strides[1])
            yield ky, kx, (slice(None), rows, columns)


def coordinates(
    gradient: bool, strides: Pair, padding: Padding, dilations: Pair
) -> tuple[int, ...]:
    """How a kernel (parts/coordinates.wgsl) finds what an output gathers: input row =
    (row * mul + k * step + shift) / div, where that divides evenly.

    Forward the window slides over the input; for the gradient every input looks for the
    outputs that saw it, which is the same search with the roles of stride and unit step
    swapped and the window mirrored. Returns mul_h, mul_w, step_h, step_w, shift_h,
    shift_w, div_h, div_w.
    """
    (top, _), (left, _) = padding
    if gradient:
        return (1, 1, -dilations[0], -dilations[1], top, left, *strides)
    return (*strides, *dilations, -top, -left, 1, 1)


def splits(work: int, threads: int, enough: int, longest: int = 32768, shortest: int = 16) -> int:
    """Into how many parts to cut a sum of `work` terms that `threads` invocations each
    walk through (split-k).

    At least so many that no part is longer than `longest` (lavapipe stops a loop after
    65,535 rounds), and more where the device would be short of invocations (`enough`
    keep it busy: occupancy), as long as a part keeps `shortest` terms.
    """
    busy = -(-enough // threads)
    return max(-(-work // longest), min(busy, work // shortest), 1)


class Sliding(NamedTuple):
    """How windows go over each size of an input."""

    strides: tuple[int, ...]
    padding: tuple[Pair, ...]
    dilations: tuple[int, ...]


def sliding(
    op: str,
    inputs: Sequence[int],
    window: Sequence[int],
    strides: Any,
    padding: Any,
    dilations: Any = 1,
    rounding: str | None = None,
    first: bool = False,
    both: bool = False,
) -> Sliding:
    """The arguments of a function in numbers, one for each size. ValueError where no
    window fits, or where they have strides and dilations, which TensorFlow and Keras
    refuse, too, unless `both` may be.
    """
    count = len(window)
    steps = numbers(strides, count, f"{op}: strides")
    rates = numbers(1 if dilations is None else dilations, count, f"{op}: dilations")
    if not both and max(steps) > 1 and max(rates) > 1:
        raise ValueError(
            f"{op}: strides {strides} and dilations {dilations} do not go together; one of them"
            " must be 1"
        )
    try:
        pads = paddings(padding, inputs, window, steps, rates, rounding, first)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{op}: {error}") from None
    for along in zip(AXES[-count:], inputs, window, steps, pads, rates, strict=True):
        outputs_along(op, *along)
    return Sliding(steps, pads, rates)


def windowed(
    cls: type[Op],
    op: str,
    laid: Layout,
    filter: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    rounding: str | None,
    activation: str | None,
    **more: Any,
) -> Op:
    """The op of two sizes for an input and a filter of these shapes."""
    slides = sliding(
        op, laid.x.shape[1:3], filter.shape[:2], strides, padding, dilations, rounding, laid.first
    )
    return cls(*slides, activation, **more)  # type: ignore[call-arg]


def check_filter(op: str, w: Spec, axes: str, dtype: str = "float32") -> None:
    if len(w.shape) != 4:
        raise ValueError(f"{op}: the filter must have rank 4 {axes}, got shape {w.shape}")
    if w.dtype != dtype:
        raise ValueError(f"{op}: the filter must be {dtype}, got {w.dtype}; use cast(w, '{dtype}')")
    if 0 in w.shape:
        raise ValueError(
            f"{op}: the filter of shape {w.shape} is empty; every dimension must be at least 1"
        )


def check_bias(op: str, bias: Sequence[Spec], channels: int, dtype: str) -> None:
    if bias and bias[0] != Spec((channels,), dtype):
        got = f"{bias[0].dtype} {bias[0].shape}"
        raise ValueError(
            f"{op}: bias must be {dtype} of shape ({channels},), one value per output channel, got"
            f" {got}"
        )
