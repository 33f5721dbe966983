"""Where Keras 3 keeps a model's arrays: each layer's under its place in the model, by
attributes and kinds of layers, as names may differ between two makings of a model.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ...core.tensor import Variable
from ...host.files import FormatError
from ...layers.support.naming import snake_case
from ...layers.support.weights import Weighted
from ...models import Model, Sequential
from ...models.weights import some

Places = dict[str, Variable]
OTHERWISE = {"GroupQueryAttention": "GroupedQueryAttention"}
"""Classes that are called otherwise in Keras's own code."""
HIDDEN = ("GroupQueryAttention",)
"""Layers whose parts begin with an underscore in Keras, and not here."""


def places_of(model: Model) -> Places:
    """{path: variable} of all weights, "layers/dense/vars/0".

    Example:
        >>> from pywebml.formats.keras3.places import places_of
        >>> list(places_of(pw.Sequential([layers.Dense(1, input_shape=(2,))])))
        ['layers/dense/vars/0', 'layers/dense/vars/1']
    """
    places: Places = {}
    for path, layer in layers_by_path(model).items():
        for number, variable in enumerate(_own(layer)):
            places[_joined(path, f"vars/{number}")] = variable
    return places


def layers_by_path(model: Model) -> dict[str, Any]:
    """{path: layer} of the model ("") and of all layers in it, each once."""
    return dict(_walk(model, "", set()))


def class_name(layer: Any) -> str:
    """What Keras calls the layer's class: a graph of layers is a Functional."""
    name = "Functional" if type(layer) is Model else type(layer).__name__
    return OTHERWISE.get(name, name)


def _walk(layer: Any, path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    if id(layer) in seen:
        return
    seen.add(id(layer))
    yield path, layer
    if isinstance(layer, Model) and not layer.says_itself:
        layers = layer.layers if isinstance(layer, Sequential) or layer.built else []
        yield from _listed(layers, _joined(path, "layers"), seen)
    attributes: defaultdict[str, list[tuple[list[str], Any]]] = defaultdict(list)
    for place, part in layer._parts():
        if isinstance(part, Weighted):
            attribute, *inside = place.split("/")
            if type(layer).__name__ in HIDDEN and attribute[0] != "_":
                attribute = f"_{attribute}"
            attributes[attribute].append((inside, part))
    if isinstance(layer, Model) and layer.says_itself:
        attributes["layers"] = []  # Keras comes by all of a model's layers under that name
    # as Keras goes through them: by name, those with an underscore last
    for attribute in sorted(attributes, key=lambda name: name.replace("_", "~", name[0] == "_")):
        where = _joined(path, attribute)
        parts = attributes[attribute]
        if not parts:
            yield from _listed(layer.layers, where, seen)
        elif len(parts) == 1 and not parts[0][0]:
            yield from _walk(parts[0][1], where, seen)
        else:
            yield from _contained(parts, where, seen)


def _contained(
    parts: list[tuple[list[str], Any]], path: str, seen: set[int]
) -> Iterator[tuple[str, Any]]:
    """The layers in nested lists and dicts: by their kinds, with numbers."""
    items: dict[str, list[tuple[list[str], Any]]] = {}
    for inside, part in parts:
        items.setdefault(inside[0], []).append((inside[1:], part))
    names: dict[str, int] = {}
    for group in items.values():
        if len(group) == 1 and not group[0][0]:
            name = _numbered(snake_case(class_name(group[0][1])), names)
            yield from _walk(group[0][1], _joined(path, name), seen)
        else:
            yield from _contained(group, _joined(path, _numbered("container", names)), seen)


def _listed(layers: list[Any], path: str, seen: set[int]) -> Iterator[tuple[str, Any]]:
    names: dict[str, int] = {}
    for layer in layers:
        name = _numbered(snake_case(class_name(layer)), names)
        yield from _walk(layer, _joined(path, name), seen)


def _numbered(name: str, names: dict[str, int]) -> str:
    names[name] = names.get(name, -1) + 1
    return f"{name}_{names[name]}" if names[name] else name


def _own(layer: Any) -> list[Variable]:
    """A layer's own weights: those that train first, each kind as it was made."""
    own = {id(part): part for _, part in layer._parts() if isinstance(part, Variable)}
    return [w for w in layer.weights if id(w) in own]


def _joined(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name


def paired(places: Places, arrays: Mapping[str, Any], skip_mismatch: bool = False) -> list[Any]:
    """[(variable, array)] by path. Where the inside of a layer is kept in another way
    than Keras's, its arrays meet in their order. ValueError for what is missing or left
    over, or where a shape differs, unless that is to be skipped.
    """
    pairs, missing = [], []
    left = {path: array for path, array in arrays.items() if not path.startswith(_NOT_WEIGHTS)}
    for path, variable in places.items():
        if path in left:
            pairs.append((path, variable, left.pop(path)))
        else:
            missing.append(path)
    pairs += _in_order(places, missing, left)
    others = [path for path in left if path.rsplit("/", 3)[-3:][0] not in _SEEDS]
    if (missing or others) and not skip_mismatch:
        what = f"no value for {some(sorted(missing))}" if missing else ""
        more = f"nothing takes {some(sorted(others))}" if others else ""
        raise FormatError(
            f"the weights are of another model: {' and '.join(filter(None, (what, more)))}"
        )
    fits = []
    for path, variable, array in pairs:
        if tuple(variable.shape) == tuple(array.shape):
            fits.append((variable, array))
        elif not skip_mismatch:
            raise FormatError(
                f"{path} has shape {tuple(array.shape)}, its layer expects {tuple(variable.shape)}"
            )
    return fits


_NOT_WEIGHTS = ("optimizer/", "_", "metrics/", "loss/")
_SEEDS = ("seed_generator", "generator")


def _in_order(places: Places, missing: list[str], left: dict[str, Any]) -> list[Any]:
    """Pairs of what is missing and what is left in a layer, where there are as many of
    the same shapes in the same order. Takes them from both.
    """
    pairs = []
    for layer in dict.fromkeys(_layer(path) for path in missing):
        ours = [path for path in missing if _layer(path) == layer]
        theirs = sorted((path for path in left if _layer(path) == layer), key=_by_number)
        if [tuple(places[a].shape) for a in ours] == [tuple(left[b].shape) for b in theirs]:
            for a, b in zip(ours, theirs, strict=True):
                pairs.append((a, places[a], left.pop(b)))
                missing.remove(a)
    return pairs


def _layer(path: str) -> str:
    """The layer of the model, or of the model inside, that an array belongs to."""
    parts = path.split("/")
    last = max((i for i, part in enumerate(parts) if part == "layers"), default=-1)
    return "/".join(parts[: last + 2])


def _by_number(path: str) -> list[Any]:
    return [(int(part) if part.isdecimal() else 0, part) for part in path.split("/")]
