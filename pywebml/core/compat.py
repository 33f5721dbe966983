"""`tidy` and `dispose`, for people who come from TensorFlow.js. Neither is needed:
forgotten tensors give their memory back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .tensor import Tensor


def tidy(f: Callable[[], Any]) -> Any:
    """`f()`. Tensors that it made and did not return are freed because Python forgets
    them.

    Example:
        >>> pw.tidy(lambda: pw.tensor([1.0, 2.0]) * 2).tolist()
        [2.0, 4.0]
    """
    return f()


def dispose(tree: Any) -> None:
    """Frees the tensors in nested tuples, lists and dicts now; using one afterwards is
    a RuntimeError.

    Example:
        >>> before = pw.memory()["tensors"]
        >>> pair = {"a": pw.tensor([1.0]), "b": [pw.tensor([2.0])]}
        >>> pw.memory()["tensors"] - before
        2
        >>> pw.dispose(pair)
        >>> pw.memory()["tensors"] - before
        0
    """
    if isinstance(tree, Tensor):
        tree.dispose()
    elif isinstance(tree, dict):
        dispose(list(tree.values()))
    elif isinstance(tree, (tuple, list)):
        for item in tree:
            dispose(item)
