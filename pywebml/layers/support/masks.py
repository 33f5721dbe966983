"""Masks that nobody hands on: which symbols will have one beside them when the graph
runs, so that layers whose call wants it are followed with it; and those of tensors,
from one layer to the next that is called on them, by Keras's name for the attribute.
"""

from __future__ import annotations

from typing import Any

from ...core.tensor import Tensor
from .shapes import one_following
from .structures import leaves, mapped
from .symbols import Node, Symbol, symbols_in


def masks_for(first: Any) -> Any:
    """Symbols of the masks of symbols, in their structure, None for one without; None
    where no one has any.
    """
    masks = mapped(_mask_of, first)
    return masks if symbols_in(masks) else None


def _mask_of(leaf: Any) -> Any:
    if not isinstance(leaf, Symbol) or leaf._node is None or len(leaf.shape) < 2:
        return None
    return Symbol(leaf.shape[:2], "bool") if _masked(leaf.node)[leaf.index] else None


def _masked(node: Node) -> list[bool]:
    """For each output of a call, found call by call from the inputs on: chains may be
    long.
    """
    waiting = [node]
    while waiting:
        last = waiting[-1]
        before = [s.node for s in last.inputs if s._node and s.node.masked is None]
        if last.masked is None and not before:
            last.masked = _after(last)
        if before:
            waiting += before
        else:
            waiting.pop()
    return node.masked or []


def _after(node: Node) -> list[bool]:
    layer, count = node.layer, len(node.outputs)
    masks = masks_for(node.first)
    if not node.inputs or not layer.supports_masking:
        return [False] * count
    if not layer.says_its_mask():
        return [masks is not None] * count

    def call(both: Any, options: Any) -> Any:
        return layer.compute_mask(both[0], both[1])

    try:
        results = list(leaves(one_following(layer, call, [node.first, masks], {})))
    except ValueError:  # it looks at numbers
        return [masks is not None] * count
    flags = [result is not None for result in results]
    return flags if len(flags) == count else [any(flags)] * count


def masks_on(first: Any) -> Any:
    """The masks that inputs have with them, None where no one has."""
    if isinstance(first, (list, tuple)):
        masks = [masks_on(one) for one in first]
        return masks if any(mask is not None for mask in masks) else None
    return getattr(first, "_keras_mask", None) if isinstance(first, Tensor) else None


def put_masks(outputs: Any, masks: Any) -> None:
    """Gives outputs their masks along."""
    if isinstance(outputs, (list, tuple)):
        several = masks if isinstance(masks, (list, tuple)) else [masks] * len(outputs)
        for output, mask in zip(outputs, several, strict=False):
            put_masks(output, mask)
    elif isinstance(outputs, Tensor) and isinstance(masks, Tensor):
        outputs._keras_mask = masks  # type: ignore[attr-defined]
