"""Labels and arrays as networks want them."""

from __future__ import annotations

from typing import Any

from .. import ops
from ..core.tensor import Tensor
from ..host.lazy import np


def to_categorical(x: Any, num_classes: int | None = None) -> Any:
    """Class numbers [...] or [..., 1] -> one-hot rows [..., num_classes]: a NumPy array
    of float64 for numbers of the host, a tensor for a tensor.

    Args:
        num_classes: the largest number and one where None; must be said for a tensor,
            whose numbers nobody looks at.

    Raises:
        ValueError: numbers outside [0, num_classes), or no `num_classes` for a tensor.

    Example:
        >>> pw.utils.to_categorical([0, 2, 1])
        array([[1., 0., 0.],
               [0., 0., 1.],
               [0., 1., 0.]])
    """
    if isinstance(x, Tensor):
        if not num_classes:
            raise ValueError("to_categorical: say num_classes for a tensor, got None")
        numbers = x.reshape(x.shape[:-1]) if x.ndim > 1 and x.shape[-1] == 1 else x
        return ops.one_hot(ops.cast(numbers, "int32"), num_classes)
    numbers = np.asarray(x).astype(np.int64)
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if not numbers.size and not num_classes:
        raise ValueError("to_categorical: say num_classes where there are no labels")
    classes = int(num_classes or numbers.max() + 1)
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < classes:
        wrong = numbers.min() if numbers.min() < 0 else numbers.max()
        raise ValueError(
            f"to_categorical: class numbers must be in [0, {classes}), got {wrong}; start at 0, or"
            " give a larger num_classes"
        )
    out = np.zeros((numbers.size, classes))
    out[np.arange(numbers.size), numbers.reshape(-1)] = 1
    return out.reshape(*numbers.shape, classes)


def normalize(x: Any, axis: int = -1, order: float = 2) -> Any:
    """x divided by its norm of that `order` along an axis; zeros stay zeros. A NumPy
    array for numbers of the host, a tensor for a tensor.

    Example:
        >>> pw.utils.normalize(np.array([[3.0, 4.0]]))
        array([[0.6, 0.8]])
    """
    if isinstance(x, Tensor):
        norm = (x.abs() ** order).sum(axis, keepdims=True) ** (1 / order)
        return x / ops.where(ops.equal(norm, 0), ops.ones_like(norm), norm)
    array = np.asarray(x)
    norm = np.linalg.norm(array, order, axis, keepdims=True)
    return array / np.where(norm == 0, 1, norm)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """What a data set gives for a batch: x (a list or tuple as (x,)), (x, y) or (x, y,
    sample_weight). Without y there are no weights, as in Keras.

    Example:
        >>> pw.utils.pack_x_y_sample_weight([1.0], [0])
        ([1.0], [0])
    """
    if y is None:
        return (x,) if isinstance(x, (list, tuple)) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch, None for what it does not have. ValueError for
    a tuple of more than three.

    Example:
        >>> pw.utils.unpack_x_y_sample_weight(([1.0], [0]))
        ([1.0], [0], None)
    """
    parts = list(data) if isinstance(data, (list, tuple)) else [data]
    if not 1 <= len(parts) <= 3:
        raise ValueError(
            f"a batch is x, (x, y) or (x, y, sample_weight), got a tuple of {len(parts)}:"
            " several inputs go into one list or dict"
        )
    x, y, weights = (*parts, None, None)[:3]
    return x, y, weights
