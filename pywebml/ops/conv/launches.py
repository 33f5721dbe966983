"""How a 2-D convolution and its gradients become kernel launches: direct with register
tiles, or as an implicit GEMM in workgroup memory, by adapter; and how sums are split
over workgroups (split-k).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...core.choices import Choice
from ...core.lowering import Lowering, Slot, pack
from ...device.kernels import kernel, typed_kernel
from ...device.seam import Adapter, Program
from ..linalg.matmul import MatMul
from ..support.activation import CODES
from ..support.typed import floats
from ..support.window import NO_PADDING, Padding, Pair, coordinates, splits

BUSY = 32768  # invocations that keep a large GPU busy
MOST_PARTS = 512  # of a sum: adding up the parts takes time too
_MOST_BYTES = 64 << 20  # of the parts that a tuning run tries
LONGEST = 32768  # terms per invocation: lavapipe stops after 65,535 rounds of loops


class Form(NamedTuple):
    """An entry point of conv/direct.wgsl, or of conv/tiled.wgsl for 'tiled'."""

    entry: str
    columns: int  # output columns per invocation; pixels in a tile
    channels: int  # output channels per invocation
    step: int  # input channels per round of its loop


class Convolution(NamedTuple):
    """What a form is chosen for: output rows (of all pictures) and columns, the
    filter's positions, channels.
    """

    rows: int
    columns: int
    taps: int
    in_c: int
    out_c: int
    gradient: bool = False
    halves: bool = False


class FilterGradient(NamedTuple):
    """The same for the gradient to the filter: rows of the filter as a matrix
    (positions x input channels), output pixels, channels.
    """

    rows: int
    pixels: int
    in_c: int
    out_c: int


FORMS = {
    "quad": Form("quad", 4, 4, 4),
    "pixel": Form("pixel", 1, 4, 4),
    "general": Form("general", 4, 4, 1),
    "scalar": Form("scalar", 1, 1, 1),
    "tiled 64x64": Form("tiled", 64, 64, 16),
    "tiled 128x32": Form("tiled", 128, 32, 16),
}
# Of conv/filter_grad_direct.wgsl and its tiled one: rows of the filter's matrix, its
# columns, and output pixels per round.
FILTER_FORMS = {
    "quad": Form("quad", 4, 4, 1),
    "general": Form("general", 1, 4, 1),
    "tiled 64x64": Form("tiled", 64, 64, 16),
    "tiled 128x32": Form("tiled", 128, 32, 16),
}


def _vectors(shape: Convolution | FilterGradient) -> bool:
    return shape.in_c % 4 == 0 and shape.out_c % 4 == 0


def _candidates(adapter: Adapter, shape: Convolution) -> list[str]:
    """All where channels come in fours; tiles where a dispatch may have so many."""
    if not _vectors(shape):
        return ["general", "scalar"]
    tiles = {
        name: -(-shape.rows * shape.columns // form.columns)
        for name, form in FORMS.items()
        if form.entry == "tiled"
    }
    return [name for name in FORMS if tiles.get(name, 0) <= adapter.max_groups]


def _rule(adapter: Adapter, shape: Convolution) -> str:
    """Tiles in workgroup memory where there is a real GPU and enough of a matrix; else
    register tiles, with few outputs per invocation where there are few outputs.
    Software adapters have no idle lanes to fill and want most reuse.
    """
    rows, columns, _, in_c, out_c = shape[:5]
    vectors = _vectors(shape)
    if adapter.software:
        return "quad" if vectors else "general"
    if vectors and in_c >= 16 and out_c > 16 and 32 <= rows * columns <= 64 * adapter.max_groups:
        return "tiled 64x64" if out_c > 32 else "tiled 128x32"
    many = rows * -(-columns // 4) * -(-out_c // 4) >= BUSY
    if vectors:
        return "quad" if many else "pixel"
    return "general" if many else "scalar"


def _filter_rule(adapter: Adapter, shape: FilterGradient) -> str:
    """Tiles where there is a real GPU and enough of a matrix [rows, out_c], else
    registers.
    """
    if (
        _vectors(shape)
        and not adapter.software
        and shape.rows >= 64
        and shape.out_c >= 16
        and shape.pixels >= 64
    ):
        return "tiled 64x64" if shape.out_c > 32 else "tiled 128x32"
    return "quad" if _vectors(shape) else "general"


choose = Choice("conv2d", ("conv/direct", "conv/tiled"), _candidates, _rule)
choose_filter_grad = Choice(
    "conv2d_filter_grad",
    ("conv/filter_grad_direct", "conv/filter_grad_tiled"),
    lambda adapter, shape: list(FILTER_FORMS) if _vectors(shape) else ["general"],
    _filter_rule,
)


class Cut(NamedTuple):
    """A sum that may be cut: `outputs` invocations of the form walk through `terms`
    rounds of `each` turns, for `size` results.
    """

    form: str
    outputs: int
    size: int
    terms: int
    each: int = 1


def _rounds_cut(adapter: Adapter, shape: Cut) -> str:
    """Input channels of a convolution: cut where a GPU is short of invocations."""
    busy = 0 if adapter.software else BUSY
    return str(min(splits(shape.terms * shape.each, shape.outputs, busy, LONGEST), shape.terms))


def _pixels_cut(adapter: Adapter, shape: Cut) -> str:
    """Output pixels of a filter's gradient, which has few results."""
    parts = min(
        splits(shape.terms, shape.outputs, 1024 if adapter.software else 2 * BUSY, LONGEST),
        MOST_PARTS,
    )
    return str(max(parts, -(-shape.terms // LONGEST)))


def _cuts(
    rule: Callable[[Adapter, Cut], str], most: Callable[[Cut], int]
) -> Callable[[Adapter, Cut], list[str]]:
    """What `rule` says, and powers of two as far as a part is worth its launch and the
    parts fit into memory.
    """

    def candidates(adapter: Adapter, shape: Cut) -> list[str]:
        least, room = -(-shape.terms * shape.each // LONGEST), _MOST_BYTES // (4 * shape.size)
        powers = [
            n
            for n in (1 << i for i in range(MOST_PARTS.bit_length()))
            if least <= n <= min(most(shape), max(room, 1))
        ]
        return [str(n) for n in sorted({*powers, int(rule(adapter, shape))})]

    return candidates


choose_rounds = Choice(
    "conv2d_split",
    ("conv/direct", "conv/tiled"),
    _cuts(_rounds_cut, lambda shape: min(shape.terms, 16)),
    _rounds_cut,
)
choose_pixels = Choice(
    "filter_grad_split",
    ("conv/filter_grad_direct", "conv/filter_grad_tiled", "conv/depthwise_filter_grad"),
    _cuts(_pixels_cut, lambda shape: shape.terms // 16),
    _pixels_cut,
)


class Partials(NamedTuple):
    """`parts` of `size` results that are added up."""

    size: int
    parts: int


choose_sum = Choice(
    "sum_partials",
    ("sum_partials",),
    lambda adapter, shape: ("main", "lanes"),  # one invocation per result, or sixteen
    lambda adapter, shape: "lanes" if shape.parts >= 32 and not adapter.software else "main",
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
    half_sums: bool = False,
) -> None:
    """Launches of a convolution, or of its gradient to the input (then x is dy); tiles
    may sum float16 in float16 (`half_sums`).
    """
    y = k.outs[0]
    n, in_h, in_w, in_c = x.shape
    _, out_h, out_w, out_c = y.shape
    kh, kw = w.shape[:2]
    if pointwise((kh, kw), strides, padding):
        lower_product(k, MatMul(transpose_b=gradient, activation=activation, half_sums=half_sums))
        return
    name = choose(
        k.adapter,
        Convolution(n * out_h, out_w, kh * kw, in_c, out_c, gradient, x.dtype == "float16"),
    )
    form = FORMS[name]
    tiled = form.entry == "tiled"
    phases: Pair = (1, 1)
    if tiled:
        phases, down = _phases(k.adapter, gradient, strides, dilations, y.shape, form.columns)
        tiles = (-(-out_c // form.channels), down)
        outputs = tiles[0] * tiles[1] * 128
    else:
        outputs = n * out_h * -(-out_w // form.columns) * -(-out_c // form.channels)
    rounds = -(-in_c // form.step)
    parts = int(choose_rounds(k.adapter, Cut(name, outputs, y.size, rounds, kh * kw)))
    chunk = -(-rounds // parts) * form.step
    parts = -(-in_c // chunk)
    whole = parts == 1
    target = y if whole else k.scratch((parts, *y.shape))
    params = pack(
        "7I8i6I",
        outputs * parts, out_h, out_w, out_c, in_h, in_w, in_c,
        *coordinates(gradient, strides, padding, dilations),
        n * out_h, chunk, CODES[activation] if whole else 0, int(whole and bias is not None), kh,
        kw,
    )  # fmt: skip
    slots = (x, w, bias or w, target)
    elements = floats(x, target)
    if tiled:
        half_sums = half_sums and x.dtype == "float16"
        elements = (*elements, "f16") if half_sums else elements
        program = typed_kernel(
            "conv/tiled", elements, GRADIENT=gradient, WIDTH=form.channels // 4, HALVES=half_sums,
            STRIDE_H=phases[0], STRIDE_W=phases[1],
        )  # fmt: skip
        k.launch(program, slots, params, (*tiles, parts))
    else:
        few = in_c if whole and in_c <= 4 else 0
        k.launch_flat(
            typed_kernel(
                "conv/direct", elements, form.entry, KH=kh, KW=kw, GRADIENT=gradient, FEW=few
            ),
            slots,
            params,
            outputs * parts,
        )
    if not whole:
        sum_partials(k, target, y, parts, bias, activation)


def _phases(
    adapter: Adapter,
    gradient: bool,
    strides: Pair,
    dilations: Pair,
    shape: Sequence[int],
    tile: int,
) -> tuple[Pair, int]:
    """Into how many phases a tiled gradient's rows and columns fall (see conv/tiled),
    and how many tiles of pixels they have. With dilations, too, filter positions are
    not a stride apart, so there is one.
    """
    (n, height, width), (down, across) = shape[:3], strides
    tiles = down * across * -(-n * -(-height // down) * -(-width // across) // tile)
    if gradient and dilations == (1, 1) and tiles <= adapter.max_groups:
        return strides, tiles
    return (1, 1), -(-n * height * width // tile)


def lower_filter_grad(
    k: Lowering, x: Slot, dy: Slot, size: Pair, strides: Pair, padding: Padding, dilations: Pair
) -> None:
    """Launches of a convolution's gradient to its filter."""
    if pointwise(size, strides, padding):
        lower_product(k, MatMul(transpose_a=True))
        return
    in_c, out_c = x.shape[3], dy.shape[3]
    rows, pixels = size[0] * size[1] * in_c, dy.size // out_c
    form = FILTER_FORMS[choose_filter_grad(k.adapter, FilterGradient(rows, pixels, in_c, out_c))]
    tiles = (-(-out_c // form.channels), -(-rows // form.columns))
    where = coordinates(False, strides, padding, dilations)
    if form.entry == "tiled":
        program = kernel("conv/filter_grad_tiled", WIDTH=form.channels // 4)
        launch_filter_grad(
            k, program, x, dy, size, where, tiles[0] * tiles[1] * 128, form.step, tiles
        )
    else:
        program = kernel("conv/filter_grad_direct", form.entry)
        launch_filter_grad(k, program, x, dy, size, where, tiles[0] * tiles[1], form.step)


def launch_filter_grad(
    k: Lowering,
    program: Program,
    x: Slot,
    dy: Slot,
    size: Pair,
    where: Sequence[int],
    outputs: int,
    step: int = 1,
    tiles: Sequence[int] = (),
) -> None:
    """Launches of a kernel that needs conv/filter_grad.wgsl: splits of the output
    pixels (split-k), then their sum.

    `outputs`: invocations of one split, which are workgroups of `tiles`, across and
    down, where there are any; `step`: pixels per round; `where`: `window.coordinates`.
    """
    dw, pixels = k.outs[0], dy.size // dy.shape[3]
    parts = int(choose_pixels(k.adapter, Cut(program.name, outputs, dw.size, pixels)))
    chunk = -(-pixels // (parts * step)) * step
    parts = -(-pixels // chunk)
    target = dw if parts == 1 else k.scratch((parts, *dw.shape))
    params = pack(
        "9I8i2I", outputs * parts, *size, *dy.shape[1:], *x.shape[1:], *where, pixels, chunk
    )
    if tiles:
        k.launch(program, (x, dy, target), params, (*tiles, parts))
    else:
        k.launch_flat(program, (x, dy, target), params, outputs * parts)
    if parts > 1:
        sum_partials(k, target, dw, parts)


def pointwise(window: Pair, strides: Pair, padding: Padding) -> bool:
    """Whether the convolution is a matrix product of [pixels, channels] as they lie in
    memory.
    """
    return window == strides == (1, 1) and padding == NO_PADDING


def lower_product(k: Lowering, product: MatMul) -> None:
    """The launches of `product` on inputs and output flattened to matrices: pixels x
    channels, or channels x channels.
    """

    def flat(slot: Slot) -> Slot:
        return (
            slot
            if len(slot.shape) == 1
            else slot._replace(shape=(slot.size // slot.shape[-1], slot.shape[-1]))
        )

    product.gpu(
        Lowering(
            [flat(s) for s in k.ins], [flat(k.outs[0])], k.adapter, k.launches, k.scratch_bytes
        )
    )


def sum_partials(
    k: Lowering,
    partial: Slot,
    y: Slot,
    parts: int,
    bias: Slot | None = None,
    activation: str | None = None,
) -> None:
    """y = sum over the first axis of `partial`, then bias and activation."""
    params = pack("5I", y.size, parts, y.shape[-1], CODES[activation], int(bias is not None))
    entry = choose_sum(k.adapter, Partials(y.size, parts))
    program = typed_kernel("sum_partials", floats(y), entry)
    k.launch_flat(
        program, (partial, bias or partial, y), params, y.size, 16 if entry == "lanes" else 64
    )
