"""Activations of layers."""

from __future__ import annotations

from ....host.lazy import np
from ..instructions import Domain, Row

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805  # Klambauer et al. 2017

ROWS: dict[str, Row] = {
    "relu": Row(
        "select(max(a, F(0.0)), a, NAN(a))",
        lambda a: np.maximum(a, 0),
        lambda g, y, a: (g.relu_grad(y),),
        "max(x, 0).",
        "same",
        integers="max(a, T(0))",
    ),
    "relu6": Row(
        "select(clamp(a, F(0.0), F(6.0)), a, NAN(a))",
        lambda a: np.clip(a, 0, 6),
        lambda g, y, a: (g.relu6_grad(y),),
        "min(max(x, 0), 6).",
        "same",
        integers="min(max(a, T(0)), T(6))",
    ),
    # gradients a of the two at results b: one row each, so that fusion knows them
    "relu_grad": Row(
        "select(F(0.0), a, b > F(0.0))",
        lambda a, b: np.where(b > 0, a, 0),
        lambda g, y, a, b: (g.relu_grad(b), None),
        "The gradient a where relu gave a result b above 0, else 0.",
    ),
    "relu6_grad": Row(
        "select(F(0.0), a, (b > F(0.0)) & (b < F(6.0)))",
        lambda a, b: np.where((b > 0) & (b < 6), a, 0),
        lambda g, y, a, b: (g.relu6_grad(b), None),
        "The gradient a where relu6 gave a result b between 0 and 6, else 0.",
    ),
    "prelu": Row(
        "select(a * b, a, a > F(0.0))",
        lambda a, b: np.where(a > 0, a, a * b),
        lambda g, y, a, b: (
            g * (a > 0.0).where(1.0, b),
            None if isinstance(b, float) else (a > 0.0).where(0.0, g * a),
        ),
        "x where positive, else alpha * x.",
    ),
    "sigmoid": Row(
        "F(1.0) / (F(1.0) + exp(-a))",
        lambda a: 1 / (1 + np.exp(-a)),
        lambda g, y, a: (g * (y * (1 - y)),),
        "1 / (1 + exp(-x)).",
    ),
    "tanh": Row(
        "select(hyperbolic_tangent(a), a, NAN(a))",
        lambda a: np.tanh(a),
        lambda g, y, a: (g * (1 - y * y),),
        "The hyperbolic tangent.",
        needs="hyperbolic",
    ),
    "softplus": Row(
        "max(a, F(0.0)) + log_of_one_plus(exp(-abs(a)))",
        lambda a: np.logaddexp(a, np.zeros((), a.dtype)),
        lambda g, y, a: (g * a.sigmoid(),),
        "log(1 + exp(x)), without overflow.",
        needs="logarithm",
    ),
    "log_sigmoid": Row(
        "select(min(a, F(0.0)) - log_of_one_plus(exp(-abs(a))), a, NAN(a))",
        lambda a: -np.logaddexp(-a, np.zeros((), a.dtype)),
        lambda g, y, a: (g * (-a).sigmoid(),),
        "log(sigmoid(x)), without overflow.",
        needs="logarithm",
    ),
    "elu": Row(
        "select(exponential_minus_one(a), a, a > F(0.0))",
        lambda a: np.where(a > 0, a, np.expm1(np.minimum(a, 0))),
        lambda g, y, a: (g * (a > 0.0).where(1.0, y + 1),),
        "x where positive, else exp(x) - 1.",
        needs="exponential_minus_one",
    ),
    "selu": Row(
        f"F({_SELU_SCALE}) * select(F({_SELU_ALPHA}) * exponential_minus_one(a), a, a > F(0.0))",
        lambda a: (
            _SELU_SCALE * np.where(a > 0, a, _SELU_ALPHA * np.expm1(np.minimum(a, 0)))
        ).astype(a.dtype),
        lambda g, y, a: (g * (a > 0.0).where(_SELU_SCALE, y + _SELU_SCALE * _SELU_ALPHA),),
        "Scaled elu (Klambauer et al. 2017).",
        needs="exponential_minus_one",
    ),
    "swish": Row(
        "a / (F(1.0) + exp(-a))",
        lambda a: a / (1 + np.exp(-a)),
        lambda g, y, a: (g * (a.sigmoid() * (1 + a * (1 - a.sigmoid()))),),
        "x * sigmoid(x), also known as SiLU.",
    ),
    "softsign": Row(
        "a / (F(1.0) + abs(a))",
        lambda a: a / (1 + np.abs(a)),
        lambda g, y, a: (g / (1 + a.abs()).square(),),
        "x / (1 + |x|).",
    ),
    "hard_sigmoid": Row(
        "select(clamp(a / F(6.0) + F(0.5), F(0.0), F(1.0)), a, NAN(a))",
        lambda a: np.clip(a / 6 + 0.5, 0, 1).astype(a.dtype),
        lambda g, y, a: (g * (a.abs() < 3.0).where(1 / 6, 0.0),),
        "A line from 0 at -3 to 1 at 3, and flat beyond, as in Keras 3.",
        domain=(Domain(-5, 5),),
    ),
    "hard_silu": Row(
        "select(a * clamp(a / F(6.0) + F(0.5), F(0.0), F(1.0)), a, NAN(a))",
        lambda a: a * np.clip(a / 6 + 0.5, 0, 1).astype(a.dtype),
        lambda g, y, a: (g * (a.abs() < 3.0).where(a / 3 + 0.5, (a > 0.0).where(1.0, 0.0)),),
        "x * hard_sigmoid(x) (Howard et al. 2019).",
        domain=(Domain(-5, 5),),
    ),
    "hard_tanh": Row(
        "select(clamp(a, F(-1.0), F(1.0)), a, NAN(a))",
        lambda a: np.clip(a, -1, 1),
        lambda g, y, a: (g * (a.abs() < 1.0).where(1.0, 0.0),),
        "x, but -1 below and 1 above that.",
    ),
    "sparse_plus": Row(
        "select(select(F(0.25) * (a + F(1.0)) * (a + F(1.0)), max(a, F(0.0)), abs(a) >= F(1.0)),"
        " a, NAN(a))",
        lambda a: np.where(np.abs(a) < 1, (a + 1) ** 2 / 4, np.maximum(a, 0)).astype(a.dtype),
        lambda g, y, a: (g * (a * 0.5 + 0.5).maximum(0.0).minimum(1.0),),
        "0 below -1, x above 1, (x + 1)^2 / 4 between the two.",
    ),
    "sparse_sigmoid": Row(
        "select(clamp(a * F(0.5) + F(0.5), F(0.0), F(1.0)), a, NAN(a))",
        lambda a: np.clip(a / 2 + 0.5, 0, 1).astype(a.dtype),
        lambda g, y, a: (g * (a.abs() < 1.0).where(0.5, 0.0),),
        "A line from 0 at -1 to 1 at 1, and flat beyond.",
    ),
}
