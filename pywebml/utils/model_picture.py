"""`plot_model`: a model as a picture, drawn without Graphviz."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ..host.files import write_whole
from ..host.warned import warn
from ..layers.inputs import InputLayer
from ..layers.support.symbols import Key, key
from ..models import Model
from ..vis.boxes import DIRECTIONS, Box, boxes_svg


class ModelPicture:
    """A picture of a model: `svg` is its text, and a notebook shows it.

    Example:
        >>> model = pw.Sequential([layers.Input((4,)), layers.Dense(2)])
        >>> pw.utils.plot_model(model, to_file=None).svg[:4]
        '<svg'
    """

    def __init__(self, svg: str, file: Path | None):
        self.svg, self.file = svg, file

    def __repr__(self) -> str:
        return f"<ModelPicture in {self.file}>" if self.file else "<ModelPicture>"

    def _repr_svg_(self) -> str:
        return self.svg


def plot_model(
    model: Model,
    to_file: str | os.PathLike[str] | None = "model.svg",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    **options: Any,
) -> ModelPicture:
    """Draws a model: a box per layer, an arrow wherever one's output goes into another.

    Args:
        model: any that is built; one that says itself what it does is a box alone.
        to_file: where it is written, as SVG: of NAME.png the file is NAME.svg. None
            writes nothing.
        show_shapes, show_dtype, show_layer_names, show_layer_activations,
            show_trainable: what stands in the boxes.
        rankdir: "TB" goes down, "BT" up, "LR" to the right, "RL" to the left.
        expand_nested: draws models inside as frames around their layers.
        dpi: Keras's, for pictures of pixels; an SVG has none.

    Returns:
        ModelPicture: a notebook shows it; `.svg` is the text.

    Raises:
        ValueError: the model is not built, or `rankdir` is none of the four.

    Example:
        >>> model = pw.Sequential([layers.Input((4,)), layers.Dense(2, name="end")])
        >>> picture = pw.utils.plot_model(model, to_file=None, show_layer_names=True)
        >>> "end (Dense)" in picture.svg
        True
    """
    layer_range = options.pop("layer_range", None)
    if options or layer_range is not None:
        name = next(iter(options), "layer_range")
        raise TypeError(
            f"plot_model has no argument {name!r}; cut a part out first, Model(inputs, outputs)"
        )
    if rankdir not in DIRECTIONS:
        raise ValueError(f"plot_model: rankdir must be TB, BT, LR or RL, got {rankdir!r:.100}")
    if not model.built:
        raise ValueError(
            f"model {model.name!r} is not built yet, and has no shapes to draw: call it on data, or"
            " build(shape)"
        )
    said = _Said(show_shapes, show_dtype, show_layer_names, show_layer_activations, show_trainable)
    drawing = _Drawing(said, expand_nested)
    drawing.add(model, (), {})
    svg = boxes_svg(drawing.boxes, drawing.arrows, rankdir)
    file = None
    if to_file is not None:
        file = Path(to_file)
        if file.suffix.lower() != ".svg":
            file = file.with_suffix(".svg")
            warn(f"plot_model draws SVG: the picture is {file}")
        write_whole(file, svg.encode())
    return ModelPicture(svg, file)


class _Said:
    """What stands in the box of a layer."""

    def __init__(self, shapes: bool, dtype: bool, names: bool, activations: bool, trains: bool):
        self._shapes, self._dtype, self._names = shapes, dtype, names
        self._activations, self._trains = activations, trains

    def box(self, layer: Any, groups: tuple[str, ...]) -> Box:
        kind = type(layer).__name__
        title = f"{layer.name} ({kind})" if self._names else kind
        lines = []
        activation = getattr(layer, "activation", None)
        if self._activations and activation is not None:
            lines.append(f"activation: {activation if isinstance(activation, str) else 'own'}")
        if self._dtype:
            lines.append(f"dtype: {layer.dtype}")
        if self._shapes:
            for word in ("input", "output"):
                shape = _shape(layer, f"{word}_shape")
                if shape and not (word == "input" and isinstance(layer, InputLayer)):
                    lines.append(f"{word}: {shape}")
        if self._trains and layer.weights:
            lines.append("trains" if layer.trainable_weights else "does not train")
        frozen = layer.weights and not layer.trainable_weights
        look = "frozen" if self._trains and frozen else "layer"
        if isinstance(layer, InputLayer):
            look = "input"
        elif isinstance(layer, Model):
            look = "model"
        return Box(title, tuple(lines), look, groups)


def _shape(layer: Any, which: str) -> str:
    try:
        shape = getattr(layer, which)
    except (AttributeError, ValueError, RuntimeError):  # used at several places
        return "several"
    if isinstance(shape, dict):
        return ", ".join(f"{name} {_sizes(one)}" for name, one in shape.items())
    return ", ".join(map(_sizes, shape)) if isinstance(shape, list) else _sizes(shape)


def _sizes(shape: Any) -> str:
    return str(shape).replace("None", "n")


class _Drawing:
    """The boxes and arrows of a model, models inside it as frames where these are to be
    expanded.
    """

    def __init__(self, said: _Said, expand: bool):
        self.boxes: list[Box] = []
        self.arrows: list[tuple[int, int]] = []
        self._said, self._expand = said, expand

    def add(self, model: Model, groups: tuple[str, ...], fed: dict[Any, int]) -> dict[Any, int]:
        """Draws a model's layers. `fed` says which box gives each of its inputs, by
        number; what comes back, which gives each output.
        """
        if model.says_itself:
            self._put(model, groups)
            return {}
        graph, makers = model.graph, dict[Key, int]()
        for i, symbol in enumerate(graph.inputs):
            maker = fed.get(i)
            makers[key(symbol)] = self._put(symbol.layer, groups) if maker is None else maker
        places: dict[int, int] = {}
        for node in graph.nodes:
            if not node.inputs:
                continue
            sources = [makers[key(s)] for s in node.inputs if key(s) in makers]
            inner = node.layer
            expands = self._expand and isinstance(inner, Model) and not inner.says_itself
            if expands and id(inner) not in places:
                outer = dict(enumerate(sources))
                ends = self.add(inner, (*groups, inner.name), outer)
                places[id(inner)] = max(ends.values(), default=len(self.boxes) - 1)
                for i, symbol in enumerate(node.outputs):
                    makers[key(symbol)] = ends.get(i, places[id(inner)])
                continue
            if id(inner) not in places:
                places[id(inner)] = self._put(inner, groups)
            place = places[id(inner)]
            # a layer that is called again is one box: an arrow back would be no rank
            self.arrows += [(source, place) for source in sources if source < place]
            for symbol in node.outputs:
                makers[key(symbol)] = place
        return {i: makers[key(s)] for i, s in enumerate(graph.outputs) if key(s) in makers}

    def _put(self, layer: Any, groups: tuple[str, ...]) -> int:
        self.boxes.append(self._said.box(layer, groups))
        return len(self.boxes) - 1
