"""The forms of a matrix product's kernel, and the choice among them by shape and
adapter: register tiles alone, tiles in workgroup (shared) memory, threads that share
the k of few results (sliced k), and the split of a long k over workgroups (split-k).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ...core.choices import Choice
from ...device.kernels import kernel_text, with_sizes, with_types
from ...device.seam import Adapter, Program
from ..support.activation import CODES, JOINS
from ..support.rows import SHARED, lanes, row_text, shared_forms, usual

_MOST = 256  # parts that a tuning run tries
_MOST_BYTES = 64 << 20  # of their sums
_SHORTEST = 256  # k per part that is worth a launch, where nothing was measured
_LEAST = 64  # and that a tuning run tries
# k per invocation: Mesa 22's lavapipe ends loops after 65,535 rounds,
# nested ones counted together
_LONGEST = 48 << 10
_KERNELS = ("dense/registers", "dense/narrow", "dense/row", "dense/tiled")
_FEW = 32  # columns of several rows, up to which the forms of dense/row.wgsl are tried


class Product(NamedTuple):
    """A product of [m, k] and [k, n], `batches` times; `words`: stored rows are
    multiples of four long; `halves`: of float16, with `half_sums` summed in it, too.
    """

    batches: int
    m: int
    n: int
    k: int
    transpose_a: bool = False
    transpose_b: bool = False
    words: bool = True
    halves: bool = False
    half_sums: bool = False


class Sum(NamedTuple):
    """The same as it is cut along k for a form."""

    form: str
    batches: int
    m: int
    n: int
    k: int


class Form(NamedTuple):
    """A kernel's tile of y, the k it loads per step, its threads per tile and the tiles
    that keep an adapter busy (occupancy); and what dense/tiled.wgsl wants to know: rows
    and columns of a thread's register tile, shares and patch (see there). `sharing`:
    for dense/row.wgsl, how the threads of a tile share it (see rows.py).
    """

    rows: int
    columns: int
    depth: int
    threads: int
    enough: int
    tall: int = 0
    wide: int = 0
    shares: int = 1
    patch: int = 0
    sharing: str = ""

    def tiles(self, batches: int, m: int, n: int) -> int:
        return batches * -(-m // self.rows) * -(-n // self.columns)

    def fits(self, adapter: Adapter, half_sums: bool = False) -> bool:
        """Whether the adapter's workgroups have the memory and the threads; and a
        thread has registers for totals next to its sums in halves, for which 8 x 16
        leave no room.
        """
        if half_sums and self.wide > 4:
            return False
        return (
            self.nbytes(half_sums) <= adapter.max_workgroup_bytes
            and self.threads <= adapter.max_invocations
        )

    @property
    def entry(self) -> str:
        if self.tall:
            return "tiled"
        if self.sharing:
            return "row"
        return "narrow" if self.columns == 1 else "registers"

    @property
    def width(self) -> int:
        """Floats in a row of workgroup memory, one k of a tile; four of them are
        padding against bank conflicts.
        """
        return self.rows + self.columns + 4

    def memory(self, half_sums: bool) -> tuple[int, int]:
        """Rows of workgroup memory, for a tile or for the sums of all shares, and words
        for these sums that are not part of it, as where a tile is of halves.
        """
        sums = self.shares * self.rows * self.columns // 4 if self.shares > 1 else 0
        return (
            (self.depth, max(sums, 1))
            if half_sums
            else (max(self.depth, -(-4 * sums // self.width)), 1)
        )

    def nbytes(self, half_sums: bool = False) -> int:
        """Of workgroup memory."""
        height, sums = self.memory(half_sums)
        return (2 if half_sums else 4) * self.width * height + 16 * sums

    def sizes(self, half_sums: bool = False) -> dict[str, int]:
        """What dense/tiled.wgsl has as constants."""
        height, sums = self.memory(half_sums)
        sizes = {
            "ROWS": self.rows,
            "COLUMNS": self.columns,
            "DEPTH": self.depth,
            "TALL": self.tall,
            "WIDE": self.wide,
        }
        return {**sizes, "SHARES": self.shares, "PATCH": self.patch, "HEIGHT": height, "SUMS": sums}


def _tiled(
    rows: int, columns: int, depth: int, tall: int, wide: int, shares: int = 1, square: bool = False
) -> Form:
    across = columns // wide
    return Form(
        rows,
        columns,
        depth,
        across * rows // tall * shares,
        256,
        tall,
        wide,
        shares,
        8 if square else min(across, 16),
    )


def _name(form: Form) -> str:
    """32x32x64 4x4 4 shares: the tile and its step of k, the register tile of a thread,
    and how many threads share a step (sliced k).
    """
    return f"{form.rows}x{form.columns}x{form.depth} {form.tall}x{form.wide}" + (
        f" {form.shares} shares" if form.shares > 1 else ""
    )


LARGE, TALL, DEEP = (
    _tiled(128, 128, 16, 8, 16),
    _tiled(128, 64, 16, 8, 4, square=True),
    _tiled(64, 64, 32, 8, 4),
)
LIGHT, SMALL, TINY = (
    _tiled(32, 32, 32, 4, 4),
    _tiled(32, 32, 64, 4, 4, shares=4),
    _tiled(16, 16, 128, 4, 4, shares=16),
)
FORMS = {"registers": Form(4, 8, 4, 1, 1024), "narrow": Form(1, 1, 64, 16, 2048)}
FORMS |= {_name(form): form for form in (LARGE, TALL, DEEP, LIGHT, SMALL, TINY)}
FORMS |= {
    f"row {sharing}": Form(1, 4, 4 * lanes(sharing), lanes(sharing), 32, sharing=sharing)
    for sharing in SHARED
}


def candidates(adapter: Adapter, shape: Product) -> list[str]:
    """The forms that fit into the adapter's workgroups; those with a tile of four
    results where there are few.
    """
    sharing = shared_forms(adapter) if shape.m == 1 or shape.n <= _FEW else []

    def runs(form: Form) -> bool:
        if form.sharing:
            return form.sharing in sharing
        return not form.tall or form.fits(adapter, shape.half_sums)

    return [name for name, form in FORMS.items() if runs(form)]


def rule(adapter: Adapter, shape: Product) -> str:
    """Barriers are slow on software adapters (a long row for 32 threads excepted:
    `registers` would compute four), and small tiles on real ones: the largest tile that
    still fills a GPU (some 130 workgroups, half as many for a long k) without computing
    much beyond the edge. For few results and a k of no more than a few rounds, the
    tiles that share it among most threads: nothing is left to split, which would take a
    second launch. Thresholds from `bench tune` on an H100.
    """
    batches, m, n, k = shape[:4]
    results = batches * m * n
    if adapter.software:
        return "row tree 32" if m == 1 and k >= 1024 else "registers"
    if m == 1:
        sharing = usual(adapter, k // 4, "")
        return f"row {sharing}" if sharing else "narrow"
    few = 0
    if n <= 8:
        few = 1 << 16
    elif k <= 16:
        few = 1 << 13
    elif n <= 16:
        few = 1 << 12
    if shape.transpose_a:  # a long k is for many workgroups
        few = min(few, 1 << 10) if k < 1 << 14 else 0
    if results <= few:
        return "narrow"
    if n <= 16 and k <= 64 and results >= 1 << 20:
        return "registers"

    def fills(form: Form, least: int, excess: float) -> bool:
        tiles = form.tiles(batches, m, n)
        return (
            form.fits(adapter, shape.half_sums)
            and tiles >= least
            and tiles * form.rows * form.columns <= excess * results
        )

    if k <= 128 or not LARGE.fits(adapter):
        if fills(TALL, 128, 1.4):
            return _name(TALL)
    elif fills(LARGE, 128, 1.2):
        return _name(LARGE)
    elif fills(DEEP, 128 if k < 1024 else 64, 1.2):
        return _name(DEEP)
    if (
        k <= 1536
        and TINY.tiles(batches, m, n) <= (160 if k < 128 else 264)
        and TINY.fits(adapter, shape.half_sums)
    ):
        return _name(TINY)
    return _name(
        SMALL
        if LIGHT.tiles(batches, m, n) < 128 and SMALL.fits(adapter, shape.half_sums)
        else LIGHT
    )


def _parts(adapter: Adapter, shape: Sum) -> str:
    """All of k by one workgroup, or less where there are too few tiles for the adapter,
    or k is very long.
    """
    form = FORMS[shape.form]
    shortest = max(_SHORTEST, 8 * form.depth if form.shares > 4 else 0)
    return str(
        max(
            1,
            min(form.enough // form.tiles(*shape[1:4]), shape.k // shortest),
            -(-shape.k // _LONGEST),
        )
    )


def _more_parts(adapter: Adapter, shape: Sum) -> Sequence[str]:
    counts = {int(_parts(adapter, shape)), *(1 << i for i in range(_MOST.bit_length()))}
    room = _MOST_BYTES // (4 * shape.batches * shape.m * shape.n)
    least, most = -(-shape.k // _LONGEST), max(min(shape.k // _LEAST, room), 1)
    return [str(n) for n in sorted(counts) if least <= n <= most] or [_parts(adapter, shape)]


choose = Choice("matmul", _KERNELS, candidates, rule)
parts = Choice("matmul_split", _KERNELS, _more_parts, _parts)


def split(adapter: Adapter, form: str, batches: int, m: int, n: int, k: int) -> int:
    """How much of k one workgroup of the form sums."""
    depth = FORMS[form].depth
    return -(-k // (int(parts(adapter, Sum(form, batches, m, n, k))) * depth)) * depth


@lru_cache(1024)
def program_of(
    form: str,
    words: bool,
    elements: tuple[str, ...],
    activation: str | None,
    join: str | None,
    transpose_a: bool,
    transpose_b: bool,
    across: bool = False,
    half_sums: bool = False,
    heads: tuple[int, int, int] = (1, 1, 1),
) -> Program:
    """The file of the form, reading words of four floats or single ones; `elements`
    read and written. 'combine' adds up a split's parts (split-k).
    """
    entry = FORMS[form].entry if form in FORMS else form
    choices: tuple[str, ...] = ("dense/vec4" if words else "dense/scalar",)
    constants = [("ACTIVATION", float(CODES[activation])), ("JOIN", float(JOINS[join]))]
    constants += [("TA", float(transpose_a)), ("TB", float(transpose_b))]
    constants += [(f"HEADS_{x}", float(n)) for x, n in zip("ABY", heads, strict=True) if n > 1]
    if entry == "registers":
        constants.append(("NEAR", 1.0))
    elif entry == "narrow":
        constants.append(("ACROSS", float(across)))
    elif entry == "row":
        choices = (*choices, row_text(FORMS[form].sharing))
        elements = (*elements, "vec4f")  # what is joined
        constants.append(("LANES", float(FORMS[form].threads)))
    elif entry == "tiled":
        elements = (*elements, "f16" if half_sums else "f32")  # what is summed
        constants.append(("HALVES", float(half_sums)))
    name = f"dense/{'frame' if entry == 'combine' else entry}"
    text = with_types(kernel_text(name, choices), *elements)
    if entry == "tiled":
        text = with_sizes(text, FORMS[form].sizes(half_sums))
    return Program(f"dense.{form}", text, entry, tuple(sorted(constants)))
