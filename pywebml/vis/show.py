"""Charts of models and trainings: tfjs-vis's `show`, with its names in snake_case. They
take a surface first, as `render` does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import render
from .charts import Bars, Chart, Lines, numbers
from .surfaces import Surface, put, surface_of

live_plot: list[Callable[..., Any]] = []
"""The callback's class, which stands above: train/callbacks/live_plot.py puts it here."""


def history(
    container: Any, history: Any, metrics: Sequence[str] | None = None, *, file: Any = None
) -> list[Chart]:
    """What `fit` returned, or a list of logs, {name: value} each: a chart per metric,
    its `val_` twin in it where that is asked for, too; all there are where `metrics` is
    left out. ValueError for a metric that is not in it.

    Example:
        >>> history = {"loss": [3.0, 1.0], "val_loss": [3.5, 2.0]}
        >>> (chart,) = pw.vis.show.history("Training", history)
        Training: loss
        ...
        >>> list(chart.series)
        ['loss', 'val_loss']
    """
    series = series_of(history)
    names = list(series) if metrics is None else _listed(metrics)
    for name in names:
        if name not in series:
            raise ValueError(f"history has no {name!r}; there are {', '.join(series) or 'none'}")
    groups = grouped(names)
    if len(groups) > 1 and file is not None:
        raise ValueError(f"history: a file holds one chart, and these are {len(groups)}")
    return [
        render.linechart(
            part_of(container, title),
            {name: series[name] for name in names},
            x_label="epoch",
            file=file,
        )
        for title, names in groups.items()
    ]


def fit_callbacks(
    container: Any,
    metrics: Sequence[str] | None = None,
    *,
    callbacks: Sequence[str] = ("on_epoch_end",),
) -> Any:
    """What `fit(callbacks=...)` takes to draw a training while it runs: a chart per
    metric, all that are logged where `metrics` is left out. `callbacks` may name
    "on_batch_end", too; the figures are then read after every step, which costs time.

    In a terminal the charts are drawn over while `fit(verbose=0)` runs, else when it
    ends.

    Example:
        >>> model = pw.Sequential([layers.Dense(1)])
        >>> model.compile("sgd", "mse")
        >>> live = pw.vis.show.fit_callbacks("Training", ["loss"])
        >>> history = model.fit_sync([[1.0]], [[2.0]], epochs=2, verbose=0, callbacks=live)
        Training: loss
        ...
    """
    return live_plot[0](surface_of(container), metrics, callbacks)


def per_class_accuracy(
    container: Any,
    class_accuracy: Sequence[Mapping[str, Any]],
    class_labels: Sequence[str] | None = None,
    *,
    file: Any = None,
) -> Chart:
    """A bar per class, of what `pw.vis.metrics.per_class_accuracy` gives.

    Example:
        >>> chart = pw.vis.show.per_class_accuracy("A", [{"accuracy": 0.5, "count": 2}], ["cat"])
        A
        cat (2) ... 0.5
    """
    labels = class_labels or [str(i) for i in range(len(class_accuracy))]
    if len(labels) != len(class_accuracy):
        raise ValueError(f"{len(labels)} class_labels for {len(class_accuracy)} classes")
    names = [f"{name} ({each['count']})" for name, each in zip(labels, class_accuracy, strict=True)]
    shares = [each["accuracy"] for each in class_accuracy]
    values = [math.nan if share is None else float(share) for share in shares]
    chart = Bars(names, values, surface_of(container).name, "class (examples)", "accuracy")
    return put(container, chart, file)


def values_distribution(container: Any, tensor: Any, *, file: Any = None) -> Chart:
    """A histogram of a tensor's values, with their statistics.

    Example:
        >>> chart = pw.vis.show.values_distribution("W", pw.tensor([0.0, 1.0]))
        W
        ...
        >>> chart.notes[0]
        ('values', '2')
    """
    return render.histogram(container, numbers(tensor), file=file)


def model_summary(container: Any, model: Any, *, file: Any = None) -> Chart:
    """A table of a model's layers: name, kind, output shape, parameters, and whether
    they are trained.

    Example:
        >>> model = pw.Sequential([layers.Input((3,)), layers.Dense(2, name="d")])
        >>> chart = pw.vis.show.model_summary("Model", model)
        Model
        ...
        >>> chart.rows
        [['d', 'Dense', '(None, 2)', '8', 'yes']]
    """
    rows = [
        [each.name, type(each).__name__, _shape(each), each.count_params(), _trains(each)]
        for each in model.layers
    ]
    headers = ["Layer", "Kind", "Output shape", "Parameters", "Trained"]
    return render.table(container, {"headers": headers, "values": rows}, file=file)


def layer(container: Any, layer: Any, *, file: Any = None) -> Chart:
    """A table of a layer's weights: shape, count, smallest and largest value, mean,
    zeros, NaNs and infinities.

    Example:
        >>> dense = layers.Dense(2, kernel_initializer="ones", name="d")
        >>> dense.build((None, 3))
        >>> chart = pw.vis.show.layer("Layer", dense)
        Layer
        ...
        >>> chart.rows[0][:4]
        ['kernel', '(3, 2)', '6', '1']
    """
    rows = [[weight.name, str(tuple(weight.shape)), *_figures(weight)] for weight in layer.weights]
    headers = ["Weight", "Shape", "Values", "Min", "Max", "Mean", "Zeros", "NaNs", "Infinities"]
    return render.table(container, {"headers": headers, "values": rows}, file=file)


def series_of(history: Any) -> dict[str, list[float]]:
    """{name: numbers} of a History, its dict, or a list of logs."""
    plain = getattr(history, "history", history)
    if isinstance(plain, Mapping):
        return {str(name): numbers(values) for name, values in plain.items()}
    names = dict.fromkeys(name for logs in plain for name in logs)
    return {str(name): [float(logs.get(name, math.nan)) for logs in plain] for name in names}


def curves(history: Mapping[str, Sequence[Any]]) -> list[Lines]:
    """A chart per metric over the epochs, with its `val_` twin in it; without metrics
    of several figures.

    Example:
        >>> [chart.title for chart in curves({"loss": [2.0, 1.0], "val_loss": [2.5, 2.0]})]
        ['loss']
    """
    series = {name: v for name, v in history.items() if all(isinstance(x, (int, float)) for x in v)}
    charts = []
    for title, names in grouped(list(series)).items():
        epochs = [float(i + 1) for i in range(max(len(series[name]) for name in names))]
        even = {name: list(series[name]) for name in names if len(series[name]) == len(epochs)}
        charts.append(Lines(even, epochs, title, "epoch"))
    return charts


def grouped(metrics: Sequence[str]) -> dict[str, list[str]]:
    """{metric: it and its `val_` twin}, of those that are asked for."""
    groups: dict[str, list[str]] = {}
    for name in metrics:
        base = name.removeprefix("val_")
        groups.setdefault(base if base in metrics else name, []).append(name)
    return groups


def part_of(container: Any, title: str) -> Surface:
    """The surface of one of several charts."""
    surface = surface_of(container)
    return surface._replace(name=f"{surface.name}: {title}")


def _listed(metrics: Any) -> list[str]:
    return [metrics] if isinstance(metrics, str) else list(metrics)


def _figures(weight: Any) -> list[Any]:
    facts = dict(render._facts(numbers(weight)))
    shown = ("values", "min", "max", "mean", "zeros", "NaNs", "infinities")
    return [facts.get(name, "") for name in shown]


def _shape(layer: Any) -> str:
    try:
        return str(layer.output_shape)
    except (AttributeError, RuntimeError, ValueError):
        return "?"


def _trains(layer: Any) -> str:
    return "yes" if layer.trainable and layer.trainable_weights else "no"
