"""The CPU device's threads: parts cover everything once, results don't depend on their
number, errors and settings come back.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import warnings
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hosts import ROOT

from pywebml.core.op import REGISTRY
from pywebml.device import blas
from pywebml.device.threads import spread, using
from pywebml.host.cores import cores


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize(("n", "least"), [(1, 1), (2, 1), (7, 1), (7, 3), (7, 100), (1000, 1)])
def test_parts_cover_everything_once(count: int, n: int, least: int) -> None:
    seen = np.zeros(n, int)
    with using(count):
        spread(lambda a, b: seen.__setitem__(slice(a, b), seen[a:b] + 1), n, least)
    assert (seen == 1).all()


def test_parts_run_on_threads_only_where_a_device_says_so() -> None:
    names: list[str] = []

    def work(start: int, stop: int) -> None:
        names.append(threading.current_thread().name)

    spread(work, 4)
    assert names == [threading.main_thread().name]
    names.clear()
    with using(3):
        spread(work, 4)
    assert len(names) == 3 and sum(name.startswith("pywebml") for name in names) == 2


def test_an_error_in_a_part_is_raised() -> None:
    def work(start: int, stop: int) -> None:
        if start:
            raise ValueError(f"part at {start}")

    with using(2), pytest.raises(ValueError, match="part at 2"):
        spread(work, 4)


def test_warnings_are_silenced_in_every_part() -> None:
    with warnings.catch_warnings(), using(2), np.errstate(all="ignore"):
        warnings.simplefilter("error")
        spread(lambda a, b: np.log(np.zeros(3)), 2)


@pytest.mark.parametrize(
    "name",
    [
        "MatMul",
        "Conv2D",
        "Conv2DInputGrad",
        "Conv2DFilterGrad",
        "DepthwiseConv2D",
        "DepthwiseConv2DInputGrad",
        "AdamUpdate",
        "RMSpropUpdate",
    ],
)
def test_results_do_not_depend_on_the_number_of_threads(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the smallest ones are spread, too
    monkeypatch.setattr(import_module("pywebml.ops.linalg.matmul"), "_ROWS", 1)
    monkeypatch.setattr(import_module("pywebml.ops.updates"), "_BLOCK", 2)
    for case in REGISTRY[name].cases():
        arrays = [np.asarray(a, np.float64) for a in case.inputs]
        want = case.op.numpy(*arrays)
        for count in (2, 5):
            with using(count):
                np.testing.assert_allclose(
                    case.op.numpy(*arrays), want, rtol=1e-12, atol=1e-12, err_msg=case.name
                )


def test_openblas_gets_its_threads_back(monkeypatch: pytest.MonkeyPatch) -> None:
    setting = [4]
    monkeypatch.setattr(
        blas,
        "_openblas",
        lambda: blas._Threads(lambda: setting[0], lambda n: setting.__setitem__(0, n)),
    )
    counts: list[int] = []

    def work(start: int, stop: int) -> None:
        counts.append(setting[0])

    def failing() -> None:
        with blas.own_threads():
            spread(work, 64)
            raise KeyError("an op's error")

    with pytest.raises(KeyError):
        failing()
    assert set(counts) == {1} and setting == [4]
    assert len(counts) == min(4, cores())


def test_the_openblas_of_numpy_s_wheels_is_found() -> None:
    config: Any = np.show_config(mode="dicts")
    if config["Build Dependencies"]["blas"]["name"] != "scipy-openblas":
        pytest.skip("this NumPy brings another BLAS")
    get, put = blas._openblas() or pytest.fail("no functions to set the number of threads")
    before = get()
    put(1)
    assert get() == 1
    put(before)
    assert get() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_threads_of_its_own() -> None:
    script = """
import os
from pywebml.device.threads import spread, using
with using(2):
    spread(lambda a, b: None, 2)
    child = os.fork()
    if child == 0:
        spread(lambda a, b: None, 2)
        os._exit(0)
    raise SystemExit(os.waitpid(child, 0)[1])
"""
    assert (
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script], cwd=ROOT, timeout=60
        ).returncode
        == 0
    )
