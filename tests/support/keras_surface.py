"""What Keras 3 has in public and `pywebml.keras` has not, or takes other arguments for.

    python tests/support/keras_surface.py    brings the list in tests/keras up to date

Reasons stay, entries that no longer apply go, new ones get "not yet".
"""

from __future__ import annotations

import inspect
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from in_keras import keras as kerass

from pywebml import keras
from pywebml.core.registry import parameters_of

FILE = Path(__file__).parents[1] / "keras" / "differences.toml"
ROOMS = (
    "", "activations", "applications", "backend", "callbacks", "config", "constraints",
    "datasets", "dtype_policies", "initializers", "layers", "losses", "metrics", "models", "ops",
    "ops.image", "ops.linalg", "ops.nn", "optimizers", "optimizers.schedules", "random",
    "regularizers", "saving", "tree", "utils",
)  # fmt: skip
CLASSES = {
    "Model": "models.Model", "Sequential": "models.Sequential", "Layer": "layers.Layer",
    "Optimizer": "optimizers.Optimizer", "Metric": "metrics.Metric", "Variable": "Variable",
    "Callback": "callbacks.Callback",
}  # fmt: skip
"""Whose methods are compared, too."""
NONE = object()
"""An argument without a default."""


def room_of(package: Any, name: str) -> Any:
    for part in filter(None, name.split(".")):
        package = getattr(package, part, None)
    return package


def things() -> Iterator[tuple[str, Any, Any]]:
    """(name, Keras's, ours or None) of all that is public."""
    for room in ROOMS:
        theirs, ours = room_of(kerass, room), room_of(keras, room)
        for name in sorted(dir(theirs)):
            thing = getattr(theirs, name)
            inner = f"{room}.{name}" if room else name
            module = isinstance(thing, ModuleType) and (room or inner in ("src", *ROOMS))
            if name[0] != "_" and not (module and room != "datasets"):
                yield inner, thing, getattr(ours, name, None)
    for name, place in CLASSES.items():
        theirs, ours = room_of(kerass, place), room_of(keras, place)
        for method in sorted(dir(theirs)):
            thing = inspect.getattr_static(theirs, method)
            below = inspect.getattr_static(kerass.Layer, method, None)
            if name == "Sequential":
                below = inspect.getattr_static(kerass.Model, method, None)
            inherited = thing is below and place != "layers.Layer"
            if method[0] != "_" and not method.isupper() and not inherited:
                yield f"{name}.{method}()", thing, own(ours, method)


def own(cls: Any, method: str) -> Any:
    """The method, or an attribute of an instance in place of a property."""
    if hasattr(cls, method):
        return getattr(cls, method)
    example = examples().get(cls)
    return True if hasattr(example, method) else None


@cache
def examples() -> dict[Any, Any]:
    """{class: an instance of it}."""
    layer = keras.layers.Dense(1)
    model = keras.Sequential([keras.layers.Input((2,)), layer])
    model.compile("sgd", "mse")
    callback = keras.callbacks.Callback()
    callback.set_model(model)
    return {
        keras.Layer: layer, keras.Model: model, keras.Sequential: model,
        keras.Optimizer: model.optimizer, keras.callbacks.Callback: callback,
        keras.Variable: layer.kernel, keras.Metric: keras.metrics.MeanSquaredError(),
    }  # fmt: skip


def arguments(thing: Any) -> list[inspect.Parameter]:
    try:
        parameters = list(inspect.signature(thing).parameters.values())
    except (TypeError, ValueError):
        return []
    named = [p for p in parameters if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)]
    return [p for p in named if p.name != "self"]


def default(parameter: inspect.Parameter) -> Any:
    value = parameter.default
    if value is parameter.empty:
        return NONE
    if isinstance(value, (list, tuple)):
        return tuple(value)
    return getattr(value, "__name__", value)


def difference(theirs: Any, ours: Any, without: Mapping[str, str]) -> str:
    """In a line how ours is called otherwise; "" where it is not."""
    if (
        ours is True
        or isinstance(theirs, property)
        or not callable(theirs)
        or isinstance(theirs, ModuleType)
    ):
        return ""
    if isinstance(theirs, (staticmethod, classmethod)):
        theirs = theirs.__func__
    expected = [p for p in arguments(theirs) if p.name not in ("cls", *without)]
    have = {p.name: p for p in arguments(ours)}
    if isinstance(ours, type):  # what its bases take by **options
        have = {**{n: p.replace(kind=p.KEYWORD_ONLY) for n, p in parameters_of(ours).items()},
                **have}  # fmt: skip
    elif any(p.kind is p.VAR_KEYWORD for p in inspect.signature(ours).parameters.values()):
        have = {**{p.name: p.replace(kind=p.KEYWORD_ONLY) for p in expected}, **have}
    lacks = [p.name for p in expected if p.name not in have]
    said = [f"lacks {', '.join(lacks)}"] if lacks else []
    places = [p.name for p in expected if p.kind is p.POSITIONAL_OR_KEYWORD]
    ours_by_place = [
        n for n, p in have.items() if p.kind is p.POSITIONAL_OR_KEYWORD and n not in without
    ]
    common = [n for n in places if n in ours_by_place]
    if common != ours_by_place[: len(common)]:
        said.append("another order")
    for p in expected:
        if p.name in have and default(have[p.name]) != default(p):
            mine, other = default(have[p.name]), default(p)
            shown = ["must be given" if v is NONE else repr(v) for v in (mine, other)]
            said.append(f"{p.name} is {shown[0]}, in Keras {shown[1]}")
    return "; ".join(said)


def differences(without: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """({name: ""} of what is absent, {name: how it differs})."""
    absent, different = {}, {}
    for name, theirs, ours in things():
        if ours is None:
            absent[name] = ""
            continue
        how = difference(theirs, ours, without)
        if how:
            different[name] = how
    return absent, different


def listed() -> dict[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def main() -> None:
    said = listed()
    absent, different = differences(said["arguments"])
    text = FILE.read_text(encoding="utf-8")
    lines = [text[: text.index("[absent]")].rstrip(), "", "[absent]"]
    lines += [f'"{name}" = {quoted(said["absent"].get(name, "not yet"))}' for name in absent]
    lines += ["", "[different]"]
    for name, how in different.items():
        before = said["different"].get(name, {})
        why = before.get("why", "not yet")
        lines.append(f'"{name}" = {{ how = {quoted(how)}, why = {quoted(why)} }}')
    FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(absent)} absent, {len(different)} different: {FILE}")


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', "'") + '"'


if __name__ == "__main__":
    main()
