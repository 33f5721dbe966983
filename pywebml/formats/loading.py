"""Models from wherever they are, in whatever known format, and back.

`load_model` and `save_model` block; `read_model` and `write_model` are the same for
code that awaits them, in a browser tab for instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..core.custom_objects import CustomObjectScope
from ..host import markup
from ..host.files import FormatError, refused
from ..host.lazy import Lazy
from ..host.stores import UNNAMED, ZIP_START, Zip, open_store, store_of, waited
from ..host.stores.http import Progress
from ..host.waiting import run_sync
from ..models import Model, saving
from . import FORMATS
from .layers_models import build_model, topology_of
from .reading import Reading, Sums, Where
from .recognising import told
from .teachable_machine import MAX_METADATA, label_lines
from .wire.stored import LABELS, Format, Stored, elements
from .written import Written

if TYPE_CHECKING:
    from . import keras_h5_models, tfjs_training
    from .keras3 import models as keras3
else:
    keras_h5_models = Lazy(f"{__package__}.keras_h5_models")
    tfjs_training = Lazy(f"{__package__}.tfjs_training")
    keras3 = Lazy(f"{__package__}.keras3.models")

GRAPHS: dict[str, Any] = {
    "graph": Lazy(f"{__package__}.graphs.tensorflow"),
    "onnx": Lazy(f"{__package__}.graphs.onnx"),
}
"""What makes models of topologies that are graphs, by their kinds."""


class WeightRow(NamedTuple):
    """A weight as `inspect` tells it: `stored_as` is how it lies in the file."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    stored_as: str


class Inspection(NamedTuple):
    """What `inspect` found out.

    topology     "keras", "graph", "onnx", or None for weights alone
    parameters   numbers in all weights; nbytes   their bytes as they are stored
    """

    format: str
    topology: str | None
    weights: tuple[WeightRow, ...]
    parameters: int
    nbytes: int
    metadata: dict[str, Any]
    ops: Mapping[str, int] = MappingProxyType({})
    """How many nodes a graph has of each op type, the most frequent first."""

    def _repr_html_(self) -> str:
        rows = [(row.name, row.shape, row.dtype, row.stored_as) for row in self.weights]
        notes = [f"{name}: {count}" for name, count in self.ops.items()]
        what = f"{self.format}, {self.topology}" if self.topology else self.format
        title = f"{what}: {self.parameters:,} parameters in {self.nbytes:,} bytes"
        columns = ["weight", "shape", "dtype", "stored as"]
        return markup.table(columns, rows, title=title, notes=notes)


async def read_stored(
    where: Where,
    progress: Progress | None = None,
    sha256: Sums | None = None,
    weight_path_prefix: str | None = None,
) -> tuple[Format, Stored]:
    """(its format, what the files at a place say) as plain data, weights not decoded;
    `progress`, `sha256` and `weight_path_prefix` as for `load_model`.

    FileNotFoundError where nothing is, FormatError for what no format knows or for a
    broken file, ConnectionError where the net fails.
    """
    files = where
    if not isinstance(files, Reading):
        files = Reading(where, progress, sha256, weight_path_prefix)
    for form in FORMATS:
        with refused(files.name):
            if await form.knows(files):
                return form, await _with_labels(await form.read(files), files)
    known = ", ".join(form.name for form in FORMATS)
    expected = f"in a format that is known; known are {known}"
    names = await files.list()
    if len(names) != 1:
        raise FormatError(told(files.name, names, b"", expected))
    data = await files.read(names[0])
    what = files.name if files.name == UNNAMED else f"{names[0]} in {files.name}"
    inside = Zip(data).names() if data.startswith(ZIP_START) else []
    raise FormatError(told(what, [*names, *inside] if data else [], data[:64], expected))


async def _with_labels(stored: Stored, files: Reading) -> Stored:
    """With the lines of a labels.txt beside the model, where nothing else has labels."""
    notes = [name for name in await files.list() if name.rsplit("/", 1)[-1] == LABELS]
    if len(notes) != 1 or "labels" in stored.metadata:
        return stored
    lines = label_lines(await files.read(notes[0], MAX_METADATA), notes[0])
    return stored._replace(metadata={**stored.metadata, "labels": lines})


async def read_model(
    where: Where,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    keep_quantised: bool = False,
    progress: Progress | None = None,
    sha256: Sums | None = None,
    weight_path_prefix: str | None = None,
) -> Any:
    """`load_model` for code that awaits it."""
    files = Reading(where, progress, sha256, weight_path_prefix)
    _, stored = await read_stored(files)
    names = await files.list()
    name = names[0] if len(names) == 1 else files.name
    return model_of(stored, name, custom_objects, compile, keep_quantised)


def model_of(
    stored: Stored,
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    keep_quantised: bool = False,
) -> Any:
    """The model of what the files called `name` say; the rest as for `load_model`."""
    if stored.topology is None:
        model: Model = saving.networks().model_of(stored.weights, name)
        return model
    if stored.topology.kind in GRAPHS:
        return GRAPHS[stored.topology.kind].graph_model(stored)
    with CustomObjectScope(custom_objects):
        if stored.topology.kind == "keras3":
            return keras3.model_of(stored, compile)
        if stored.layers:
            return keras_h5_models.model_of(stored, compile)
        if keep_quantised:
            from .in_bytes import model_in_bytes  # which few programs need

            return model_in_bytes(stored)[0]
        model = build_model(topology_of(stored), stored.weights)
        model.set_user_defined_metadata(_own_metadata(stored))
        if compile and stored.training is not None:
            tfjs_training.give_training(model, stored.training)
        return model


def _own_metadata(stored: Stored) -> dict[str, Any] | None:
    own = stored.metadata.get("userDefinedMetadata")
    return own if isinstance(own, dict) else None


def load_model(
    where: Where,
    custom_objects: Mapping[str, Any] | None = None,
    compile: bool = True,
    safe_mode: bool = True,
    *,
    keep_quantised: bool = False,
    progress: Progress | None = None,
    sha256: Sums | None = None,
    weight_path_prefix: str | None = None,
) -> Any:
    """A model with its weights: from a folder, a file, a zip (as a path or bytes), an
    address, or a store of the browser; see `open_store`. A `.keras` file, which Keras 3
    writes, too, brings how the model was compiled, and what its optimizer remembers. A
    graph model of TensorFlow.js or ONNX is a `GraphModel`, for inference.
    Weights alone become a model where their names say which network of PyTorch it is:
    MobileNetV2, EfficientNet-Lite0 to Lite4, ResNet-18, ResNet-50 or SqueezeNet 1.1,
    with as many classes as they have.

    Args:
        custom_objects: {name: class or function} of your own that the file names; those
            that are registered need not be given.
        compile: whether to compile it as it was compiled when it was saved.
        safe_mode: Keras's. Code in a file is never run here, whatever it says.
        keep_quantised: of a TensorFlow.js layers model in 8 bits, the weights of dense
            layers and 1 x 1 convolutions stay in bytes on the device. The model takes
            less memory, and is for inference alone.
        progress: called with (bytes so far, bytes in all or None where nobody knows
            yet), from another thread where files come from the net. What it raises ends
            the loading, and so does Ctrl-C.
        sha256: what the file at the place must be, or {name: sum} for all files of the
            model; others are a FormatError.
        weight_path_prefix: a folder's path or address, put before the paths of weights
            in a model.json that lie elsewhere than beside it (TensorFlow.js's
            weightPathPrefix).

    Errors as `read_stored`; ValueError for weights without a model, an unknown layer,
    or a weight that does not fit. Waits, so in a browser tab this needs JSPI where the
    files are not at hand; `read_model` does not.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> from pywebml.formats.layers_models import layers_model_files
        >>> files = layers_model_files(model)
        >>> load_model(files).count_params()
        3
    """
    files = open_store(where)
    reading = read_model(
        where, custom_objects, compile, safe_mode, keep_quantised, progress, sha256,
        weight_path_prefix,
    )  # fmt: skip
    if weight_path_prefix is not None and store_of(weight_path_prefix) is not None:
        return run_sync(reading)
    return waited(files, reading)


def inspect(where: Where) -> Inspection:
    """What the files at a place hold, without making a model of it; `where` and errors
    as for `load_model`.

    Example:
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> from pywebml.formats.layers_models import layers_model_files
        >>> about = inspect(layers_model_files(model))
        >>> about.format, about.parameters, about.weights[0].name
        ('tfjs-layers', 3, 'line/kernel')
    """
    files = open_store(where)
    form, stored = waited(files, read_stored(files))
    rows = tuple(
        WeightRow(name, weight.shape, weight.dtype, weight.stored_as)
        for name, weight in stored.weights.items()
    )
    return Inspection(
        form.name,
        stored.topology.kind if stored.topology else None,
        rows,
        sum(elements(row.shape) for row in rows),
        sum(len(weight.data) for weight in stored.weights.values()),
        stored.metadata,
        _ops(stored),
    )


def _ops(stored: Stored) -> Mapping[str, int]:
    topology = stored.topology
    if topology is None or topology.kind not in GRAPHS:
        return {}
    counts: Mapping[str, int] = GRAPHS[topology.kind].op_counts(topology.config)
    return counts


async def write_model(
    model: Model,
    where: Where,
    overwrite: bool = True,
    *,
    format: str | None = None,
    about: Mapping[str, Any] | None = None,
    tensors: Mapping[str, Any] | None = None,
    include_optimizer: bool | None = None,
    shard_bytes: int | None = None,
) -> None:
    """`save_model` for code that awaits it. `about` goes into a .keras file beside the
    optimizer's state, and so do `tensors` by name, for `read_training`; an .onnx file
    has it as its metadata.
    """
    form = writer(where, format)
    await check_free(where, overwrite)
    written = Written(form, model, tensors, include_optimizer, shard_bytes)
    values = [await variable.data() for variable in written.variables]
    await open_store(where).write(named(where, written.files(values, about)))


async def keras_bytes(model: Model, about: Mapping[str, Any] | None = None) -> bytes:
    """The bytes of a model's .keras file; `about` as in `write_model`."""
    written = Written(writer("model.keras", "keras"), model)
    values = [await variable.data() for variable in written.variables]
    (data,) = written.files(values, about).values()
    return data


def save_model(
    model: Model,
    where: Where,
    overwrite: bool = True,
    *,
    format: str | None = None,
    include_optimizer: bool | None = None,
    shard_bytes: int | None = None,
) -> None:
    """Writes a model, whole or not at all: to a folder, a .zip, a .keras or .onnx file
    or a store of the browser; see `open_store`. `format` is a name in FORMATS, by
    default what the name's end says, else a TensorFlow.js layers model. A `.keras` file
    has how the model was compiled and what its optimizer remembers, too, and Keras 3
    reads it. An `.onnx` file has what the model computes, for other runtimes.

    Args:
        include_optimizer: whether the file has the training, too: how the model was
            compiled and what its optimizer remembers. By default those of Keras have
            it, and a TensorFlow.js model has not, as there.
        shard_bytes: cuts the weights of a TensorFlow.js model into files of so many
            bytes, as its converter does by 4 << 20.

    ValueError for a format that is not written or not known, OSError where the files do
    not fit; FileExistsError where something is there and `overwrite` is False.

    Example:
        >>> import tempfile
        >>> model = pw.Sequential([layers.Dense(1, input_shape=(2,), name="line")])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     save_model(model, f"{folder}/line.keras")
        ...     load_model(f"{folder}/line.keras").count_params()
        3
    """
    form = writer(where, format)
    files = open_store(where)
    waited(files, check_free(where, overwrite))
    written = Written(form, model, None, include_optimizer, shard_bytes)
    values = [variable.data_sync() for variable in written.variables]
    waited(files, files.write(named(where, written.files(values))))


async def check_free(where: Where, overwrite: bool) -> None:
    """FileExistsError where something is, and it is not to be overwritten."""
    if overwrite or not isinstance(where, (str, Path)):
        return
    if store_of(where) is None:
        there = Path(where).exists()
    else:
        try:
            there = bool(await open_store(where).list())
        except OSError:  # nothing is stored, or the store only takes files
            there = False
    if there:
        raise FileExistsError(f"{where} is there already: give another name, or overwrite=True")


async def read_training(model: Model, where: Where) -> tuple[dict[str, Any], dict[str, Any]]:
    """Puts a compiled model where its training was when it was saved as a .keras file:
    weights, what layers keep, and the optimizer's state. What was saved beside them:
    `about` and `tensors` of `write_model`.
    """
    form, stored = await read_stored(where)
    if form.name != "keras":
        raise FormatError(f"{form.name} files have no state of a training; give a .keras file")
    with refused("the state of the training"):
        keras3.assign(keras3.places_of(model), stored.weights)
        tensors = keras3.kept_in(stored)
        keras3.give_kept(model, tensors)
        return keras3.restore(model, stored), tensors


def writer(where: Where, name: str | None) -> Format:
    """The format to write."""
    written = [form.name for form in FORMATS if form.write]
    if name is not None:
        fits = [form for form in FORMATS if form.name == name]
    else:
        ending = str(where).lower() if isinstance(where, (str, Path)) else ""
        fits = [form for form in FORMATS if ending.endswith(form.suffixes)] or [
            form for form in FORMATS if form.write
        ]
    if not fits or fits[0].write is None:
        what = name if name is not None else str(where)
        raise ValueError(f"{what!r} is no format that is written; expected {', '.join(written)}")
    return fits[0]


def named(where: Where, files: dict[str, bytes]) -> dict[str, bytes]:
    """The files, that of the model under the name that the path says."""
    path = Path(where) if isinstance(where, (str, Path)) else Path()
    endings = ("json", "keras", "h5", "onnx", "safetensors", "npz")
    for name in (f"model.{ending}" for ending in endings):
        if path.suffix.lower() == Path(name).suffix and name in files:
            return {path.name if one == name else one: files[one] for one in files}
    return files
