"""A graph of ops as an ONNX file, or its weights alone; and weights without a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..host.stores import open_store
from ..host.waiting import run_sync
from .comparing import Conversion, alike, answers, drawn, likeliest, pictures
from .fewer_bits import in_fewer_bits
from .graphs import GraphModel
from .loading import load_model, named, read_stored, writer
from .onnx_writing import stored_graph
from .wire import npz, onnx, safetensors
from .wire.stored import Format, Stored, Weight

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

ALONE = (safetensors.FORMAT, npz.FORMAT)


def converted(
    model: GraphModel,
    target: str | Path,
    quantise: str | None,
    only: str | Sequence[str],
    per_channel: bool,
    check: str | Path | None,
) -> Conversion:
    """As `convert`, into one of these formats. ValueError for an op that is not written
    as ONNX.
    """
    form = writer(target, None)
    asked = drawn(model) if check is None else pictures(model, check, ())
    first = answers(model, asked.inputs)
    again = _written(model, target, form, quantise, only, per_channel)
    after = answers(again, asked.inputs)
    _, now = run_sync(read_stored(target))
    return Conversion(
        model.name,
        form.name,
        len(model.nodes),
        model.count_params(),
        0,
        sum(len(weight.data) for weight in now.weights.values()),
        len(now.weights),
        sum(weight.quantization is not None for weight in now.weights.values()),
        (len(first[0]), asked.what),
        max(float(np.abs(a - b).max(initial=0)) for a, b in zip(first, after, strict=True)),
        max(float(np.abs(a).max(initial=0)) for a in first),
        alike(likeliest(first[0]), likeliest(after[0])),
        None,
    )


def weights_alone(
    stored: Stored,
    source: str,
    target: str | Path,
    quantise: str | None,
    only: str | Sequence[str],
    per_channel: bool,
) -> Conversion:
    """As `convert`, of weights that belong to no network that is known, into one of
    ALONE: their values are compared.
    """
    form = writer(target, None)
    weights = {name: Weight.of(weight.array()) for name, weight in stored.weights.items()}
    smaller = weights if quantise is None else in_fewer_bits(weights, quantise, only, per_channel)
    _write(target, form, Stored(None, smaller, {}))
    _, now = run_sync(read_stored(target))
    pairs = [(weight.array(), now.weights[name].array()) for name, weight in weights.items()]
    return Conversion(
        source,
        form.name,
        0,
        sum(a.size for a, _ in pairs),
        sum(len(weight.data) for weight in stored.weights.values()),
        sum(len(weight.data) for weight in now.weights.values()),
        len(pairs),
        sum(weight.quantization is not None for weight in now.weights.values()),
        (len(pairs), "weights"),
        max((float(np.abs(a - b).max(initial=0)) for a, b in pairs if a.dtype != bool), default=0),
        max((float(np.abs(a).max(initial=0)) for a, _ in pairs if a.dtype != bool), default=0),
        sum(bool(np.array_equal(a, b)) for a, b in pairs),
        None,
    )


def _written(
    model: GraphModel,
    target: str | Path,
    form: Format,
    quantise: str | None,
    only: str | Sequence[str],
    per_channel: bool,
) -> GraphModel:
    """Writes it, and reads that again: weights alone go into the graph there is."""
    if form is onnx.FORMAT:
        if quantise is not None:
            raise ValueError("ONNX files are written in whole floats; leave --quantise out")
        _write(target, form, stored_graph(model))
        again: GraphModel = load_model(target)
        return again
    weights = model.weights
    if quantise is not None:
        weights = in_fewer_bits(weights, quantise, only, per_channel)
    _write(target, form, Stored(None, weights, {}))
    _, stored = run_sync(read_stored(target))
    same = {name: _as_here(stored.weights[name], old) for name, old in model.weights.items()}
    return GraphModel(model.nodes, same, model.inputs, model.outputs, model.table, model.name)


def _as_here(weight: Weight, like: Weight) -> Weight:
    return Weight.of(weight.array().reshape(like.shape), like.dtype)


def _write(target: str | Path, form: Format, stored: Stored) -> None:
    assert form.write is not None
    run_sync(open_store(target).write(named(target, form.write(stored))))
