"""The table that `model.summary()` prints."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ..layers.base import Layer
from ..layers.support.symbols import as_list

_WIDTHS = (36, 26, 12)


def _row(*cells: str) -> str:
    return "  ".join(
        f"{cell:>{w}}" if i == 2 else f"{cell:<{w}}"
        for i, (cell, w) in enumerate(zip(cells, _WIDTHS, strict=True))
    )


def _shape(layer: Layer) -> str:
    try:
        shape = layer.output_shape
    except (AttributeError, ValueError):  # not built yet, or used at several places
        return "?"
    return ", ".join(str(s) for s in as_list(shape)) if isinstance(shape, list) else str(shape)


def lines(model: Any) -> Iterator[str]:
    """The table of a `Model`, line by line."""
    rule = "-" * (sum(_WIDTHS) + 4)
    yield f"Model: {model.name}"
    yield rule
    yield _row("Layer (type)", "Output shape", "Parameters")
    yield rule
    branches = model._graph is not None and any(len(node.inputs) > 1 for node in model.graph.nodes)
    for layer in model.layers:
        yield _row(
            f"{layer.name} ({type(layer).__name__})",
            _shape(layer),
            f"{layer.count_params():,}" if layer.built else "?",
        )
        if branches:
            names = [
                s.layer.name
                for node in model.graph.nodes
                if node.layer is layer
                for s in node.inputs
            ]
            if names:
                yield f"    from {', '.join(names)}"
    yield rule
    if not model.built:
        yield "Not built yet: parameters are counted once the input shape is known."
        return
    total = model.count_params()
    trained = sum(math.prod(w.shape) for w in model.trainable_weights)
    yield (
        f"Parameters: {total:,} ({total * 4 / 1024:,.1f} KiB), trainable {trained:,}, frozen"
        f" {total - trained:,}"
    )
