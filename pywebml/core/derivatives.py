"""Derivatives beside the plain gradient: along a direction, second ones, and whole
matrices of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .autodiff import filled, grad, value_and_grad, value_and_rows, with_history
from .calling import is_int
from .tensor import as_tensor, tensor


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """(f(*primals), its derivative along `tangents`): how the value changes where the
    arguments move by the tangents, a tensor of the value's shape. ValueError unless
    there is one tangent for each argument, of its shape.

    The product of the Jacobian with a vector, without the Jacobian: the gradient's
    gradient at the seed (so `f` runs twice). JAX's `jvp`.

    Example:
        >>> value, change = pw.jvp(lambda x: x * x, [[1.0, 2.0]], [[1.0, 10.0]])
        >>> value.tolist(), change.tolist()
        ([1.0, 4.0], [2.0, 40.0])
    """
    points, along = _pairs("jvp", primals, tangents)
    value = f(*points)

    def pulled(seed: Any) -> Any:
        gradients = value_and_grad(f, range(len(points)))(*points, dy=seed)[1]
        return _dot(gradients, along)

    return value, grad(pulled)(filled(value, 0.0))


def hvp(
    f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[Any, list[Any]]:
    """(f(*primals), how its gradients change along `tangents`), one tensor for each
    argument: the product of the matrix of second derivatives with a vector, without the
    matrix. ValueError as for `jvp`, and unless `f` gives a scalar.

    Example:
        >>> value, (product,) = pw.hvp(lambda x: (x * x * x).sum(), [[1.0, 2.0]], [[1.0, 1.0]])
        >>> float(value), product.tolist()
        (9.0, [6.0, 12.0])
    """
    points, along = _pairs("hvp", primals, tangents)
    every = range(len(points))
    values: list[Any] = []

    def slope(*points: Any) -> Any:
        value, gradients = value_and_grad(f, every)(*points)
        if value.size != 1:
            raise ValueError(f"hvp: f must give a scalar, got shape {value.shape}; reduce it first")
        values.append(value)
        return _dot(gradients, along)

    products = list(grad(slope, every)(*points))
    return with_history(values[0]), products


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """A function that returns all derivatives of `f`'s value at argument `argnums`:
    [*value's shape, *argument's shape] (a tuple of them for a sequence).

    `f` runs once, and back once for each of its value's numbers: for small functions.

    Example:
        >>> pw.jacobian(lambda x: x * x)([1.0, 2.0, 3.0]).tolist()
        [[2.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 6.0]]
    """

    def call(*args: Any) -> Any:
        value, rows = value_and_rows(f, argnums, args)
        whole = [
            tensor([row[i] for row in rows]).reshape((*value.shape, *rows[0][i].shape))
            for i in range(len(rows[0]))
        ]
        return whole[0] if is_int(argnums) else tuple(whole)

    return call


def _pairs(
    name: str, primals: Sequence[Any], tangents: Sequence[Any]
) -> tuple[list[Any], list[Any]]:
    for what, several in (("primals", primals), ("tangents", tangents)):
        if not isinstance(several, (list, tuple)):
            raise TypeError(
                f"{name}: {what} must be a list, one for each argument of f, got a"
                f" {type(several).__name__}; write [x]"
            )
    points, along = [as_tensor(p) for p in primals], [as_tensor(t, "float32") for t in tangents]
    if [p.shape for p in points] != [t.shape for t in along]:
        raise ValueError(
            f"{name}: tangents must have the arguments' shapes, {[p.shape for p in points]}, got"
            f" {[t.shape for t in along]}"
        )
    return points, along


def _dot(left: Sequence[Any], right: Sequence[Any]) -> Any:
    total = (left[0] * right[0]).sum()
    for a, b in zip(left[1:], right[1:], strict=True):
        total = total + (a * b).sum()
    return total


__all__ = ["hvp", "jacobian", "jvp"]
