"""How a depthwise convolution and its gradients become kernel launches: which form on
which adapter.
"""

from __future__ import annotations

from typing import NamedTuple

from ...core.choices import Choice
from ...core.lowering import Lowering, Slot, pack
from ...device.kernels import kernel, typed_kernel
from ...device.seam import Adapter
from ..support.activation import CODES, JOINS
from ..support.typed import floats
from ..support.window import Padding, Pair, coordinates
from .launches import BUSY, launch_filter_grad


class Depthwise(NamedTuple):
    """What a form is chosen for: output rows (of all pictures) and columns, channels of
    y, the filter's positions; `neighbours`: four neighbouring outputs share their
    inputs.
    """

    rows: int
    columns: int
    channels: int
    multiplier: int
    taps: int
    neighbours: bool
    gradient: bool = False
    halves: bool = False


COLUMNS = {"slide": 4, "quad": 4, "pixel": 1, "scalar": 1}
"""Output columns that an invocation of each entry point computes, of four channels but
for 'scalar'.
"""


def _candidates(adapter: Adapter, shape: Depthwise) -> list[str]:
    if shape.multiplier != 1 or shape.channels % 4:
        return ["scalar"]
    return [form for form in COLUMNS if form != "slide" or shape.neighbours]


def _rule(adapter: Adapter, shape: Depthwise) -> str:
    """Four columns per invocation where there is work for all, or on software adapters,
    which have no idle lanes to fill.
    """
    if shape.multiplier != 1 or shape.channels % 4:
        return "scalar"
    if adapter.software or invocations("quad", shape) >= BUSY:
        return "slide" if shape.neighbours else "quad"
    return "pixel"


choose = Choice("depthwise_conv2d", ("conv/depthwise",), _candidates, _rule)


def invocations(form: str, shape: Depthwise) -> int:
    return (
        shape.rows
        * -(-shape.columns // COLUMNS[form])
        * shape.channels
        // (1 if form == "scalar" else 4)
    )


def lower_gather(
    k: Lowering,
    gradient: bool,
    x: Slot,
    w: Slot,
    bias: Slot | None,
    strides: Pair,
    padding: Padding,
    dilations: Pair,
    activation: str | None,
    join: str | None = None,
) -> None:
    """Launches of a depthwise convolution, or of its gradient to the input (then x is
    dy); with a `join` of the last input.
    """
    y = k.outs[0]
    kh, kw, _, m = w.shape
    neighbours = strides[1] == dilations[1] == 1
    shape = Depthwise(
        y.shape[0] * y.shape[1],
        y.shape[2],
        y.shape[3],
        m,
        kh * kw,
        neighbours,
        gradient,
        x.dtype == "float16",
    )
    entry = choose(k.adapter, shape)
    threads = invocations(entry, shape)
    params = pack(
        "7I8i3I",
        threads, *y.shape[1:], *x.shape[1:],
        *coordinates(gradient, strides, padding, dilations),
        m, CODES[activation], int(bias is not None),
    )  # fmt: skip
    program = typed_kernel(
        "conv/depthwise", floats(x, y), entry, KH=kh, KW=kw, GRADIENT=gradient, JOIN=JOINS[join]
    )
    k.launch_flat(program, (x, w, bias or w, k.ins[-1] if join else x, y), params, threads)


def lower_filter_grad(
    k: Lowering, x: Slot, dy: Slot, size: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> None:
    """Launches of the gradient to the filter."""
    quad = x.shape[3] == dy.shape[3] and x.shape[3] % 4 == 0
    program = kernel("conv/depthwise_filter_grad", "quad" if quad else "scalar")
    where = coordinates(False, strides, padding, dilations)
    launch_filter_grad(k, program, x, dy, size, where, k.outs[0].size // (4 if quad else 1))
