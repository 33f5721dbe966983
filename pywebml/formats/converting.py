"""A model from one format into another, its weights in fewer bits if asked for, and
what that changes in its answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..host.json_data import json_object
from ..host.stores import Files, open_store
from ..host.stores.http import Progress
from ..host.waiting import run_sync
from ..models import Model, saving
from .comparing import Conversion, alike, answers, drawn, likeliest, pictures, right
from .converting_graphs import ALONE, converted, weights_alone
from .fewer_bits import in_fewer_bits
from .graphs import GraphModel
from .graphs.layered import layers_of
from .layers_models import stored_model, unset_model
from .loading import load_model, model_of, named, read_stored, save_model, writer
from .reading import Where
from .teachable_machine import label_lines
from .wire import npz, onnx, safetensors, tfjs
from .wire.stored import LABELS, Format, Stored, elements

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

BESIDE, MAX_BESIDE = "metadata.json", 1 << 20
"""What lies beside a layers model and names its classes."""
_QUANTISED = (tfjs.FORMAT, safetensors.FORMAT, npz.FORMAT)


def convert(
    source: Where | Model,
    target: str | Path,
    *,
    quantise: str | None = None,
    only: str | Sequence[str] = (),
    per_channel: bool = False,
    check: str | Path | None = None,
    progress: Progress | None = None,
) -> Conversion:
    """Reads a model in any known format and writes it to `target`, in the format that
    its name says: a folder or a .zip for TensorFlow.js, .keras, .safetensors or .npz
    for the weights alone. Then both are asked, and the answers compared.

    Args:
        quantise: keeps weights in fewer bits: "uint8" and "uint16" (whole numbers with
            a scale, for .safetensors and TensorFlow.js's layers models) or "float16".
            In whole numbers those of two axes and more: biases and the statistics of
            batch norms are few, and small errors in them do much.
        only: which weights instead, by patterns of their names such as "conv*,dense*".
        per_channel: a scale for each channel in place of one for each weight, which is
            more exact. TensorFlow.js has no place for them, so in a folder or .zip
            batch norms hold them: the model's own are folded first, which moves what
            its convolutions give, but not what it answers.
        check: a picture, or a folder of some, to compare the answers on, scaled to -1
            to 1; without, random inputs, the same ones each time. In folders that
            are called as the model's classes they say how often it is right.
        progress: as for `load_model`.

    Weights without a model go into .safetensors and .npz, and are compared by value.
    A metadata.json or labels.txt beside the model, which name its classes, go along
    into folders and zips. Errors as `load_model` and `save_model`; ValueError for a
    pattern that fits no weight, a format that has no place for such weights, and
    weights that are NaN.

    Example:
        >>> import tempfile
        >>> model = pw.Sequential([layers.Dense(64, input_shape=(64,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = pw.convert(model, f"{folder}/small", quantise="uint8")
        >>> done.before, done.nbytes, done.difference < 0.05 * done.largest
        (16640, 4352, True)
    """
    beside: dict[str, bytes] = {}
    labels: list[str] = []
    if isinstance(source, Model):
        model, form_name = source, "a model"
        before = sum(w.size for w in model.weights) * 4
        metadata: dict[str, Any] = {}
    else:
        files = open_store(source)
        form, stored = run_sync(read_stored(files, progress))
        unknown = stored.topology is None and not saving.networks().recognised(stored.weights)[0]
        if unknown and writer(target, None) in ALONE:
            return weights_alone(stored, form.name, target, quantise, only, per_channel)
        names = run_sync(files.list())
        name = names[0] if len(names) == 1 else files.name
        model, form_name = model_of(stored, name), form.name
        before = sum(len(weight.data) for weight in stored.weights.values())
        metadata = stored.metadata if form is tfjs.FORMAT else {}
        labels = labels_in(stored.metadata, {})
        beside = run_sync(files_beside(files))
        if form is not tfjs.FORMAT:  # where a metadata.json is of something else
            beside.pop(BESIDE, None)
    target_form = writer(target, None)
    labels = labels or labels_in(metadata, beside)
    graph = model if isinstance(model, GraphModel) else None
    if graph is not None:
        if target_form in (onnx.FORMAT, *ALONE):
            done = converted(graph, target, quantise, only, per_channel, check)
            return done._replace(source=form_name, before=before)
        model = layers_of(graph)
    asked = drawn(model) if check is None else pictures(model, check, labels)
    first = answers(model if graph is None else graph, asked.inputs)
    if quantise is None and not (beside and target_form is tfjs.FORMAT):
        save_model(model, target)
    else:
        written = _smaller_model(model, quantise, only, per_channel, target_form)
        _write(written, target, target_form, metadata, beside)
    again = read_back(model, target)
    after = first if again is None else answers(again, asked.inputs)
    _, now = run_sync(read_stored(target))
    return Conversion(
        form_name,
        target_form.name,
        len(model.layers),
        sum(elements(tuple(weight.shape)) for weight in model.weights),
        before,
        sum(len(weight.data) for weight in now.weights.values()),
        len(now.weights),
        sum(weight.quantization is not None for weight in now.weights.values()),
        (0, "not read back") if again is None else (len(asked.inputs[0]), asked.what),
        max(float(np.abs(a - b).max(initial=0)) for a, b in zip(first, after, strict=True)),
        max(float(np.abs(a).max(initial=0)) for a in first),
        alike(likeliest(first[0]), likeliest(after[0])),
        None if again is None else right(asked.classes, first[0], after[0]),
    )


def _smaller_model(
    model: Model, kind: str | None, only: str | Sequence[str], per_channel: bool, form: Format
) -> Stored:
    """The model as data, some weights in fewer bits."""
    if form not in _QUANTISED and kind is not None:
        raise ValueError(
            f"{form.name} files have no place for weights in fewer bits; write a folder or .zip for"
            " TensorFlow.js, or .safetensors"
        )
    if per_channel and form is not safetensors.FORMAT:
        return _scaled_by_norms(model, kind, only, form)
    stored = stored_model(model, [weight.data_sync() for weight in model.weights])
    if kind is None:
        return stored
    return stored._replace(weights=in_fewer_bits(stored.weights, kind, only, per_channel))


def _scaled_by_norms(
    model: Model, kind: str | None, only: str | Sequence[str], form: Format
) -> Stored:
    """As `_smaller_model`, for TensorFlow.js, which has one scale for each weight:
    those of channels stand in batch norms behind the kernels.
    """
    if form is not tfjs.FORMAT or kind != "uint8" or only:
        raise ValueError(
            "scales per channel go into a .safetensors; into TensorFlow.js's layers models, where"
            " batch norms hold them, those of all kernels in uint8"
        )
    stored: Stored = saving.compact().in_eight_bits(model)
    whole = {name: w for name, w in stored.weights.items() if w.quantization is None}
    return stored._replace(weights={**stored.weights, **in_fewer_bits(whole, kind)})


def _write(
    stored: Stored,
    target: str | Path,
    form: Format,
    metadata: Mapping[str, Any],
    beside: Mapping[str, bytes],
) -> None:
    """The files, with what named the classes."""
    assert form.write is not None
    about = {key: metadata[key] for key in ("userDefinedMetadata",) if key in metadata}
    files = form.write(stored._replace(metadata={**stored.metadata, **about}))
    if form is tfjs.FORMAT and Path(target).suffix.lower() != ".json":
        for name, data in beside.items():
            files[name] = _with_sum(data, files["weights.bin"]) if name == BESIDE else data
    run_sync(open_store(target).write(named(target, files)))


async def files_beside(files: Files) -> dict[str, bytes]:
    """What beside a model names its classes: a metadata.json and a labels.txt, if there
    is one of them.
    """
    beside = {}
    for about in (BESIDE, LABELS):
        names = [name for name in await files.list() if name.split("/")[-1] == about]
        if len(names) == 1:
            beside[about] = await files.read(names[0], MAX_BESIDE)
    return beside


def _with_sum(data: bytes, weights: bytes) -> bytes:
    """A metadata.json that says the sum of these weights, where it says one."""
    about = json_object(data, BESIDE)
    if "weights_sha256" not in about:
        return data
    about["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    return json.dumps(about, indent=1, ensure_ascii=False).encode()


def read_back(model: Model, target: str | Path) -> Any:
    """What was written of a model, as one: weights alone go into another of its kind.
    None for an .onnx file with ops that are written and not read here.
    """
    form = writer(target, None)
    if form.name == "onnx":
        try:
            return load_model(target)
        except ValueError:
            return None
    if form not in (safetensors.FORMAT, npz.FORMAT):
        return load_model(target)
    topology = stored_model(model, [weight.data_sync() for weight in model.weights]).topology
    assert topology is not None
    again = unset_model(topology.config)
    again.load_weights(target)
    return again


def labels_in(metadata: Mapping[str, Any], beside: Mapping[str, bytes]) -> list[str]:
    """The names of classes that a file's metadata or the one beside it has, or none."""
    abouts = [metadata, metadata.get("userDefinedMetadata"), metadata.get("userMetadata")]
    abouts += [json_object(data, name) for name, data in beside.items() if name == BESIDE]
    for about in abouts:
        labels = about.get("labels") if isinstance(about, dict) else None
        if isinstance(about, dict) and labels is None:
            labels = about.get("wordLabels")  # of Teachable Machine's sounds
        if isinstance(labels, list):
            return [str(label) for label in labels]
    return label_lines(beside[LABELS], LABELS) if LABELS in beside else []
