"""A tensor's values, read back from the device."""

from __future__ import annotations

from typing import Any

from ..host.awaited import awaited
from ..host.lazy import np
from .host_data import FORMAT, widened
from .runtime import Buffer, Recorder, flush
from .spec import ITEMSIZE, Spec


class Values:
    """The half of a tensor that is read."""

    __slots__ = ()
    buffer: Buffer
    spec: Spec

    @property
    def shape(self) -> tuple[int, ...]:
        return self.spec.shape

    @property
    def dtype(self) -> str:
        return self.spec.dtype

    @property
    def ndim(self) -> int:
        return len(self.spec.shape)

    @property
    def size(self) -> int:
        return self.spec.size

    def _readable(self) -> None:
        if Recorder.trace is not None:
            raise RuntimeError(
                f"a tensor of shape {self.shape} was read while `capture` records; a replay would"
                " not read it again. Return the tensor and read it outside, or use ops (where,"
                " maximum ...) instead of Python's if"
            )
        if self.buffer.id == -1:
            raise RuntimeError(
                f"this tensor of shape {self.shape} has no value: it was disposed, or made inside"
                " `capture` and not returned"
            )

    def _view(self, raw: bytes) -> memoryview[Any]:
        flat: memoryview[Any] = memoryview(raw)[: self.size * ITEMSIZE[self.dtype]]
        if self.dtype == "float16":
            flat = widened(flat)
        form: Any = FORMAT[self.dtype]
        shape = (*self.shape, 2) if self.dtype == "complex64" else self.shape
        return flat.cast(form, shape) if shape and self.size else flat.cast(form)

    @awaited("t.data()", "t.numpy() or t.tolist()")
    async def data(self) -> memoryview[Any]:
        """The values as a memoryview of this shape (one element for a scalar, [0] for
        any shape without elements; float32 for 'float16', and [..., 2] of such for
        'complex64'), without blocking.
        """
        self._readable()
        flush()
        if not self.size:
            return self._view(b"")
        return self._view(await self.buffer.device.download(self.buffer.id, self.spec.nbytes))

    def data_sync(self) -> memoryview[Any]:
        """`data`, blocking. In a browser tab this needs JSPI."""
        return self._view(self._bytes())

    def _bytes(self) -> bytes:
        self._readable()
        if self.buffer.host is not None:
            return self.buffer.host
        flush()
        if not self.size:
            return b""
        return self.buffer.device.download_sync(self.buffer.id, self.spec.nbytes)

    def numpy(self) -> Any:
        """The values as a new NumPy array (bool for 'bool')."""
        flat = np.frombuffer(
            self._bytes(), getattr(np, "uint32" if self.dtype == "bool" else self.dtype), self.size
        ).reshape(self.shape)
        return flat.astype(bool) if self.dtype == "bool" else flat.copy()

    def tolist(self) -> Any:
        """The values as nested lists, or a number for a scalar."""
        values = self.data_sync()
        if not self.size:
            return _nothing(self.shape)
        if self.dtype == "complex64":
            return _complexes(values.tolist(), self.ndim)
        nested = values.tolist() if self.shape else values[0]
        return _booleans(nested) if self.dtype == "bool" else nested

    def item(self) -> Any:
        """The only value, as a Python number. ValueError if there are several."""
        if self.size != 1:
            raise ValueError(
                f"item() needs a tensor of one value, got shape {self.shape}; use numpy() or"
                " tolist()"
            )
        value = self.tolist()
        while isinstance(value, list):
            (value,) = value
        return value

    def __float__(self) -> float:
        return float(self.item())

    def __format__(self, form: str) -> str:
        """A single value as a number is, f"{loss:.3f}"; others by their words."""
        return format(self.item(), form) if form and self.size == 1 else format(str(self), form)

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def __dlpack__(self, **options: Any) -> Any:
        return self.numpy().__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return (1, 0)  # kDLCPU: values are read back first


def _nothing(shape: tuple[int, ...]) -> list[Any]:
    """Nested lists of a shape without elements."""
    return [_nothing(shape[1:]) for _ in range(shape[0])]


def _booleans(nested: Any) -> Any:
    return [_booleans(n) for n in nested] if isinstance(nested, list) else bool(nested)


def _complexes(nested: Any, levels: int) -> Any:
    """Pairs as complex numbers, so many levels down."""
    return [_complexes(n, levels - 1) for n in nested] if levels else complex(*nested)
