"""Pooling that says where the largest values were, and over windows with holes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...core.basic import Fill
from ...core.composite import Sample, composite
from ...core.tensor import Tensor, tensor
from ...host.lazy import np
from ..support.layout import laid_out
from ..support.window import Padding, Pair, numbers, sliding
from .layouts import DTYPES, pooled, windows_over
from .maximum import MaxPool
from .meaning import sample_windows

__all__ = ["max_pool_with_argmax", "pool"]


def _places(x: Any, pool_size: Any, strides: Any = None, padding: Any = "valid") -> Any:
    window = numbers(pool_size, 2, "pool_size")
    steps, ((top, _), (left, _)), _ = pads = sliding(
        "pool", x.shape[1:3], window, strides or window, padding
    )
    best, place = MaxPool(window, steps, pads.padding).numpy(x)  # type: ignore[arg-type]
    _, rows, columns, c = best.shape
    y = np.arange(rows)[:, None, None] * steps[0] - top + place // window[1]
    z = np.arange(columns)[:, None] * steps[1] - left + place % window[1]
    return best, ((y * x.shape[2] + z) * c + np.arange(c)).astype(np.int32)


@composite(meaning=_places, cases=lambda: sample_windows(2))
def max_pool_with_argmax(
    x: Any,
    pool_size: int | Pair,
    strides: int | Pair | None = None,
    padding: str | int | Padding = "valid",
    include_batch_in_index: bool = False,
) -> tuple[Tensor, Tensor]:
    """What `max_pool` gives of pictures x [n,h,w,c], and where it was: (result, indexes
    int32), where a value at row y, column z and channel c of its picture has the index
    (y * w + z) * c_count + c. Of equal values the first counts.

    With `include_batch_in_index` pictures are counted, too: ((b * h + y) * w + z) *
    c_count + c.

    Example:
        >>> x = ops.arange(16.0).reshape(1, 4, 4, 1)
        >>> largest, where = ops.max_pool_with_argmax(x, 2)
        >>> where.numpy()[0, :, :, 0]
        array([[ 5,  7],
               [13, 15]], dtype=int32)
    """
    name = "max_pool_with_argmax"
    laid = laid_out(name, x, 2, None, DTYPES["max"])
    window, (steps, pads, _) = windows_over(name, laid, pool_size, strides, padding, None)
    _, height, width, c = laid.x.shape
    best, place = MaxPool(window, steps, pads)(laid.x)  # type: ignore[arg-type]
    (n, rows, columns, _), line = best.shape, width * c

    def along(shape: tuple[int, ...], start: int, step: int) -> Tensor:
        return Fill(shape, start, step, "int32")()  # type: ignore[no-any-return]

    offsets = tensor([ky * line + kx * c for ky in range(window[0]) for kx in range(window[1])])
    corner = along((rows, 1, 1), -pads[0][0] * line, steps[0] * line)
    corner = corner + along((columns, 1), -pads[1][0] * c, steps[1] * c) + along((c,), 0, 1)
    if include_batch_in_index:
        corner = corner + along((n, 1, 1, 1), 0, height * line)
    return laid.back(best), laid.back(offsets.gather(place) + corner)


def _dilated(x: Any, window_shape: Any, pooling_type: str, padding: Any, dilations: Any) -> Any:
    """The meaning of `pool`: each window with holes, as a window of its phase."""
    window, rates = numbers(window_shape, 2, "window"), numbers(dilations, 2, "dilations")
    _, pads, _ = sliding("pool", x.shape[1:3], window, 1, padding, rates)
    reach = [(k - 1) * d for k, d in zip(window, rates, strict=True)]

    def seen(values: Any, outside: float) -> Any:
        padded = np.pad(values, ((0, 0), *pads, (0, 0)), constant_values=outside)
        rows, columns = padded.shape[1] - reach[0], padded.shape[2] - reach[1]
        return np.stack(
            [
                padded[:, y : y + rows, z : z + columns]
                for y in range(0, reach[0] + 1, rates[0])
                for z in range(0, reach[1] + 1, rates[1])
            ]
        )

    if pooling_type == "max":
        return seen(x, -np.inf).max(0)
    return seen(x, 0).sum(0) / seen(np.ones_like(x), 0).sum(0)


def _dilated_samples() -> Iterator[Sample]:
    random = np.random.default_rng(4)
    for name, kind, window, padding, dilations in [
        ("largest, same", "max", (2, 3), "same", (2, 2)),
        ("means, same", "avg", (3, 2), "same", (2, 1)),
        ("means, valid", "avg", (2, 2), "valid", (1, 3)),
    ]:
        x = random.standard_normal((2, 5, 7, 3), np.float32)
        words = {"window_shape": window, "pooling_type": kind, "padding": padding}
        yield Sample(name, (x,), {**words, "dilations": dilations})


@composite(meaning=_dilated, cases=_dilated_samples)
def pool(
    x: Any,
    window_shape: int | Pair,
    pooling_type: str,
    padding: str | int | Padding = "valid",
    dilations: int | Pair | None = None,
    strides: int | Pair | None = None,
    dim_rounding_mode: str | None = None,
) -> Tensor:
    """`max_pool` or `avg_pool` (`pooling_type` 'max' or 'avg') of pictures x [n,h,w,c]
    or [h,w,c], whose windows may have holes: neighbours in a window are `dilations`
    apart. Padding does not count. ValueError for strides with dilations.

    Example:
        >>> x = ops.arange(9.0).reshape(1, 3, 3, 1)
        >>> ops.pool(x, 2, "max", dilations=2).tolist()
        [[[[8.0]]]]
    """
    if pooling_type not in ("max", "avg"):
        raise ValueError(f"pool: pooling_type must be 'max' or 'avg', got {pooling_type!r}")
    laid = laid_out("pool", x, 2, None, DTYPES[pooling_type])
    window, (steps, pads, rates) = windows_over(
        "pool", laid, window_shape, strides or 1, padding, dim_rounding_mode, dilations or 1
    )
    return laid.back(pooled(pooling_type, laid.x, window, steps, pads, rates))
