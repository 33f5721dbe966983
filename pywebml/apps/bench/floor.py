"""`bench floor`: what this adapter moves, computes and launches at best, measured with
our own kernels; and how near to that the works come, whose plans say what they move and
compute. It is kept for `plan.summary()`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.fusion import Instruction
from ...core.op import Op, lower
from ...core.plan import Floor, Plan
from ...core.spec import Spec
from ...device import get_device, measured
from ...ops.elementwise.op import Elementwise
from ...ops.linalg.matmul import MatMul
from .launches import Call, Trial, Wait, filled
from .measure import Row, Work, medians, row
from .works import chosen, plans

NEGATION = Elementwise((Instruction("neg", (("x", 0),)),), (0,))
SECONDS = 0.05  # per measurement
TURNS = 7


async def measure(wait: Wait) -> Floor:
    """Measures the device in use: a negation of more memory than a cache holds, a
    matrix product, and 64 numbers negated again and again. The best of some turns; kept
    for the adapter.
    """
    adapter = get_device().adapter
    measured.ready(adapter)
    numbers = min(adapter.max_binding, 16 << 20 if adapter.software else 256 << 20) // 4
    n = 512 if adapter.software else 4096
    moved = await _seconds(wait, NEGATION, Spec((numbers,)))
    computed = await _seconds(wait, MatMul(), Spec((n, n)), Spec((n, n)))
    launched = await _seconds(wait, NEGATION, Spec((64,)))
    floor = Floor(8 * numbers / moved, 2 * n**3 / computed, launched)
    measured.change(adapter, lambda kept: {**kept, "floor": floor._asdict()})
    return floor


async def _seconds(wait: Wait, op: Op, *ins: Spec) -> float:
    """Of one launch, where one follows the other."""
    device = get_device()
    call = Call(op, ins, op.outputs(*ins))
    buffers = [filled(device, spec) for spec in (*call.ins, *call.outs)]
    trial = Trial(device, lower(*call, device.adapter), buffers)
    try:
        await trial.warm_up(SECONDS, wait)
        for _ in range(TURNS):
            await trial.measure(wait)
        return trial.seconds
    finally:
        trial.close()
        for buffer in buffers:
            device.free(buffer)


def rows(floor: Floor, only: Sequence[str] = (), quick: bool = False) -> Iterator[Row]:
    """A row for each of the works: a replay of its plan beside the plan's floor.
    ValueError for a work that is not there.
    """
    device = get_device()
    for work in chosen(only):
        for title, plan in plans(work, quick):

            def replays(n: int, plan: Plan = plan) -> None:
                for _ in range(n):
                    plan.run()
                device.sync()

            least = 1e3 * plan.floor(floor)
            took = medians({"ours": Work(replays)}, seconds=1.0)["ours"]
            moved, flops = sum(r.nbytes for r in plan.rows), sum(r.flops for r in plan.rows)
            yield row(
                "floor",
                title,
                took,
                "floor",
                least,
                f"{len(plan.rows)} launches, {moved / 1e6:.1f} MB, {flops / 1e6:,.0f} MFLOP",
            )
