"""Numbers of classes as one-hot rows, sets and counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_numbers
from ..base import Layer
from ..support.registry import layer

OLDER_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}


def checked_mode(who: str, mode: str, modes: Sequence[str]) -> str:
    """An output mode, an older word as the newer. ValueError for one of no layer."""
    mode = OLDER_MODES.get(mode, mode)
    if mode not in modes:
        raise ValueError(f"{who}: output_mode must be {', '.join(map(repr, modes))}, got {mode!r}")
    return mode


def refuse_sparse(who: str, sparse: bool) -> None:
    """ValueError where sparse tensors are asked for."""
    if sparse:
        raise ValueError(f"{who}: there are no sparse tensors here; leave sparse=False")


def encoded(
    numbers: Tensor, mode: str, depth: int, dtype: str = "float32", weights: Any = None
) -> Tensor:
    """Numbers [..., n] of classes as `mode` says: "int" (as they are), "one_hot" [...,
    depth], "multi_hot" and "count" [..., depth] of all n. A number outside has no
    class.
    """
    numbers = ops.cast(numbers, "int32")
    if mode == "int":
        return numbers
    if numbers.ndim == 0:
        numbers = numbers.reshape(1)
    if mode == "one_hot":
        if numbers.ndim > 1 and numbers.shape[-1] == 1:
            numbers = numbers.reshape(numbers.shape[:-1])
        return ops.one_hot(numbers, depth, dtype=dtype)
    rows = ops.one_hot(numbers, depth, dtype=dtype)
    axis = 1 if numbers.ndim > 1 else 0
    if mode == "multi_hot":
        return rows.max(axis)
    if weights is not None:
        rows = rows * ops.expand_dims(weights, -1)
    return rows.sum(axis)


@layer("CategoryEncoding")
class CategoryEncoding(Layer):
    """Whole numbers of classes as rows of `num_tokens` numbers.

    Shapes: [batch, n] -> [batch, num_tokens]; for "one_hot" [batch, n, num_tokens], or
    [batch, num_tokens] where n is 1.

    Args:
        num_tokens: how many classes there are. A number outside [0, num_tokens) has
            none.
        output_mode: "multi_hot" (1 for each class that is there), "count" (how often;
            `count_weights=` of a call counts each number by its weight) or "one_hot".
        sparse: only False.

    Raises:
        ValueError: other modes, no `num_tokens`.

    Example:
        >>> layer = layers.CategoryEncoding(4, output_mode="count")
        >>> layer(np.array([[0, 1, 1], [3, 3, 3]])).numpy()
        array([[1., 2., 0., 0.],
               [0., 0., 0., 3.]], dtype=float32)
    """

    in_halves = False

    def __init__(
        self,
        num_tokens: int | None = None,
        output_mode: str = "multi_hot",
        sparse: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        if num_tokens is None or num_tokens < 1:
            raise ValueError(
                f"CategoryEncoding: num_tokens must be at least 1, got {num_tokens}; where nobody"
                " knows it, use an IntegerLookup"
            )
        refuse_sparse("CategoryEncoding", sparse)
        self.num_tokens, self.sparse = num_tokens, sparse
        modes = ("multi_hot", "count", "one_hot")
        self.output_mode = checked_mode("CategoryEncoding", output_mode, modes)

    def call(self, inputs: Tensor, count_weights: Any = None) -> Tensor:
        weights = None
        if count_weights is not None:
            if self.output_mode != "count":
                raise ValueError(
                    f"{self.name}: count_weights are for output_mode 'count', not"
                    f" {self.output_mode!r}"
                )
            weights = ops.cast(as_numbers(count_weights), self.dtype)
        return encoded(inputs, self.output_mode, self.num_tokens, self.dtype, weights)
