"""Random programs mean the same run op by op and captured: fused, in shared memory,
replayed with other inputs.

Reductions, products, moves, gathers, writes to variables early and late, random draws
and gradients, on both hosts.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops

INPUTS = [(3, 4), (1, 4), (3, 1)]
VARIABLES = [(3, 4), (3, 4), (4, 3), (1, 1)]


def small(x: pw.Tensor) -> pw.Tensor:
    """Keeps values from growing from step to step, so that rounding stays below the
    tolerance.
    """
    return ops.clip_by_value(x, -2.0, 2.0)


def with_relu(y: pw.Tensor, k: int) -> list[pw.Tensor]:
    """An activation that a kernel could take along, whether others read the value
    before it or not.
    """
    active = ops.relu(y.reshape(y.shape[1], y.shape[0]) if k % 3 == 0 else y)
    return [y, active] if k % 2 else [active]


Make = Callable[[pw.Tensor, pw.Tensor, pw.Variable, int, ops.Generator], Any]
MAKERS: dict[str, Make] = {
    "add": lambda a, b, v, k, g: a * 0.5 + b,
    "mul": lambda a, b, v, k, g: small(a) * small(b),
    "maximum": lambda a, b, v, k, g: ops.maximum(a, b),
    "squared_difference": lambda a, b, v, k, g: ops.squared_difference(small(a), small(b)),
    "less": lambda a, b, v, k, g: (a < b).astype("float32"),
    "exp": lambda a, b, v, k, g: ops.exp(ops.minimum(a, 1.0)),
    "tanh": lambda a, b, v, k, g: ops.tanh(a),
    "bools": lambda a, b, v, k, g: (a < 0.0).astype("int32") * 2 - (b > 1.0) + a,
    "integers": lambda a, b, v, k, g: (small(a) * 3).astype("int32").astype("float32"),
    "where": lambda a, b, v, k, g: ops.where(a > 0.25, a * 2, 0.5),
    "softmax": lambda a, b, v, k, g: ops.softmax(a),
    "sum": lambda a, b, v, k, g: ops.sum(a, axis=k % 2, keepdims=True) * 0.3,
    "mean": lambda a, b, v, k, g: ops.mean(a, axis=k % 2, keepdims=True),
    "max": lambda a, b, v, k, g: ops.max(a, axis=k % 2, keepdims=True),
    "argmax": lambda a, b, v, k, g: ops.argmax(a, axis=k % 2).astype("float32").reshape(1, -1),
    "matmul": lambda a, b, v, k, g: ops.matmul(
        small(a), small(b), transpose_a=bool(k & 1), transpose_b=bool(k & 2)
    ),
    "dense": lambda a, b, v, k, g: with_relu(ops.matmul(small(a), v), k),
    "residual": lambda a, b, v, k, g: (
        ops.relu(ops.matmul(small(a), v) + b)
        if k % 2
        else b + ops.matmul(small(a), v, transpose_b=True)
    ),
    "transpose": lambda a, b, v, k, g: ops.transpose(a),
    "reshape": lambda a, b, v, k, g: a.reshape(a.shape[1], a.shape[0]),
    "slice": lambda a, b, v, k, g: a[k % a.shape[0] :, : 1 + k % a.shape[1]],
    "flip": lambda a, b, v, k, g: ops.flip(a, k % 2),
    "pad": lambda a, b, v, k, g: ops.pad(a, [(1, 0), (0, 1)], constant_value=0.5),
    "tile": lambda a, b, v, k, g: ops.tile(a, [1, 2]),
    "concat": lambda a, b, v, k, g: ops.concat([a, b], axis=k % 2),
    "gather": lambda a, b, v, k, g: ops.gather(a, pw.tensor([k % a.shape[0], 0])),
    "segments": lambda a, b, v, k, g: ops.unsorted_segment_sum(
        a, pw.tensor([k % 3] * a.shape[0]), 3
    ),
    "broadcast": lambda a, b, v, k, g: ops.broadcast_to(v if v.size == 1 else a[:1, :1], (3, 4)),
    "constants": (
        lambda a, b, v, k, g: a + pw.tensor([[float(k % 5)]]) + pw.ones((1, a.shape[1])) * 0.5
    ),
    "view of a variable": lambda a, b, v, k, g: v.reshape(v.shape[1], v.shape[0]),
    "stop_gradient": lambda a, b, v, k, g: pw.stop_gradient(v if k % 2 else a),
    "draw": lambda a, b, v, k, g: g.uniform(a.shape),
    "dropout": lambda a, b, v, k, g: ops.dropout(a, 0.5, generator=g),
}
WRITES = [
    "assign a sum",
    "assign a chain",
    "keep for later",
    "assign what was kept",
    "descend",
    "train a layer",
]


def layer_loss(a: pw.Tensor, b: pw.Tensor, v: pw.Variable) -> pw.Tensor:
    return ops.mean(ops.square(ops.relu(ops.matmul(small(a), v) + v[:1]) - b[0, 0]))


def play(
    program: list[tuple[str, int, int, int]],
    variables: list[pw.Variable],
    draws: ops.Generator,
    inputs: Any,
) -> list[pw.Tensor]:
    values, results, kept = [*inputs, *variables], [], []
    for kind, i, j, k in program:
        a, b, v = values[i % len(values)], values[j % len(values)], variables[k % len(variables)]
        made = None
        if kind == "assign a sum":
            v.assign(v * 0.5 + ops.mean(small(a)) * 0.1)
        elif kind == "assign a chain" and a.shape == v.shape:
            v.assign(small(a * 0.5 + 0.25))
        elif kind == "keep for later":
            made = small(variables[j % len(variables)] * 0.25 + ops.mean(small(b)) * 0.5)
            if made.shape == v.shape:
                kept.append((v, made))
        elif kind == "assign what was kept" and kept:
            target, value = kept.pop(0)
            target.assign(value)
        elif kind == "descend":
            loss, (slope,) = pw.variable_grads(
                lambda a=a, v=v: ops.mean(ops.tanh(a * ops.mean(v) + ops.sum(v * v))), [v]
            )
            v.assign(v - slope * 0.1)
            made = loss.reshape(1, 1)
        elif kind == "train a layer" and a.shape[1] == v.shape[0]:
            loss, (slope,) = pw.variable_grads(partial(layer_loss, a, b, v), [v])
            v.assign(v - small(slope) * 0.1)
            made = loss.reshape(1, 1)
        elif kind in MAKERS:
            try:
                made = MAKERS[kind](a, b, v, k, draws)
            except ValueError:  # these shapes do not go together
                continue
        if made is not None and (kind != "keep for later" or k % 2):
            values += [
                m if max(m.shape) <= 8 else m[:6, :6]
                for m in (made if isinstance(made, list) else [made])
            ]
            if k % 5 == 0:
                results.append(values[-1 - i % 2])
    return [*results, values[-1]]


def both_ways_agree(seed: int) -> None:
    choose, numbers = random.Random(seed), np.random.default_rng(seed)
    kinds = [*MAKERS, *WRITES * 3]
    program = [
        (choose.choice(kinds), *(choose.randrange(1000) for _ in range(3)))
        for _ in range(3 + seed % 25)
    ]
    initial = [numbers.normal(size=s).astype(np.float32) * 0.5 for s in VARIABLES]
    inputs = [numbers.normal(size=s).astype(np.float32) for s in INPUTS]
    eager, captured = [pw.Variable(a) for a in initial], [pw.Variable(a) for a in initial]
    draws, redraws = ops.Generator(seed), ops.Generator(seed)
    replay = pw.capture(lambda *xs: play(program, captured, redraws, xs), copy=seed % 2 == 0)
    for scale in (1, 2, 3):
        want = [
            t.numpy() for t in play(program, eager, draws, [pw.tensor(a * scale) for a in inputs])
        ]
        got = [t.numpy() for t in replay(*(a * scale for a in inputs))]
        for g, w in zip(
            [*got, *(v.numpy() for v in captured)],
            [*want, *(v.numpy() for v in eager)],
            strict=True,
        ):
            np.testing.assert_allclose(
                g, w, rtol=2e-4, atol=2e-4, err_msg=f"seed {seed}: {program}"
            )


@pytest.mark.parametrize("seed", range(41, 66))
def test_random_programs(host: str, seed: int) -> None:
    both_ways_agree(seed)
