"""Sliding windows over height and width: sizes, padding and the views that convolution
and pooling share.

Pictures are NHWC. Padding is resolved once, when an op is made, to ((top, bottom),
(left, right)), so an op's fields say exactly what it does and no kernel needs to know
TensorFlow's SAME rule.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any

from ...core.op import Op
from ...core.spec import Spec
from ...host.lazy import np

__all__: list[str] = []

Pair = tuple[int, int]
Padding = tuple[Pair, Pair]
NO_PADDING: Padding = ((0, 0), (0, 0))
# positions: a kernel walks through them all, and lavapipe stops after 65,535 rounds of
# a loop
LARGEST_WINDOW = 32768


def pair(value: Any, what: str) -> Pair:
    """An int for both directions, or (height, width); at least 1 each. NumPy's ints
    are ints, True is not.
    """
    try:
        height, width = (value, value) if hasattr(value, "__index__") else value
        both = operator.index(height), operator.index(width)
    except (TypeError, ValueError):
        both = (0, 0)
    if min(both) < 1 or isinstance(value, bool):
        raise ValueError(
            f"{what} must be a positive int or a pair of them (height, width), got {value!r}"
        )
    return both


def extent(size: int, dilation: int) -> int:
    """Input rows from the first to the last that one window touches."""
    return (size - 1) * dilation + 1


def resolve_padding(
    padding: Any,
    inputs: Sequence[int | None],
    window: Sequence[int],
    strides: Pair,
    dilations: Pair = (1, 1),
) -> Padding:
    """'same', 'valid' or ((top, bottom), (left, right)) -> ((top, bottom), (left,
    right)).

    'same' is TensorFlow's rule: ceil(size / stride) outputs; of an odd amount of
    padding the larger part goes to the bottom and the right. A size that is not known
    yet (None, in layers) is padded by nothing, so that it stays unknown.
    """
    if isinstance(padding, str):
        word = padding.lower()
        if word == "valid":
            return NO_PADDING
        if word == "same":
            both = []
            for n, size, stride, dilation in zip(inputs, window, strides, dilations, strict=True):
                if n is None:
                    both.append((0, 0))
                    continue
                total = max((-(-n // stride) - 1) * stride + extent(size, dilation) - n, 0)
                both.append((total // 2, total - total // 2))
            return both[0], both[1]
    elif isinstance(padding, Sequence) and len(padding) == 2:
        try:
            (top, bottom), (left, right) = padding
        except (TypeError, ValueError):
            pass
        else:
            if all(isinstance(v, int) and v >= 0 for v in (top, bottom, left, right)):
                return (top, bottom), (left, right)
    raise ValueError(
        "padding must be 'same', 'valid' or ((top, bottom), (left, right)) with numbers >= 0, got"
        f" {padding!r}"
    )


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
    sizes: list[Any] = []
    for axis, n, size, stride, (before, after), dilation in zip(
        ("height", "width"), inputs, window, strides, padding, dilations, strict=True
    ):
        if n is None:
            sizes.append(None)
            continue
        reach, padded = extent(size, dilation), n + before + after
        if reach > padded:
            raise ValueError(
                f"{op}: a window of {axis} {size} with dilation {dilation} spans {reach}, but the"
                f" input has {axis} {n} plus padding {before}+{after} = {padded}; use a smaller"
                " window, padding='same' or a larger input"
            )
        sizes.append((padded - reach) // stride + 1)
    return sizes[0], sizes[1]


def check_pictures(
    op: str, spec: Spec, what: str = "input", dtypes: Sequence[str] = ("float32",)
) -> None:
    """ValueError unless `spec` is a non-empty NHWC batch of one of these types."""
    if len(spec.shape) != 4:
        raise ValueError(
            f"{op}: {what} must have rank 4 [batch, height, width, channels], got shape"
            f" {spec.shape}; add a batch dimension with expand_dims(x, 0) or use reshape"
        )
    if spec.dtype not in dtypes:
        raise ValueError(
            f"{op}: {what} must be {' or '.join(dtypes)}, got {spec.dtype}; use cast(x, 'float32')"
        )
    if 0 in spec.shape:
        raise ValueError(
            f"{op}: {what} of shape {spec.shape} is empty; every dimension must be at least 1, so"
            " skip empty batches"
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


def windowed(
    cls: type[Op],
    x: Any,
    filter: Any,
    strides: Any,
    padding: Any,
    dilations: Any,
    activation: str | None,
    **more: Any,
) -> Op:
    """The op for tensors of these shapes; wrong ranks are left for `infer` to explain."""
    strides, dilations = pair(strides, "strides"), pair(dilations, "dilations")
    fits = len(x.shape) == 4 and len(filter.shape) == 4
    resolved = (
        resolve_padding(padding, x.shape[1:3], filter.shape[:2], strides, dilations)
        if fits
        else NO_PADDING
    )
    return cls(strides, resolved, dilations, activation, **more)  # type: ignore[call-arg]


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
