"""TensorFlow.js's methods of tensors that are another method here with an argument."""

from __future__ import annotations

from typing import Any


class Chained:
    """What comes at the end of a chain there: `x.square().as1d()`."""

    __slots__ = ()

    def as_type(self: Any, dtype: str) -> Any:
        """`astype`."""
        return self.astype(dtype)

    def to_float(self: Any) -> Any:
        """The values as float32."""
        return self.astype("float32")

    def to_int(self: Any) -> Any:
        """The values as int32, floats cut towards zero."""
        return self.astype("int32")

    def to_bool(self: Any) -> Any:
        """True where the value is not 0."""
        return self.astype("bool")

    def as_scalar(self: Any) -> Any:
        """The only value, of shape (). ValueError if there are several."""
        return self.reshape(())

    def as1d(self: Any) -> Any:
        """All values in a row."""
        return self.reshape(-1)

    def as2d(self: Any, rows: int, columns: int) -> Any:
        """The same values in this shape; one size may be -1."""
        return self.reshape(rows, columns)

    def as3d(self: Any, rows: int, columns: int, depth: int) -> Any:
        """The same values in this shape; one size may be -1."""
        return self.reshape(rows, columns, depth)

    def as4d(self: Any, rows: int, columns: int, depth: int, depth2: int) -> Any:
        """The same values in this shape; one size may be -1."""
        return self.reshape(rows, columns, depth, depth2)
