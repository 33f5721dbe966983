"""Two graphics cards of one kind: Mesa's lavapipe twice, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hosts import ROOT

from pywebml.device.native import numbered_adapter

LAVAPIPE = sorted(Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json"))

TRAINS = """
import json, os
import numpy as np
import pywebml as pw

def trained(card):
    device = pw.set_device(card)
    pw.set_seed(3)
    model = pw.Sequential([pw.layers.Dense(8, activation="relu"), pw.layers.Dense(2)])
    model.compile("adam", loss="mean_squared_error")
    random = np.random.default_rng(0)
    x = random.normal(size=(64, 5)).astype("float32")
    pw.run_sync(model.fit(x, x[:, :2], epochs=4, verbose=0))
    return device, np.concatenate([w.numpy().ravel() for w in model.weights])

first, ours = trained("gpu:0")
on_first = pw.tensor([1.0, 2.0])
second, theirs = trained("gpu:1")
try:
    mixed = str((on_first + pw.tensor([1.0, 2.0])).numpy())
except Exception as error:
    mixed = type(error).__name__
print(json.dumps([
    first is not second, first.adapter.name == second.adapter.name,
    float(np.abs(ours - theirs).max()), mixed, on_first.buffer.device is first,
]))
"""


@pytest.mark.gpu
@pytest.mark.skipif(not LAVAPIPE, reason="Mesa's lavapipe is the card that is there twice")
def test_each_trains_and_comes_to_the_same_weights(tmp_path: Path) -> None:
    again = tmp_path / "again.json"
    about = json.loads(LAVAPIPE[0].read_text(encoding="utf-8"))
    again.write_text(json.dumps(about), encoding="utf-8")
    drivers = f"{LAVAPIPE[0]}{os.pathsep}{again}"
    said = subprocess.run(
        [sys.executable, "-c", TRAINS],
        env={**os.environ, "PYTHONPATH": str(ROOT), "VK_DRIVER_FILES": drivers}
        | {"VK_ICD_FILENAMES": drivers},  # as older loaders call it
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert said.returncode == 0, said.stderr
    apart, alike, difference, mixed, stays = json.loads(said.stdout.splitlines()[-1])
    assert apart and alike and stays and difference == 0
    assert mixed == "ValueError"


def adapter(device: str, number: int, backend: str, kind: str = "DiscreteGPU") -> Any:
    info = {"device": device, "vendor_id": 0x10DE, "device_id": number}
    limits = {"max-storage-buffers-per-shader-stage": 16}
    info |= {"backend_type": backend, "adapter_type": kind}
    return SimpleNamespace(info=info, limits=limits)


def test_a_card_counts_once_by_whatever_it_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """As wgpu lists them on Windows; real ones cannot be had here."""
    import wgpu

    a, b, c = (adapter(*each, "Vulkan") for each in (("A", 1), ("B", 2), ("B", 2)))
    small = adapter("small", 3, "Vulkan", "IntegratedGPU")
    again = [adapter(*each, "D3D12") for each in (("A", 1), ("B", 2), ("B", 2), ("new", 9))]
    software = adapter("software", 4, "D3D12", "CPU")
    every = [small, a, b, c, software, *again, adapter("A", 1, "OpenGL")]
    monkeypatch.setattr(wgpu.gpu, "enumerate_adapters_sync", lambda: every)
    listed = [numbered_adapter(i) for i in range(6)]
    assert listed == [a, b, c, again[3], small, software]
    with pytest.raises(RuntimeError, match=r"no graphics card gpu:6; of 6: A, B, B, new, small"):
        numbered_adapter(6)
