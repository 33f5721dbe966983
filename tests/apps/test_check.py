"""`check` finds what is wrong, and says what it found in the shape that the
documentation promises.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shares import share_per_op

from pywebml.apps import check as job
from pywebml.cli import main
from pywebml.core.op import Case, Op
from pywebml.core.spec import Spec


@dataclass(frozen=True)
class Doubled(Op):
    """Right in float64; in float32, as on every device, off by `offset`."""

    not_finite_inputs = ()
    offset: float = 0.0

    def infer(self, x: Spec) -> Spec:
        return x

    def numpy(self, x: Any) -> Any:
        return 2 * x + (self.offset if x.dtype == np.float32 else 0)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("right", cls(), (np.arange(4, dtype="float32"),))


class Wrong(Doubled):
    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield from super().cases()
        yield Case("off by 0.1", cls(0.1), (np.arange(4, dtype="float32"),))


class Raising(Doubled):
    def infer(self, x: Spec) -> Spec:
        raise ValueError("no such shape")


def rows(registry: dict[str, type[Op]]) -> list[Any]:
    return list(job.check(["reference"], registry))


def test_a_right_op_passes() -> None:
    ((row, trouble),) = rows({"Doubled": Doubled})
    assert row["ok"]
    assert row["error"] == 0
    assert trouble == ""


def test_a_planted_miss_is_found_and_measured() -> None:
    good, bad = (row for row, _ in rows({"Wrong": Wrong}))
    assert good["ok"]
    assert not bad["ok"]
    assert bad["case"] == "off by 0.1"
    assert bad["error"] == pytest.approx(0.1, rel=1e-3)


def test_an_op_that_raises_is_a_miss_and_not_the_end() -> None:
    (raised, trouble), (after, _) = rows({"A": Raising, "B": Doubled})
    assert not raised["ok"]
    assert raised["error"] is None
    assert "no such shape" in trouble
    assert after["ok"]


@pytest.mark.parametrize(
    ("got", "want", "ok"),
    [
        ([1.0, np.inf], [1.0, np.inf], True),
        ([np.nan], [np.nan], True),
        ([np.nan], [1.0], False),
        ([np.inf], [1.0], False),
        ([-np.inf], [np.inf], False),
        ([100.0001], [100.0], True),
        ([0.0001], [0.0], False),
    ],
)
def test_compare(got: list[float], want: list[float], ok: bool) -> None:
    error, tolerance = job.compare(np.array(got), np.array(want), 1e-5, 1e-4)
    assert (error <= tolerance) is ok
    assert np.isfinite(error)


def test_exit_codes_and_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "check.json"
    monkeypatch.setattr(job, "everything", lambda: {"Doubled": Doubled})
    assert main(["check", "--hosts", "reference", "--json", str(out)]) == 0
    monkeypatch.setattr(job, "everything", lambda: {"Wrong": Wrong})
    assert main(["check", "--hosts", "reference", "--json", str(out)]) == 1
    assert "MISS Wrong (off by 0.1) on reference" in capsys.readouterr().out
    written = json.loads(out.read_text())
    assert [set(row) for row in written] == [
        {"kernel", "case", "host", "adapter", "error", "tolerance", "ok"}
    ] * 2
    assert [row["ok"] for row in written] == [True, False]


def test_an_unknown_host_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--hosts", "toaster"]) == 2
    assert "no host called 'toaster'" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["reference", pytest.param("native", marks=pytest.mark.gpu)])
def test_the_cases_of_every_op_are_within_their_tolerance(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = job._cases
    monkeypatch.setattr(job, "_cases", lambda *asked: share_per_op(every(*asked)))
    found = list(job.check([name]))
    assert len(found) > 100
    assert [
        f"{row['kernel']} ({row['case']}): {trouble or row['error']}"
        for row, trouble in found
        if not row["ok"]
    ] == []


class Clearing(Op):
    """Gives 0 for NaN on a device, and NaN in float64: what `max` of WGSL may do."""

    def infer(self, x: Spec) -> Spec:
        return x

    def numpy(self, x: Any) -> Any:
        return x if x.dtype == np.float64 else np.nan_to_num(x)

    @classmethod
    def cases(cls) -> Iterable[Case]:
        yield Case("plain", cls(), (np.arange(12, dtype="float32"),))
        yield Case("another", cls(), (np.arange(4, dtype="float32"),))


def test_nan_that_vanishes_is_a_miss() -> None:
    plain, special, another = (row for row, _ in rows({"Clearing": Clearing}))
    assert plain["ok"] and another["ok"]
    assert special["case"] == "plain, with nan and infinity"
    assert not special["ok"]
