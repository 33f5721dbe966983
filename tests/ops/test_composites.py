"""Every public function of `pw.ops` is checked on every host: it is an op with sample
cases, or a composite with samples of its own.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import ops
from pywebml.apps.check import check, check_here, everything
from pywebml.core.composite import COMPOSITES, Sample, composite
from pywebml.core.op import REGISTRY
from pywebml.device import run_sync

OTHER_NAMES = {
    "boolean_mask": "boolean_mask_async",
    "setdiff1d": "setdiff1d_async",
    "unique": "unique_async",
    "cumprod": "Scan",
    "cumsum": "Scan",
    "arange": "Fill",
    "argmax": "ArgReduce",
    "argmin": "ArgReduce",
    "cast": "cast_float32",
    "dropout": "DropoutMask",
    "leaky_relu": "prelu",
    "frame": "Frames",
    "ifft": "FFT",
    "linspace": "Fill",
    "multi_rnn_cell": "basic_lstm_cell",
    "multinomial": "PickByWeight",
    "ones": "Fill",
    "range": "Fill",
    "ones_like": "Fill",
    "random_standard_normal": "RandomNormal",
    "truncated_normal": "RandomTruncatedNormal",
    "resize_nearest_neighbor": "ResizeNearest",
    "unsorted_segment_sum": "SegmentSum",
    "zeros": "Fill",
    "zeros_like": "Fill",
}
"""Functions that are one op, or a product with it, of another name."""


def _named(function: str) -> str:
    """Of non-maximum suppression there are six ways to read the same op's results."""
    if function.startswith("non_max_suppression"):
        return "NonMaxSuppression"
    return OTHER_NAMES.get(function, function)


def plain(name: str) -> str:
    return name.rpartition(".")[2].replace("_", "").lower()


def test_every_function_is_an_op_with_cases_or_a_composite_with_samples() -> None:
    with_cases = {plain(name) for name, op in REGISTRY.items() if next(iter(op.cases()), None)}
    with_cases |= {plain(case.op.name) for op in REGISTRY.values() for case in op.cases()}
    with_cases |= {plain(name) for name, c in COMPOSITES.items() if next(c.cases(), None)}
    names = {*ops.__all__, *(name for space in ops.NAMESPACES.values() for name in space.__all__)}
    functions = sorted(n for n in names - ops.ALIASES.keys() if n[0].islower())
    missing = [name for name in functions if plain(_named(name)) not in with_cases]
    assert not missing, f"decorate with @composite, with samples: {missing}"


@pytest.mark.halves
def test_a_composite_stands_in_check_under_its_name(host: str) -> None:
    async def rows() -> list[Any]:
        return [row async for row, *_ in check_here(host, "unstack")]

    found = run_sync(rows())
    assert [row["case"] for row in found] == [
        "rows", "rows, with nan and infinity", "rows, float16",
        "middle axis", "middle axis, float16",
    ]  # fmt: skip
    assert all(row["ok"] and row["kernel"] == "unstack" for row in found)


def test_a_wrong_composite_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMPOSITES, "doubled", None)  # type: ignore[arg-type]  # taken away after

    @composite(
        meaning=lambda x: x * 2,
        cases=lambda: [Sample("ones", (np.ones(3, np.float32),))],
    )
    def doubled(x: Any) -> pw.Tensor:
        return x * 2.5

    (row, _), *_ = check(["reference"], {"doubled": everything()["doubled"]})
    assert not row["ok"]
    assert row["error"] == pytest.approx(0.5)


@pytest.mark.parametrize("name", sorted(COMPOSITES))
def test_composites_mean_what_they_say(host: str, name: str) -> None:
    async def missed() -> list[Any]:
        return [(row, why) async for row, why, *_ in check_here(host, name) if not row["ok"]]

    assert not run_sync(missed())
