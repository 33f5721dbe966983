"""Texts and whole numbers into a fixed number of bins, by their fingerprints."""

from __future__ import annotations

from functools import reduce
from typing import Any

from ...host.lazy import np
from ..support.registry import layer
from .encoding import checked_mode, refuse_sparse
from .fingerprints import crossed, fingerprint, siphash
from .host_layer import HostLayer, encoded_rows, encoded_shape, looked_up

_FIRST = 0xDECAFCAFFE
"""What TensorFlow's crosses begin with."""


def checked_salt(who: str, salt: Any) -> list[int] | None:
    """Two numbers of one or two. ValueError for anything else."""
    both = salt if isinstance(salt, (list, tuple)) else (salt, salt)
    if salt is None:
        return None
    if len(both) != 2 or not all(isinstance(s, int) for s in both):
        raise ValueError(f"{who}: salt must be a whole number or two, got {salt!r}")
    return list(both)


def bucket(value: Any, bins: int, salt: list[int] | None = None) -> int:
    """The bin of a text or a number, as TensorFlow's `to_hash_bucket_fast` says, with a
    salt as `to_hash_bucket_strong`.
    """
    data = (value if isinstance(value, str) else str(int(value))).encode()
    return (fingerprint(data) if salt is None else siphash(data, salt)) % bins


def _whole(who: str, num_bins: Any) -> int:
    if num_bins is None or num_bins < 1:
        raise ValueError(f"{who}: num_bins must be at least 1, got {num_bins}")
    return int(num_bins)


@layer("Hashing")
class Hashing(HostLayer):
    """Texts or whole numbers into `num_bins` bins, by their fingerprints: the numbers
    of Keras (FarmHash, or SipHash with a salt). Runs on the host.

    Shapes: any -> the same, int32; for other modes as `CategoryEncoding`.

    Args:
        num_bins: how many.
        mask_value: a value that has bin 0 for itself.
        salt: a key of one or two whole numbers.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: only False.

    Example:
        >>> layers.Hashing(num_bins=3)(np.array([["A"], ["B"], ["C"]])).tolist()
        [[1], [0], [1]]
    """

    def __init__(
        self,
        num_bins: int,
        mask_value: Any = None,
        salt: Any = None,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        self.num_bins = _whole("Hashing", num_bins)
        self.salt = checked_salt("Hashing", salt)
        refuse_sparse("Hashing", sparse)
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = checked_mode("Hashing", output_mode, modes)
        self.mask_value, self.sparse = mask_value, sparse

    @property
    def output_dtype(self) -> str:
        return "int32" if self.output_mode == "int" else "float32"

    def on_host(self, values: Any) -> Any:
        bins, mask = self.num_bins, self.mask_value
        masked = mask is not None and bins > 1
        bins -= masked

        def number(value: Any) -> int:
            if masked and value == mask:
                return 0
            return bucket(value, bins, self.salt) + masked

        return encoded_rows(looked_up(values, number), self.output_mode, self.num_bins)

    def compute_output_shape(self, input_shape: Any) -> Any:
        return encoded_shape(input_shape, self.output_mode, self.num_bins)


@layer("HashedCrossing")
class HashedCrossing(HostLayer):
    """What two or more features are together, as one of `num_bins` bins: the numbers of
    Keras. Runs on the host.

    Shapes: a list of [batch] or [batch, 1], texts or whole numbers -> the same, int32;
    for "one_hot" [batch, num_bins].

    Args:
        num_bins: how many.
        output_mode: "int" or "one_hot".
        sparse: only False.

    Example:
        >>> layer = layers.HashedCrossing(num_bins=5)
        >>> layer([["A", "B", "A", "B", "A"], [101, 101, 101, 102, 102]]).tolist()
        [1, 4, 1, 1, 3]
    """

    def __init__(
        self,
        num_bins: int,
        output_mode: str = "int",
        sparse: bool = False,
        name: str | None = None,
        dtype: Any = None,
        **options: Any,
    ):
        super().__init__(name=name, dtype=dtype, **options)
        self.num_bins = _whole("HashedCrossing", num_bins)
        refuse_sparse("HashedCrossing", sparse)
        self.output_mode = checked_mode("HashedCrossing", output_mode, ("int", "one_hot"))
        self.sparse = sparse

    @property
    def output_dtype(self) -> str:
        return "int32" if self.output_mode == "int" else "float32"

    def takes_several(self, inputs: Any) -> bool:
        return isinstance(inputs, (list, tuple))

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, (list, tuple)) or len(inputs) < 2:
            raise ValueError(f"{self.name}: HashedCrossing takes a list of at least two features")
        return super().call(inputs)

    def on_host(self, values: Any) -> Any:
        first = values[0]
        rank = first.ndim
        if rank > 2 or (rank == 2 and first.shape[1] != 1):
            raise ValueError(
                f"{self.name}: features must be [batch] or [batch, 1], got {first.shape}"
            )
        if any(v.shape != first.shape or v.dtype.kind not in "iuO" for v in values):
            kinds = ", ".join(f"{v.dtype} {v.shape}" for v in values)
            raise ValueError(
                f"{self.name}: features must be texts or whole numbers of one shape, got {kinds}"
            )
        rows = zip(*(v.reshape(-1).tolist() for v in values), strict=True)
        numbers = [reduce(crossed, map(_own, row), _FIRST) % self.num_bins for row in rows]
        return encoded_rows(
            np.array(numbers, np.int64).reshape(first.shape), self.output_mode, self.num_bins
        )

    def compute_output_shape(self, input_shape: Any) -> Any:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError(f"{self.name}: HashedCrossing takes a list of at least two features")
        return encoded_shape(input_shape[0], self.output_mode, self.num_bins)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]  # which Keras's own does not take
        return config


def _own(value: Any) -> int:
    return fingerprint(value.encode()) if isinstance(value, str) else int(value) & ((1 << 64) - 1)
