"""What came of writing a model in another format; what both are asked to compare them,
pictures or random inputs, and how alike the answers are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import ops
from ..data.pictures import SUFFIXES, load_picture
from ..host.files import FormatError
from ..host.side_by_side import side_by_side
from ..layers.embedding import Embedding
from ..models import Model
from .graphs import GraphModel

if TYPE_CHECKING:
    import numpy as np
else:
    from ..host.lazy import np

PICTURES = 256  # at most so many are compared
SIZE = 224  # of a picture where the model leaves it open
BATCH = 8  # random inputs that are tried where no pictures are given
WIDE = 32  # what a size is there that the model leaves open


class Conversion(NamedTuple):
    """What `convert` did.

    source, target    names of formats
    layers            how many the model has; parameters: numbers in its weights
    nbytes, before    bytes of the weights as they are written, and as they were
    weights           how many there are; smaller: how many of them in fewer bits
    tried             how many inputs were tried, "pictures" or "random inputs" (or
                      "weights", compared by value, where there is no model); 0 where
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


class Place(NamedTuple):
    """An input of a model: its shape, None for what is open, and its dtype."""

    shape: tuple[int | None, ...]
    dtype: str


def places_of(model: Model | GraphModel) -> list[Place]:
    """ValueError for a graph that does not say how many axes an input has."""
    if isinstance(model, Model):
        return [Place(tuple(s.shape), s.dtype or "float32") for s in model.inputs]
    for port in model.inputs:
        if port.shape is None:
            raise ValueError(f"input {port.name!r} of {model.name} does not say its shape")
    return [Place(port.shape or (), port.dtype) for port in model.inputs]


class Asked(NamedTuple):
    """Inputs, what they are, and the class of each where that is known."""

    inputs: list[Any]
    what: str
    classes: Any = None


def drawn(model: Model | GraphModel) -> Asked:
    """Inputs of a model, the same ones each time: numbers between -1 and 1; whole ones,
    below what its embeddings know, where it looks things up or takes such.
    """
    rng = np.random.default_rng(0)
    known = model.layers if isinstance(model, Model) else ()
    limits = [layer.input_dim for layer in known if isinstance(layer, Embedding)]
    inputs = []
    for place in places_of(model):
        usual = (BATCH, *[WIDE] * len(place.shape))
        shape = [n if size is None else size for n, size in zip(usual, place.shape, strict=False)]
        if limits or "float" not in place.dtype:
            inputs.append(rng.integers(0, min(limits, default=2), shape).astype(np.int32))
        else:
            inputs.append(rng.uniform(-1, 1, shape).astype(np.float32))
    return Asked(inputs, "random inputs")


def pictures(model: Model | GraphModel, check: str | Path, labels: Sequence[str]) -> Asked:
    """The picture, or some of those in a folder and in its folders; with channels first
    where the model takes them so.
    """
    places = places_of(model)
    shape = places[0].shape if len(places) == 1 else ()
    first = len(shape) == 4 and shape[1] == 3 != shape[3]
    if len(shape) != 4 or not (first or shape[3] == 3):
        raise ValueError(
            f"the model takes {[each.shape for each in places]}, no pictures; leave the pictures"
            " out, and random inputs are compared"
        )
    height, width = shape[2:] if first else shape[1:3]
    size = (height or SIZE, width or SIZE)
    paths = [Path(check)]
    if paths[0].is_dir():
        paths = [path for path in sorted(paths[0].rglob("*")) if path.suffix.lower() in SUFFIXES]
        paths = paths[:: -(-len(paths) // PICTURES) or 1]
    if not paths:
        raise ValueError(f"{check} has no pictures; give one, or a folder of some")
    pixels = side_by_side(lambda path: load_picture(path, size, fit="crop"), paths)
    rows = [ops.pixels_to_tensor(p, size, 1 / 127.5, -1.0, fit="crop").numpy() for p in pixels]
    folders = [path.parent.name for path in paths]
    known = set(folders) <= set(labels)
    classes = np.array([list(labels).index(folder) for folder in folders]) if known else None
    batch = np.concatenate(rows)
    return Asked([batch.transpose(0, 3, 1, 2) if first else batch], "pictures", classes)


def answers(model: Any, inputs: list[Any]) -> list[Any]:
    """The outputs, as float64. A graph of a fixed number of examples is asked for so
    many at a time.
    """
    size = places_of(model)[0].shape[:1] if isinstance(model, GraphModel) else ()
    count = len(inputs[0]) if inputs[0].ndim else 0
    if len(inputs) == 1 and size and size[0] is not None and 0 < size[0] < count:
        parts = [answers(model, [inputs[0][i : i + size[0]]]) for i in range(0, count, size[0])]
        return [np.concatenate(several) for several in zip(*parts, strict=True)]
    fed = inputs if len(inputs) > 1 else inputs[0]
    outputs = model.predict(fed, verbose=0) if isinstance(model, Model) else model.predict(fed)
    listed = outputs if isinstance(outputs, (list, tuple)) else [outputs]
    if not all(hasattr(output, "numpy") for output in listed):
        raise FormatError("the answers of a model whose outputs are named cannot be compared")
    return [np.asarray(output.numpy(), np.float64) for output in listed]


def right(classes: Any, before: Any, after: Any) -> tuple[int, int] | None:
    if classes is None or before.ndim != 2:
        return None
    return alike(likeliest(before), classes), alike(likeliest(after), classes)


def alike(ones: Any, others: Any) -> int:
    return int((ones == others).sum())


def likeliest(answers: Any) -> Any:
    flat = answers.reshape(len(answers), -1)
    return flat.argmax(axis=1) if flat.shape[1] else np.zeros(len(flat))
