"""Tuning times the candidates of every choice and keeps what won."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from hosts import shared_device

from pywebml.apps.bench import tune
from pywebml.cli import main
from pywebml.core.choices import CHOICES, reload
from pywebml.core.op import lower
from pywebml.core.spec import Spec
from pywebml.device import get_device, measured, set_device
from pywebml.ops.linalg.matmul import MatMul


@pytest.mark.gpu
def test_tuning_times_the_candidates_and_keeps_what_won(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PYWEBML_TUNED", "1")
    monkeypatch.setattr(
        CHOICES["matmul"], "candidates", lambda adapter, shape: ("registers", "32x32x32 4x4")
    )
    monkeypatch.setattr(
        tune,
        "calls",
        lambda work, quick: iter(
            [tune.Call(MatMul(), (Spec((24, 700)), Spec((700, 20))), (Spec((24, 20)),))]
        ),
    )
    device = set_device(shared_device("gpu"))

    async def wait() -> None:
        device.sync()

    async def rows() -> list[tune.TuneRow]:
        return [row async for row in tune.tune(wait, ["matmul"], quick=True)]

    reload()
    try:
        form, split = asyncio.run(rows())
        assert (
            form["choice"] == "matmul"
            and form["shape"] == "batches=1 m=24 n=24 k=768 words"
            and split["choice"] == "matmul_split"
        )
        assert (
            form["all_ms"].keys() == {"registers", "32x32x32 4x4"}
            and form["default"] == "registers"
        )
        for row in (form, split):
            assert (
                row["best_ms"]
                == row["all_ms"][row["best"]]
                <= row["default_ms"]
                == row["all_ms"][row["default"]]
            )
            assert row["gain"] == row["default_ms"] / row["best_ms"] >= 1
        (kept,) = (tmp_path / "pywebml" / "measured").iterdir()
        assert json.loads(kept.read_text())["choices"]["matmul"]["forms"] == {
            form["shape"]: form["best"]
        }
        launches = lower(
            MatMul(), (Spec((24, 700)), Spec((700, 20))), (Spec((24, 20)),), device.adapter
        ).launches
        assert launches[0].program.name == f"dense.{form['best']}"
    finally:
        set_device("cpu")
        reload()


def test_the_cpu_has_nothing_to_tune() -> None:
    set_device("cpu")
    with pytest.raises(ValueError, match="nothing to tune; take --device gpu"):
        asyncio.run(anext(tune.tune(get_device().settled)))


@pytest.mark.gpu
def test_the_command_forgets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    measured.change(set_device(shared_device("gpu")).adapter, lambda kept: {"choices": {}})
    for said in ("forgotten", "nothing was kept for this adapter"):
        assert main(["bench", "tune", "--forget", "--device", "gpu"]) == 0
        assert capsys.readouterr().out.rstrip().endswith(said)
    assert (
        main(["bench", "head", "--forget"]) == 2
        and "--forget belongs to `bench tune`" in capsys.readouterr().err
    )
    assert (
        main(["bench", "tune", "--only", "speed", "--device", "gpu"]) == 2
        and "no work called 'speed'" in capsys.readouterr().err
    )
    set_device("cpu")
