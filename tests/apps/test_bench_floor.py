"""The floor: measured on the adapter, kept, and told by a plan's summary."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pywebml.apps.bench import floor
from pywebml.core.capture import capture
from pywebml.core.plan import Floor, known_floor
from pywebml.core.tensor import tensor
from pywebml.device import get_device, measured, run_sync, set_device
from pywebml.ops import matmul, relu, softmax


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYWEBML_TUNED", "1")
    return tmp_path


def test_the_larger_of_memory_and_arithmetic_and_the_launches() -> None:
    best = Floor(bandwidth=1e12, flops=1e13, launch=5e-6)
    assert best.seconds(2_000_000, 10_000_000) == pytest.approx(2e-6 + 5e-6)
    assert best.seconds(1_000_000, 100_000_000, 3) == pytest.approx(10e-6 + 15e-6)


def test_summary_tells_the_floor(host: str, store: Path) -> None:
    x, w = tensor(np.ones((40, 256), np.float32)), tensor(np.ones((256, 100), np.float32))
    run = capture(lambda x: softmax(relu(matmul(x, w))))
    run(x)
    (plan,) = run.plans()
    assert (
        "`python -m pywebml bench floor` measures" in plan.summary()
        and "ms, at" not in plan.summary()
    )
    floor_of = {"bandwidth": 1e9, "flops": 1e10, "launch": 1e-5}
    measured.change(get_device().adapter, lambda kept: {"floor": floor_of})
    assert known_floor(get_device().adapter) == Floor(1e9, 1e10, 1e-5)
    lines = plan.summary().splitlines()
    seconds = [max(r.nbytes / 1e9, r.flops / 1e10) + 1e-5 for r in plan.rows]
    assert len(lines) == len(plan.rows) + 4
    for line, r, least in zip(lines[1:], plan.rows, seconds, strict=False):
        assert line.startswith(r.kernel[:33]) and f" {1e6 * least:.1f}  " in line
    assert lines[-1].startswith(
        f"at least {1e3 * sum(seconds):.3g} ms, at 1 GB/s, 10 GFLOP/s and 10 us a launch"
    )


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"floor": {}},
        {"floor": dict.fromkeys(Floor._fields, 10**400)},
        {"floor": {"bandwidth": "x", "flops": 1, "launch": 1}},
        {"floor": [1]},
    ],
)
def test_what_is_no_floor_is_none(store: Path, host: str, kept: dict[str, object]) -> None:
    measured.change(get_device().adapter, lambda before: kept)
    assert known_floor(get_device().adapter) is None


def test_measuring_keeps_what_it_finds(
    host: str, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(floor, "SECONDS", 0.001)
    monkeypatch.setattr(floor, "TURNS", 1)
    device = get_device()
    measured.change(device.adapter, lambda kept: {"choices": {}})

    async def wait() -> None:
        device.sync()

    found = run_sync(floor.measure(wait))
    assert min(found) > 0 and known_floor(device.adapter) == found
    (path,) = (store / "pywebml" / "measured").iterdir()
    assert json.loads(path.read_text()).keys() == {
        "adapter",
        "backend",
        "driver",
        "choices",
        "floor",
    }


def test_a_work_s_floor_stands_beside_its_time(store: Path) -> None:
    set_device("cpu")
    best = Floor(bandwidth=1e12, flops=1e14, launch=1e-9)
    small, larger = floor.rows(best, ["matmul"], quick=True)
    assert (
        larger["work"] == "matmul 256 x 256 x 256"
        and small["peer"] == "floor"
        and small["note"].startswith("1 launches, 0.0 MB")
    )
    assert larger["peer_ms"] == pytest.approx(
        1e3 * (max(3 * 4 * 256**2 / 1e12, 2 * 256**3 / 1e14) + 1e-9)
    )
    assert 0 < larger["ratio"] == larger["peer_ms"] / larger["ours_ms"]
    with pytest.raises(ValueError, match="no work called 'speed'; there are matmul, reduce"):
        list(floor.rows(best, ["speed"]))
