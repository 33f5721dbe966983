"""A model from one format into another, its weights in fewer bits if asked for, and
what that changes in its answers.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import ops
from ..data.pictures import SUFFIXES, load_picture
from ..host.files import FormatError, refused
from ..host.json_data import json_object
from ..host.stores import Files, open_store
from ..host.waiting import run_sync
from ..layers.embedding import Embedding
from ..models import Model, saving
from ..models.weights import some
from .layers_models import stored_model, unset_model
from .loading import Where, load_model, named, read_stored, save_model, writer
from .wire import npz, safetensors, tfjs
from .wire.quantising import KINDS, quantised
from .wire.stored import Format, Stored, Weight, elements

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

PICTURES = 256  # at most so many are compared
SIZE = 224  # of a picture where the model leaves it open
BATCH = 8  # random inputs that are tried where no pictures are given
WIDE = 32  # what a size is there that the model leaves open
BESIDE, MAX_BESIDE = "metadata.json", 1 << 20
"""What lies beside a layers model and names its classes."""
_QUANTISED = (tfjs.FORMAT, safetensors.FORMAT, npz.FORMAT)


class Conversion(NamedTuple):
    """What `convert` did.

    source, target    names of formats
    layers            how many the model has; parameters: numbers in its weights
    nbytes, before    bytes of the weights as they are written, and as they were
    weights           how many there are; smaller: how many of them in fewer bits
    tried             how many inputs were tried, "pictures" or "random inputs"; 0 where
                      what was written is not read here
    difference        the largest of any output, before and after
    largest           the largest output before, to compare that with
    agree             of how many inputs the likeliest class is the same
    right             (before, after): how many pictures, in folders that are called as
                      the model's classes, it is right about; None where nobody knows
    """

    source: str
    target: str
    layers: int
    parameters: int
    before: int
    nbytes: int
    weights: int
    smaller: int
    tried: tuple[int, str]
    difference: float
    largest: float
    agree: int
    right: tuple[int, int] | None


def convert(
    source: Where | Model,
    target: str | Path,
    *,
    quantise: str | None = None,
    only: str | Sequence[str] = (),
    per_channel: bool = False,
    check: str | Path | None = None,
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

    A metadata.json beside the model, which names its classes, goes along into folders
    and zips. Errors as `load_model` and `save_model`; ValueError for a pattern that
    fits no weight, a format that has no place for such weights, and weights that are
    NaN.

    Example:
        >>> import tempfile
        >>> model = pw.Sequential([layers.Dense(64, input_shape=(64,))])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     done = pw.convert(model, f"{folder}/small", quantise="uint8")
        >>> done.before, done.nbytes, done.difference < 0.05 * done.largest
        (16640, 4352, True)
    """
    beside: dict[str, bytes] = {}
    if isinstance(source, Model):
        model, form_name = source, "a model"
        before = sum(w.size for w in model.weights) * 4
        metadata: dict[str, Any] = {}
    else:
        files = open_store(source)
        form, stored = run_sync(read_stored(files))
        model, form_name = load_model(files), form.name
        if not isinstance(model, Model):
            raise ValueError(
                f"{files.name} is a graph of ops, which runs here but is written in no other"
                " format; give a model of layers"
            )
        before = sum(len(weight.data) for weight in stored.weights.values())
        metadata = stored.metadata if form is tfjs.FORMAT else {}
        beside = run_sync(files_beside(files)) if form is tfjs.FORMAT else {}
    target_form = writer(target, None)
    labels = labels_in(metadata, beside)
    asked = _drawn(model) if check is None else _pictures(model, check, labels)
    answers = _answers(model, asked.inputs)
    if quantise is None and not beside:
        save_model(model, target)
    else:
        written = _smaller_model(model, quantise, only, per_channel, target_form)
        _write(written, target, target_form, metadata, beside)
    again = read_back(model, target)
    after = answers if again is None else _answers(again, asked.inputs)
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
        max(float(np.abs(a - b).max(initial=0)) for a, b in zip(answers, after, strict=True)),
        max(float(np.abs(a).max(initial=0)) for a in answers),
        _alike(_likeliest(answers[0]), _likeliest(after[0])),
        None if again is None else _right(asked.classes, answers[0], after[0]),
    )


def in_fewer_bits(
    weights: Mapping[str, Weight],
    kind: str,
    only: str | Sequence[str] = (),
    per_channel: bool = False,
) -> dict[str, Weight]:
    """Weights by name, those that `convert` picks stored as `kind`."""
    if kind not in KINDS:
        raise ValueError(f"quantise must be one of {', '.join(KINDS)}, got {kind!r}")
    patterns = only.split(",") if isinstance(only, str) else list(only)
    patterns = [pattern.strip() for pattern in patterns if pattern.strip()]
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in weights):
            raise ValueError(f"no weight is called {pattern!r}; there are {some(list(weights))}")
    small: dict[str, Weight] = {}
    for name, weight in weights.items():
        picked = kind == "float16" or len(weight.shape) > 1
        if patterns:
            picked = any(fnmatchcase(name, pattern) for pattern in patterns)
        apart = per_channel and kind != "float16" and len(weight.shape) > 1
        with refused(f"weight {name!r}"):
            axis = _channels(name, weight.shape) if apart else None
            small[name] = quantised(weight, kind, axis) if picked else weight
    return small


def _channels(name: str, shape: tuple[int, ...]) -> int:
    """The axis of the outputs; of a depthwise kernel, [h, w, channels, 1], the third."""
    return len(shape) - (2 if name.endswith("depthwise_kernel") else 1)


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
            files[name] = _with_sum(data, files["weights.bin"])
    run_sync(open_store(target).write(named(target, files)))


async def files_beside(files: Files) -> dict[str, bytes]:
    """The metadata.json beside a model, if there is one."""
    names = [name for name in await files.list() if name.split("/")[-1] == BESIDE]
    return {BESIDE: await files.read(names[0], MAX_BESIDE)} if len(names) == 1 else {}


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
    abouts += [json_object(data, name) for name, data in beside.items()]
    for about in abouts:
        labels = about.get("labels") if isinstance(about, dict) else None
        if isinstance(about, dict) and labels is None:
            labels = about.get("wordLabels")  # of Teachable Machine's sounds
        if isinstance(labels, list):
            return [str(label) for label in labels]
    return []


# --- what a model is asked


class _Asked(NamedTuple):
    """Inputs, what they are, and the class of each where that is known."""

    inputs: list[Any]
    what: str
    classes: Any = None


def _drawn(model: Model) -> _Asked:
    """Inputs of a model, the same ones each time: numbers between -1 and 1; whole ones,
    below what its embeddings know, where it looks things up or takes such.
    """
    rng = np.random.default_rng(0)
    limits = [layer.input_dim for layer in model.layers if isinstance(layer, Embedding)]
    inputs = []
    for symbol in model.inputs:
        shape = (BATCH, *(WIDE if size is None else size for size in symbol.shape[1:]))
        if limits or "int" in symbol.dtype:
            inputs.append(rng.integers(0, min(limits, default=2), shape).astype(np.int32))
        else:
            inputs.append(rng.uniform(-1, 1, shape).astype(np.float32))
    return _Asked(inputs, "random inputs")


def _pictures(model: Model, check: str | Path, labels: Sequence[str]) -> _Asked:
    """The picture, or some of those in a folder and in its folders."""
    shape = model.inputs[0].shape if len(model.inputs) == 1 else ()
    if len(shape) != 4 or shape[-1] != 3:
        raise ValueError(
            f"the model takes {[tuple(each.shape) for each in model.inputs]}, no pictures; leave"
            " the pictures out, and random inputs are compared"
        )
    size = (shape[1] or SIZE, shape[2] or SIZE)
    paths = [Path(check)]
    if paths[0].is_dir():
        paths = [path for path in sorted(paths[0].rglob("*")) if path.suffix.lower() in SUFFIXES]
        paths = paths[:: -(-len(paths) // PICTURES) or 1]
    if not paths:
        raise ValueError(f"{check} has no pictures; give one, or a folder of some")
    pixels = [load_picture(path, size, fit="crop") for path in paths]
    rows = [ops.pixels_to_tensor(p, size, 1 / 127.5, -1.0, fit="crop").numpy() for p in pixels]
    folders = [path.parent.name for path in paths]
    known = set(folders) <= set(labels)
    classes = np.array([list(labels).index(folder) for folder in folders]) if known else None
    return _Asked([np.concatenate(rows)], "pictures", classes)


def _answers(model: Any, inputs: list[Any]) -> list[Any]:
    fed = inputs if len(inputs) > 1 else inputs[0]
    outputs = model.predict(fed, verbose=0) if isinstance(model, Model) else model.predict(fed)
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(hasattr(output, "numpy") for output in listed):
        raise FormatError("the answers of a model whose outputs are named cannot be compared")
    return [np.asarray(output.numpy(), np.float64) for output in listed]


def _right(classes: Any, before: Any, after: Any) -> tuple[int, int] | None:
    if classes is None or before.ndim != 2:
        return None
    return _alike(_likeliest(before), classes), _alike(_likeliest(after), classes)


def _alike(ones: Any, others: Any) -> int:
    return int((ones == others).sum())


def _likeliest(answers: Any) -> Any:
    flat = answers.reshape(len(answers), -1)
    return flat.argmax(axis=1) if flat.shape[1] else np.zeros(len(flat))
