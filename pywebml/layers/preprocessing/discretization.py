"""Numbers into bins."""

from __future__ import annotations

from typing import Any

from ... import ops
from ...core.tensor import Tensor, as_tensor
from ...host.lazy import np
from ..base import Layer
from ..support.registry import layer
from .adapting import batches_of
from .encoding import checked_mode, encoded, refuse_sparse


@layer("Discretization")
class Discretization(Layer):
    """The number of the bin that each value lies in: how many boundaries are not above
    it.

    Shapes: any -> the same, int32; for other modes as `CategoryEncoding`.

    Args:
        bin_boundaries: in ascending order; bin 0 lies below the first.
        num_bins: how many bins `adapt` is to make, of about as many values each.
        epsilon: how exact the boundaries are that `adapt` takes, as a share.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: only False.

    Raises:
        ValueError: boundaries and a number of bins, or neither; a call before both.

    Example:
        >>> layer = layers.Discretization(bin_boundaries=[0.0, 1.0, 2.0])
        >>> layer(np.array([[-1.5, 1.0, 3.4, 0.5]])).numpy()
        array([[0, 2, 3, 1]], dtype=int32)
    """

    in_halves = False

    def __init__(
        self,
        bin_boundaries: Any = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: str = "int",
        sparse: bool = False,
        **options: Any,
    ):
        super().__init__(**options)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                "Discretization: give bin_boundaries, or num_bins and adapt, got"
                f" {bin_boundaries!r:.80} and {num_bins}"
            )
        if num_bins is not None and num_bins < 1:
            raise ValueError(f"Discretization: num_bins must be at least 1, got {num_bins}")
        if not 0 < epsilon < 1:
            raise ValueError(f"Discretization: epsilon must be between 0 and 1, got {epsilon}")
        refuse_sparse("Discretization", sparse)
        modes = ("int", "one_hot", "multi_hot", "count")
        self.output_mode = checked_mode("Discretization", output_mode, modes)
        self.num_bins, self.epsilon, self.sparse = num_bins, epsilon, sparse
        self.bin_boundaries = None if bin_boundaries is None else _ascending(bin_boundaries)

    def adapt(self, data: Any, steps: int | None = None) -> None:
        """Makes `num_bins` bins of about as many values each, of an array, or of
        batches (a data set, a generator, a list of arrays), `steps` of them. ValueError
        where the boundaries were given.
        """
        if self.num_bins is None:
            raise ValueError(
                f"{self.name} was given its bin_boundaries; make it with num_bins to adapt"
            )
        summary = np.zeros((2, 0), np.float32)
        for batch in batches_of("Discretization", data, steps):
            both = np.concatenate((_summary(batch, self.epsilon), summary), 1)
            summary = _compressed(both[:, np.argsort(both[0])], self.epsilon)
        if not summary.shape[1]:
            raise ValueError(f"{self.name}.adapt got no values at all")
        self.bin_boundaries = _compressed(summary, 1.0 / self.num_bins)[0, :-1].tolist()

    def call(self, inputs: Tensor) -> Tensor:
        if self.bin_boundaries is None:
            raise ValueError(f"{self.name} has no bins yet: call adapt(data) first")
        x = ops.cast(inputs, "float32")
        if not self.bin_boundaries:
            numbers = ops.zeros(x.shape, "int32")
        else:
            flat = x.reshape(1, -1)
            bounds = as_tensor([self.bin_boundaries], "float32")
            numbers = ops.upper_bound(bounds, flat).reshape(x.shape)
        depth = len(self.bin_boundaries) + 1
        return encoded(numbers, self.output_mode, depth, self.dtype)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        del config["trainable"]  # which Keras's own does not take
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """With the boundaries of a layer that was adapted, which has both."""
        boundaries = config.get("bin_boundaries")
        if boundaries is None or config.get("num_bins") is None:
            return super().from_config(config)
        layer = super().from_config({**config, "bin_boundaries": None})
        layer.bin_boundaries = _ascending(boundaries)
        return layer


def _ascending(boundaries: Any) -> list[float]:
    try:
        values = np.asarray(boundaries, np.float64)
    except (TypeError, ValueError):
        values = np.zeros(())
    if values.ndim != 1 or not np.all(np.isfinite(values)) or np.any(np.diff(values) < 0):
        raise ValueError(
            "Discretization: bin_boundaries must be a list of numbers in ascending order, got"
            f" {boundaries!r:.80}"
        )
    plain: list[float] = values.tolist()
    return plain


def _summary(values: Any, epsilon: float) -> Any:
    """Every so many-th of the sorted values, and how many each stands for: float32
    [2, about 1 / epsilon].
    """
    ordered = np.sort(values.astype(np.float32).reshape(-1))
    step = max(ordered.size * epsilon, 1.0)
    places = ordered[int(step - 1) :: int(step)]
    return np.stack([places, np.full_like(places, step)])


def _compressed(summary: Any, epsilon: float) -> Any:
    """A summary of 1 / epsilon values, between those of a longer one."""
    if summary.shape[1] * epsilon < 1:
        return summary
    shares = epsilon + np.arange(0.0, 1.0, epsilon)
    so_far = summary[1].cumsum()
    share_so_far = so_far / so_far[-1]
    values = np.interp(shares, share_so_far, summary[0])
    counts = np.interp(shares, share_so_far, so_far)
    return np.stack([values, np.diff(counts, prepend=0.0)]).astype(np.float32)
