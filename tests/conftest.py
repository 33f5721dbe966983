"""What all tests share: the hosts, the seed, the folder of real test data, and the
native device's runtime checks.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hosts import LEAST, ROOT, lacking, shared_device

# device/native/ then leaves naga's loop and bounds checks on
os.environ.setdefault("PYWEBML_CHECKS", "1")
os.environ.setdefault("PYWEBML_TUNED", "0")  # and this machine's own tuning is left alone
os.environ.setdefault("PYWEBML_FEATURES", "0")  # no test reads what another one has kept
os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")
# lavapipe compiles each kernel for a few launches: without LLVM's optimizations
os.environ.setdefault("GALLIVM_PERF", "nopt")
# Ray ends a process, by _Exit(1), if it asked its cluster's head something that was not
# answered before the cluster went: 60 seconds later, in whatever test runs then
os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "36000")

pytest_plugins = ("browser", "crashes")

NO_GPU = os.environ.get("PYWEBML_NO_GPU") == "1"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What collection makes stays: JAX, Keras, all cases. No garbage collection looks at it,
    meanwhile or later, which would take half a second each time.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are no part of a test's name: an archive has the time in it, and two processes
    that make one would collect different tests.
    """
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last, since playwright leaves an event loop running.

    A machine without a Vulkan driver fails the gpu tests, unless its owner says
    PYWEBML_NO_GPU=1. Tests marked `halves` count on float16 cases: the least adapter has
    none.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    if NO_GPU:
        for item in items:
            if item.get_closest_marker("gpu"):
                item.add_marker(pytest.mark.skip(reason="PYWEBML_NO_GPU=1"))
    if LEAST:
        for item in items:
            if item.get_closest_marker("halves"):
                item.add_marker(pytest.mark.skip(reason="PYWEBML_LEAST=1"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Iterator[None]:
    """On the least adapter, a test that asks for half floats or subgroups is skipped where
    it comes to them: what such a card says then is no fault.
    """
    try:
        return (yield)
    except Exception as error:
        if LEAST and (what := lacking(error)):
            pytest.skip(what)
        raise


@pytest.fixture(scope="module", autouse=True)
def forget_what_jax_compiled() -> Iterator[None]:
    """JAX keeps what it compiles for each shape: by the end of a run some 6 GB."""
    yield
    if jax := sys.modules.get("jax"):
        jax.clear_caches()


@pytest.fixture(autouse=True)
def seeded() -> None:
    """What a test draws without a seed of its own is the same in each run: a dropout that
    by chance drops everything would fail one run in some hundreds.
    """
    from pywebml.utils import set_random_seed

    set_random_seed(0)


@pytest.fixture(scope="module", autouse=True)
def left_behind() -> Iterator[None]:
    """What a module leaves behind (JAX's traces, compiled kernels) stays, and no later
    garbage collection looks at it.
    """
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(params=["cpu", pytest.param("gpu", marks=pytest.mark.gpu)])
def host(request: pytest.FixtureRequest) -> Iterator[str]:
    """Runs the test on the NumPy device and on WebGPU, whatever the adapter is (Mesa's
    lavapipe without a GPU).
    """
    from pywebml.device import set_device

    set_device(shared_device(request.param))
    yield request.param
    set_device(shared_device("cpu"))


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real models and photos that are not part of the product: $PYWEBML_TEST_DATA or
    ../shared/data.
    """
    folder = Path(os.environ.get("PYWEBML_TEST_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no test data at {folder}: set PYWEBML_TEST_DATA")
    return folder.resolve()
