"""What networks want of pictures, and what their answers are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet's pictures, values of 0 to 1."""
_BLUE_GREEN_RED = (103.939, 116.779, 123.68)


def prepared(x: Any, data_format: str | None = None, mode: str = "caffe") -> Any:
    """Bytes 0 ... 255 as a network wants them: 'tf' -1 ... 1, 'torch' by ImageNet's
    mean and deviation, 'caffe' blue first and without the mean. Arrays give arrays,
    tensors tensors.

    Example:
        >>> from pywebml.zoo.architectures.pictures import prepared
        >>> prepared(np.full((1, 1, 3), 255.0, "float32"), mode="tf").tolist()
        [[[1.0, 1.0, 1.0]]]
    """
    if mode not in ("caffe", "tf", "torch"):
        raise ValueError(f"preprocess_input: mode must be 'caffe', 'tf' or 'torch', got {mode!r}")
    tensor = as_tensor(x).astype("float32")
    axis = -1 if data_format in (None, "channels_last") else -3
    if mode == "tf":
        tensor = tensor / 127.5 - 1.0
    elif mode == "torch":
        mean, deviation = _along(MEAN, axis), _along(DEVIATION, axis)
        tensor = (tensor / 255.0 - mean) / deviation
    else:
        tensor = ops.flip(tensor, axis) - _along(_BLUE_GREEN_RED, axis)
    return tensor if isinstance(x, Tensor) else tensor.numpy()


def _along(values: tuple[float, ...], axis: int) -> Tensor:
    return as_tensor(list(values)).reshape((3,) if axis == -1 else (3, 1, 1))


def preparation(mode: str) -> Callable[..., Any]:
    """`preprocess_input` of one network; "" for one that does it itself."""

    def preprocess_input(x: Any, data_format: str | None = None) -> Any:
        return prepared(x, data_format, mode) if mode else x

    preprocess_input.__doc__ = prepared.__doc__ if mode else "x as it is: the network prepares it."
    return preprocess_input


def decode_predictions(preds: Any, top: int = 5) -> list[list[tuple[str, str, float]]]:
    """The `top` classes of ImageNet for each row of probabilities [n, 1000], as
    (number, name, probability), the likeliest first.

    ValueError for another number of classes.

    Example:
        >>> from pywebml.zoo.architectures.pictures import decode_predictions
        >>> [[best]] = decode_predictions(np.eye(1000, dtype="float32")[[281]], top=1)
        >>> best
        ('281', 'tabby', 1.0)
    """
    from ..labels import imagenet_labels

    rows = as_tensor(preds)
    if rows.ndim != 2 or rows.shape[1] != 1000:
        raise ValueError(
            f"decode_predictions: probabilities [n, 1000] expected, got {list(rows.shape)}"
        )
    names = imagenet_labels()
    values, numbers = (part.tolist() for part in ops.top_k(rows, top))
    return [
        [(str(i), names[i], value) for i, value in zip(places, best, strict=True)]
        for places, best in zip(numbers, values, strict=True)
    ]
