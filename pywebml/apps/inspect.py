"""`inspect`: what a file of a model holds, without making a model of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ..formats.converting import files_beside, labels_in
from ..formats.loading import read_stored
from ..formats.teachable_machine import project_of
from ..formats.wire.stored import Stored, Weight, elements
from ..host.files import refused
from ..host.json_data import json_object
from ..host.stores import open_store
from ..host.waiting import run_sync
from ..vis.screens import megabytes
from .app import App, Given, Outcome, Takes
from .fetching import progress_of_fetching

BAR = 8  # characters of the longest bar
TELLING = (
    "units", "filters", "kernel_size", "pool_size", "strides", "padding", "activation", "rate",
)  # fmt: skip
"""What of a layer's config is shown, in this order."""


class Row(NamedTuple):
    """A layer, or what stands before the last "/" in the names of weights."""

    name: str
    kind: str
    says: str  # of its config
    shapes: str
    parameters: int
    nbytes: int
    stored_as: str


def run(given: Given) -> Outcome:
    """The command."""
    place = given.inputs["file"]
    files = open_store(place)
    form, stored = run_sync(read_stored(files, progress_of_fetching(given.screen, place)))
    with refused(place):
        rows = list(_rows(stored))
        beside = run_sync(files_beside(files))
        labels = labels_in(stored.metadata, beside)
        project = "".join(project_of(json_object(data, name)) for name, data in beside.items())
    parameters = sum(row.parameters for row in rows)
    nbytes = sum(row.nbytes for row in rows)
    kind = stored.topology.kind if stored.topology else _alone(stored.weights)
    screen = given.screen
    screen.line(place, "title")
    screen.line(f"  format:     {form.name}")
    screen.line(f"  topology:   {kind}")
    screen.line(f"  parameters: {parameters:,} in {len(stored.weights)} weights")
    screen.line(f"  bytes:      {megabytes(nbytes)}, {_kinds(stored.weights)}")
    if project:
        screen.line(f"  project:    {project}, of Teachable Machine")
    for key, value in _told(stored.metadata):
        screen.line(f"  {key + ':':11} {value}")
    if labels:
        screen.line(f"  labels:     {len(labels)}: {', '.join(labels[:12])}")
    most = max((row.nbytes for row in rows), default=0) or 1
    screen.table(
        ["layer", "what", "parameters", "bytes", "as", ""],
        [_cells(row, most) for row in rows],
        right=[2, 3],
    )
    data = {
        "format": form.name,
        "topology": stored.topology.kind if stored.topology else None,
        "parameters": parameters,
        "bytes": nbytes,
        "labels": labels,
        "project": project,
        "layers": [row._asdict() for row in rows],
        "weights": [
            {
                "name": name,
                "shape": list(weight.shape),
                "dtype": weight.dtype,
                "stored_as": weight.stored_as,
                "bytes": len(weight.data),
                "per_channel": weight.quantization is not None
                and weight.quantization.axis is not None,
            }
            for name, weight in stored.weights.items()
        ],
    }
    return Outcome(data)


def _cells(row: Row, most: int) -> list[str]:
    """A row with a bar: its bytes beside the most that one has."""
    sizes = [f"{row.parameters:,}", megabytes(row.nbytes)] if row.parameters else ["", ""]
    bar = "█" * round(BAR * row.nbytes / most)
    what = f"{row.kind} {row.says}".rstrip() if row.kind else row.shapes
    return [row.name, what, *sizes, row.stored_as, bar]


def _alone(weights: Mapping[str, Weight]) -> str:
    """What weights without a model are."""
    if not any(name.endswith(".weight") for name in weights):
        return "none, these are weights alone"
    from ..zoo.state_dicts import recognised  # all networks, when a job runs

    network, _ = recognised(weights)
    return f"{network.name}, told by PyTorch's names" if network else "none, PyTorch's weights"


def _rows(stored: Stored) -> Iterator[Row]:
    """The layers in their order, then weights that belong to none of them."""
    groups: dict[str, dict[str, Weight]] = {}
    for name, weight in stored.weights.items():
        group, _, last = name.rpartition("/" if "/" in name else ".")
        groups.setdefault(group or name, {})[last] = weight
    for name, kind, says in _layers(stored):
        fits = [key for key in groups if key == name or key.endswith(f"/{name}")]
        weights = groups.pop(fits[0]) if fits else {}
        yield _row(name, kind, says, weights)
    for name, weights in groups.items():
        yield _row(name, "", "", weights)


def _row(name: str, kind: str, says: str, weights: Mapping[str, Weight]) -> Row:
    shapes = [f"{last} {'x'.join(map(str, w.shape)) or 'scalar'}" for last, w in weights.items()]
    return Row(
        name,
        kind,
        says,
        ", ".join(shapes[:2]) + (f" +{len(shapes) - 2}" if len(shapes) > 2 else ""),
        sum(elements(weight.shape) for weight in weights.values()),
        sum(len(weight.data) for weight in weights.values()),
        ", ".join(dict.fromkeys(weight.stored_as for weight in weights.values())),
    )


def _layers(stored: Stored) -> Iterator[tuple[str, str, str]]:
    """(name, class, what its config says) of the layers of a topology of Keras's, those
    of models inside it, too.
    """
    if stored.topology is not None and stored.topology.kind.startswith("keras"):
        yield from _inside(stored.topology.config)
    elif stored.topology is not None:
        nodes = stored.topology.config.get("node")
        ops = [str(n.get("op")) for n in nodes if isinstance(n, dict)] if nodes else []
        for op, count in Counter(ops).most_common():
            yield f"{count} x", op, ""


def _inside(model: Any, around: str = "") -> Iterator[tuple[str, str, str]]:
    config = model.get("config") if isinstance(model, dict) else None
    layers = config.get("layers", ()) if isinstance(config, dict) else config
    for layer in layers if isinstance(layers, list) else ():
        about = layer.get("config") if isinstance(layer, dict) else None
        if not isinstance(about, (dict, list)):
            continue
        own = about if isinstance(about, dict) else {}
        name = str(own.get("name") or layer.get("name") or "")
        if isinstance(about, list) or "layers" in about:
            yield from _inside(layer, f"{around}{name}/")
            continue
        yield name, str(layer.get("class_name")), _gist(own)


def _gist(config: Mapping[str, Any]) -> str:
    """A layer's sizes and activation in a few words.

    Example:
        >>> _gist({"filters": 8, "kernel_size": [3, 3], "strides": [1, 1], "activation": "relu"})
        '8, 3x3, relu'
    """
    words = []
    for key in TELLING:
        value = config.get(key)
        if isinstance(value, list) and all(isinstance(n, int) for n in value):
            sizes = "x".join(map(str, value))
            value = sizes if key != "strides" else f"by {sizes}" * any(n != 1 for n in value)
        if isinstance(value, (str, int, float)) and value not in ("", "linear", "valid"):
            words.append(str(value)[:20])
    return ", ".join(words)


def _kinds(weights: Mapping[str, Weight]) -> str:
    """How many weights are stored as what."""
    counts: dict[str, int] = {}
    for weight in weights.values():
        apart = weight.quantization is not None and weight.quantization.axis is not None
        words = weight.stored_as + (" per channel" if apart else "")
        counts[words] = counts.get(words, 0) + 1
    return ", ".join(f"{count} as {words}" for words, count in counts.items()) or "none"


def _told(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What else the file says in few words."""
    for key in ("generatedBy", "convertedBy", "keras_version", "format"):
        if isinstance(metadata.get(key), str):
            yield key, metadata[key]


APP = App(
    name="inspect",
    says="Show what a file of a model holds: layers, weights, sizes, labels.",
    run=run,
    takes=(
        Takes(
            "file",
            "any model or weights: folder, .json, .zip, .keras, .h5, .onnx, .pth, .safetensors,"
            " .npz, or an address",
            metavar="FILE",
        ),
    ),
    shows=("inspect model.zip",),
    unmeasured="it lists what is there",
)
