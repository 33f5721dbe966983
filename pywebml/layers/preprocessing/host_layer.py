"""Layers that work on texts, or on numbers too large for the device: on the host,
before anything is uploaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...core.runtime import Recorder
from ...core.symbolic import symbol_in
from ...core.tensor import Tensor, tensor
from ...host.lazy import np
from ..base import Layer
from ..support.symbols import Symbol


class HostLayer(Layer):
    """A layer of texts or whole numbers of the host. It gives tensors, and texts as
    NumPy arrays. In a model it stands at the beginning, where `fit` and `predict` run
    it on the host; it cannot be captured.

    A subclass gives `on_host(arrays)`, `compute_output_shape` and `output_dtype`.
    """

    rounds = False

    autocast = False
    encoding = "utf-8"

    @property
    def output_dtype(self) -> str:
        """Of what comes out: "int32", "float32" or "string"."""
        return "int32"

    def on_host(self, values: Any) -> Any:
        """NumPy arrays in, one out."""
        raise NotImplementedError

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.built = True  # there are no weights

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """As `Layer.from_config`. ValueError for a vocabulary that is a path: who opens
        a model of somebody else's has no other file read by it.
        """
        vocabulary = config.get("vocabulary")
        if isinstance(vocabulary, (str, Path)):
            raise ValueError(
                f"{cls.__name__}: its config names a file, {str(vocabulary)!r:.80}, and models read"
                " no other files; expected the vocabulary itself, a list"
            )
        return super().from_config(config)

    def __call__(self, inputs: Any, *more: Any, **options: Any) -> Any:
        if symbol_in((inputs,)) is not None:
            return super().__call__(inputs, *more, **options)
        return self.call(inputs)

    def takes_several(self, inputs: Any) -> bool:
        """Whether a list is one of inputs, not of values."""
        return isinstance(inputs, (list, tuple)) and any(isinstance(x, Symbol) for x in inputs)

    def call(self, inputs: Any) -> Any:
        if Recorder.trace is not None:
            raise RuntimeError(
                f"{self.name}: {type(self).__name__} works on the host and cannot stand inside a"
                " captured function or behind another layer of a model: call it on the data first,"
                " as data.map(lambda x, y: (layer(x), y)), or make it the first layer"
            )
        out = self.host_values(inputs)
        return out if out.dtype.kind in "OU" else tensor(out)

    def host_values(self, inputs: Any) -> Any:
        """What a call gives, as a NumPy array: a model runs the layers at its front by
        this.
        """
        several = self.takes_several(inputs)
        return self.on_host([self.array(x) for x in inputs] if several else self.array(inputs))

    def array(self, values: Any) -> Any:
        """A NumPy array; of texts one of `str` objects."""
        if isinstance(values, Tensor):
            return values.numpy()
        array = np.asarray(values)
        if array.dtype.kind in "USO":
            texts = [self._text(item) for item in array.reshape(-1).tolist()]
            array = np.array(texts, dtype=object).reshape(array.shape)
        return array

    def _text(self, item: Any) -> str:
        if isinstance(item, bytes):
            return item.decode(self.encoding, "replace")
        if not isinstance(item, str):
            raise TypeError(
                f"{self.name} takes texts or numbers, all of one length per row, got {item!r:.80}"
            )
        return item

    def _dtype_after(self, dtype: str) -> str:
        return self.output_dtype


def looked_up(values: Any, function: Any) -> Any:
    """int64 of the shape of `values`: what `function` gives for each different one."""
    unique, places = np.unique(values.reshape(-1), return_inverse=True)
    numbers = np.array([function(item) for item in unique.tolist()], np.int64)
    return numbers[places].reshape(values.shape) if len(numbers) else places.reshape(values.shape)


def encoded_rows(numbers: Any, mode: str, depth: int) -> Any:
    """Class numbers [..., n] as `CategoryEncoding` has them, in NumPy; a number outside
    has no class.
    """
    if mode == "int":
        return numbers.astype(np.int32)
    if numbers.ndim == 0:
        numbers = numbers.reshape(1)
    if mode == "one_hot" and numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if mode == "one_hot":
        numbers = numbers[..., None]
    rows = numbers.reshape(-1, numbers.shape[-1])
    out = np.zeros((len(rows), depth), np.float32)
    at, _ = np.nonzero((rows >= 0) & (rows < depth))
    classes = rows[(rows >= 0) & (rows < depth)]
    np.add.at(out, (at, classes), 1)
    if mode != "count":
        out = np.minimum(out, 1)
    return out.reshape(*numbers.shape[:-1], depth)


def encoded_shape(shape: Any, mode: str, depth: int | None) -> Any:
    """The shape of `encoded_rows`."""
    shape = tuple(shape)
    if mode == "int":
        return shape
    if mode == "one_hot" and not (len(shape) > 1 and shape[-1] == 1):
        return (*shape, depth)
    return (*shape[:-1], depth)
