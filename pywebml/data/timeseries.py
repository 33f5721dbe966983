"""Windows of a time series as a data set."""

from __future__ import annotations

from typing import Any

from ..core.tensor import Tensor
from ..host.lazy import np
from .dataset import Dataset


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> Dataset:
    """Windows of `sequence_length` time steps of data [steps, ...], a data set of
    batches [n, sequence_length, ...] or, with targets [steps, ...], of (windows,
    targets): a window's target is that at the place of its first step.

    Args:
        sequence_stride: steps from one window's start to the next's.
        sampling_rate: steps from one value within a window to the next.
        batch_size: None for single windows.
        shuffle: windows in another order at each iteration, by `seed`.
        start_index, end_index: the part of the data that is used; both None for all.
        format: "tf"; here, a `pw.data.Dataset`.

    Raises:
        ValueError: lengths, strides or a part that the data does not have.

    Example:
        >>> series = np.arange(6)
        >>> data = pw.utils.timeseries_dataset_from_array(series, series[3:], 3, batch_size=2)
        >>> x, y = next(iter(data))
        >>> x.tolist(), y.tolist()
        ([[0, 1, 2], [1, 2, 3]], [3, 4])
    """
    who = "timeseries_dataset_from_array"
    if format not in ("tf", "grain"):
        raise ValueError(f"{who}: format must be 'tf' or 'grain', got {format!r}")
    series = _array(data)
    steps = len(series)
    start, end = start_index or 0, steps if end_index is None else end_index
    if not 0 <= start < end <= steps:
        raise ValueError(
            f"{who}: start_index and end_index must be a part of the {steps} steps, got"
            f" {start_index} and {end_index}"
        )
    for name, number, most in (
        ("sequence_length", sequence_length, end - start + 1),
        ("sequence_stride", sequence_stride, steps),
        ("sampling_rate", sampling_rate, steps),
    ):
        if not 0 < number < most:
            raise ValueError(f"{who}: {name} must be above 0 and below {most}, got {number}")
    windows = end - start - (sequence_length - 1) * sampling_rate
    labels = None if targets is None else _array(targets)
    if labels is not None:
        windows = min(windows, len(labels))
    if windows < 1:
        raise ValueError(
            f"{who}: {sequence_length} values {sampling_rate} apart need"
            f" {(sequence_length - 1) * sampling_rate + 1} steps, got {end - start}"
        )
    series = series[start:end]
    labels = None if labels is None else labels[start:end]
    within = np.arange(sequence_length) * sampling_rate

    def at(places: Any) -> Any:
        x = series[places[..., None] + within]
        return x if labels is None else (x, labels[places])

    starts = Dataset.from_tensor_slices(np.arange(0, windows, sequence_stride))
    if shuffle:
        starts = starts.shuffle(len(starts), seed)
    if batch_size is not None:
        starts = starts.batch(batch_size)
    return starts.map(at)


def _array(values: Any) -> Any:
    return values.numpy() if isinstance(values, Tensor) else np.asarray(values)
