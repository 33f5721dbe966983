"""Data that come in batches by number."""

from __future__ import annotations

from typing import Any


class PyDataset:
    """Base of data sets that make their batches when they are asked for, such as of
    files that do not fit into memory.

    A subclass says `__len__`, how many batches there are, and `__getitem__(i)`, the
    batch of that number: x, (x, y) or (x, y, sample_weight). `fit` asks for them in an
    order of its own where it shuffles, and calls `on_epoch_end` after each epoch.

    Args:
        workers, use_multiprocessing, max_queue_size: Keras's, kept and not used: the
            next batch is made in this process while the device computes.

    Example:
        >>> class Squares(pw.data.PyDataset):
        ...     def __len__(self):
        ...         return 3
        ...     def __getitem__(self, i):
        ...         x = np.arange(4 * i, 4 * i + 4, dtype="float32").reshape(4, 1) / 12
        ...         return x, x * x
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> model.fit_sync(Squares(), epochs=2, verbose=0).epoch
        [0, 1]
    """

    def __init__(
        self, workers: int = 1, use_multiprocessing: bool = False, max_queue_size: int = 10
    ):
        self.workers = workers
        self.use_multiprocessing = use_multiprocessing
        self.max_queue_size = max_queue_size

    def __getitem__(self, index: int) -> Any:
        """The batch of this number."""
        raise NotImplementedError(f"{type(self).__name__} must say its __getitem__(index), a batch")

    @property
    def num_batches(self) -> int | None:
        """How many batches there are: what `__len__` says; None for data without end."""
        if not hasattr(self, "__len__"):
            raise NotImplementedError(
                f"{type(self).__name__} must say its __len__(), how many batches it has"
            )
        return len(self)

    def on_epoch_begin(self) -> None:
        """Before each epoch."""

    def on_epoch_end(self) -> None:
        """After each epoch."""


__all__ = ["PyDataset"]
