"""Thumbnails: what is left of a picture when one looks at it from far away. Copies of a
picture that were saved anew, made smaller or brightened have nearly the same, though a
network's features of them differ.
"""

from __future__ import annotations

from ..core.tensor import Tensor
from ..ops import avg_pool, mean

SIDE = 16


def thumbnail_size(height: int, width: int) -> int:
    """Numbers of a thumbnail of pictures of this size: 256 where they are large."""
    rows, columns = _windows(height, width)
    return -(-height // rows) * -(-width // columns)


def thumbnails(pictures: Tensor) -> Tensor:
    """Pictures [n, h, w, c] in grey, up to 16 by 16 of them: float32 [n, 256], each the
    mean of its part of the picture.

    Example:
        >>> import pywebml as pw
        >>> thumbnails(pw.ones((2, 224, 224, 3))).shape
        (2, 256)
    """
    n, height, width, _ = pictures.shape
    grey = mean(pictures.astype("float32"), axis=-1, keepdims=True)
    windows = _windows(height, width)
    return avg_pool(grey, windows, windows, padding="same").reshape(n, -1)


def _windows(height: int, width: int) -> tuple[int, int]:
    return -(-height // SIDE), -(-width // SIDE)
