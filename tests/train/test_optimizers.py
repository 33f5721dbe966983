"""Optimizers against their formulas, written out in NumPy as Keras has them: twenty
steps each, eager and captured; one launch per parameter; options and schedules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from counting import ADAPTERS, CountingDevice

import pywebml as pw
from pywebml.train import optimizers
from pywebml.train.optimizers import schedules

STEPS = 20
SHAPES = ((3, 4), (5,), ())
Rule = Callable[[np.ndarray, np.ndarray, dict[str, Any], float, int], np.ndarray]
"""(w, g, what is remembered, rate, t from 1) -> what is subtracted from w."""


def sgd(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    return rate * g


def nesterov(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["m"] = 0.9 * s.get("m", 0.0) - g * rate
    return -(0.9 * s["m"] - g * rate)


def momentum(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["m"] = 0.9 * s.get("m", 0.0) - g * rate
    return -s["m"]


def adam(w: Any, g: Any, s: dict[str, Any], rate: float, t: int, amsgrad: bool = False) -> Any:
    """Keras's: epsilon is added to the root of an uncorrected v."""
    s["m"] = s.get("m", 0.0) + (g - s.get("m", 0.0)) * (1 - 0.9)
    s["v"] = s.get("v", 0.0) + (g * g - s.get("v", 0.0)) * (1 - 0.999)
    alpha = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
    s["peak"] = np.maximum(s.get("peak", 0.0), s["v"])
    return alpha * s["m"] / (np.sqrt(s["peak"] if amsgrad else s["v"]) + 1e-7)


def amsgrad(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    return adam(w, g, s, rate, t, amsgrad=True)


def nadam(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    now, following = (0.9 * (1 - 0.5 * 0.96**i) for i in (t, t + 1))
    s["product"] = s.get("product", 1.0) * now
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0.0) + 0.001 * g * g
    m = following * s["m"] / (1 - s["product"] * following) + (1 - now) * g / (1 - s["product"])
    return m * rate / (np.sqrt(s["v"] / (1 - 0.999**t)) + 1e-7)


def adamax(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["u"] = np.maximum(0.999 * s.get("u", 0.0), np.abs(g))
    return rate * s["m"] / ((1 - 0.9**t) * (s["u"] + 1e-7))


def lion(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    step = rate * np.sign(0.9 * s.get("m", 0.0) + 0.1 * g)
    s["m"] = 0.99 * s.get("m", 0.0) + 0.01 * g
    return step


def adagrad(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["a"] = s.get("a", 0.1) + g * g
    return rate * g / np.sqrt(s["a"] + 1e-7)


def adadelta(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["a"] = 0.95 * s.get("a", 0.0) + 0.05 * g * g
    step = np.sqrt(s.get("d", 0.0) + 1e-7) * g / np.sqrt(s["a"] + 1e-7)
    s["d"] = 0.95 * s.get("d", 0.0) + 0.05 * step * step
    return rate * step


def rmsprop(w: Any, g: Any, s: dict[str, Any], rate: float, t: int) -> Any:
    s["v"] = 0.9 * s.get("v", 0.0) + 0.1 * g * g
    s["mean"] = 0.9 * s.get("mean", 0.0) + 0.1 * g
    s["b"] = 0.8 * s.get("b", 0.0) + rate * g / np.sqrt(s["v"] - s["mean"] ** 2 + 1e-7)
    return s["b"]


RULES: dict[str, tuple[Callable[..., Any], Rule]] = {
    "SGD": (optimizers.SGD, sgd),
    "SGD, momentum": (lambda **o: optimizers.SGD(momentum=0.9, **o), momentum),
    "SGD, Nesterov": (lambda **o: optimizers.SGD(momentum=0.9, nesterov=True, **o), nesterov),
    "Adam": (optimizers.Adam, adam),
    "Adam, amsgrad": (lambda **o: optimizers.Adam(amsgrad=True, **o), amsgrad),
    "AdamW": (lambda **o: optimizers.AdamW(weight_decay=o.pop("weight_decay", 0.0), **o), adam),
    "Nadam": (optimizers.Nadam, nadam),
    "Adamax": (optimizers.Adamax, adamax),
    "Lion": (optimizers.Lion, lion),
    "Adagrad": (optimizers.Adagrad, adagrad),
    "Adadelta": (optimizers.Adadelta, adadelta),
    "RMSprop": (lambda **o: optimizers.RMSprop(momentum=0.8, centered=True, **o), rmsprop),
}
OPTIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "weight decay": {"weight_decay": 0.1},
    "clipvalue": {"clipvalue": 0.5},
    "clipnorm": {"clipnorm": 0.7},
    "global clipnorm": {"global_clipnorm": 0.7},
    "averages": {"use_ema": True, "ema_momentum": 0.8},
    "averages that overwrite": {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 3},
    "all": {"weight_decay": 0.1, "clipnorm": 0.7, "use_ema": True},
}


def gradients() -> Iterator[list[np.ndarray]]:
    draw = np.random.default_rng(1)
    for _ in range(STEPS):
        yield [draw.normal(size=shape).astype(np.float32) for shape in SHAPES]


def starts() -> list[np.ndarray]:
    draw = np.random.default_rng(0)
    return [draw.normal(size=shape).astype(np.float32) for shape in SHAPES]


def clipped(gs: list[np.ndarray], options: dict[str, Any]) -> list[np.ndarray]:
    if "clipvalue" in options:
        return [np.clip(g, -options["clipvalue"], options["clipvalue"]) for g in gs]
    norms = [np.sqrt((g * g).sum()) for g in gs]
    if "clipnorm" in options:
        most = options["clipnorm"]
        return [g * most / max(norm, most) for g, norm in zip(gs, norms, strict=True)]
    if "global_clipnorm" in options:
        most = options["global_clipnorm"]
        norm = np.sqrt(sum(n * n for n in norms))
        return [g * most * min(1 / norm, 1 / most) for g in gs]
    return gs


def expected(
    rule: Rule, options: dict[str, Any], rate: Callable[[int], float]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """The parameters after all steps, and their averages, in float64."""
    ws: list[Any] = [w.astype(np.float64) for w in starts()]
    averages = [np.zeros_like(w) for w in ws]
    states: list[dict[str, Any]] = [{} for _ in ws]
    for t, gs in enumerate(gradients(), start=1):
        wide = clipped([g.astype(np.float64) for g in gs], options)
        share = options.get("ema_momentum", 0.99) if t > 1 else 0.0
        every = options.get("ema_overwrite_frequency")
        for i, g in enumerate(wide):
            w = ws[i] - rate(t - 1) * options.get("weight_decay", 0.0) * ws[i]
            ws[i] = w - rule(ws[i], g, states[i], rate(t - 1), t)
            averages[i] = share * averages[i] + (1 - share) * ws[i]
            if every and t % every == 0:
                ws[i] = averages[i]
    return ws, averages


def trained(optimizer: Any, capture: bool) -> tuple[list[np.ndarray], Any, list[pw.Variable]]:
    ws = [pw.Variable(w) for w in starts()]

    def step(*gs: pw.Tensor) -> None:
        optimizer.apply(gs, ws)

    run = pw.capture(step) if capture else step
    for gs in gradients():
        run(*map(pw.tensor, gs))
    return [w.numpy() for w in ws], run, ws


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("options", OPTIONS)
def test_twenty_captured_steps_are_the_formula_s(host: str, name: str, options: str) -> None:
    make, rule = RULES[name]
    optimizer = make(learning_rate=0.02, **OPTIONS[options])
    got, _, ws = trained(optimizer, capture=True)
    want, averages = expected(rule, OPTIONS[options], lambda step: 0.02)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=2e-3, atol=2e-4)
    if "use_ema" in OPTIONS[options]:
        optimizer.finalize_variable_values(ws)
        for variable, average in zip(ws, averages, strict=True):
            np.testing.assert_allclose(variable.numpy(), average, rtol=2e-3, atol=2e-4)


@pytest.mark.parametrize("name", RULES)
def test_eager_steps_are_captured_ones(host: str, name: str) -> None:
    options = OPTIONS["all"]
    eager, _, _ = trained(RULES[name][0](learning_rate=0.02, **options), capture=False)
    captured, _, _ = trained(RULES[name][0](learning_rate=0.02, **options), capture=True)
    for e, c in zip(eager, captured, strict=True):
        np.testing.assert_allclose(c, e, rtol=1e-3, atol=1e-4)


PER_STEP = {"Adam, amsgrad": 1, "AdamW": 1, "Nadam": 1, "Adamax": 1, "Adam": 1}
"""Launches that compute what all parameters share."""


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("kind", ADAPTERS)
@pytest.mark.parametrize("options", [{}, {"weight_decay": 0.1}, {"clipvalue": 0.5}], ids=str)
def test_a_parameter_is_one_launch(name: str, kind: str, options: dict[str, Any]) -> None:
    """As many more launches as parameters, on every kind of adapter."""
    device = CountingDevice(ADAPTERS[kind])
    pw.set_device(device)
    try:
        rows = []
        for count in (3, 8):
            ws = [pw.Variable(np.ones((4, 5 + i), np.float32)) for i in range(count)]
            optimizer = RULES[name][0](**options)
            run = pw.capture(lambda *gs, o=optimizer, ws=ws: o.apply(gs, ws))
            run(*(pw.ones(w.shape) for w in ws))
            rows.append(len(run.plans()[0].rows))
        assert rows[1] - rows[0] == 5
        extra = 1 if "weight_decay" in options else 0  # 1 - rate * weight_decay
        assert rows[0] <= 3 + PER_STEP.get(name, 0) + extra
    finally:
        pw.set_device("cpu")


def test_averages_are_part_of_the_launch() -> None:
    device = CountingDevice(ADAPTERS["gpu"])
    pw.set_device(device)
    try:
        w = pw.Variable([1.0, 2.0])
        optimizer = optimizers.AdamW(use_ema=True)
        run = pw.capture(lambda g: optimizer.apply([g], [w]))
        run(pw.ones((2,)))
        assert sum("[2]" in row.shapes for row in run.plans()[0].rows) == 1
    finally:
        pw.set_device("cpu")


RATES: dict[str, tuple[Any, Callable[[int], float]]] = {
    "ExponentialDecay": (
        schedules.ExponentialDecay(0.1, 5, 0.5),
        lambda s: 0.1 * 0.5 ** (s / 5),
    ),
    "ExponentialDecay, staircase": (
        schedules.ExponentialDecay(0.1, 5, 0.5, staircase=True),
        lambda s: 0.1 * 0.5 ** (s // 5),
    ),
    "PiecewiseConstantDecay": (
        schedules.PiecewiseConstantDecay([4, 9], [0.1, 0.05, 0.01]),
        lambda s: 0.1 if s <= 4 else 0.05 if s <= 9 else 0.01,
    ),
    "PolynomialDecay": (
        schedules.PolynomialDecay(0.1, 12, 0.01, power=2.0),
        lambda s: 0.09 * (1 - min(s, 12) / 12) ** 2 + 0.01,
    ),
    "PolynomialDecay, cycle": (
        schedules.PolynomialDecay(0.1, 6, 0.01, cycle=True),
        lambda s: 0.09 * (1 - s / (6 * max(1, np.ceil(s / 6)))) + 0.01,
    ),
    "InverseTimeDecay": (
        schedules.InverseTimeDecay(0.1, 4, 0.5),
        lambda s: 0.1 / (1 + 0.5 * s / 4),
    ),
    "InverseTimeDecay, staircase": (
        schedules.InverseTimeDecay(0.1, 4, 0.5, staircase=True),
        lambda s: 0.1 / (1 + 0.5 * (s // 4)),
    ),
    "CosineDecay": (
        schedules.CosineDecay(0.1, 15, alpha=0.1),
        lambda s: 0.1 * (0.9 * 0.5 * (1 + np.cos(np.pi * min(s, 15) / 15)) + 0.1),
    ),
    "CosineDecay, warmup": (
        schedules.CosineDecay(0.01, 10, warmup_target=0.1, warmup_steps=5),
        lambda s: (
            0.01 + 0.09 * s / 5 if s < 5 else 0.1 * 0.5 * (1 + np.cos(np.pi * min(s - 5, 10) / 10))
        ),
    ),
    "CosineDecayRestarts": (
        schedules.CosineDecayRestarts(0.1, 4, m_mul=0.8, alpha=0.1),
        lambda s: restarted(s, [(0, 4, 1.0), (4, 8, 0.8), (12, 16, 0.64), (28, 32, 0.512)]),
    ),
    "CosineDecayRestarts, equal": (
        schedules.CosineDecayRestarts(0.1, 5, t_mul=1.0, m_mul=0.5, alpha=0.1),
        lambda s: restarted(s, [(5 * i, 5, 0.5**i) for i in range(9)]),
    ),
}


def restarted(step: int, periods: list[tuple[int, int, float]]) -> float:
    """Half a cosine per (start, length, height), the last that has begun."""
    start, length, height = [p for p in periods if p[0] <= step][-1]
    fall = 0.5 * height * (1 + np.cos(np.pi * (step - start) / length))
    return float(0.1 * (0.9 * fall + 0.1))


@pytest.mark.parametrize("name", RATES)
def test_schedules_follow_their_formulas(host: str, name: str) -> None:
    schedule, rate = RATES[name]
    got = [schedule(step).item() for step in range(30)]
    # WGSL promises a cosine good to 5e-4
    np.testing.assert_allclose(got, [rate(s) for s in range(30)], rtol=1e-4, atol=6e-5)
    again = schedules.SCHEDULES.get(schedules.SCHEDULES.serialize(schedule))
    assert type(again) is type(schedule) and again.get_config() == schedule.get_config()


@pytest.mark.parametrize("name", RATES)
def test_captured_steps_follow_a_schedule(host: str, name: str) -> None:
    """One recording; the rate is that of the step, and nothing is read back."""
    schedule, rate = RATES[name]
    optimizer = optimizers.SGD(schedule, momentum=0.9)
    got, run, _ = trained(optimizer, capture=True)
    want, _ = expected(momentum, {}, rate)
    for g, w in zip(got, want, strict=True):
        np.testing.assert_allclose(g, w, rtol=2e-3, atol=1e-3)
    assert len(run.plans()) == 1
    assert optimizer.learning_rate is schedule
    with pytest.raises(TypeError, match="the learning rate is that of"):
        optimizer.learning_rate = 0.1


def test_a_rate_set_later_is_the_next_step_s(host: str) -> None:
    w, optimizer = pw.Variable([1.0]), optimizers.Lion(0.5)
    run = pw.capture(lambda g: optimizer.apply([g], [w]))
    run([2.0])
    optimizer.learning_rate = 0.25
    run([2.0])
    assert w.tolist() == [0.25]
    assert len(run.plans()) == 1


def test_fit_follows_a_schedule_and_decays_weights(host: str) -> None:
    x = np.random.default_rng(2).normal(size=(64, 3)).astype(np.float32)
    y = x @ np.float32([[1.0], [-2.0], [0.5]])
    model = pw.Sequential([pw.layers.Dense(1, input_shape=(3,))])
    rate = schedules.CosineDecay(0.0, 110, warmup_target=0.3, warmup_steps=10)
    model.compile(optimizers.AdamW(rate, weight_decay=1e-4), "mse")
    history = model.fit_sync(x, y, batch_size=16, epochs=30, verbose=0, seed=0)
    assert history.history["loss"][-1] < 1e-2


def test_fit_ends_with_the_averages(host: str) -> None:
    """As Keras's does: four steps by hand, and their average."""
    model = pw.Sequential([pw.layers.Dense(1, use_bias=False, input_shape=(1,))])
    (w,) = model.weights
    w.assign([[0.0]])
    model.compile(optimizers.SGD(0.1, use_ema=True, ema_momentum=0.5), "mse")
    model.fit_sync([[1.0], [1.0]], [[1.0], [1.0]], batch_size=1, epochs=2, verbose=0)
    value, average = 0.0, 0.0
    for t in range(4):
        value -= 0.1 * 2 * (value - 1.0)
        average = value if t == 0 else 0.5 * average + 0.5 * value
    np.testing.assert_allclose(w.item(), average, rtol=1e-5)


AROUND = {"LossScaleOptimizer", "MultiOptimizer"}


@pytest.mark.parametrize("name", sorted(set(optimizers.OPTIMIZERS.names()) - AROUND))
def test_configs_come_back(name: str) -> None:
    pw.set_device("cpu")
    cls = optimizers.OPTIMIZERS.find(name)
    options = {"clipnorm": 0.5, "use_ema": True, "learning_rate": schedules.CosineDecay(0.1, 9)}
    made = cls(**options)
    config = optimizers.serialize(made)
    again = optimizers.get(config)
    assert type(again) is cls and again.get_config() == made.get_config()
    assert config["class_name"] == name and config["config"]["clipnorm"] == 0.5
    assert optimizers.get(name.lower()).name == cls.name
    assert type(optimizers.get(cls)) is cls and optimizers.get(made) is made


def test_the_config_of_one_around_another_comes_back() -> None:
    made = optimizers.LossScaleOptimizer(optimizers.AdamW(0.1, clipnorm=0.5), 8.0, 3)
    config = optimizers.serialize(made)
    again = optimizers.get(config)
    assert type(again) is type(made) and optimizers.serialize(again) == config
    assert type(again.inner_optimizer) is optimizers.AdamW


def test_keras_s_config_is_understood() -> None:
    """As Keras 3 writes it, all options named."""
    config = {
        "name": "adamw", "learning_rate": 0.0005, "weight_decay": 0.01, "clipnorm": None,
        "global_clipnorm": 1.0, "clipvalue": None, "use_ema": False, "ema_momentum": 0.99,
        "ema_overwrite_frequency": None, "loss_scale_factor": None,
        "gradient_accumulation_steps": None, "beta_1": 0.9, "beta_2": 0.98, "epsilon": 1e-07,
        "amsgrad": False,
    }  # fmt: skip
    made = optimizers.get({"class_name": "AdamW", "config": config})
    assert made.options.weight_decay == 0.01 and made.options.global_clipnorm == 1.0
    assert (made.learning_rate, made.beta_2) == (0.0005, 0.98)


def test_some_weights_need_not_decay(host: str) -> None:
    w, bias = pw.Variable([1.0]), pw.Variable([1.0])
    optimizer = optimizers.SGD(0.1, weight_decay=0.5)
    optimizer.exclude_from_weight_decay([bias])
    optimizer.apply([pw.zeros((1,)), pw.zeros((1,))], [w, bias])
    np.testing.assert_allclose([w.item(), bias.item()], [0.95, 1.0], rtol=1e-6)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="only one of clipnorm and clipvalue"):
        optimizers.SGD(clipnorm=1.0, clipvalue=1.0)
    with pytest.raises(ValueError, match="weight_decay must be a number of at least 0"):
        optimizers.Adam(weight_decay=-1.0)
    with pytest.raises(TypeError, match="Adam has no argument 'beta1'"):
        optimizers.Adam(beta1=0.9)
    with pytest.raises(ValueError, match="Lion: beta_2 must be a number of at least 0 and below 1"):
        optimizers.Lion(beta_2=1.0)
    with pytest.raises(ValueError, match=r"decay=0\.5 is not supported"):
        optimizers.SGD.from_config({"decay": 0.5})
    with pytest.raises(ValueError, match="one value more than boundaries, got 2 and 2"):
        schedules.PiecewiseConstantDecay([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="decay_steps must be a number above 0, got 0"):
        schedules.CosineDecay(0.1, 0)
    with pytest.raises(ValueError, match="unknown schedule 'Linear'"):
        optimizers.SGD({"class_name": "Linear", "config": {}})
