"""What the sample cases of products are made from."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from ...core.op import Case
from ...host.lazy import np
from ..support.activation import FUSED
from .matmul_forms import FORMS

HALF_SUMS_TOLERANCE = 4e-3, 2e-3
"""Absolute and relative, for results of about 1 that are summed in float16, in runs of
at most 16 that are rounded to 11 bits each time: up to 7e-4 as a 2-norm, five times
that at worst.
"""


def sample_products(cls: Any) -> Iterator[Case]:
    """Cases of `MatMul`, which is `cls`: transposes, epilogues, every form, every
    split.
    """
    random = np.random.default_rng(0)

    def case(
        name: str,
        m: int,
        k: int,
        n: int,
        lead: tuple[int, ...] = (),
        bias: bool = False,
        form: str = "",
        parts: int = 0,
        **fields: Any,
    ) -> Case:
        op = cls(**fields)
        a = random.standard_normal((*lead, *((k, m) if op.transpose_a else (m, k))), np.float32)
        b = random.standard_normal(
            (*lead, *((n, k) if op.transpose_b else (k, n))), np.float32
        ) / np.float32(math.sqrt(k))
        more = (random.standard_normal(n, np.float32),) if bias else ()
        more += (random.standard_normal((*lead, m, n), np.float32) * 4,) if op.join else ()
        if "y" in op.heads and op.join:
            more = (*more[:-1], np.ascontiguousarray(np.swapaxes(more[-1:], -3, -2))[0])
        a = a.swapaxes(-3, -2).copy() if "a" in op.heads else a
        b = b.swapaxes(-3, -2).copy() if "b" in op.heads else b
        forms = ((("matmul", form),) if form else ()) + (
            (("matmul_split", str(parts)),) if parts else ()
        )
        return Case(name, op, (a, b, *more), forms=forms)

    for ta, tb in ((False, False), (True, False), (False, True), (True, True)):
        form = "A{}.B{}".format("^T" if ta else "", "^T" if tb else "")
        yield case(f"{form} 12x20x16", 12, 20, 16, transpose_a=ta, transpose_b=tb)
        yield case(f"{form} 5x7x3 batch 2x3", 5, 7, 3, (2, 3), transpose_a=ta, transpose_b=tb)
    for activation in (None, *FUSED):
        yield case(f"bias {activation} 9x33x10", 9, 33, 10, bias=True, activation=activation)
    for heads in ("a", "b", "y", "ab", "ay", "by", "aby"):
        for ta, tb in ((False, True), (True, False)):
            yield case(
                f"heads of {heads}, {ta}",
                12,
                20,
                8,
                (2, 3),
                heads=heads,
                transpose_a=ta,
                transpose_b=tb,
            )
    yield case("heads, odd sizes", 7, 9, 5, (2, 1, 3), True, heads="aby", join="add")
    for name in FORMS:
        yield case(f"{name}: heads", 33, 40, 12, (2, 3), form=name, heads="aby", join="add")
    yield case("heads, parts", 8, 2048, 8, (1, 2), True, "registers", 3, heads="aby", join="add")
    yield case("in parts 12x300x8", 12, 300, 8, chunk=128)
    yield case("in parts, A^T", 36, 600, 20, transpose_a=True, chunk=256)
    yield case("1x1x1", 1, 1, 1, bias=True)
    yield case("head 40x12544x100 relu", 40, 12544, 100, bias=True, activation="relu")
    yield case("head 1x12544x100", 1, 12544, 100, bias=True)
    yield case("head weight gradient 12544x40x100", 12544, 40, 100, transpose_a=True)
    for name, kind in FORMS.items():
        if kind.sharing:
            yield case(
                f"{name}: 1x700x37",
                1,
                700,
                37,
                bias=True,
                transpose_b=True,
                activation="tanh",
                form=name,
            )
            yield case(
                f"{name}: 40x100x4 batch 2",
                40,
                100,
                4,
                (2,),
                bias=True,
                join="relu_grad",
                form=name,
            )
            yield case(
                f"{name}: A^T.B 5x16400x8",
                5,
                16400,
                8,
                transpose_a=True,
                activation="sigmoid",
                form=name,
            )
            continue
        yield case(f"{name}: 130x68x68", 130, 68, 68, bias=True, activation="relu6", form=name)
        yield case(
            f"{name}: A^T.B^T 33x700x37",
            33,
            700,
            37,
            transpose_a=True,
            transpose_b=True,
            activation="tanh",
            form=name,
        )
    for name in (name for name, kind in FORMS.items() if kind.tall and kind.wide == 4):
        summed = case(
            f"{name}: sums in float16 130x700x68",
            130,
            700,
            68,
            bias=True,
            activation="relu6",
            form=name,
            half_sums=True,
        )
        yield summed.in_float16()._replace(atol=HALF_SUMS_TOLERANCE[0], rtol=HALF_SUMS_TOLERANCE[1])
    for parts in (1, 2, 4, 8, 16, 32, 64, 128, 256):
        yield case(f"16400 summed in {parts} parts", 3, 16400, 8, bias=True, parts=parts)
    for name in ("registers", "narrow", "32x32x32 4x4"):
        yield case(f"{name}: add 33x32x36 batch 2", 33, 32, 36, (2,), join="add", form=name)
    yield case("registers: A^T.B 12x33x16", 12, 33, 16, transpose_a=True, form="registers")
    yield case(
        "registers: A^T.B 12x701x16 in 2 parts",
        12,
        701,
        16,
        transpose_a=True,
        form="registers",
        parts=2,
    )
    for name in ("registers", "narrow"):
        yield case(
            f"{name}: split k add 5x700x6",
            5,
            700,
            6,
            (2,),
            bias=True,
            activation="relu",
            join="add",
            form=name,
        )
        yield case(
            f"{name}: relu_grad 9x33x10",
            9,
            33,
            10,
            transpose_b=True,
            join="relu_grad",
            form=name,
        )
        yield case(
            f"{name}: relu6_grad 12x33x41", 12, 33, 41, bias=True, join="relu6_grad", form=name
        )
