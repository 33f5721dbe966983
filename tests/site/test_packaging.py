"""What a user gets who installs the wheel: everything, outside the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hosts import ROOT


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", out],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds pywebml from the wheel and nothing else; its dependencies are
    those of this Python.
    """
    target = tmp_path_factory.mktemp("installed")
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--disable-pip-version-check",
        "--target",
        target,
        wheel,
    ]
    subprocess.run(command, check=True, capture_output=True)
    return target


def run(installed: Path, *words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=240,
        check=False,
    )


def test_the_wheel_holds_kernels_samples_and_licence(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    kernels = {n.removeprefix("pywebml/") for n in names if n.startswith("pywebml/kernels/")}
    assert kernels == {p.relative_to(ROOT).as_posix() for p in (ROOT / "kernels").rglob("*.wgsl")}
    assert kernels
    for label in ("up", "down", "left", "right"):
        assert any(f"/{label}/" in n for n in names), f"no sample pictures of {label}"
    assert any(n.endswith("LICENSE") for n in names)
    assert not any(n.startswith("tests/") for n in names)
    assert wheel.stat().st_size < 3_200_000


def test_runs_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import pywebml; print(pywebml.__file__)", cwd=tmp_path)
    assert where.returncode == 0, where.stderr
    assert Path(where.stdout.strip()).is_relative_to(installed)
    devices = run(installed, "-m", "pywebml", "devices", cwd=tmp_path)
    assert devices.returncode == 0, devices.stderr
    assert "NumPy" in devices.stdout


def test_check_passes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = run(installed, "-m", "pywebml", "check", "--hosts", "reference", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 outside their tolerance" in done.stdout


@pytest.mark.gpu
def test_kernels_are_read_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    code = (
        "import pywebml as pw, numpy as np; pw.set_device('gpu'); a = np.arange(6,"
        " dtype='float32').reshape(2, 3);print(np.abs(pw.ops.matmul(a, a.T).numpy() - a @"
        " a.T).max())"
    )
    done = run(installed, "-c", code, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 1e-4


def test_the_sample_set_is_small() -> None:
    files = [p for p in (ROOT / "pywebml/data/up_down_left_right").rglob("*") if p.is_file()]
    assert files
    assert sum(p.stat().st_size for p in files) <= 1_000_000
