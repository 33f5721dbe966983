"""`bench load`: rows of the agreed form, of small networks; Keras 3, which takes many
seconds to start, only where a person runs the command.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import pywebml as pw
from pywebml import layers
from pywebml.apps.bench import load


def small(folder: Path, name: str) -> dict[str, Path]:
    net = pw.Sequential(
        [layers.GlobalAveragePooling2D(input_shape=(None, None, 3)), layers.Dense(700)]
    )
    net.save(folder / f"{name[:3]}.keras")
    return {".keras": folder / f"{name[:3]}.keras"}


def test_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    pw.set_device("cpu")
    monkeypatch.setattr(load, "written", small)
    monkeypatch.setattr(load, "find_spec", lambda module: None)
    large, answered = load.rows(device="cpu", quick=True)
    assert large["work"] == "ResNet50, .keras" and 0 < large["ours_ms"] < 5000
    assert (large["peer"], large["peer_ms"], large["ratio"]) == ("", None, None)
    if Path("/proc/self/clear_refs").exists():
        assert large["note"].startswith("0 MB; memory grows by ")
    assert answered["work"] == "MobileNet v1 0.25, .keras"
    assert answered["note"] == "0 MB; up to the first answer"


def test_a_row_beside_keras() -> None:
    pw.set_device("cpu")
    ours = [load.Loaded(seconds, 100_000_000, 105_000_000) for seconds in (0.5, 0.4, 9.0)]
    theirs = [load.Loaded(seconds, 100_000_000, 310_000_000) for seconds in (3.0, 2.0, 9.0)]
    turns = [{"pywebml": a, "keras": b} for a, b in zip(ours, theirs, strict=True)]
    row = load._row("net", False, turns)
    assert (row["ours_ms"], row["peer"], row["peer_ms"], row["ratio"]) == (
        500.0,
        load.PEER,
        3000.0,
        6.0,
    )
    assert row["note"] == "100 MB; memory grows by 1.05 times as much, Keras 3.10"


def test_a_process_that_fails_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.keras").write_bytes(b"no model")
    with pytest.raises(RuntimeError, match=r"pywebml did not load net\.keras: .*net\.keras"):
        load._process("pywebml", tmp_path / "net.keras", False, "cpu")
