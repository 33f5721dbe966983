"""A whole sequence as one launch: a workgroup walks through all steps with some rows of
the batch, and has their state in its memory. Rows know nothing of each other, so no
workgroup waits for another.

Each workgroup reads the whole recurrent kernel at every step, from the GPU's cache. For
many rows or units that comes to more than a product per step takes: `choose` says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from ...core.choices import Choice
from ...core.lowering import Lowering, Slot, pack
from ...device.kernels import kernel, kernel_text, with_sizes
from ...device.seam import Adapter, Program

STEPS = "steps"
_THREADS = 256
_ENOUGH = 64 << 20  # bytes of all workgroups' kernels per step: what a launch takes
_KERNELS = tuple(
    f"recurrent/{cell}{way}"
    for cell in ("lstm", "gru", "simple")
    for way in ("", "_grad", "_walk", "_grad_walk")
)


class Walk(NamedTuple):
    """A sequence of so many rows; its kernel is [units, gates * units]."""

    rows: int
    units: int
    gates: int
    back: bool


class Form(NamedTuple):
    """The sizes of recurrent/walk.wgsl, see there."""

    units: int
    rows: int
    depth: int
    quads: int
    shares: int
    threads: int
    held: int

    @property
    def nbytes(self) -> int:
        """Of workgroup memory."""
        carried = 2 * self.rows * self.units
        return 4 * (self.rows * self.depth + 4 * self.rows * self.shares * self.quads + carried)

    def fits(self, adapter: Adapter) -> bool:
        return (
            self.nbytes <= adapter.max_workgroup_bytes and self.threads <= adapter.max_invocations
        )


@lru_cache(1024)
def form(walk: Walk, rows: int) -> Form:
    """The form of a walk with so many rows per workgroup: as many shares of the product
    as there are invocations for.
    """
    height, width = walk.units, walk.gates * walk.units
    if walk.back:
        height, width = width, height
    quads, eights = -(-width // 4), -(-height // 8)
    most = max(1, (_THREADS if rows < 4 else _THREADS // 2) // quads)
    shares = max(n for n in range(1, most + 1) if eights % n == 0)
    busy = max(shares * quads, rows * walk.units)
    threads = next((n for n in (32, 64, 128) if n >= busy), _THREADS)
    held = min(2, eights // shares) if shares * quads <= threads else 0
    return Form(walk.units, rows, 8 * eights, quads, shares, threads, held)


def _candidates(adapter: Adapter, walk: Walk) -> Sequence[str]:
    fitting = [rows for rows in (1, 2, 4) if form(walk, rows).fits(adapter)]
    return [STEPS, *(f"walk {rows}" for rows in fitting)]


def _rule(adapter: Adapter, walk: Walk) -> str:
    """As many rows per workgroup as leave enough workgroups for a GPU; step by step
    where the kernel would be read too often.
    """
    most = 4 if adapter.software else walk.rows // 64
    fitting = [rows for rows in (4, 2) if rows <= most and form(walk, rows).fits(adapter)]
    rows = fitting[0] if fitting else 1
    nbytes = 4 * walk.gates * walk.units * walk.units * -(-walk.rows // rows)
    walks = form(walk, rows).fits(adapter) and nbytes <= _ENOUGH
    return f"walk {rows}" if walks else STEPS


choose = Choice("recurrent", _KERNELS, _candidates, _rule)


def chosen(k: Lowering, walk: Walk) -> Form | None:
    """The form of the walk, None for one launch per step."""
    name = choose(k.adapter, walk)
    return None if name == STEPS else form(walk, int(name.split()[1]))


@lru_cache(1024)
def program(name: str, sizes: Form) -> Program:
    named = {key.upper(): value for key, value in sizes._asdict().items()}
    return Program(f"{name}.main", with_sizes(kernel_text(name), named), "main", ())


def matrix_of(k: Lowering, w: Slot, sizes: Form, transposed: bool) -> Slot:
    """The recurrent kernel as a walk reads it."""
    height, width = w.shape
    depth, columns = sizes.depth, 4 * sizes.quads
    if (height, width) == (depth, columns) and not transposed:
        return w
    matrix = k.scratch((depth, columns))
    params = pack("5I", height, width, depth, columns, transposed)
    k.launch_flat(kernel("recurrent/matrix"), [w, matrix], params, depth * columns)
    return matrix


def launch(
    k: Lowering, name: str, slots: Sequence[Slot], params: bytes, walk: Walk, f: Form
) -> None:
    """One launch: `slots` as the kernel binds them, the matrix second."""
    groups = -(-walk.rows // f.rows)
    across = min(groups, k.adapter.max_groups)
    k.launch(
        program(f"recurrent/{name}_walk", f), slots, params, (across, -(-groups // max(across, 1)))
    )
